"""``parity explain``: a walk through one pair of layers."""

import json

import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner
from reports.hostile import attacked

import parity as parity_package
from parity.cli import main
from parity.reports import SCHEMA, Explained, Screen, arranged, named
from parity.rules import rules
from parity.walk import explain
from tests.rules.cases import gate_order

PAIR = ("bn_cnn.keras", "bn_cnn.pt2")


@pytest.fixture
def parity(fixtures, monkeypatch):
    monkeypatch.chdir(fixtures)
    monkeypatch.delenv("COLUMNS", raising=False)
    return lambda *arguments: CliRunner().invoke(main, ["explain", *PAIR, *arguments])


def test_a_layer_is_found_by_the_path_of_either_side(fixtures):
    pair = [str(fixtures / name) for name in PAIR]

    assert explain(*pair, "conv2d").walks == explain(*pair, "layer1.0").walks + explain(*pair, "layer1.1").walks


def test_a_block_is_all_that_is_in_it(fixtures):
    walks = explain(*(fixtures / name for name in PAIR), "layer1").walks

    assert [walk.right.path for walk in walks] == ["layer1.0", "layer1.1", "layer1.2"]


def test_a_walk_has_counts_settings_and_weights_of_both_sides(fixtures):
    (walk,) = explain(*(fixtures / name for name in PAIR), "layer1.2").walks

    assert (walk.left.params, walk.left.formula) == (128, "4*32")
    assert (walk.right.params, walk.right.formula) == (64, "2*32")
    settings = {each.name: each for each in walk.settings}
    epsilon, momentum = settings["epsilon"], settings["momentum"]
    assert (epsilon.left, epsilon.right, epsilon.default_left, epsilon.default_right) == (0.001, 1e-05, True, True)
    assert (momentum.left, momentum.right, momentum.default_left, momentum.default_right) == (0.15, 0.9, False, True)
    assert {each.role for each in walk.weights} == {"gamma", "beta", "moving_mean", "moving_variance", "counter"}
    assert next(each for each in walk.weights if each.role == "counter").left is None


def test_a_walk_says_how_weights_are_carried_over(fixtures):
    walk = explain(*(fixtures / name for name in PAIR), "conv2d").walks[0]

    assert [each.how for each in walk.weights] == ["kh kw in out -> out in kh kw, transpose(3, 2, 0, 1)", "as it is"]


def test_an_order_along_an_axis_is_part_of_how_a_weight_is_carried_over(fixtures):
    rows = explain(*(fixtures / name for name in PAIR), "fc1").walks[0]
    plain = explain(*(fixtures / name for name in PAIR), "fc2").walks[0]

    assert rows.weights[0].how == "in out -> out in, transpose(1, 0); along in: H*W*C -> C*H*W"
    assert plain.weights[0].how == "in out -> out in, transpose(1, 0)"


def test_gates_in_another_order_are_part_of_how_each_weight_is_carried_over():
    left, right, settings = gate_order.bad()
    walks = explain(left, right, "lstm", **settings).walks
    found = [each.how for walk in walks for each in walk.weights]

    assert found
    assert all("along gate: i f c o -> i o f c" in how for how in found)


def test_each_rule_that_looked_is_named(fixtures):
    (walk,) = explain(*(fixtures / name for name in PAIR), "layer1.2").walks
    told = [finding.rule for finding, _ in walk.findings]

    assert told == ["epsilon", "momentum", "batch-norm-statistics", "batch-norm-counter"]
    assert {"hyper-parameter", "frozen-layer", "dtype", "weight-shape", "layer-rewired"} <= walk.silent.keys()
    assert walk.silent["hyper-parameter"] == ("axis",)
    assert walk.silent["acts-as-in-training"] == ("statistics",)
    assert walk.silent.keys() <= rules().keys()


def test_an_activation_that_is_missing_is_told_at_its_place(fixtures):
    walks = explain(*(fixtures / name for name in PAIR), "fc1").walks

    assert [(walk.left.kind, walk.right and walk.right.path) for walk in walks] == [
        ("dense", "fc1"),
        ("activation", None),
    ]


def test_every_finding_is_in_some_walk(fixtures):
    pair = [str(fixtures / name) for name in PAIR]
    report = explain(*pair).report
    names = dict.fromkeys(box.name for line in arranged(report) for box in (line.left, line.right) if box)
    told = {
        finding.fingerprint for name in names for walk in explain(*pair, name).walks for finding, _ in walk.findings
    }

    assert told == {finding.fingerprint for finding, _ in report.findings if any(finding.layers)}


