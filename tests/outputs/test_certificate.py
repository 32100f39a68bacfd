"""Before two models are called equivalent they are computed, with the same weights: a claim that is false shows."""

import pytest

import parity
from parity.comparison import attributes
from parity.outputs import Verify
from parity.reports import Verdict
from parity.testing import Mismatch
from tests.mutants.files import WRITERS
from tests.mutants.networks import NETWORKS
from tests.rules.models import IMAGE, PIXELS, keras_net, layers, nn, norm, torch_net

SOME = ("plain", "residual", "inception", "stacked_lstm", "gru_tagger", "pre_norm")
"""Designs with convolutions, norms, branches, gates of both orders, and attention."""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SOME)
def test_equal_designs_are_computed_whatever_weights_their_files_hold(name, tmp_path):
    design = NETWORKS[name]()
    files = {form: WRITERS[form](design, tmp_path / form) for form in ("keras", "pt2", "onnx")}

    for left, right in (("keras", "pt2"), ("pt2", "keras"), ("keras", "onnx"), ("pt2", "onnx")):
        report = parity.compare(files[left], files[right], verify="auto")

        assert report.verdict is Verdict.EQUIVALENT
        assert report.certificate.contradictions == ()
        folded = right == "onnx" and "no counterpart" in report.certificate.doubt
        assert report.verified == "computed" or folded, report.certificate.doubt


@pytest.fixture(autouse=True)
def _seeded():
    """The same weights in each run, whatever was drawn before."""
    import keras
    import torch

    keras.utils.set_random_seed(3)
    torch.manual_seed(3)


def nets(left, right):
    return keras_net(PIXELS, layers().Conv2D(4, 3), left), torch_net(nn().Conv2d(3, 4, 3), right)


BROKEN = {
    "epsilon": lambda: nets(layers().BatchNormalization(), norm(eps=0.1)),
    "slope": lambda: nets(layers().LeakyReLU(0.3), nn().LeakyReLU(0.2)),
    "function": lambda: nets(layers().ReLU(), nn().Tanh()),
    "form": lambda: nets(layers().Activation("gelu"), nn().Sigmoid()),
    "dilation": lambda: nets(layers().Conv2D(4, 3, padding="same"), nn().Conv2d(4, 4, 3, dilation=2, padding=2)),
    "groups": lambda: nets(layers().GroupNormalization(2, epsilon=1e-5), nn().GroupNorm(4, 4)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_a_comparison_would_not_see_is_seen_by_computing(name, monkeypatch):
    """As if settings were not compared at all."""
    left, right = BROKEN[name]()
    monkeypatch.setattr(attributes, "differences", lambda _: [])
    told = {"right_inputs": [IMAGE], "profile": "inference"}

    assert parity.compare(left, right, **told).verdict is Verdict.EQUIVALENT
    report = parity.compare(left, right, **told, verify="auto")

    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.verified == "structure"
    assert [finding.rule for finding, _ in report.findings if finding.facet == "outputs"] == [
        "verification-contradicts"
    ]
    with pytest.raises(Mismatch, match="verification-contradicts"):
        parity.assert_parity(left, right, **told)


def test_outputs_that_never_move_show_nothing():
    left, right = (keras_net((4,), layers().Dense(3), layers().Rescaling(0.0)) for _ in range(2))

    certificate = parity.compare(left, right, verify="auto").certificate

    assert not certificate.computed
    assert "whatever the inputs are" in certificate.doubt


def test_what_has_no_formula_is_by_structure_only():
    model = keras_net(PIXELS, layers().Conv2D(4, 3), layers().AutoContrast())

    report = parity.compare(model, model, verify="full")

    assert report.verdict is Verdict.EQUIVALENT
    assert report.verified == "structure"
    assert "AutoContrast" in report.certificate.doubt


def test_nothing_is_computed_unless_it_is_asked_for_and_claimed():
    left, right = nets(layers().ReLU(), nn().Tanh())

    assert parity.compare(left, left).certificate is None
    assert parity.compare(left, right, right_inputs=[IMAGE], verify="auto").certificate is None
    assert parity.compare(left, left, verify="auto", profile="interface").certificate is None
    assert parity.assert_parity(left, left, verify=Verify.OFF).certificate is None


def test_budgets_are_kept(monkeypatch):
    from parity.outputs import _certificate

    model = keras_net(PIXELS, layers().Conv2D(4, 3))
    monkeypatch.setattr(_certificate, "OPERATIONS", 1000)
    assert "budget" in parity.compare(model, model, verify="auto").certificate.doubt
    monkeypatch.setattr(_certificate, "ELEMENTS", 10)
    assert "--verify=full" in parity.compare(model, model, verify="auto").certificate.doubt
    assert parity.compare(model, model, verify="full").verified == "computed"
