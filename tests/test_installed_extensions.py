"""A package of somebody's own adds one of everything through an entry point, and is first class everywhere."""

import json
import shutil

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.scratch import PACKAGE, install, package, parity, python


@pytest.fixture(scope="module")
def acme(tmp_path_factory):
    """A folder with the package of Acme installed, and models."""
    folder = tmp_path_factory.mktemp("acme")
    shutil.copytree(PACKAGE, folder, dirs_exist_ok=True)
    install(folder, "acme-parity", "acme = acme_parity")
    rng = np.random.default_rng(0)
    weights = {"w": rng.normal(size=(8, 4)), "b": rng.normal(size=4)}
    for frequency in (2.0, 3.0):
        snake = helper.make_node("Snake", ["d"], ["y"], name="act", domain="acme", frequency=frequency)
        save(folder / f"snake{frequency:g}.onnx", weights, snake)
    save(
        folder / "written.onnx",
        {**weights, "a": np.array(2.0)},
        helper.make_node("Mul", ["d", "a"], ["ad"]),
        helper.make_node("Sin", ["ad"], ["s"]),
        helper.make_node("Mul", ["s", "s"], ["p"]),
        helper.make_node("Div", ["p", "a"], ["q"]),
        helper.make_node("Add", ["d", "q"], ["y"]),
    )
    save(
        folder / "factors.onnx",
        {**weights, "two": np.array(2.0), "three": np.array(3.0)},
        helper.make_node("Mul", ["d", "two"], ["m"]),
        helper.make_node("Mul", ["three", "m"], ["y"]),
    )
    rows = {slot: weights[name].tolist() for slot, name in (("B", "w"), ("C", "b"))}
    layers = [{"dense": rows}, {"snake": {"frequency": 2.0}}]
    (folder / "net.acme").write_text(json.dumps({"acme": 1, "inputs": 8, "layers": layers}))
    return folder


def save(path, weights, *nodes):
    ends = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", size])] for name, size in (("x", 8), ("y", 4))
    ]
    stored = [numpy_helper.from_array(value.astype("float32"), name) for name, value in weights.items()]
    dense = helper.make_node("Gemm", ["x", "w", "b"], ["d"], name="d")
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("acme", 1)]
    onnx.save(helper.make_model(helper.make_graph([dense, *nodes], "g", *ends, stored), opset_imports=opsets), path)


def report(done):
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_a_kind_is_evaluated(acme):
    value = np.linspace(-2, 2, 24, dtype="float32").reshape(3, 8)
    np.savez(acme / "x.npz", x=value)
    done = parity(acme, "run", "snake2.onnx", "--data", "x.npz", "-o", "y.npz")

    assert done.returncode == 0, done.stderr
    model = onnx.load(acme / "snake2.onnx")
    kernel, bias = (numpy_helper.to_array(each).astype("float64") for each in model.graph.initializer)
    dense = value @ kernel + bias
    with np.load(acme / "y.npz") as found:
        np.testing.assert_allclose(found["y"], dense + np.sin(2 * dense) ** 2 / 2, rtol=1e-6)


def test_a_pass_runs_in_the_phase_that_it_names(acme):
    before = parity(acme, "graph", "factors.onnx", "--after", "batches").stdout
    after = parity(acme, "graph", "factors.onnx").stdout

    assert ("operand=2.0" in before, "operand=3.0" in before, "operand=6.0" in before) == (True, True, False)
    assert ("operand=2.0" in after, "operand=3.0" in after, "operand=6.0" in after) == (False, False, True)


def test_a_pattern_finds_what_is_written_out_and_both_are_the_same(acme):
    found = report(parity(acme, "compare", "snake2.onnx", "written.onnx", "--outputs", "--format", "json"))

    assert found["verdict"] == "equivalent"
    assert found["outputs"]["final"][0]["rel_l2"] < 1e-6
    assert "layer-decomposed" in {each["rule"] for each in found["findings"]}
    shown = parity(acme, "graph", "written.onnx", "--after", "arithmetic").stdout
    assert "= snake(%d) {frequency=2.0}" in shown
    assert "snake" not in parity(acme, "graph", "written.onnx", "--after", "batches").stdout


def test_a_rule_tells_a_difference_in_an_attribute_of_the_kind(acme):
    done = parity(acme, "compare", "snake2.onnx", "snake3.onnx", "--format", "json")

    (told,) = [each for each in report(done)["findings"] if each["effect"] == "inference"]
    assert (told["rule"], told["attribute"]) == ("snake-frequency", "frequency")
    assert told["message"] == "the snake winds 2 times on the left, 3 times on the right"
    assert done.returncode == 1
    assert parity(acme, "check", "snake2.onnx", "snake3.onnx", "--ignore", "snake-frequency").returncode == 0