def test_the_document_validates(parity):
    for arguments in ((), ("--all",), ("layer1.2",), ("fc1",)):
        document = json.loads(parity(*arguments, "--format", "json").stdout)
        jsonschema.validate(document, SCHEMA)

    assert [each["left"]["path"] for each in document["walks"]] == ["dense", "dense"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 1),
        (("layer1.2",), 1),
        (("layer1.2", "--profile", "interface"), 0),
        (("layer1.2", "--fail-on", "never"), 0),
        (("conv2d",), 0),
        (("conv2d", "--fail-on", "info"), 1),
    ],
)
def test_exit_codes(parity, arguments, code):
    assert parity(*arguments).exit_code == code


@pytest.mark.parametrize(
    ("layer", "remedy"),
    [
        ("layer2", "did you mean layer1.2 or layer1.1 or layer1.0?"),
        ("batch_normalisation", "did you mean batch_normalization?"),
        ("qqq", "--all lists the layers"),
    ],
)
def test_a_layer_that_is_not_there_is_one_sentence(parity, layer, remedy):
    done = parity(layer)

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert remedy in done.stderr


def test_names_stay_names(fixtures):
    report = parity_package.compare(*(fixtures / name for name in PAIR))
    for form in ("text", "json"):
        text = named(form).explained(Explained(attacked(report), all_layers=True), Screen(80))
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_layers_are_listed_and_those_that_are_the_same_on_demand(parity):
    short, every, narrow = (parity(*more).stdout for more in ((), ("--all",), ("--all", "--width", "80")))

    assert ("layer1.1  same" in short, "layer1.1  same" in every) == (False, True)
    assert max(map(len, narrow.splitlines())) <= 80
    assert "conv2d / layer1.1\n      same\n" in narrow


def test_it_takes_what_compare_takes(parity):
    mapped = parity("dense", "--map", "dense=fc2", "--format", "json")
    whole = json.loads(mapped.stdout)["walks"][0]

    assert (whole["left"]["path"], whole["right"]["path"]) == ("dense", "fc2")
    assert "cannot be carried over: the sizes differ" in [each["carried"] for each in whole["weights"]]
    assert parity("dense", "--map", "dense=nothing").exit_code == 2
    assert parity("dense", "--format", "sarif").exit_code == 2


def test_weights_are_carried_there_and_back_in_the_code_of_each_library(fixtures):
    import torch

    walks = explain(*(fixtures / name for name in PAIR), "fc1").walks
    kernel = next(each for walk in walks for each in walk.weights if each.role == "kernel")
    array = np.arange(1568 * 100, dtype="float32").reshape(1568, 100)

    for name, home in (("numpy", np), ("torch", torch)):
        given = array if home is np else torch.from_numpy(array)
        there = eval(kernel.code[name], {name: home, "np": np, "weights": {"dense/0": given}})  # noqa: S307  our code
        back = eval(kernel.back[name], {name: home, "np": np, "weights": {"fc1.weight": there}})  # noqa: S307  same
        assert there.shape == (100, 1568)
        assert np.array_equal(np.asarray(back), array)
        assert not np.array_equal(np.asarray(there), array.T)
    assert {*kernel.code} == {*kernel.back} == {"numpy", "torch", "keras"}


def test_the_values_of_a_layer_are_compared_where_they_are_asked_for(tmp_path):
    numpy_file = pytest.importorskip("safetensors.numpy")
    before = {f"{name}.weight": np.random.default_rng(at).random((4, 3), "float32") for at, name in enumerate("abc")}
    after = before | {"b.weight": 2 * before["b.weight"], "c.weight": before["a.weight"]}
    files = [str(tmp_path / name) for name in ("before.safetensors", "after.safetensors")]
    for file, tensors in zip(files, (before, after), strict=True):
        numpy_file.save_file(tensors, file)

    told = {
        name: [each.numbers for each in explain(*files, name, weights=True).walks[0].weights if each.numbers]
        for name in "abc"
    }
    assert [[each.state for each in numbers] for numbers in told.values()] == [["same"], ["different"], ["different"]]
    assert told["b"][0].why == "is 2 times the left"
    assert len(explain(*files, "b", weights=True).report.weights) == 1
    assert not any(each.numbers for walk in explain(*files, "b").walks for each in walk.weights)
    shown = CliRunner().invoke(main, ["explain", *files, "b", "--weights"])
    assert "values: different; largest difference" in shown.output
    assert shown.exit_code == 1
    assert CliRunner().invoke(main, ["explain", *files, "b", "--rtol", "1"]).exit_code == 2
