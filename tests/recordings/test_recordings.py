"""``parity record`` and ``parity.record``: runs of frameworks, which stand in comparisons of outputs."""

import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import seed_models
from click.testing import CliRunner

import parity
from parity.adapters.torch._running import load_program
from parity.cli import main
from parity.errors import ParityError, UsageError
from parity.recordings import opened_recording

SIZES = (2, 8, 8, 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model of Keras, its twin of PyTorch with the same weights, and one with weights of its own; and recordings."""
    import keras
    import torch

    keras.utils.set_random_seed(1)
    folder = tmp_path_factory.mktemp("recordings")
    left = seed_models.bn_cnn(image=8)
    left.save(folder / "net.keras")
    for name, build in (("asks", seed_models.bn_cnn_torch), ("twin", seed_models.bn_cnn_twin)):
        model = build(image=8).eval()
        seed_models.carry_over(left, model)
        torch.export.save(torch.export.export(model, (torch.zeros(2, 1, 8, 8),)), folder / f"{name}.pt2")
    recorded(folder / "net.keras", folder / "net.npz", "--inputs", ",".join(map(str, SIZES)))
    recorded(folder / "asks.pt2", folder / "asks.npz", "--data", folder / "net.npz", "--like", folder / "net.keras")
    return folder


def recorded(model, file, *words):
    done = CliRunner().invoke(main, ["record", *map(str, (model, "-o", file, *words))])
    assert done.exit_code == 0, done.output
    return done.output


def refused(*words):
    done = CliRunner().invoke(main, [*map(str, words)])
    assert done.exit_code == 2
    assert done.output.count("\n") == 1
    return done.output


def test_a_recording_holds_what_the_framework_itself_gives(folder):
    import keras

    with np.load(folder / "net.npz") as run:
        image = run["input/input_layer"]
        model = keras.models.load_model(folder / "net.keras")
        inner = keras.Model(model.inputs, [layer.output for layer in model.layers[1:]])
        expected = dict(zip([layer.name for layer in model.layers[1:]], inner(image, training=False), strict=True))

        assert {name.removeprefix("value/").removesuffix(":0") for name in run if name.startswith("value/")} == {
            *expected
        }
        for name, array in expected.items():
            np.testing.assert_allclose(run[f"value/{name}:0"], array, atol=1e-6)
        np.testing.assert_array_equal(run[f"output/{model.output_names[0]}"], run[f"value/{model.layers[-1].name}:0"])


def test_a_recording_stands_for_a_side(folder):
    one = parity.compare(folder / "net.keras", folder / "twin.pt2", data=opened_recording(folder / "net.npz"))
    plain = parity.compare(folder / "net.keras", folder / "twin.pt2", outputs=True)

    assert one.facets["outputs"] == plain.facets["outputs"] == "same"
    (final,) = one.outputs.final
    assert 1e-9 < final.error.rel_l2 < 1e-6, "single precision on one side"
    (numerics,) = one.outputs.recorded
    assert (numerics.side, numerics.rel_l2) == ("left", pytest.approx(final.error.rel_l2, rel=0.1))
    assert numerics.producer.startswith("Keras 3")


def test_recordings_of_both_sides_part_where_the_models_do_and_the_ledger_ends_at_rounding(folder):
    words = (folder / "net.keras", folder / "asks.pt2", "--format", "json")
    words = (*words, "--data", folder / "net.npz", "--data", folder / "asks.npz")
    done = CliRunner().invoke(main, ["compare", *map(str, words)])
    outputs = json.loads(done.output)["outputs"]

    assert [each["side"] for each in outputs["recorded"]] == ["left", "right"]
    assert outputs["first_divergence"]["left"].startswith("batch_normalization")
    assert outputs["first_divergence"]["isolated"]
    assert outputs["ledger"]["remainder"] < 1e-6
    text = CliRunner().invoke(main, ["compare", *map(str, words[:2]), *map(str, words[4:])]).output
    assert "right recorded by PyTorch" in " ".join(text.split())
    assert "from exact arithmetic" in " ".join(text.split())


def test_what_parity_cannot_compute_is_compared_all_the_same():
    """Behind a layer that has no formula, what was recorded of it is what others work on."""
    import keras

    def net(activation):
        image = keras.Input((4,), name="x")
        found = keras.layers.Dense(3, name="first")(image)
        found = keras.ops.erfinv(keras.ops.tanh(found))
        return keras.Model(image, keras.layers.Dense(2, activation=activation, name="last")(found))

    left, right = net(None), net("tanh")
    right.set_weights(left.get_weights())
    both = [parity.record(left), None]
    both[1] = parity.record(right, both[0])
    plain = parity.compare(left, right, outputs=True)
    report = parity.compare(left, right, data=both)

    assert plain.facets["outputs"] == "unchecked"
    assert report.facets["outputs"] == "different"
    (final,) = report.outputs.final
    expected, found = (next(iter(each.outputs.values())) for each in both)
    assert final.error.max_abs == pytest.approx(np.abs(expected - found).max())
    assert [each.rel_l2 for each in report.outputs.recorded] == [None, None]
    assert all(each.layer_rel_l2 < 1e-6 for each in report.outputs.recorded), "of the layers before it"


def test_a_layer_that_is_called_twice_and_a_model_in_a_model():
    import keras

    shared = keras.layers.Dense(4, name="shared")
    inside = keras.Sequential([keras.layers.Dense(4, name="deep"), keras.layers.ReLU(name="bent")], name="inside")
    one, two = keras.Input((4,), name="one"), keras.Input((4,), name="two")
    model = keras.Model([one, two], keras.layers.Subtract(name="apart")([shared(inside(two)), shared(one)]))
    recording = parity.record(model)

    given = [recording.inputs[name] for name in ("one", "two")]
    expected = {"shared:0": shared(inside(given[1])), "shared@2:0": shared(given[0])}
    swapped = {"shared:0": expected["shared@2:0"], "shared@2:0": expected["shared:0"]}
    found = {name: recording.values[name] for name in expected}
    assert any(all(np.allclose(found[name], each[name]) for name in found) for each in (expected, swapped))
    assert {"inside/deep:0", "inside/bent:0"} <= {*recording.values}
    report = parity.compare(model, model, data=recording)
    assert report.outputs.recorded[0].compared == len(recording.values)
    assert report.outputs.recorded[0].layer_rel_l2 < 1e-6


def test_pickled_modules_and_torchscript_run_where_they_are_trusted(tmp_path):
    import torch

    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(inplace=True), torch.nn.Linear(4, 2)).eval()
    torch.save(model, tmp_path / "net.pt")
    torch.jit.save(torch.jit.trace(model, torch.zeros(1, 3)), tmp_path / "script.pt")
    x = np.random.default_rng(0).standard_normal((5, 3)).astype("float32")
    expected = model(torch.from_numpy(x)).detach().numpy()
    np.savez(tmp_path / "x.npz", x)

    for name in ("net.pt", "script.pt"):
        words = ("record", tmp_path / name, "-o", tmp_path / "run.npz", "--data", tmp_path / "x.npz")
        assert "--trust" in refused(*words)
        recorded(words[1], words[3], *words[4:], "--trust")
        with np.load(tmp_path / "run.npz") as run:
            np.testing.assert_allclose(run["output/output_0"], expected, atol=1e-6)
            if name == "net.pt":
                np.testing.assert_array_equal(run["value/1"], np.maximum(run["value/0"], 0))
                assert (run["value/0"] < 0).any(), "as it was before the activation that works in place"


def test_an_exported_program_calls_nothing_but_operators_unless_it_is_trusted(folder, tmp_path):
    """PyTorch looks up what a file names, and has sympy evaluate its sizes: both would run what they are told."""
    good = members(folder / "asks.pt2")
    graph = next(name for name in good if name.endswith("models/model.json"))
    call = next(each for each in json.loads(good[graph])["graph_module"]["graph"]["nodes"])["target"].encode()
    for old, new in (
        (call, b"torch.os.system"),
        (call, b"torch.ops.aten.from_file.default"),
        (b'{"as_int": 2}', b'{"as_expr": {"expr_str": "__import__(chr(111))", "hint": null}}'),
        (b'{"as_int": 2}', b'{"as_expr": {"expr_str": "s0.__class__", "hint": null}}'),
    ):
        assert old in good[graph]
        with zipfile.ZipFile(tmp_path / "net.pt2", "w") as archive:
            for name, content in good.items():
                archive.writestr(name, content.replace(old, new, 1) if name == graph else content)

        with pytest.raises(UsageError, match=r"code that is not PyTorch's own .*--trust"):
            load_program(tmp_path / "net.pt2", trust=False)


def test_code_in_a_file_of_keras_runs_only_where_it_is_trusted(tmp_path):
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x + 1, name="plus")])
    for name in ("net.keras", "net.h5"):
        model.save(tmp_path / name)
        words = ("record", tmp_path / name, "-o", tmp_path / "run.npz")

        assert "it holds code of its author's own (found Lambda)" in refused(*words).replace("keras.layers.", "")
        recorded(*words[1:2], words[3], "--trust")


def test_what_is_no_input_and_what_takes_too_long_are_said_in_a_sentence(folder, tmp_path):
    np.savez(tmp_path / "wide.npz", np.zeros((2, 1, 9, 8)))
    run = tmp_path / "run.npz"

    assert "its x is (2, 1, 8, 8) (found (2, 1, 9, 8))" in refused(
        "record", folder / "asks.pt2", "-o", run, "--data", tmp_path / "wide.npz"
    )
    assert "within 0.2 seconds" in refused("record", folder / "asks.pt2", "-o", run, "--timeout", "0.2")
    assert "--data" in refused("record", folder / "asks.pt2", "-o", run, "--like", folder / "net.keras")
    assert not run.exists()


@pytest.mark.parametrize(
    ("model", "package", "extra"),
    [
        ("bn_cnn.keras", "keras", "keras"),
        ("bn_cnn.pt2", "torch", "torch"),
        ("bn_cnn_dynamo.onnx", "onnxruntime", "onnx"),
    ],
)
def test_a_framework_that_is_not_installed_is_told_with_what_installs_it(
    fixtures, tmp_path, monkeypatch, model, package, extra
):
    (tmp_path / f"{package}.py").write_text(f"raise ModuleNotFoundError('none', name={package!r})")
    monkeypatch.syspath_prepend(tmp_path)
    said = refused("record", fixtures / model, "-o", tmp_path / "run.npz")

    assert f"the package {package} is not installed; pip install 'parity-checker[{extra}]'" in said


def test_a_recording_of_another_model_is_refused(folder):
    words = ("compare", folder / "net.keras", folder / "twin.pt2")
    assert "neither a recording of" in refused(*words, "--data", folder / "asks.npz")

    twice = ("--data", folder / "net.npz", "--data", folder / "net.npz")
    assert "there are two of one model" in refused(*words, *twice)

    import keras

    model = keras.models.load_model(folder / "net.keras")
    recording = parity.record(model)
    model.set_weights([2 * each for each in model.get_weights()])
    with pytest.raises(UsageError, match="has other weights now"):
        parity.compare(model, folder / "twin.pt2", data=recording)


def test_recordings_of_different_inputs_are_refused(folder):
    mine, theirs = (opened_recording(folder / f"{name}.npz") for name in ("net", "asks"))
    other = replace(theirs, inputs={name: 1 + array for name, array in theirs.inputs.items()})

    with pytest.raises(UsageError, match="different inputs"):
        parity.compare(folder / "net.keras", folder / "asks.pt2", data=[mine, other])
    with pytest.raises(UsageError, match="brings its own inputs"):
        parity.compare(folder / "net.keras", folder / "asks.pt2", data=[other, np.zeros(SIZES)])


def test_recordings_that_somebody_has_changed_are_refused(folder):
    recording = opened_recording(folder / "asks.npz")
    words = folder / "net.keras", folder / "asks.pt2"

    with pytest.raises(UsageError, match="it lacks the input x"):
        parity.compare(*words, data=replace(recording, inputs={}))
    with pytest.raises(UsageError, match=r"x is .* in the model"):
        parity.compare(*words, data=replace(recording, inputs={"x": np.zeros((2, 1, 9, 9))}))
    values = {**recording.values, **{name: np.zeros((2, 3)) for name in recording.outputs}}
    with pytest.raises(UsageError, match=r"in the model \(found \(2, 3\)\)"):
        parity.compare(*words, data=replace(recording, values=values))


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {each.filename: archive.read(each) for each in archive.infolist()}


def text(**told):
    buffer = io.BytesIO()
    np.save(buffer, np.frombuffer(json.dumps(told).encode(), "uint8"))
    return buffer.getvalue()


def damaged(good):
    """Files that are no sound recordings, by what is wrong with them."""
    about, value = "parity_recording.npy", next(name for name in good if name.startswith("value/"))
    head = good[value]
    pickled = io.BytesIO()
    np.save(pickled, np.array([{}], dtype=object), allow_pickle=True)
    told = {"version": 1, "model": "m", "producer": "p", "digest": "d", "weights": ""}
    yield "no text", {**good, about: b"nothing"}
    yield "text that is no JSON", {**good, about: head}
    yield "text of other things", {**good, about: text(version=1)}
    yield "another version", {**good, about: text(**{**told, "version": 9})}
    yield "a pickle", {**good, **dict.fromkeys((each for each in good if each != about), pickled.getvalue())}
    longer = head.replace(b"'shape': (2,", b"'shape': (9,")
    assert longer != head
    yield "a shape that it does not hold", {**good, **dict.fromkeys((each for each in good if each != about), longer)}
    yield "cut short", {**good, **dict.fromkeys((each for each in good if each != about), head[:90])}


def test_damaged_recordings_are_refused_in_a_sentence(folder, tmp_path):
    good = members(folder / "net.npz")
    file = tmp_path / "run.npz"
    for name, parts in damaged(good):
        with zipfile.ZipFile(file, "w") as archive:
            for member, content in parts.items():
                archive.writestr(member, content)

        said = refused("compare", folder / "net.keras", folder / "twin.pt2", "--data", file)
        assert "cannot " in said, name
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in good.items():
            archive.writestr(member, content)
    assert "is compressed" in refused("compare", folder / "net.keras", folder / "twin.pt2", "--data", file)
    file.write_bytes((folder / "net.npz").read_bytes()[:-200])
    refused("compare", folder / "net.keras", folder / "twin.pt2", "--data", file)


def test_a_live_module_and_a_live_proto():
    import onnx
    import torch

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.bend = torch.nn.Linear(3, 4), torch.nn.ReLU(inplace=True)

        def forward(self, x):
            return self.bend(self.first(x)) * 2

    x = np.random.default_rng(0).standard_normal((2, 3)).astype("float32")
    torch.manual_seed(0)  # of other numbers none may be negative
    model = Net()
    recording = parity.record(model, x)
    np.testing.assert_allclose(recording.outputs["mul"], model(torch.from_numpy(x)).detach(), atol=1e-6)
    assert {"linear", "relu_"} == {*recording.values}
    assert (recording.values["linear"] < 0).any(), "as it was before the activation that works in place"
    assert model.training, "it is left as it was"

    helper = onnx.helper
    nodes = [helper.make_node("Tanh", ["x"], ["t"]), helper.make_node("Neg", ["t"], ["y"])]
    ends = [[helper.make_tensor_value_info(name, 1, [2, 3])] for name in ("x", "y")]
    opset = [helper.make_opsetid("", 17)]
    graph = helper.make_model(helper.make_graph(nodes, "g", *ends), opset_imports=opset, ir_version=9)
    found = parity.record(graph, {"x": x})
    np.testing.assert_allclose(found.values["t"], np.tanh(x), atol=1e-6)
    np.testing.assert_allclose(found.outputs["y"], -np.tanh(x), atol=1e-6)


def test_a_recording_is_saved_and_read(tmp_path):
    x = np.ones((2, 3), "float32")
    import torch

    recording = parity.record(torch.nn.Linear(3, 2), x)
    recording.save(tmp_path / "run.npz")
    found = opened_recording(tmp_path / "run.npz")

    assert (found.digest, found.weights, found.producer) == (recording.digest, recording.weights, recording.producer)
    for name in ("inputs", "outputs", "values"):
        mine, theirs = getattr(recording, name), getattr(found, name)
        assert [*mine] == [*theirs]
        assert all(np.array_equal(mine[each], theirs[each]) for each in mine)
    with pytest.raises(ParityError, match="cannot write"):
        recording.save(tmp_path / "run.npz" / "no-folder.npz")
