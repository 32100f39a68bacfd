"""The command line."""

import json

import jsonschema
import pytest
from click.testing import CliRunner

from parity.cli import main
from parity.reports import SCHEMA
from parity.rules import rules


@pytest.fixture
def parity(fixtures, monkeypatch):
    monkeypatch.chdir(fixtures)
    monkeypatch.delenv("COLUMNS", raising=False)
    return lambda *arguments: CliRunner().invoke(main, arguments)


PAIR = ("compare", "bn_cnn.keras", "bn_cnn.pt2")


def test_the_help_says_in_whole_lines_what_each_command_does(parity):
    commands = parity("--help").stdout.partition("Commands:\n")[2].splitlines()

    assert [line.split()[0] for line in commands] == sorted(main.commands)
    assert [line for line in commands if "..." in line or len(line) > 80] == []


def test_json_validates_and_stands_alone_on_the_screen(parity):
    for arguments in (
        PAIR,
        ("summary", "bn_cnn.keras"),
        ("summary", "bn_cnn_dynamo.onnx"),
        ("summary", "bn_cnn_module.pt"),
    ):
        jsonschema.validate(json.loads(parity(*arguments, "--format", "json").stdout), SCHEMA)


def test_the_schema_is_a_schema(parity):
    shown = json.loads(parity("schema").stdout)

    jsonschema.Draft202012Validator.check_schema(shown)
    assert shown == SCHEMA


def test_a_summary_document(parity):
    found = json.loads(parity("summary", "bn_cnn.keras", "--format", "json").stdout)

    row = next(each for each in found["layers"] if each["path"] == "conv2d")
    weights = row.pop("weights")
    assert row == {
        "path": "conv2d",
        "kind": "conv",
        "type": "Conv2D",
        "input_shapes": [[None, 7, 7, 1]],
        "output_shapes": [[None, 7, 7, 32]],
        "further_output_shapes": [],
        "shape_reason": None,
        "connected_to": ["input_layer"],
        "kernel": [3, 3],
        "strides": [1, 1],
        "params": 320,
        "params_with_shared": 320,
        "trainable": 320,
        "frozen": 0,
        "state": 0,
        "formula": "3*3*1*32 + 32",
        "uncounted": None,
        "macs": 7 * 7 * 3 * 3 * 32,
        "activation_bytes": 7 * 7 * 32 * 4,
        "weight_bytes": 320 * 4,
        "dtype": "float32",
    }
    assert [(each["role"], each["shape"], each["axes"], each["class"]) for each in weights] == [
        ("kernel", [3, 3, 1, 32], "kh kw in out", "trainable"),
        ("bias", [32], "out", "trainable"),
    ]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 1),
        (("--fail-on", "never"), 0),
        (("--fail-on", "info"), 1),
        (("--profile", "interface"), 1),
        (("--profile", "exact"), 1),
    ],
)
def test_exit_codes_of_a_pair_that_differs(parity, options, code):
    assert parity(*PAIR, *options).exit_code == code


def test_a_model_is_itself(parity):
    for name in ("bn_cnn.keras", "bn_cnn.pt2", "bn_cnn_dynamo.onnx", "bn_cnn_torchscript.onnx"):
        result = parity("compare", name, name)
        assert (result.exit_code, "EQUIVALENT" in result.stdout) == (0, True), result.stdout


def test_a_tree_is_not_enough_for_a_pass(parity):
    result = parity("compare", "bn_cnn_module.pt", "bn_cnn_module.pt")

    assert (result.exit_code, "INCONCLUSIVE" in result.stdout) == (1, True)


def test_a_pipe_loses_nothing_and_has_no_colour(parity):
    piped = parity(*PAIR).stdout
    narrow = parity(*PAIR, "--width", "80").stdout

    assert "\x1b" not in piped
    assert max(map(len, narrow.splitlines())) <= 80
    words = [word for word in piped.split() if len(word) < 20]
    assert [word for word in words if word not in narrow.split()] == []
    assert "\x1b" in parity(*PAIR, "--color", "always").stdout


def test_rules_are_documented(parity):
    listed = parity("rule").stdout
    for name in rules():
        assert name in listed
        shown = parity("rule", name).stdout
        assert shown.startswith(name)
        assert "How to fix:" in shown


def test_what_is_said_of_a_configuration_is_listed_with_the_rules(parity):
    assert "suppression-unused" in parity("rule").stdout
    assert parity("rule", "suppression-expired").stdout.startswith("suppression-expired (configuration)")


def test_an_unknown_rule_is_met_with_a_suggestion(parity):
    result = parity("rule", "flaten-order")

    assert result.exit_code == 2
    assert "did you mean flatten-order?" in result.stderr


def test_formats_lists_every_format(parity):
    shown = parity("formats").stdout

    for name in ("keras-archive", "torch-export", "torch-pickle", "onnx", "in memory", ".pt2"):
        assert name in shown


def test_version(parity):
    assert "parity, version" in parity("--version").stdout


def test_the_width_is_what_columns_says(parity, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for command in (PAIR, (*PAIR, "--full", "--layers"), ("explain", *PAIR[1:]), ("explain", *PAIR[1:], "layer1.2")):
        assert max(map(len, parity(*command).stdout.splitlines())) <= 80


def test_what_is_told_in_short_can_be_opened(parity):
    short, full = parity(*PAIR).stdout, parity(*PAIR, "--full").stdout
    counter = "num_batches_tracked of batch_normalization is a buffer"

    assert (counter in short, counter in full) == (False, True)
    assert "batch-norm-counter" in short
    table = parity(*PAIR, "--layers").stdout.partition("Layer by layer")[2]
    assert [line.split()[:2] for line in table.splitlines()[2:5]] == [
        ["input_layer", "x"],
        ["conv2d", "layer1.0"],
        ["conv2d", "layer1.1"],
    ]