def test_a_rule_is_listed_and_described(acme):
    listed, described = parity(acme, "rule"), parity(acme, "rule", "snake-frequency")

    assert "snake-frequency                   inference     Snakes have other frequencies.\n" in listed.stdout
    assert described.stdout.startswith(
        "snake-frequency (inference)\n\nSnakes have other frequencies.\n\nWhat it detects:"
    )


def test_a_layer_of_the_kind_is_explained(acme):
    done = parity(acme, "explain", "snake2.onnx", "snake3.onnx", "act")

    assert "frequency" in done.stdout
    assert "snake-frequency" in done.stdout


def test_a_format_is_listed_read_and_compared(acme):
    assert "any     acme               .acme              graph    Acme model\n" in parity(acme, "formats").stdout
    found = report(parity(acme, "compare", "net.acme", "snake2.onnx", "--weights", "--outputs", "--format", "json"))
    assert found["verdict"] == "equivalent"
    assert found["left"]["format"] == "acme"
    assert {each["state"] for each in found["weights"]["tensors"]} == {"same"}
    (acme / "broken.acme").write_text('{"acme": 1,')
    broken = parity(acme, "summary", "broken.acme")
    assert (broken.returncode, broken.stdout) == (2, "")
    assert broken.stderr.startswith("parity: cannot read 'broken.acme': it is not JSON (found ")


def test_a_report_format_is_taken_wherever_a_format_is(acme):
    pair = ("snake2.onnx", "written.onnx")

    assert parity(acme, "compare", *pair, "--format", "acme-tally").stdout == "acme: 1 of 1 passed\n"
    assert parity(acme, "compare", *pair, "--report", "acme-tally=out.txt").returncode == 0
    assert (acme / "out.txt").read_text() == "acme: 1 of 1 passed\n"


BROKEN = {
    "raises": "raise RuntimeError('the licence of Acme has ended')\n",
    "imports": "import a_package_that_nobody_has\n",
    "syntax": "def (:\n",
    "empty": "",
    "takes_a_kind": 'from parity.extending import Kind\nKIND = Kind("dense")\n',
    "takes_a_spelling": "from parity.extending import Kind\n"
    'KIND = Kind("own", spellings={("torch.nn", "Linear"): lambda call: ()})\n',
    "wrong_type": 'RULE = "a rule"\n',
    "no_phase": "from parity.extending import Pass\nPASS = Pass('late', lambda graph: graph)\n",
    "no_kind": 'from parity.extending import module\nMODULE = module("a.B", "rms_nrom")\n',
    "no_attribute": 'from parity.extending import module\nMODULE = module("a.C", "rms_norm", epsillon=1e-6)\n',
    "of_pytorch": 'from parity.extending import module\nMODULE = module("torch.nn.Linear", "dense")\n',
}
TOLD = {
    "raises": "it raises RuntimeError (found the licence of Acme has ended); correct the package, or uninstall it",
    "imports": "it raises ModuleNotFoundError (found No module named 'a_package_that_nobody_has')",
    "syntax": "it raises SyntaxError",
    "empty": "it defines none of KIND, RULE, FORMAT, RENDERER, PASS, PATTERN, MODULE",
    "takes_a_kind": "'dense' is already claimed by parity.kinds.linear.dense; give it another name",
    "takes_a_spelling": "('torch.nn', 'Linear') is already claimed by the kind dense",
    "wrong_type": "this module must define RULE as a Rule (found str)",
    "no_phase": "there is no phase named 'late' for the pass <lambda>; name one of constants, recurrence",
    "no_kind": "there is no kind 'rms_nrom'; did you mean rms_norm?",
    "no_attribute": "the kind rms_norm has no attribute 'epsillon'; it has epsilon, axes",
    "of_pytorch": "it raises ExtensionError (found cannot declare 'torch.nn.Linear'",
}


@pytest.fixture(scope="module")
def bad(acme, tmp_path_factory):
    """The same with a package beside it of which hardly anything loads."""
    folder = tmp_path_factory.mktemp("bad")
    shutil.copytree(acme, folder, dirs_exist_ok=True)
    package(folder, "bad_parity", **BROKEN)
    install(
        folder, "bad-parity", "bad = bad_parity", "gone = nowhere_to_be_found", "odd = bad_parity:thing", version="2.0"
    )
    return folder


