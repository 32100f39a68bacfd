"""A package of somebody's own adds one of everything through an entry point, and is first class everywhere."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).parents[1]
PACKAGE = Path(__file__).parent / "extensions"


def install(folder, name, *points, version="1.0"):
    """Write down a distribution in a folder on the path, with its entry points."""
    about = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (about / "entry_points.txt").write_text("\n".join(["[parity.extensions]", *points, ""]))


def package(folder, name, **modules):
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text("")
    for module, text in modules.items():
        (folder / name / f"{module}.py").write_text(text)


def python(folder, *arguments):
    """What comes of a command with the folder on the path."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PARITY_")}
    environment["PYTHONPATH"] = os.pathsep.join((str(ROOT), str(folder)))
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def parity(folder, *arguments):
    return python(folder, "-m", "parity", *arguments)


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


def test_a_pass_reads_what_is_written_out_and_both_are_the_same(acme):
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
    assert broken.stderr.startswith("parity: cannot read 'broken.acme': it is no JSON (found ")


def test_a_report_format_is_taken_wherever_a_format_is(acme):
    pair = ("snake2.onnx", "written.onnx")

    assert parity(acme, "compare", *pair, "--format", "acme-tally").stdout == "acme: 1 of 1 passed\n"
    assert parity(acme, "compare", *pair, "--report", "acme-tally=out.txt").returncode == 0
    assert (acme / "out.txt").read_text() == "acme: 1 of 1 passed\n"


TORCH = """
import acme_models, torch, parity
from parity.graphs import graph_of
net, twin = acme_models.net(), acme_models.twin()
example = [(3, 4)]
kinds = lambda graph: [each.kind for each in graph.layers if each.kind != "input"]
print(kinds(graph_of(net, inputs=example, after="reading")))
found = parity.compare(net, twin, inputs=example, weights=True, outputs=True)
print(found.verdict, found.outputs.final[0].error.rel_l2 < 1e-6)
other = parity.compare(acme_models.net(epsilon=0.001), twin, inputs=example)
print(other.verdict, [(each.rule, each.left_value, each.right_value) for each, _ in other.findings])
torch.save(net, "net.pt")
print(kinds(graph_of("net.pt", after="reading")))
torch.export.save(torch.export.export(net, (torch.zeros(3, 4),)), "net.pt2")
print(kinds(graph_of("net.pt2", after="reading")))
print(parity.compare("net.pt2", twin, inputs=example).verdict)
"""


def test_a_declared_class_of_pytorch_is_taken_whole(acme):
    done = python(acme, "-c", TORCH)

    assert done.returncode == 0, done.stderr
    live, same, other, pickled, exported, again = done.stdout.splitlines()
    assert live == "['dense', 'rms_norm', 'dense']"
    assert same == "equivalent True"
    assert other == "different [('norm-epsilon', 0.001, 1e-05)]"
    assert pickled == live
    # A program does not keep what its modules have, so that their operators tell it.
    assert (
        exported
        == "['dense', 'elementwise', 'reduce', 'elementwise', 'elementwise', 'elementwise', 'elementwise', 'dense']"
    )
    assert again == "equivalent"


DECLARED = "acme_keras.Silent is declared to be a rms_norm"
UNTOLD = f"{DECLARED}, and its epsilon is to be self.epsilon, which this layer does not tell"
KERAS = """
import acme_keras, keras, parity
from parity.graphs import graph_of
own, twin = acme_keras.net(acme_keras.KerasRMSNorm(1e-4)), acme_keras.net(keras.layers.RMSNormalization(epsilon=1e-4))
twin.set_weights(own.get_weights())
own.save("own.keras"), own.save("own.h5"), acme_keras.net(acme_keras.Silent(1e-4)).save("silent.keras")
print(parity.compare(own, twin, weights=True, outputs=True).verdict)
for each in ("own.keras", "own.h5"):  # which do not tell what of a class of one's own is trained
    print(parity.compare(each, twin, weights=True, outputs=True, profile="inference").verdict)
print(parity.compare("silent.keras", twin).verdict)
print(*(each.message for each, _ in parity.compare("silent.keras", twin).findings if each.rule == "part-not-read"))
"""


def test_a_declared_class_of_keras_is_taken_whole_and_what_it_does_not_tell_is_said(acme):
    done = python(acme, "-c", KERAS)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        *("equivalent",) * 3,
        "inconclusive",
        f"silent: {UNTOLD}",
    ]


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
    "raises": "it raises RuntimeError (found the licence of Acme has ended); correct or uninstall bad-parity 2.0",
    "imports": "it raises ModuleNotFoundError (found No module named 'a_package_that_nobody_has')",
    "syntax": "it raises SyntaxError",
    "empty": "it defines none of KIND, RULE, FORMAT, RENDERER, PASS, MODULE",
    "takes_a_kind": "'dense' is already claimed by parity.kinds.linear.dense; give it another name",
    "takes_a_spelling": "('torch.nn', 'Linear') is already claimed by the kind dense",
    "wrong_type": "this module must define RULE as a Rule (found str)",
    "no_phase": "there is no phase 'late' for the pass <lambda>; name one of constants, recurrence",
    "no_kind": "there is no kind 'rms_nrom'",
    "no_attribute": "the kind rms_norm has no attribute 'epsillon'; it has epsilon, axes",
    "of_pytorch": "it raises ExtensionError (found cannot say what 'torch.nn.Linear' is",
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


FAILS = """
from parity.extending import Pass


def fails(graph):
    return graph.nothing


PASS = Pass("layout", fails)
"""


def test_a_pass_that_fails_is_named(acme, tmp_path):
    shutil.copytree(acme, tmp_path, dirs_exist_ok=True)
    package(
        tmp_path,
        "late_parity",
        fails=FAILS,
    )
    install(tmp_path, "late-parity", "late = late_parity")
    done = parity(tmp_path, "compare", "snake2.onnx", "written.onnx")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(
        "parity: cannot run the pass late_parity.fails.fails: it raises AttributeError in the phase"
    )
    assert "Traceback" not in done.stderr


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
