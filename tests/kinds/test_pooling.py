"""Pooling windows, global pooling and padding layers of every framework."""

import pytest

import parity
from parity.kinds import kind
from parity.reports import Verdict
from tests.kinds.translated import checked, kinds_of, of_keras, only, onnx_model, read_keras, read_onnx, read_torch

SIZES = {1: (11,), 2: (11, 8), 3: (7, 6, 5)}


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("name", ["MaxPooling", "AveragePooling"])
@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
@pytest.mark.parametrize(("size", "stride"), [(2, None), (3, 2), (3, 1), (2, 3)])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_keras(rank, name, layout, size, stride, padding):
    import keras

    layer = getattr(keras.layers, f"{name}{rank}D")(size, strides=stride, padding=padding, data_format=layout)
    shape = (*SIZES[rank], 4) if layout == "channels_last" else (4, *SIZES[rank])

    (found,) = (each for each in checked(read_keras(layer, shape=shape)).layers if each.kind != "input")

    made = kind(found.kind).shape(found.attributes, [(None, *shape)])
    assert made == (layer.compute_output_shape((None, *shape)),)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("name", ["MaxPool", "AvgPool"])
@pytest.mark.parametrize("ceil", [False, True])
@pytest.mark.parametrize(("size", "stride", "padding"), [(2, 2, 0), (3, 2, 1), (2, 3, 1), (3, 1, 0), (4, 3, 2)])
def test_torch(rank, name, ceil, size, stride, padding):
    import torch

    module = getattr(torch.nn, f"{name}{rank}d")(size, stride, padding, ceil_mode=ceil)

    graph = checked(read_torch(module, (2, 4, *SIZES[rank])))

    (found,) = (each for each in graph.layers if each.kind != "input")
    made = kind(found.kind).shape(found.attributes, [(2, 4, *SIZES[rank])])
    assert made == (tuple(module(torch.zeros(2, 4, *SIZES[rank])).shape),)


@pytest.mark.parametrize("op", ["MaxPool", "AveragePool"])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"strides": (2, 3), "pads": (1, 0, 1, 1)},
        {"strides": (2, 2), "ceil_mode": 1},
        {"auto_pad": "SAME_UPPER", "strides": (2, 2)},
        {"auto_pad": "SAME_LOWER", "strides": (2, 2)},
        {"dilations": (2, 1)},
    ],
)
def test_onnx(op, settings):
    graph = checked(read_onnx(op, (2, 4, 9, 8), kernel_shape=(3, 2), **settings))

    (found,) = (each for each in graph.layers if each.kind != "input")
    assert found.kind in {"max_pool", "average_pool"}
    assert kind(found.kind).shape(found.attributes, [(2, 4, 9, 8)]) == (graph.shape("y0"),)


@pytest.mark.parametrize("op", ["MaxPool", "AveragePool", "LpPool"])
@pytest.mark.parametrize("rule", ["SAME_UPPER", "SAME_LOWER"])
@pytest.mark.parametrize(("size", "length", "stride"), [(3, 1, 3), (7, 1, 4), (4, 1, 5), (5, 2, 7)])
def test_padding_of_less_than_nothing_is_not_told(op, rule, size, length, stride):
    """Measured: onnxruntime 1.31 refuses it, takes the first elements or those in the middle, by type and operator."""
    window = {"kernel_shape": (1, length), "strides": (1, stride)}

    report = parity.compare(*(onnx_model(op, (1, 1, 2, size), **window, **each) for each in ({}, {"auto_pad": rule})))

    assert report.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("op", ["MaxPool", "AveragePool", "LpPool"])
def test_one_element_that_is_left_at_the_end_is_no_padding(op):
    window = {"kernel_shape": (1, 1), "strides": (1, 3)}

    report = parity.compare(
        onnx_model(op, (1, 1, 2, 4), **window), onnx_model(op, (1, 1, 2, 4), **window, auto_pad="SAME_UPPER")
    )

    assert report.verdict is Verdict.EQUIVALENT


def test_what_nothing_is_padded_with_is_not_counted():
    import keras
    import torch

    left = only(checked(read_keras(keras.layers.AveragePooling2D(2), shape=(8, 8, 1))), "average_pool")
    right = only(checked(read_torch(torch.nn.AvgPool2d(2), (1, 1, 8, 8))), "average_pool")
    padded = only(checked(read_torch(torch.nn.AvgPool2d(2, padding=1), (1, 1, 8, 8))), "average_pool")

    for name in kind("average_pool").attributes:
        assert left.attributes[name] == right.attributes[name]
    assert padded.attributes["count_include_pad"] is True


