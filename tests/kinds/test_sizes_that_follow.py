"""Sizes that follow from what comes in, whatever a file tells of what comes out."""

import numpy as np
import pytest

import parity

pytestmark = pytest.mark.filterwarnings("ignore")

onnx, onnxruntime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
helper, FLOAT = onnx.helper, onnx.TensorProto.FLOAT


def saved(nodes, given, path, *, told=("rows", "rest"), opset=19, stored=()):
    start, end = helper.make_tensor_value_info("x", FLOAT, given), helper.make_tensor_value_info("y", FLOAT, told)
    arrays = [onnx.numpy_helper.from_array(np.asarray(array), name) for name, array in stored]
    graph = helper.make_graph(nodes, "g", [start], [end], arrays)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9), path)
    return path


@pytest.mark.parametrize("axis", [0, 1, 2, 3, 4, -1, -2, -3])
def test_flattened_at_any_axis_where_a_file_has_names_for_the_sizes(axis, tmp_path):
    shape = (2, 3, 4, 5)
    path = saved([helper.make_node("Flatten", ["x"], ["y"], axis=axis)], shape, tmp_path / "model.onnx")
    given = np.random.default_rng(0).normal(size=shape).astype("float32")
    (told,) = onnxruntime.InferenceSession(path).run(None, {"x": given})
    (found,) = parity.evaluate(path, given).values()
    assert found.shape == told.shape
    assert np.allclose(found, told)


@pytest.mark.parametrize("places", [(1, 1, 1), (2, 1, 1), (1, 2, 3), (2, 2, 1), (1, 1, 3), (2, 2, 3)], ids=str)
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_places_along_an_axis_are_repeated_along_the_others(places, axis, monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setenv("PARITY_VERIFY", "1")
    shape = (2, 2, 3)

    class Taken(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("places", torch.randint(0, shape[axis], places))

        def forward(self, x):
            return torch.take_along_dim(x, self.places, axis).exp()

    model, given = Taken().eval(), torch.randn(shape)
    (found,) = parity.evaluate(model, given.numpy()).values()
    assert np.allclose(found, model(given), atol=1e-6)
    assert parity.compare(model, model, inputs=[shape]).verdict == "equivalent"


@pytest.mark.parametrize("op", ["MaxPool", "AveragePool", "LpPool"])
@pytest.mark.parametrize("rule", ["SAME_UPPER", "SAME_LOWER"])
@pytest.mark.parametrize("size", [5, 6, 7])
def test_same_padding_of_windows_with_gaps_is_open_since_runtimes_do_not_agree(op, rule, size, tmp_path):
    """Onnxruntime tells another size than it gives, so that no amounts can be taken for what it pads."""
    settings = {"kernel_shape": [3], "strides": [2], "dilations": [2]}
    named = [helper.make_node(op, ["x"], ["y"], auto_pad=rule, **settings)]
    outputs = -(-size // 2)
    more = max((outputs - 1) * 2 + 5 - size, 0)
    pads = [more // 2, more - more // 2] if rule == "SAME_UPPER" else [more - more // 2, more // 2]
    told = [helper.make_node(op, ["x"], ["y"], pads=pads, **settings)]
    paths = [saved(nodes, (1, 2, size), tmp_path / f"{at}.onnx", told=None) for at, nodes in enumerate((named, told))]
    given = np.random.default_rng(0).normal(size=(1, 2, size)).astype("float32")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    found = [onnxruntime.InferenceSession(path, options).run(None, {"x": given})[0] for path in paths]

    assert found[0].shape != found[1].shape  # which is why
    assert parity.compare(*paths).verdict is not parity.Verdict.EQUIVALENT


def test_masks_are_masks_beside_what_nothing_uses(tmp_path):
    shape = (2, 4, 6, 6)
    mask = np.where(np.random.default_rng(0).random((6, 6)) < 0.3, np.float32(-1e9), np.float32(0))
    added, scores = helper.make_node("Add", ["x", "mask"], ["a"]), helper.make_node("Softmax", ["a"], ["y"])
    dead = helper.make_node("Neg", ["a"], ["n"])
    padded = [helper.make_node("Pad", ["a"], ["p"], pads=[0] * 8), helper.make_node("Softmax", ["p"], ["y"])]
    ways = {"plain": [added, scores], "dead": [added, dead, scores], "padded by nothing": [added, *padded]}
    paths = [
        saved(nodes, shape, tmp_path / f"{name}.onnx", told=shape, opset=9, stored=[("mask", mask)])
        for name, nodes in ways.items()
    ]
    for path in paths[1:]:
        assert parity.compare(paths[0], path).verdict == "equivalent", path
    other = saved(
        ways["dead"], shape, tmp_path / "other.onnx", told=shape, opset=9, stored=[("mask", mask[::-1].copy())]
    )
    assert parity.compare(paths[0], other).verdict == "different"


def test_whole_numbers_are_not_normalised_in_groups_as_real_ones_are():
    """Keras cuts them to whole numbers again before gamma."""
    keras = pytest.importorskip("keras")
    start = keras.Input((4, 6), batch_size=2)
    model = keras.Model(start, keras.layers.GroupNormalization(2)(keras.ops.argsort(start)))
    given = np.random.default_rng(0).normal(size=(2, 4, 6)).astype("float32")
    assert not parity.evaluate(model, given)


@pytest.mark.parametrize("shape", [(2, 3, 3), (1, 2, 2), (2, 3, 4)], ids=str)
@pytest.mark.parametrize("window", [2, 3])
def test_images_without_a_batch_are_pooled_over_all_they_have(shape, window):
    torch = pytest.importorskip("torch")

    class Pooled(torch.nn.Module):
        def forward(self, x):
            return torch.nn.functional.max_pool2d(x, min(window, *shape[1:]))

    model, given = Pooled().eval(), torch.randn(shape)
    assert parity.compare(model, model, inputs=[shape]).verdict is not parity.Verdict.DIFFERENT
    for found in parity.evaluate(model, given.numpy()).values():
        assert np.allclose(found, model(given), atol=1e-6)


@pytest.mark.parametrize(
    ("equation", "made", "bias", "shape"),
    [
        ("abc,bd->adc", (3, 3), "d", (2, 3)),
        ("abc,bd->adc", (5, 3), "d", (2, 3)),
        ("abcd,ce->abed", (2, 4, 4), "e", (2, 3, 4)),
        ("abcd,ce->abed", (4, 4, 2), "e", (4, 3, 2)),
        ("abc,cd->abd", (2, 4), "d", (2, 3)),
    ],
    ids=str,
)
def test_a_bias_along_a_middle_axis_is_what_keras_computes_or_open(equation, made, bias, shape):
    """Keras' ``add`` on TensorFlow takes a column for a row where the last axis, or the second one, has its size."""
    keras = pytest.importorskip("keras")
    start = keras.Input(shape, batch_size=1)
    layer = keras.layers.EinsumDense(equation, made, bias_axes=bias)
    model = keras.Model(start, layer(start))
    generator = np.random.default_rng(0)
    layer.set_weights([generator.normal(size=each.shape) for each in layer.get_weights()])
    given = generator.normal(size=(1, *shape)).astype("float32")
    for found in parity.evaluate(model, given).values():
        assert np.allclose(found, model(given), atol=1e-5)
