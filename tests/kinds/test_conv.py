"""Convolutions of every framework: shapes, padding, weights."""

import itertools

import numpy as np
import pytest

import parity
from parity.comparison.counts import same_sizes
from parity.kinds import kind
from parity.reports import Verdict
from tests.kinds.translated import array, checked, kinds_of, only, read_keras, read_onnx, read_torch, roles

SIZES = {1: (11,), 2: (11, 8), 3: (7, 6, 5)}


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(
    ("kernel", "stride", "dilation"), [(1, 1, 1), (3, 1, 1), (2, 1, 1), (3, 2, 1), (2, 3, 1), (3, 1, 2)]
)
def test_keras(rank, layout, padding, kernel, stride, dilation):
    import keras

    layer = getattr(keras.layers, f"Conv{rank}D")(
        6, kernel, strides=stride, dilation_rate=dilation, padding=padding, data_format=layout, groups=2
    )
    shape = (*SIZES[rank], 4) if layout == "channels_last" else (4, *SIZES[rank])

    found = only(checked(read_keras(layer, shape=shape)), "conv")

    made = kind("conv").shape(found.attributes, [(None, *shape)])
    assert made == (layer.compute_output_shape((None, *shape)),)
    assert found.attributes.get("padding_rule") == ("same" if padding == "same" else None)
    names = ("kd", "kh", "kw")[-rank:]
    assert roles(found)["kernel"] == ((kernel,) * rank + (2, 6), " ".join((*names, "in", "out")))