def test_what_does_not_load_is_told_and_the_rest_works(bad):
    done = parity(bad, "compare", "snake2.onnx", "written.onnx", "--format", "json")

    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert found["verdict"] == "equivalent"
    lines = done.stderr.splitlines()
    assert all(line.startswith("parity: warning: cannot load ") for line in lines)
    for name, text in TOLD.items():
        start = f"parity: warning: cannot load bad_parity.{name} of the extension 'bad' (bad-parity 2.0): {text}"
        assert [line for line in lines if line.startswith(start)], name
    assert any("nowhere_to_be_found of the extension 'gone' (bad-parity 2.0)" in line for line in lines)
    assert any("the entry point does not name a module (found bad_parity:thing)" in line for line in lines)
    assert len(lines) == len(BROKEN) + 2
    told = [each for each in found["findings"] if each["rule"] == "extension-not-loaded"]
    assert len(told) == len(lines)
    assert {each["severity"] for each in told} == {"info"}


def test_reports_for_people_say_it_too(bad):
    done = parity(bad, "compare", "snake2.onnx", "written.onnx")

    assert "EQUIVALENT" in done.stdout
    assert "cannot load bad_parity.raises of the extension 'bad' (bad-parity 2.0)" in " ".join(done.stdout.split())


def test_of_two_packages_that_claim_a_name_the_first_has_it(acme, tmp_path):
    shutil.copytree(acme, tmp_path, dirs_exist_ok=True)
    shutil.copytree(tmp_path / "acme_parity", tmp_path / "zeta_parity")
    install(tmp_path, "zeta-parity", "zeta = zeta_parity")
    done = parity(tmp_path, "compare", "snake2.onnx", "snake3.onnx", "--format", "json")

    lines = done.stderr.splitlines()
    assert {each["rule"] for each in json.loads(done.stdout)["findings"]} >= {"snake-frequency", "extension-not-loaded"}
    start = "parity: warning: cannot load zeta_parity"
    taken = "'snake' is already claimed by acme_parity.snake; give it another name"
    assert f"{start}.snake of the extension 'zeta' (zeta-parity 1.0): {taken}" in lines
    assert all(line.startswith(start) for line in lines)


FAILS = """
from parity.extending import Effect, Evidence, Format, Pass, Pattern, Rule, Topic
from parity.patterns import call, setting, x


def fails(*_):
    raise AttributeError("nothing is there")
"""
FAILING = {
    "PASS": "PASS = Pass('layout', fails)",
    "PATTERN": "PATTERN = Pattern('own', (call('threshold', x, settings=setting('all')),), fails)",
    "RULE": "RULE = Rule('own', Effect.INFERENCE, frozenset({Topic.ATTRIBUTE}), fails, fails)",
    "FORMAT": "FORMAT = Format('own', None, 'own', ('.own',), Evidence.GRAPH, fails, fails)",
}


@pytest.mark.parametrize("constant", FAILING)
def test_what_fails_while_it_is_used_is_named(acme, tmp_path, constant):
    shutil.copytree(acme, tmp_path, dirs_exist_ok=True)
    package(tmp_path, "late_parity", own=f"{FAILS}\n\n{FAILING[constant]}\n")
    install(tmp_path, "late-parity", "late = late_parity")
    (tmp_path / "snake.txt").write_text("no model")
    shutil.rmtree(tmp_path / "acme_parity-1.0.dist-info")
    for alpha in (1.0, 2.0):
        cut = helper.make_node("ThresholdedRelu", ["d"], ["y"], alpha=alpha)
        save(tmp_path / f"cut{alpha:g}.onnx", {"w": np.ones((8, 4)), "b": np.ones(4)}, cut)
    done = parity(tmp_path, "compare", "cut1.onnx", "snake.txt" if constant == "FORMAT" else "cut2.onnx")

    told = "cannot use late_parity.own of the extension 'late' (late-parity 1.0): its fails raises AttributeError"
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"parity: {told} (found nothing is there); correct the package, or uninstall it\n"


def test_nothing_is_loaded_before_it_is_needed(bad):
    for arguments in (["--version"], ["--help"], ["compare", "--help"]):
        assert parity(bad, *arguments).stderr == ""


def test_who_has_no_extensions_does_not_look_for_them_twice(tmp_path):
    code = "import sys\nfrom parity.kinds import kinds\nkinds()\nprint('importlib.metadata' in sys.modules)"

    assert python(tmp_path, "-c", code).stdout == "False\n"


def test_a_model_names_no_package_that_is_loaded(acme, tmp_path):
    shutil.copy(acme / "snake2.onnx", tmp_path)
    package(tmp_path, "acme", evil="raise SystemExit('loaded')\n")
    done = parity(tmp_path, "graph", "snake2.onnx")

    assert "opaque(%d) {operator='onnx:acme.Snake'" in done.stdout
    assert done.stderr == ""
