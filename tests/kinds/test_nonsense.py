"""Files come from strangers: whatever their settings say, a model is translated, aligned with itself and compared."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity.adapters import read
from parity.alignment import align
from parity.comparison import compare
from parity.graph import Value
from parity.kinds import kind, kinds, terms_of, translate
from parity.passes import normalise
from parity.rules import explain
from tests.kinds.translated import array, check_plain, check_weights, read_onnx, read_torch

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False),
    st.sampled_from(["", "same", "valid", "channels_first", "relu", "C", "linear"]),
    st.lists(st.one_of(st.integers(-2, 3), st.text(max_size=2)), max_size=4).map(tuple),
    st.just(()),
    st.just({}),
    st.just({"class_name": "LSTM", "config": {"units": -1}}),
    st.just(((1, 2), (3, 4))),
)
SHAPES = st.one_of(
    st.none(),
    st.lists(st.one_of(st.none(), st.integers(0, 5), st.sampled_from(["N", "s0"])), min_size=1, max_size=6).map(tuple),
)
ATTRIBUTES = {name: found.attributes for name, found in kinds().items()}


@pytest.fixture(scope="module")
def sources():
    """Models of every framework with most of the layers that kinds spell."""
    return [*_keras(), _keras_images(), _torch(), _torch_images(), *_onnx(), *_onnx_images()]


def _keras():
    import keras

    k = keras.layers
    x = image = keras.Input((8, 8, 4))
    for each in (
        k.ZeroPadding2D(1),
        k.Conv2D(4, 3, padding="same", groups=2, activation=k.LeakyReLU()),
        k.BatchNormalization(),
        k.ReLU(6.0),
        k.MaxPooling2D(2, padding="same"),
        k.AveragePooling2D(2),
        k.Softmax(),
        k.Permute((2, 1, 3)),
        k.Reshape((-1, 4)),
        k.LayerNormalization(),
    ):
        x = each(x)
    y = k.LSTM(3, return_sequences=True)(x)
    y = k.Concatenate()([y, k.Activation("gelu")(y)])
    y = k.Bidirectional(k.LSTM(3))(1 - y)
    yield read(
        keras.Model(image, [k.Dense(2, "relu")(k.Dropout(0.5)(y)), k.GlobalAveragePooling1D()(x), k.Flatten()(x)])
    )
    tokens = keras.Input((5,), dtype="int32")
    yield read(keras.Model(tokens, k.Add()([k.Embedding(7, 4)(tokens), k.Embedding(7, 4)(tokens)])[:, -1]))


def _keras_images():
    import keras

    k = keras.layers
    x = image = keras.Input((12, 12, 4))
    for each in (
        k.Rescaling(0.5, 1),
        k.Normalization(),
        k.RandomFlip(),
        k.Conv2DTranspose(4, 3, 2, padding="same", activation="softsign"),
        k.GroupNormalization(2),
        k.PReLU(shared_axes=(1, 2)),
        k.SpatialDropout2D(0.5),
        k.Cropping2D(((1, 2), (0, 1))),
        k.CenterCrop(18, 18),
        k.UpSampling2D(2, interpolation="bilinear"),
        k.Resizing(17, 13),
        k.AdaptiveAveragePooling2D(5),
        k.LayerNormalization(axis=(1, 2, 3)),
        k.RMSNormalization(),
        k.UnitNormalization(),
        k.SpectralNormalization(k.Conv2D(8, 3, activation="glu")),
        k.AlphaDropout(0.5),
    ):
        x = each(x)
    x = keras.ops.depth_to_space(keras.ops.leaky_relu(x, 0.1), 2)
    return read(keras.Model(image, keras.ops.unfold(keras.ops.max_pool(x, 2), 2)))


def _torch_images():
    import torch
    from torch import nn

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(
                *(nn.ConvTranspose2d(4, 8, 3, 2, 1, 1, groups=2), nn.GroupNorm(2, 8), nn.PReLU(8), nn.Dropout2d()),
                *(nn.InstanceNorm2d(8, track_running_stats=True), nn.CELU(2.0), nn.GLU(1), nn.Hardshrink()),
                *(nn.Upsample(scale_factor=1.5, mode="bilinear"), nn.AdaptiveMaxPool2d((8, 10)), nn.PixelUnshuffle(2)),
                *(nn.ChannelShuffle(2), nn.PixelShuffle(2), nn.LayerNorm((4, 8, 10)), nn.RMSNorm(10), nn.RReLU()),
                *(nn.BatchNorm2d(4, track_running_stats=False), nn.Unfold(3), nn.Fold((8, 10), 3), nn.Threshold(1, 2)),
            )

        def forward(self, x):
            return torch.nn.functional.pad(self.body(x), (-1, -1, 0, -2))

    return read_torch(Network(), (2, 4, 6, 6))


def _onnx_images():
    import numpy as np

    shape = (2, 4, 9, 8)
    stored = {"w": array(4, 3, 3, 2)}
    yield read_onnx("ConvTranspose", shape, "w", stored=stored, strides=(2, 2), output_shape=(19, 17), group=2)
    sizes = {"s": np.array((2, 4, 18, 12))}
    yield read_onnx("Resize", shape, None, None, "s", stored=sizes, mode="cubic", exclude_outside=1)
    yield read_onnx("Upsample", shape, "s", stored={"s": np.array((1, 1, 2, 2), "float32")}, opset=9)
    affine = {"g": array(4), "b": array(4)}
    yield read_onnx("GroupNormalization", shape, *affine, stored=affine, num_groups=2, opset=21)
    yield read_onnx("PRelu", shape, "w", stored={"w": array(4, 1, 1)})
    yield read_onnx("LpNormalization", shape, axis=1, p=1)
    yield read_onnx("LRN", shape, size=3, alpha=0.1)
    yield read_onnx("LpPool", shape, kernel_shape=(3, 2), pads=(1, 0, 1, 0), auto_pad="NOTSET")
    yield read_onnx("DepthToSpace", shape, blocksize=2, mode="CRD")


def _torch():
    import torch
    from torch import nn

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(
                nn.ZeroPad2d(1), nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ELU(), nn.AvgPool2d(2), nn.MaxPool2d(2)
            )
            self.norm, self.lstm = nn.LayerNorm(4), nn.LSTM(4, 5, num_layers=2, bidirectional=True)

        def forward(self, x):
            x = self.body(x)
            sequence, (state, _) = self.lstm(self.norm(x.flatten(2).transpose(1, 2)))
            last = torch.cat([state[-1], sequence[-1]], 1) / 2.0
            return last.softmax(1), nn.functional.adaptive_avg_pool2d(x, 1).squeeze(-1), x.mean((2, 3)).clamp(0, 6)

    return read_torch(Network(), (2, 3, 12, 12))


def _onnx():
    import numpy as np

    yield read_onnx("Conv", (2, 4, 9, 8), "w", stored={"w": array(6, 4, 3, 2)}, strides=(2, 2), pads=(1, 1, 1, 1))
    yield read_onnx("Gemm", (2, 3), "w", "b", stored={"w": array(3, 7), "b": array(1, 7)})
    yield read_onnx("MaxPool", (2, 4, 9, 8), kernel_shape=(3, 2), strides=(2, 2), ceil_mode=1)
    yield read_onnx("Pad", (1, 2, 6, 5), "p", stored={"p": np.array((0, 0, 1, 2, 0, 0, 3, 0))})
    stored = {"w": array(2, 16, 3), "r": array(2, 16, 4), "b": array(2, 32)}
    yield read_onnx("LSTM", (5, 2, 3), *stored, stored=stored, outputs=3, hidden_size=4, direction="bidirectional")


def judged(source):
    """Everything that happens to a pair of models after reading."""
    graph = translate(source)
    check_weights(source, graph)
    check_plain(graph)
    for layer in graph.layers:
        terms_of(layer, [graph.shape(value) for value in layer.inputs])
    done = normalise(graph)
    explain(compare(done, done, align(done, done)))


@settings(max_examples=400)
@given(st.data())
def test_settings(sources, data):
    source = data.draw(st.sampled_from(sources))
    nodes = list(source.nodes)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(nodes) - 1))
        attributes = dict(nodes[at].attributes)
        names = sorted(attributes) or ["axis"]
        name = data.draw(st.sampled_from([*names, "axis", "dim", "pads", "units"]))
        if isinstance(attributes.get(name), dict) and isinstance(attributes[name].get("config"), dict):
            config = dict(attributes[name]["config"])
            config[data.draw(st.sampled_from(sorted(config) or ["units"]))] = data.draw(ODD)
            attributes[name] = {**attributes[name], "config": config}
        elif data.draw(st.booleans()):
            attributes[name] = data.draw(ODD)
        else:
            attributes.pop(name, None)
        nodes[at] = replace(nodes[at], attributes=attributes)

    judged(replace(source, nodes=tuple(nodes)))


@settings(max_examples=200)
@given(st.data())
def test_shapes(sources, data):
    source = data.draw(st.sampled_from(sources))
    values, weights = dict(source.values), dict(source.weights)
    for name in data.draw(st.lists(st.sampled_from(sorted(values)), max_size=4)):
        values[name] = Value(data.draw(SHAPES), None, "nonsense")
    for name in data.draw(st.lists(st.sampled_from(sorted(weights) or [""]), max_size=2)):
        if name in weights:
            shape = data.draw(st.lists(st.integers(0, 6), max_size=5).map(tuple))
            weights[name] = replace(weights[name], shape=shape)

    judged(replace(source, values=values, weights=weights))


@settings(max_examples=100)
@given(st.data())
def test_lost_weights_and_inputs(sources, data):
    source = data.draw(st.sampled_from(sources))
    nodes = list(source.nodes)
    at = data.draw(st.integers(0, len(nodes) - 1))
    for field in ("weights", "inputs"):
        held = dict(getattr(nodes[at], field))
        for name in data.draw(st.lists(st.sampled_from(sorted(held) or [""]), max_size=2)):
            held.pop(name, None)
        nodes[at] = replace(nodes[at], **{field: held})

    judged(replace(source, nodes=tuple(nodes)))


@settings(max_examples=30)
@pytest.mark.parametrize("name", sorted(kinds()))
@given(data=st.data())
def test_functions_of_a_kind_never_raise(name, data):
    known = {"data_format", "kernel_size", "padding", "units", "filters", "rank", "amounts", "keepdims", "time_major"}
    attributes = {each: data.draw(ODD) for each in sorted({*ATTRIBUTES[name], *known})}
    shapes = data.draw(st.lists(SHAPES, max_size=3))
    axes = tuple(None if shape is None else tuple(map(str, shape)) for shape in shapes)

    assert isinstance(kind(name).shape(attributes, shapes), tuple)
    kind(name).sizes(attributes, shapes)
    assert len(kind(name).axes(attributes, axes)) == 2


@pytest.mark.parametrize("told", [("1",), ("1", "0", "x"), "1", 1])
def test_operations_that_tell_other_places_than_they_have_values(sources, told):
    """A file of Keras may tell that an operand is there which is not."""
    for source in sources:
        for at, node in enumerate(source.nodes):
            if node.dialect == "keras.ops":
                lost = replace(node, inputs={}, attributes={**node.attributes, "__inputs__": told})
                judged(replace(source, nodes=(*source.nodes[:at], lost, *source.nodes[at + 1 :])))


@pytest.mark.parametrize("name", ["batch_norm", "dropout", "channel_shuffle", "global_average_pool", "resize"])
def test_a_rank_that_no_array_has_takes_no_memory(name):
    attributes = dict.fromkeys({*ATTRIBUTES[name], "data_format", "keepdims"}) | {"rank": 1 << 40, "axis": -1}

    assert len(kind(name).axes(attributes, (None,))) == 2