@pytest.mark.parametrize(
    "settings", [{}, {"dilation_rate": 3}, {"strides": 2}, {"use_bias": False}, {"activation": "relu"}]
)
def test_keras_causal(settings):
    import keras

    graph = checked(read_keras(keras.layers.Conv1D(5, 3, padding="causal", **settings), shape=(10, 2)))

    assert only(graph, "conv").attributes["padding"] == ((2 * settings.get("dilation_rate", 1), 0),)
    assert kinds_of(graph) == ["conv", "activation"] if "activation" in settings else ["conv"]


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(
    "settings",
    [
        {"kernel_size": 3},
        {"kernel_size": 3, "stride": 2, "padding": 1},
        {"kernel_size": 2, "dilation": 3, "padding": 2},
        {"kernel_size": 3, "padding": "same"},
        {"kernel_size": 2, "padding": "same", "dilation": 3},
        {"kernel_size": 3, "padding": "valid", "bias": False},
        {"kernel_size": 3, "padding": 1, "padding_mode": "circular"},
    ],
)
def test_torch(rank, settings):
    import torch

    module = getattr(torch.nn, f"Conv{rank}d")(4, 6, groups=2, **settings)

    graph = checked(read_torch(module, (2, 4, *SIZES[rank])))

    found = only(graph, "conv")
    assert graph.shape(found.outputs[0]) == tuple(module(torch.zeros(2, 4, *SIZES[rank])).shape)
    assert roles(found)["kernel"][0] == tuple(module.weight.shape)
    assert found.attributes.get("padding_rule") == ("same" if settings.get("padding") == "same" else None)
    made = kind("conv").shape(found.attributes, [graph.shape(found.inputs[0])])
    assert made == (graph.shape(found.outputs[0]),)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"strides": (2, 1), "pads": (1, 0, 2, 1)},
        {"dilations": (2, 2), "pads": (0, 1, 0, 1)},
        {"auto_pad": "SAME_UPPER", "strides": (2, 2)},
        {"auto_pad": "SAME_LOWER", "strides": (2, 2)},
        {"auto_pad": "VALID"},
        {"group": 2},
    ],
)
def test_onnx(settings):
    stored = {"w": array(6, 4 // settings.get("group", 1), 3, 2), "b": array(6)}

    graph = checked(read_onnx("Conv", (2, 4, 9, 8), "w", "b", stored=stored, **settings))

    found = only(graph, "conv")
    made = kind("conv").shape(found.attributes, [(2, 4, 9, 8)])
    assert made == (graph.shape("y0"),)
    assert roles(found) == {"kernel": (stored["w"].shape, "out in kh kw"), "bias": ((6,), "out")}


def test_same_padding_is_tensorflow_s():
    """A window that is moved over numbered pixels shows where each window starts."""
    import tensorflow as tf

    from parity.kinds._windows import same, slide

    for size, extent, stride, step in itertools.product(range(1, 14), (1, 2, 3, 5), (1, 2, 3, 4), (1, 2)):
        if stride > 1 and step > 1:
            continue
        ((before, after),) = same((size,), (extent,), (stride,), (step,))
        image = np.arange(1.0, size + 1, dtype="float32").reshape(1, size, 1)
        kernel = (10.0 ** np.arange(extent, dtype="float32")).reshape(extent, 1, 1)
        theirs = tf.nn.conv1d(image, kernel, stride, "SAME", dilations=step).numpy()
        padded = np.pad(image, ((0, 0), (before, after), (0, 0)))
        mine = tf.nn.conv1d(padded, kernel, stride, "VALID", dilations=step).numpy()
        assert mine.shape == theirs.shape, (size, extent, stride, step)
        assert np.allclose(mine, theirs), (size, extent, stride, step)
        assert slide(size, extent, stride, step, (before, after)) == theirs.shape[1]


def test_an_image_without_a_batch_has_no_shape_function():
    import torch

    graph = checked(read_torch(torch.nn.Conv2d(3, 4, 3), (3, 9, 8)))

    assert kind("conv").shape(only(graph, "conv").attributes, [(3, 9, 8)]) == (None,)


def test_without_padding_it_does_not_matter_with_what_it_is_filled(tmp_path):
    import torch

    from parity.adapters import read
    from parity.kinds import translate

    torch.save(torch.nn.Sequential(torch.nn.Conv2d(1, 1, 3, padding_mode="reflect")), tmp_path / "model.pt")

    found = only(translate(read(tmp_path / "model.pt")), "conv")

    assert found.attributes["padding_mode"] == "zeros"


def test_an_activation_of_its_own_follows():
    import keras

    leaky = keras.layers.Conv2D(2, 1, activation=keras.layers.LeakyReLU(0.1))
    mine = keras.layers.Conv2D(2, 1, activation=lambda x: keras.ops.relu(x) * 2)
    stacked = keras.layers.Conv2D(2, 1, activation="gelu")

    graph = checked(read_keras(leaky, stacked, shape=(4, 4, 1)))

    assert [layer.attributes for layer in graph.layers if layer.kind == "activation"] == [
        {"function": "leaky_relu", "negative_slope": pytest.approx(0.1)},
        {"function": "gelu", "approximate": "none"},
    ]
    assert kinds_of(checked(read_keras(mine, shape=(4, 4, 1)))) == ["conv", "activation", "elementwise"]


@pytest.mark.parametrize("multiplier", [1, 3])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("size", "strides", "padding"), [(3, 1, "same"), (3, 2, "valid"), (5, 2, "same")])
def test_depthwise_is_a_group_for_each_channel(multiplier, bias, size, strides, padding):
    import keras
    import torch

    settings = {"strides": strides, "padding": padding, "use_bias": bias}
    layer = keras.layers.DepthwiseConv2D(size, depth_multiplier=multiplier, **settings)
    left = only(checked(read_keras(layer, shape=(9, 9, 4))), "conv")
    module = torch.nn.Conv2d(4, 4 * multiplier, size, stride=strides, groups=4, bias=bias)
    right = only(checked(read_torch(module, (2, 4, 9, 9))), "conv")

    assert left.attributes["groups"] == right.attributes["groups"] == 4
    assert left.attributes["filters"] == right.attributes["filters"] == 4 * multiplier
    assert roles(left)["kernel"] == ((size, size, 4, multiplier), "kh kw group multiplier")
    assert roles(right)["kernel"] == ((4 * multiplier, 1, size, size), "group*multiplier in kh kw")
    assert same_sizes(left.weight("kernel"), right.weight("kernel"))


def test_depthwise_kernels_of_other_sizes_differ():
    import keras

    def kernel(channels, multiplier):
        layer = keras.layers.DepthwiseConv2D(3, depth_multiplier=multiplier)
        return only(checked(read_keras(layer, shape=(9, 9, channels))), "conv").weight("kernel")

    assert not same_sizes(kernel(4, 1), kernel(4, 2))
    assert not same_sizes(kernel(4, 1), kernel(2, 2))


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("activation", [None, "relu"])
def test_separable_is_two_convolutions(padding, activation):
    import keras

    layer = keras.layers.SeparableConv2D(6, 3, strides=2, padding=padding, depth_multiplier=2, activation=activation)
    graph = checked(read_keras(layer, shape=(9, 9, 4)))

    first, second = (each for each in graph.layers if each.kind == "conv")
    assert (first.attributes["groups"], first.attributes["strides"], set(roles(first))) == (4, (2, 2), {"kernel"})
    assert (second.attributes["groups"], second.attributes["strides"]) == (1, (1, 1))
    assert roles(second)["kernel"] == ((1, 1, 8, 6), "kh kw in out")
    assert second.inputs == first.outputs
    assert [each.kind for each in graph.layers].count("activation") == (activation is not None)


@pytest.mark.parametrize("multiplier", [1, 2])
def test_a_depthwise_convolution_of_one_channel_is_any_convolution_of_one(multiplier):
    import keras
    import torch

    net = keras.Sequential([keras.Input((6, 7, 1)), keras.layers.DepthwiseConv2D((3, 2), depth_multiplier=multiplier)])
    module = torch.nn.Conv2d(1, multiplier, (3, 2))
    with torch.no_grad():
        module.weight.copy_(torch.tensor(net.get_weights()[0].transpose(3, 2, 0, 1).copy()))
        module.bias.copy_(torch.tensor(net.get_weights()[1]))

    report = parity.compare(net, module, right_inputs=[(1, 1, 6, 7)], weights=True, verify="auto")

    assert report.verdict is Verdict.EQUIVALENT, report
    assert {each.state.value for each in report.weights} == {"same"}
