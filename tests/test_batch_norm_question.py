"""The question that started it: trainable counts agree, totals do not; are the models equivalent? At full size."""

import json
import subprocess
import sys

import jsonschema
import pytest
import seed_models

import parity
from parity.graph import Effect
from parity.reports import SCHEMA, Screen, Verdict, renderers
from parity.rules import Severity
from tests.balance import remainders

EXAMPLE = (1, 1, 64, 64)
REAL = {
    ("activation-missing", "relu", None, Effect.INFERENCE),
    ("logits-against-probabilities", "softmax", None, Effect.INTERFACE),
    ("epsilon", 0.001, 1e-05, Effect.INFERENCE),
    ("momentum", 0.15, 0.9, Effect.TRAINING),
}


@pytest.fixture(scope="module")
def keras_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("question") / "net.keras"
    seed_models.bn_cnn().save(path)
    return path


@pytest.fixture(scope="module")
def torch_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("question")
    return exported(seed_models.bn_cnn_torch().eval(), folder)


@pytest.fixture(scope="module")
def twin_files(tmp_path_factory):
    return exported(seed_models.bn_cnn_twin().eval(), tmp_path_factory.mktemp("twin"))


def exported(model, folder):
    import torch

    example = (torch.zeros(*EXAMPLE),)
    torch.export.save(torch.export.export(model, example), folder / "net.pt2")
    torch.onnx.export(model, example, folder / "dynamo.onnx", dynamo=True, verbose=False)
    torch.onnx.export(model, example, folder / "script.onnx", dynamo=False)
    torch.save(model, folder / "net.pt")
    return folder


def said(report, severity=Severity.ERROR):
    found = [finding for finding, level in report.findings if level is severity]
    return {
        (
            each.rule,
            rounded(each.left_value),
            rounded(each.right_value),
            each.effect,
        )
        for each in found
    }


def rounded(value):
    return round(value, 9) if isinstance(value, float) else value


def rules(report, *effects):
    return {finding.rule for finding, _ in report.findings if finding.effect in effects}


def steps(report):
    return [(step.rule, step.effect, step.delta) for step in report.ledger.steps]


def valid(report):
    document = json.loads(renderers()["json"].report(report, Screen()))
    jsonschema.validate(document, SCHEMA)
    return document


def test_against_the_export_archive(keras_file, torch_files):
    report = parity.compare(keras_file, torch_files / "net.pt2")

    assert said(report) == REAL
    assert (report.ledger.left_total, report.ledger.right_total) == (13_108_758, 13_108_694)
    assert steps(report) == [("batch-norm-statistics", Effect.BOOKKEEPING, -64)]
    assert remainders(report) == {}
    assert rules(report, Effect.CONVERSION) == {"kernel-layout", "flatten-order", "input-layout"}
    assert rules(report, Effect.BOOKKEEPING) == {
        "batch-norm-statistics",
        "batch-norm-counter",
        "batch-dimension-spelling",
    }
    assert rules(report, Effect.UNKNOWN) == set()
    assert report.verdict is Verdict.DIFFERENT
    assert report.profile.name == "train"


def test_the_document_keeps_the_contract(keras_file, torch_files):
    document = valid(parity.compare(keras_file, torch_files / "net.pt2"))

    assert document["left"]["headline"] == {"total": 13108758, "trainable": 13108694, "non_trainable": 64}
    assert document["right"]["census"] == {"trainable": 13108694, "state": 65}
    assert document["facets"] == {
        "structure": "different",
        "shapes": "explained",
        "counts": "explained",
        "attributes": "different",
        "weights": "unchecked",
        "outputs": "unchecked",
    }
    assert {"left": ["conv2d"], "right": ["layer1.0"]} in [
        {side: link[side] for side in ("left", "right")} for link in document["alignment"]
    ]
    assert document["unmatched"] == {"left": ["dense", "dense_1"], "right": []}
    statistics = next(each for each in document["findings"] if each["rule"] == "batch-norm-statistics")
    assert (statistics["left_value"], statistics["right_value"], statistics["delta"]) == (128, 64, -64)


