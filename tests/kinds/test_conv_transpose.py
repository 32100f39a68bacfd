"""Transposed convolutions of every framework: what they crop, shapes, weights."""

import itertools

import numpy as np
import pytest

from parity.adapters import read
from parity.kinds import kind
from tests.kinds.onnx_runs import run
from tests.kinds.translated import array, checked, kinds_of, only, read_keras, read_onnx, read_torch, roles

SIZES = {1: (5,), 2: (5, 4), 3: (5, 4, 3)}


def made_by_hand(image, kernel, layer):
    """A transposed convolution over one axis by its definition, cropped as the layer says."""
    (stride,), (dilation,), ((before, after),) = (layer.attributes[name] for name in ("strides", "dilation", "cropped"))
    covered = np.zeros((len(image) - 1) * stride + (len(kernel) - 1) * dilation + 1)
    for at, value in enumerate(image):
        covered[at * stride : at * stride + (len(kernel) - 1) * dilation + 1 : dilation] += value * kernel
    padded = np.pad(covered, (max(-before, 0), max(-after, 0)))
    return padded[max(before, 0) : len(padded) - max(after, 0)]


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
def test_keras_crops_what_tensorflow_crops(padding, stride, kernel):
    import keras
    import tensorflow as tf

    image = array(1, 5, 1)
    for extra in (None, *range(stride)):
        layer = keras.layers.Conv1DTranspose(
            1, kernel, strides=stride, padding=padding, output_padding=extra, use_bias=False
        )
        found = only(checked(read_keras(layer, shape=(5, 1))), "conv_transpose")
        try:
            theirs = layer(image)[0, :, 0].numpy()
        except tf.errors.InvalidArgumentError:
            continue  # an even kernel with an output padding that does not fit
        mine = made_by_hand(image[0, :, 0], layer.kernel.numpy()[:, 0, 0], found)
        assert mine.shape == theirs.shape
        assert np.allclose(mine, theirs, atol=1e-5)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
