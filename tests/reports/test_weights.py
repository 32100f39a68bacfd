"""Weights whose numbers were compared, in every report, the worst first."""

import json
from dataclasses import replace

import jsonschema
import pytest

import parity
from parity.reports import SCHEMA, Screen, named, run_of


@pytest.fixture(scope="module")
def report():
    folder = "fixtures"
    return parity.compare(f"{folder}/bn_cnn.keras", f"{folder}/bn_cnn.pt2", weights=True)


@pytest.fixture(autouse=True)
def _at_home(request, monkeypatch):
    monkeypatch.chdir(request.config.rootpath)


def compared(report, form):
    return named(form).compared(report, Screen(), "error")


def test_the_document_keeps_the_schema_and_counts_every_tensor(report):
    document = json.loads(compared(report, "json"))

    jsonschema.validate(document, SCHEMA)
    found = document["weights"]
    assert found["compared"] == len(found["tensors"]) == 10
    assert found["same"] + found["rounded"] + found["close"] + found["different"] + found["unread"] == 10
    assert [each["state"] for each in found["tensors"]] == ["different"] * found["different"] + ["same"] * found["same"]
    flat = next(each for each in found["tensors"] if each["right"] == "fc1.weight")
    assert flat["expression"].endswith(".reshape(100, 7, 7, 32).transpose(0, 3, 1, 2).reshape(100, 1568)")


def test_a_document_without_weights_is_as_it_was(report):
    plain = json.loads(compared(replace(report, weights=None), "json"))

    jsonschema.validate(plain, SCHEMA)
    assert "weights" not in plain


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_people_see_the_worst_first(report, form):
    text = compared(report, form)

    assert "10 weights compared: 4 same, 6 different" in text
    table = text[text.index("10 weights compared") :]
    assert table.index("everywhere on the left") < table.index("fc2.weight") < table.index("Layers paired")
    assert named(form).run(run_of(report), Screen())


def test_a_pair_of_a_configuration_asks_for_weights(tmp_path, request):
    from parity.config import load
    from parity.gate import run_gate

    root = request.config.rootpath / "fixtures"
    text = f"""version = 1
[[pair]]
left = "{root / "bn_cnn_module.pt"}"
right = "{root / "bn_cnn.pt2"}"
weights = true
[[pair]]
left = "{root / "bn_cnn.pt2"}"
right = "{root / "bn_cnn.pt2"}"
"""
    path = tmp_path / "parity.toml"
    path.write_text(text)

    first, second = (each.report for each in run_gate(load(path)).outcomes)

    assert (first.facets["weights"], second.facets["weights"]) == ("same", "unchecked")
    assert second.weights is None


def test_a_tolerance_is_for_weights_alone(tmp_path):
    from parity.config import load
    from parity.errors import UsageError

    path = tmp_path / "parity.toml"
    path.write_text("version = 1\nrtol = 0.1\n")
    with pytest.raises(UsageError, match="add weights = true"):
        load(path)
    path.write_text("version = 1\nweights = true\nrtol = 0.1\n")
    assert load(path).rtol == 0.1


def test_the_assertion_compares_weights_where_it_is_told_to():
    left, right = "fixtures/bn_cnn.keras", "fixtures/bn_cnn.pt2"

    with pytest.raises(AssertionError, match="weights-untrained"):
        parity.assert_parity(left, right, profile="inference", weights=True)
    assert parity.assert_parity(right, right, weights=True).facets["weights"] == "same"