@pytest.mark.parametrize(
    ("settings", "other", "verdict"),
    [
        ({"divisor_override": 3}, {}, "different"),
        ({"divisor_override": 3}, {"divisor_override": 2}, "different"),
        ({"divisor_override": 4}, {}, "equivalent"),
        ({"divisor_override": 4, "padding": 1}, {"padding": 1}, "equivalent"),
        ({"divisor_override": 4, "padding": 1}, {"padding": 1, "count_include_pad": False}, "different"),
        ({"divisor_override": 4, "ceil_mode": True}, {"ceil_mode": True}, "inconclusive"),
    ],
)
def test_sums_of_windows_are_divided_by_a_number(settings, other, verdict):
    import torch

    import parity

    sides = (torch.nn.AvgPool2d(2, **each) for each in (settings, other))
    left, right = (torch.export.export(side, (torch.zeros(1, 3, 5, 5),)) for side in sides)

    assert parity.compare(left, right).verdict.value == verdict


@pytest.mark.parametrize("dynamo", [False, True])
def test_a_divisor_that_an_exporter_drops_is_told(dynamo, tmp_path):
    import torch

    import parity

    module, example = torch.nn.AvgPool2d(2, divisor_override=3).eval(), (torch.ones(1, 3, 4, 4),)
    torch.onnx.export(module, example, tmp_path / "pooled.onnx", dynamo=dynamo)

    assert parity.compare(torch.export.export(module, example), tmp_path / "pooled.onnx").verdict.value == "different"


def test_indices_of_a_maximum_stay_wired():
    import torch

    graph = checked(read_torch(_unpooled(torch.nn.MaxPool2d(2, return_indices=True)), (1, 1, 4, 4)))

    made = {value for layer in graph.layers for value in layer.outputs}
    assert {value for layer in graph.layers for value in layer.inputs} <= made