@pytest.mark.parametrize(("padding", "kernel", "stride", "extra"), [("same", 3, 2, None), ("valid", 2, 3, 1)])
def test_keras_shapes(rank, layout, padding, kernel, stride, extra):
    import keras

    layer = getattr(keras.layers, f"Conv{rank}DTranspose")(
        6, kernel, strides=stride, padding=padding, output_padding=extra, data_format=layout, activation="relu"
    )
    shape = (*SIZES[rank], 4) if layout == "channels_last" else (4, *SIZES[rank])

    graph = checked(read_keras(layer, shape=shape))

    found = only(graph, "conv_transpose")
    assert kind("conv_transpose").shape(found.attributes, [(None, *shape)]) == (
        tuple(layer.compute_output_shape((None, *shape))),
    )
    assert kinds_of(graph) == ["conv_transpose", "activation"]
    names = ("kd", "kh", "kw")[-rank:]
    assert roles(found)["kernel"] == ((kernel,) * rank + (6, 4), " ".join((*names, "out", "in")))


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(
    "settings",
    [
        {"kernel_size": 3},
        {"kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1},
        {"kernel_size": 2, "dilation": 3, "padding": 2},
        {"kernel_size": 4, "stride": 3, "bias": False},
        {"kernel_size": 3, "groups": 2},
    ],
)
def test_torch(rank, settings):
    import torch

    module = getattr(torch.nn, f"ConvTranspose{rank}d")(4, 6, **settings)

    graph = checked(read_torch(module, (2, 4, *SIZES[rank])))

    found = only(graph, "conv_transpose")
    made = kind("conv_transpose").shape(found.attributes, [graph.shape(found.inputs[0])])
    assert made == (graph.shape(found.outputs[0]),)
    assert made == (tuple(module(torch.zeros(2, 4, *SIZES[rank])).shape),)
    assert roles(found)["kernel"][0] == tuple(module.weight.shape)


def test_torch_crops_by_definition():
    import torch

    image = array(1, 1, 5)
    for kernel, stride, dilation, padding, extra in itertools.product((1, 2, 3), (1, 2), (1, 2), (0, 1), (0, 1)):
        if extra >= max(stride, dilation) or padding > (kernel - 1) * dilation:
            continue
        module = torch.nn.ConvTranspose1d(1, 1, kernel, stride, padding, extra, bias=False, dilation=dilation)
        found = only(checked(read_torch(module, (1, 1, 5))), "conv_transpose")
        theirs = module(torch.tensor(image))[0, 0].detach().numpy()
        assert np.allclose(made_by_hand(image[0, 0], module.weight.detach().numpy()[0, 0], found), theirs, atol=1e-5)


ONNX = [
    {},
    {"pads": [1, 0]},
    {"auto_pad": "VALID"},
    {"auto_pad": "SAME_UPPER"},
    {"auto_pad": "SAME_LOWER"},
    *({"output_shape": [size], "auto_pad": rule} for size in (9, 10) for rule in ("NOTSET", "SAME_UPPER")),
]


@pytest.mark.parametrize("settings", ONNX, ids=str)
def test_onnx_crops_what_onnxruntime_crops(settings):
    image = array(1, 1, 5)
    for kernel, dilation, extra in itertools.product((1, 2, 3, 4), (1, 2), (0, 1)):
        weight = array(1, 1, kernel)
        given = {"strides": [2], "dilations": [dilation], "output_padding": [extra], **settings}
        source = read_onnx("ConvTranspose", (1, 1, 5), "w", stored={"w": weight}, **given)
        if extra and "SAME" in settings.get("auto_pad", "") and "output_shape" not in settings:
            assert kinds_of(checked(source)) == ["opaque"]
            continue
        graph = checked(source)
        theirs = run("ConvTranspose", image, weight, **given)[0, 0]
        mine = made_by_hand(image[0, 0], weight[0, 0], only(graph, "conv_transpose"))
        assert mine.shape == theirs.shape
        assert np.allclose(mine, theirs, atol=1e-5)


def test_an_export_of_core_operators():
    import torch

    module = torch.nn.Sequential(torch.nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, groups=2), torch.nn.Conv2d(6, 2, 3, 2))
    program = torch.export.export(module.eval(), (torch.zeros(2, 4, 5, 4),))

    left, right = (checked(read(each)) for each in (program, program.run_decompositions()))

    assert kinds_of(left) == kinds_of(right) == ["conv_transpose", "conv"]
    for one, other in zip(left.layers, right.layers, strict=True):
        assert one.attributes == other.attributes


def test_equal_layers_of_every_framework():
    """FACTS by running: Keras' 'same' of stride 2 crops the last place only, and that is padding 0 with one cropped."""
    import keras
    import torch

    keras_layer = keras.layers.Conv2DTranspose(6, 4, strides=2, padding="same")
    left = only(checked(read_keras(keras_layer, shape=(5, 4, 3))), "conv_transpose")
    right = only(checked(read_torch(torch.nn.ConvTranspose2d(3, 6, 4, 2, 1), (2, 3, 5, 4))), "conv_transpose")
    third = only(
        checked(
            read_onnx(
                "ConvTranspose",
                (2, 3, 5, 4),
                "w",
                "b",
                stored={"w": array(3, 6, 4, 4), "b": array(6)},
                strides=[2, 2],
                auto_pad="SAME_UPPER",
            )
        ),
        "conv_transpose",
    )
    compared = kind("conv_transpose").attributes

    said = [{name: each.attributes[name] for name in compared} for each in (left, right, third)]
    assert said[0] == said[1] == said[2]
    odd = keras.layers.Conv2DTranspose(6, 3, strides=2, padding="same")
    found = only(checked(read_keras(odd, shape=(5, 4, 3))), "conv_transpose")
    assert found.attributes["cropped"] == ((0, 1), (0, 1))
    torch_odd = torch.nn.ConvTranspose2d(3, 6, 3, 2, 1, 1)
    other = only(checked(read_torch(torch_odd, (2, 3, 5, 4))), "conv_transpose")
    assert other.attributes["cropped"] == ((1, 0), (1, 0))
