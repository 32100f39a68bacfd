"""``--match-outputs`` and ``--only-outputs``, on the command line, in ``parity.toml`` and in assertions."""

import numpy as np
import onnx
import pytest
from click.testing import CliRunner

import parity
from parity.cli import main
from parity.config import load
from parity.testing import Mismatch


@pytest.fixture
def models(tmp_path, monkeypatch):
    """Hidden values under two names, and a pooler that only one side has."""
    kernels = {"w": np.arange(16, dtype="float32").reshape(4, 4), "p": np.ones((4, 4), "float32")}
    hidden, pooler = ("MatMul", ["x", "w"]), ("MatMul", ["hidden", "p"])
    for name, nodes in (
        ("left.onnx", [(*hidden, "states")]),
        ("right.onnx", [(*hidden, "hidden"), (*pooler, "pooled")]),
    ):
        used = {each for _, inputs, _ in nodes for each in inputs}
        graph = onnx.helper.make_graph(
            [onnx.helper.make_node(op, inputs, [made]) for op, inputs, made in nodes],
            "g",
            [onnx.helper.make_tensor_value_info("x", 1, (2, 4))],
            [onnx.helper.make_tensor_value_info(made, 1, (2, 4)) for _, _, made in nodes],
            [onnx.numpy_helper.from_array(array, key) for key, array in kernels.items() if key in used],
        )
        made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)])
        onnx.save(made, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(main, [*arguments])


@pytest.mark.usefixtures("models")
def test_the_pooler_is_left_out():
    assert run("compare", "left.onnx", "right.onnx").exit_code == 1

    done = run("compare", "left.onnx", "right.onnx", "--only-outputs", "hidden", "--outputs", "--weights")

    assert done.exit_code == 0, done.output
    assert "outputs-left-out" in done.output
    assert "not compared: pooled of the right" in done.output
    assert "-16" not in done.output
    assert "+16" in done.output


@pytest.mark.usefixtures("models")
def test_which_output_is_meant_may_be_said_by_hand():
    right = run("compare", "left.onnx", "right.onnx", "--match-outputs", "states=hidden", "--only-outputs", "states")
    wrong = run("compare", "left.onnx", "right.onnx", "--match-outputs", "states=pooled", "--only-outputs", "states")

    assert right.exit_code == 0, right.output
    assert wrong.exit_code == 1
    assert "layer-duplicated" in wrong.output


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--only-outputs", "logits"],
            "no model has it, only states on the left and hidden, pooled on the right",
        ),
        (
            ["--match-outputs", "state=hidden"],
            "the left model has no output 'state', only states; did you mean states?",
        ),
        (["--match-outputs", "states"], "write LEFT=RIGHT"),
        (["--match-outputs", "states=hidden", "--match-outputs", "states=pooled"], "it is matched with two others"),
    ],
)
def test_what_means_nothing_is_refused_in_one_sentence(arguments, said):
    done = run("compare", "left.onnx", "right.onnx", *arguments)

    assert done.exit_code == 2
    assert said in done.output
    assert len(done.output.strip().splitlines()) == 1


TOML = """
version = 1
[[pair]]
name = "encoder"
left = "left.onnx"
right = "right.onnx"
match-outputs = { states = "hidden" }
only-outputs = ["states"]
"""


def test_a_pair_of_the_gate_says_which_outputs_it_is_about(models):
    (models / "parity.toml").write_text(TOML)

    assert run("check").exit_code == 0
    assert run("check", "--only-outputs", "pooled").exit_code == 2
    (pair,) = load(models / "parity.toml").pairs
    assert (pair.match_outputs, pair.only_outputs) == ({"states": "hidden"}, ("states",))
    shown = run("check", "--show-settings").output
    (models / "parity.toml").write_text(shown)
    assert load(models / "parity.toml").pairs[0].match_outputs == {"states": "hidden"}
    assert run("check", "left.onnx", "right.onnx", "--only-outputs", "hidden").exit_code == 0


def test_the_options_are_about_one_pair(models):
    again = TOML.partition("[[pair]]")[2].replace("encoder", "again")
    (models / "parity.toml").write_text(f"{TOML}[[pair]]{again}")

    done = run("check", "--only-outputs", "hidden")
    assert done.exit_code == 2
    assert "cannot use --only-outputs" in done.output
    assert run("check", "--pair", "again", "--only-outputs", "hidden").exit_code == 0


@pytest.mark.parametrize("wrong", ["only-outputs = 'hidden'", "match-outputs = ['a']"])
def test_a_file_that_names_outputs_in_another_way_is_refused(models, wrong):
    (models / "parity.toml").write_text(f"version = 1\n[[pair]]\nleft = 'left.onnx'\nright = 'right.onnx'\n{wrong}\n")

    assert run("check").exit_code == 2


@pytest.mark.usefixtures("models")
def test_assertions_take_them_too():
    with pytest.raises(Mismatch, match="output-count"):
        parity.assert_parity("left.onnx", "right.onnx")

    report = parity.assert_parity(
        "left.onnx", "right.onnx", match_outputs={"states": "hidden"}, only_outputs=["hidden"]
    )
    assert report.certificate.computed
    said = parity.explain("left.onnx", "right.onnx", only_outputs="hidden").report
    assert said.verdict == "equivalent"