def _unpooled(pool):
    import torch

    class Unpooled(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.pool, self.back = pool, torch.nn.MaxUnpool2d(2)

        def forward(self, x):
            return self.back(*self.pool(x))

    return Unpooled()


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("name", ["GlobalMaxPooling", "GlobalAveragePooling"])
@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
@pytest.mark.parametrize("keepdims", [False, True])
def test_keras_global(rank, name, layout, keepdims):
    import keras

    layer = getattr(keras.layers, f"{name}{rank}D")(data_format=layout, keepdims=keepdims)
    shape = (*SIZES[rank], 4) if layout == "channels_last" else (4, *SIZES[rank])

    (found,) = (each for each in checked(read_keras(layer, shape=shape)).layers if each.kind != "input")

    made = kind(found.kind).shape(found.attributes, [(None, *shape)])
    assert made == (layer.compute_output_shape((None, *shape)),)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_torch_global(rank):
    import torch

    shape = (2, 4, *SIZES[rank])
    average = getattr(torch.nn, f"AdaptiveAvgPool{rank}d")
    axes = tuple(range(2, rank + 2))

    assert kinds_of(checked(read_torch(average(1), shape))) == ["global_average_pool"]
    assert kinds_of(checked(read_torch(getattr(torch.nn, f"AdaptiveMaxPool{rank}d")(1), shape))) == ["global_max_pool"]
    assert kinds_of(checked(read_torch(average(SIZES[rank]), shape))) == ["identity"]
    assert kinds_of(checked(read_torch(average(4), shape))) == ["adaptive_average_pool"]
    halves = checked(read_torch(average(3), (2, 4, *(6,) * rank)))
    assert only(halves, "average_pool").attributes["pool_size"] == (2,) * rank
    for keep in (False, True):
        assert kinds_of(checked(read_torch(_mean(axes, keep=keep), shape))) == ["global_average_pool"]


def _mean(axes, *, keep):
    import torch

    class Mean(torch.nn.Module):
        def forward(self, x):
            return x.mean(axes, keepdim=keep)

    return Mean()


def test_an_average_over_channels_is_not_one_over_time():
    import torch

    mean = _mean((1,), keep=False)
    first = torch.nn.Sequential(torch.nn.Conv1d(4, 4, 1), mean)

    found = only(checked(read_torch(first, (2, 4, 4))), "global_average_pool")

    assert found.attributes["channels"] == 2
    assert kind("global_average_pool").attributes["channels"].is_axis


@pytest.mark.parametrize(
    ("op", "axes", "name"),
    [
        ("ReduceMean", (2, 3), "global_average_pool"),
        ("ReduceMean", (-1, -2), "global_average_pool"),
        ("ReduceMean", (1, 2), "global_average_pool"),
        ("ReduceMean", (1,), "reduce"),
        ("ReduceMax", (2, 3), "global_max_pool"),
    ],
)
@pytest.mark.parametrize("keep", [0, 1])
def test_onnx_reductions(op, axes, name, keep):
    import numpy as np

    source = read_onnx(op, (2, 4, 9, 8), "axes", stored={"axes": np.array(axes)}, keepdims=keep)

    assert kinds_of(checked(source)) == [name]


def test_onnx_global():
    assert kinds_of(checked(read_onnx("GlobalAveragePool", (2, 4, 9, 8)))) == ["global_average_pool"]
    assert kinds_of(checked(read_onnx("GlobalMaxPool", (2, 4, 9)))) == ["global_max_pool"]


@pytest.mark.parametrize(
    ("name", "padding", "shape"),
    [
        ("ZeroPadding1D", 2, (5, 3)),
        ("ZeroPadding1D", (1, 2), (5, 3)),
        ("ZeroPadding2D", 1, (5, 4, 3)),
        ("ZeroPadding2D", (1, 2), (5, 4, 3)),
        ("ZeroPadding2D", ((0, 1), (2, 0)), (5, 4, 3)),
        ("ZeroPadding3D", ((0, 1), (2, 0), (1, 1)), (5, 4, 6, 3)),
    ],
)
@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
def test_keras_padding(name, padding, shape, layout):
    import keras

    settings = {"data_format": layout}
    layer = getattr(keras.layers, name)(padding, **settings)
    model = of_keras(layer, shape=shape)

    from parity.adapters import read

    graph = checked(read(model))
    made = kind("pad").shape(only(graph, "pad").attributes, [(None, *shape)])
    assert made == (model.output_shape,)


@pytest.mark.parametrize("name", ["ZeroPad2d", "ConstantPad2d", "ReflectionPad2d", "ReplicationPad2d", "CircularPad2d"])
def test_torch_padding(name, tmp_path):
    import torch

    from parity.adapters import read
    from parity.kinds import translate

    module = getattr(torch.nn, name)((1, 2, 3, 0), *((0.5,) if name == "ConstantPad2d" else ()))
    torch.save(torch.nn.Sequential(module), tmp_path / "model.pt")

    graph = checked(read_torch(module, (1, 2, 6, 5)))
    traced, stored = only(graph, "pad"), only(translate(read(tmp_path / "model.pt")), "pad")

    assert traced.attributes == stored.attributes
    assert kind("pad").shape(traced.attributes, [(1, 2, 6, 5)]) == (tuple(module(torch.zeros(1, 2, 6, 5)).shape),)


@pytest.mark.parametrize(("mode", "name"), [("constant", "constant"), ("edge", "replicate"), ("wrap", "circular")])
def test_onnx_padding(mode, name):
    import numpy as np

    pads = {"pads": np.array((0, 0, 1, 2, 0, 0, 3, 0))}
    some = {"pads": np.array((1, 2, 3, 0)), "axes": np.array((2, -1))}

    whole = only(checked(read_onnx("Pad", (1, 2, 6, 5), "pads", stored=pads, mode=mode)), "pad")
    named = only(checked(read_onnx("Pad", (1, 2, 6, 5), "pads", None, "axes", stored=some, mode=mode)), "pad")

    assert whole.attributes == named.attributes
    assert whole.attributes["amounts"] == ((0, 0), (0, 0), (1, 3), (2, 0))
    assert whole.attributes["mode"] == name


def test_an_average_of_a_free_size_is_the_one_that_rounds_up():
    """Padding ``same`` of 2 by 2 is not known for a free size, but that it is never counted is."""
    import keras
    import torch

    left = keras.Sequential([keras.Input((None, None, 3)), keras.layers.AveragePooling2D(2, 2, padding="same")])
    right = torch.nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False)

    report = parity.compare(left, right, right_inputs=[(2, 3, 7, 7)])

    assert report.verdict is Verdict.EQUIVALENT, report