@pytest.mark.parametrize("name", ["dynamo.onnx", "script.onnx"])
def test_against_both_onnx_exports(keras_file, torch_files, name):
    """An ONNX file stores the statistics, so its own total agrees with Keras'; the classes tell the 64 apart."""
    report = parity.compare(keras_file, torch_files / name)

    assert said(report) == {each for each in REAL if each[0] != "momentum"}
    assert (report.ledger.left_total, report.ledger.right_total) == (13_108_758, 13_108_758)
    assert remainders(report) == {}
    assert report.right.headline.trainable == 13_108_694
    assert report.right.census["state"] == 64
    assert rules(report, Effect.CONVERSION) == {"kernel-layout", "flatten-order", "input-layout"}
    assert rules(report, Effect.UNKNOWN) == {"momentum", "trainability-unknown"}
    assert report.profile.name == "inference"
    valid(report)


def test_against_the_pickled_module(keras_file, torch_files):
    """Its tree holds no wiring, so an activation that is called as a function leaves no trace."""
    report = parity.compare(keras_file, torch_files / "net.pt")

    assert said(report) == {each for each in REAL if each[0] in {"epsilon", "momentum"}}
    assert steps(report) == [("batch-norm-statistics", Effect.BOOKKEEPING, -64)]
    assert remainders(report) == {}
    undecided = [finding for finding, level in report.findings if level is Severity.WARNING]
    assert {each.rule for each in undecided} == {"wiring-unknown", "activation-missing", "logits-against-probabilities"}
    for each in undecided:
        assert "wiring" in each.message or "how they are called" in each.message
        assert ".pt2" in each.remedy
    assert report.facets["structure"] == report.facets["shapes"] == "unchecked"
    valid(report)


def test_live_models_say_the_same(keras_file, torch_files):
    from_files = parity.compare(keras_file, torch_files / "net.pt2")
    live = parity.compare(seed_models.bn_cnn(), seed_models.bn_cnn_torch(), right_inputs=[EXAMPLE])

    assert [finding for finding, _ in live.findings] == [finding for finding, _ in from_files.findings]
    assert live.ledger == from_files.ledger


@pytest.mark.parametrize("name", ["net.pt2", "dynamo.onnx", "script.onnx"])
def test_a_twin_made_equal_is_equivalent(keras_file, twin_files, name):
    report = parity.compare(keras_file, twin_files / name)

    assert report.verdict is Verdict.EQUIVALENT
    assert not report.fails("error")
    allowed = {Effect.BOOKKEEPING, Effect.CONVERSION} | ({Effect.UNKNOWN} if name.endswith("onnx") else set())
    assert {finding.effect for finding, _ in report.findings} <= allowed
    assert report.facets["structure"] == "same"


def test_the_twin_agrees_in_numbers_too():
    """The equal verdict rests on the models being equal: the same weights give the same outputs."""
    import numpy as np
    import torch

    left, right = seed_models.bn_cnn(image=8), seed_models.bn_cnn_twin(image=8).eval()
    seed_models.carry_over(left, right)
    images = np.random.default_rng(1).normal(size=(4, 8, 8, 1)).astype("float32")
    with torch.no_grad():
        outputs = right(torch.from_numpy(images.transpose(0, 3, 1, 2))).numpy()

    np.testing.assert_allclose(left.predict(images, verbose=0), outputs, atol=1e-5)


def test_the_exit_codes(keras_file, torch_files, twin_files):
    def code(*arguments):
        command = [sys.executable, "-m", "parity", "compare", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, check=False).returncode

    assert code(keras_file, torch_files / "net.pt2") == 1
    assert code(keras_file, torch_files / "net.pt2", "--fail-on", "never") == 0
    assert code(keras_file, twin_files / "net.pt2") == 0
    assert code(keras_file, torch_files / "missing.pt2") == 2


def test_the_mirrored_comparison_mirrors_the_answer(keras_file, torch_files):
    there = parity.compare(keras_file, torch_files / "net.pt2")
    back = parity.compare(torch_files / "net.pt2", keras_file)

    assert (back.ledger.left_total, back.ledger.right_total) == (13_108_694, 13_108_758)
    assert steps(back) == [("batch-norm-statistics", Effect.BOOKKEEPING, 64)]
    assert {(rule, b, a, effect) for rule, a, b, effect in said(back)} == said(there)
    assert {(b.right, b.left) for b in back.links} == {(a.left, a.right) for a in there.links}
