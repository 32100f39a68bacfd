"""``parity run`` and ``parity.evaluate``: the frameworks' own outputs, without the frameworks."""

import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

import parity
from parity.cli import main
from parity.errors import ParityError


def run(*words):
    return CliRunner().invoke(main, ["run", *map(str, words)])


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(0).standard_normal((1, 7, 7, 1)).astype("float32")


def test_a_file_of_keras(fixtures, image):
    import keras

    model = keras.models.load_model(fixtures / "bn_cnn.keras")
    found = parity.evaluate(fixtures / "bn_cnn.keras", image)

    assert list(found) == ["dense_1"]
    np.testing.assert_allclose(found["dense_1"], np.asarray(model(image)), rtol=1e-5, atol=1e-6)
    assert found.gaps == ()


def test_files_of_pytorch_and_onnx(fixtures, image):
    import onnxruntime
    import torch

    turned = np.ascontiguousarray(image.transpose(0, 3, 1, 2))
    program = torch.export.load(fixtures / "bn_cnn.pt2").module()
    expected = program(torch.from_numpy(turned)).detach().numpy()

    for name in ("bn_cnn.pt2", "bn_cnn_dynamo.onnx", "bn_cnn_torchscript.onnx"):
        (found,) = parity.evaluate(fixtures / name, turned).values()
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    session = onnxruntime.InferenceSession(fixtures / "bn_cnn_dynamo.onnx")
    np.testing.assert_allclose(session.run(None, {"x": turned})[0], expected, rtol=1e-4, atol=1e-6)


def test_a_live_model(image):
    import torch

    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(49, 3), torch.nn.GELU()).eval()
    (found,) = parity.evaluate(model, [image]).values()

    np.testing.assert_allclose(found, model(torch.from_numpy(image)).detach().numpy(), rtol=1e-5, atol=1e-6)


def test_no_framework_is_imported(fixtures, tmp_path):
    code = (
        "import sys, parity\n"
        f"for name in ('bn_cnn.keras', 'bn_cnn.pt2', 'bn_cnn_dynamo.onnx'):\n"
        f"    assert parity.evaluate({str(fixtures)!r} + '/' + name, seed=3).gaps == ()\n"
        "print(sorted(set(sys.modules) & {'torch', 'tensorflow', 'keras', 'onnxruntime', 'scipy'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)

    assert done.stdout == "[]\n"


def test_data_and_outputs_are_files(fixtures, image, tmp_path):
    np.savez(tmp_path / "in.npz", input_layer=image)
    done = run(fixtures / "bn_cnn.keras", "--data", tmp_path / "in.npz", "-o", tmp_path / "out.npz")

    assert done.exit_code == 0, done.output
    assert "input, given  input_layer  float32[1, 7, 7, 1]" in done.output
    assert np.load(tmp_path / "out.npz")["dense_1"].shape == (1, 10)


def test_data_in_order(fixtures, image, tmp_path):
    np.savez(tmp_path / "in.npz", image)
    np.save(tmp_path / "in.npy", image)

    told = [run(fixtures / "bn_cnn.keras", "--data", tmp_path / name).output for name in ("in.npz", "in.npy")]

    assert told[0] == told[1]
    assert "output  dense_1" in told[0]


def test_inputs_are_drawn_again_alike(fixtures):
    one, other = (parity.evaluate(fixtures / "bn_cnn.keras", seed=7) for _ in range(2))

    assert one.drawn
    assert np.array_equal(one["dense_1"], other["dense_1"])
    assert not np.array_equal(one["dense_1"], parity.evaluate(fixtures / "bn_cnn.keras", seed=8)["dense_1"])


def test_what_cannot_be_computed_is_named_with_the_outputs_that_depend_on_it(tmp_path):
    import onnx
    from onnx import TensorProto, helper

    nodes = [helper.make_node("Relu", ["x"], ["y"]), helper.make_node("Bernoulli", ["y"], ["z"], name="random")]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2, 3]) for name in "xyz"]
    graph = helper.make_graph(nodes, "g", ends[:1], ends[1:])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)]), tmp_path / "a.onnx")

    found = parity.evaluate(tmp_path / "a.onnx", np.ones((2, 3), "float32"))
    done = run(tmp_path / "a.onnx", "-o", tmp_path / "out.npz")

    assert list(found) == ["y"]
    assert [(gap.source, gap.outputs) for gap in found.gaps] == [("random", ("z",))]
    with pytest.raises(KeyError, match="random cannot be computed"):
        found["z"]
    assert done.exit_code == 2
    assert "not computed  z: random: " in done.output
    assert list(np.load(tmp_path / "out.npz")) == ["y"]


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ([np.ones((1, 7, 7, 1)), np.ones(3)], "it takes input_layer \\(found 2 arrays\\)"),
        ({"a": np.ones(3), "b": np.ones(3)}, "it takes input_layer \\(found arrays called a, b\\)"),
        (np.ones((1, 1, 7, 7)), "the graph records the shape"),
    ],
)
def test_arrays_that_the_model_does_not_take(fixtures, arrays, said):
    with pytest.raises(ParityError, match=said):
        parity.evaluate(fixtures / "bn_cnn.keras", arrays)


def test_a_source_without_wiring(fixtures):
    with pytest.raises(ParityError, match="it does not record its wiring"):
        parity.evaluate(fixtures / "bn_cnn_module.pt")


@pytest.mark.parametrize(
    "content", [b"", b"nothing", b"PK\x05\x06" + b"\0" * 18, b"\x93NUMPY\x01\x00v\x00{'descr': '|O'"]
)
def test_data_that_is_none(fixtures, tmp_path, content):
    path = tmp_path / "in.npz"
    path.write_bytes(content)
    done = run(fixtures / "bn_cnn.keras", "--data", path)

    assert done.exit_code == 2
    assert isinstance(done.exception, SystemExit)


def test_pickled_data_are_not_executed(fixtures, tmp_path):
    np.save(tmp_path / "in.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    done = run(fixtures / "bn_cnn.keras", "--data", tmp_path / "in.npy")

    assert done.exit_code == 2
    assert "cannot use the data" in done.stderr


def test_an_output_is_never_an_input_and_always_an_archive(fixtures, tmp_path):
    before = (fixtures / "bn_cnn.keras").read_bytes()
    told = [run(fixtures / "bn_cnn.keras", "-o", path) for path in (fixtures / "bn_cnn.keras", tmp_path / "out.txt")]

    assert [each.exit_code for each in told] == [2, 2]
    assert (fixtures / "bn_cnn.keras").read_bytes() == before
