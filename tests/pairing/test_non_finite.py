"""What asks whether numbers are finite is told apart by those that are not: NaN and infinity are drawn for it."""

import pytest

import parity
from tests.torch_nets import Called

torch = pytest.importorskip("torch")
GIVEN = [((2, 5), "float32")]


def compared(left, right):
    return parity.compare(Called(left), Called(right), left_inputs=GIVEN, right_inputs=GIVEN)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (torch.isnan, torch.isinf),
        (torch.isinf, torch.isposinf),
        (torch.isfinite, lambda x: ~torch.isnan(x)),
        (lambda x: torch.isinf(torch.exp(x)), torch.isinf),
        (lambda x: torch.where(torch.isnan(x), 0.0, x), lambda x: torch.where(torch.isnan(x), 1.0, x)),
        (lambda x: torch.where(torch.isnan(x), 0.0, x), lambda x: x * 1.0),
        (lambda x: torch.isnan(x).float(), torch.zeros_like),
        (torch.nan_to_num, lambda x: torch.nan_to_num(x, 1.0)),
        (torch.nan_to_num, lambda x: torch.nan_to_num(x, posinf=2.0)),
    ],
)
def test_functions_that_differ_for_them_alone_are_different(left, right):
    given = torch.tensor([[float("nan"), float("inf"), -float("inf"), 1.0, -2.0]] * 2)

    assert not torch.equal(left(given).nan_to_num(7), right(given).nan_to_num(7))
    assert compared(left, right).verdict == "different"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (torch.isfinite, lambda x: ~(torch.isnan(x) | torch.isinf(x))),
        (torch.isinf, lambda x: torch.isposinf(x) | torch.isneginf(x)),
        (torch.isfinite, lambda x: torch.isfinite(x + 1)),
        (lambda x: torch.where(torch.isnan(x), 0.0, x), lambda x: torch.where(torch.ne(x, x), 0.0, x)),
        (torch.nan_to_num, lambda x: torch.where(torch.isnan(x), 0.0, x).clamp(-3.4028234663852886e38, 3.4028234e38)),
    ],
)
def test_functions_that_agree_for_them_too_are_equivalent(left, right):
    assert compared(left, right).verdict == "equivalent"


@pytest.mark.parametrize("dynamo", [True, False])
@pytest.mark.parametrize("told", [{}, {"nan": 1.0}, {"nan": 1.0, "posinf": 3.0, "neginf": -4.0}])
def test_an_export_of_what_puts_numbers_in_their_place_is_equivalent(told, dynamo, tmp_path):
    model = Called(lambda x: torch.nan_to_num(x, **told))
    torch.onnx.export(model, (torch.randn(2, 5),), tmp_path / "model.onnx", dynamo=dynamo, verbose=False)

    assert parity.compare(model, tmp_path / "model.onnx", left_inputs=GIVEN).verdict == "equivalent"


def test_keras_puts_the_same_numbers_there(tmp_path):
    keras = pytest.importorskip("keras")
    x = keras.Input((5,), batch_size=2)
    keras.Model(x, keras.ops.nan_to_num(x)).save(tmp_path / "model.keras")
    given = [[float("nan"), float("inf"), -float("inf"), 1.0, -2.0]] * 2
    (made,) = parity.evaluate(tmp_path / "model.keras", [given]).values()

    assert made.tolist() == torch.nan_to_num(torch.tensor(given)).tolist()
    report = parity.compare(tmp_path / "model.keras", Called(torch.nan_to_num), right_inputs=GIVEN)
    assert report.verdict == "equivalent"
