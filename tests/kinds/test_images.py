"""Cropping, adaptive pooling, blocks of pixels, patches, parametric ReLU and local response normalisation."""

import numpy as np
import pytest

from parity.adapters import read
from parity.kinds import kind, translate
from parity.passes import normalise
from tests.kinds.onnx_runs import run
from tests.kinds.translated import array, checked, kinds_of, only, read_keras, read_onnx, read_torch, roles

SIZES = {1: (11,), 2: (11, 8), 3: (7, 6, 5)}
IMAGE = array(2, 8, 6, 4)


def compared(layer):
    return {name: layer.attributes.get(name) for name in kind(layer.kind).attributes}


def layer_of(graph):
    (found,) = (each for each in graph.layers if each.kind != "input")
    return found


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("name", ["Average", "Max"])
@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_adaptive_pooling_of_keras_is_that_of_torch(rank, name, layout, size):
    import keras
    import torch

    space, last = SIZES[rank], layout == "channels_last"
    layer = getattr(keras.layers, f"Adaptive{name}Pooling{rank}D")(size, data_format=layout)
    module = getattr(torch.nn, f"Adaptive{name[:3].replace('Ave', 'Avg')}Pool{rank}d")(size)
    image = array(2, *space, 4) if last else array(2, 4, *space)

    left = layer_of(checked(read_keras(layer, shape=image.shape[1:])))
    right = layer_of(checked(read_torch(module, (2, 4, *space))))

    assert left.kind == right.kind
    ignored = {"channels"}  # another number in the other layout
    assert {k: v for k, v in compared(left).items() if k not in ignored} == {
        k: v for k, v in compared(right).items() if k not in ignored
    }
    made = kind(left.kind).shape(left.attributes, [(None, *image.shape[1:])])
    assert made == (tuple(layer.compute_output_shape((None, *image.shape[1:]))),)
    theirs = module(torch.tensor(np.moveaxis(image, -1, 1) if last else image)).numpy()
    mine = np.asarray(layer(image))
    assert np.allclose(np.moveaxis(mine, -1, 1) if last else mine, theirs, atol=1e-5)


def test_spread_windows_depend_on_the_output_size():
    import torch

    one, other = (
        only(checked(read_torch(torch.nn.AdaptiveAvgPool2d(size), (2, 3, 7, 7))), "adaptive_average_pool")
        for size in (3, 4)
    )
    assert compared(one) != compared(other)


@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
@pytest.mark.parametrize("amounts", [1, ((1, 2), (0, 3)), ((0, 1), (2, 0))])
def test_cropping_is_a_slice(layout, amounts):
    import keras
    import torch

    layer = keras.layers.Cropping2D(amounts, data_format=layout)
    space = amounts if isinstance(amounts, tuple) else ((1, 1), (1, 1))
    shape = (8, 7, 3) if layout == "channels_last" else (3, 8, 7)

    class Slices(torch.nn.Module):
        def forward(self, x):
            (top, bottom), (left, right) = space
            return x[:, :, top : 8 - bottom, left : 7 - right]

    class Pads(torch.nn.Module):
        def forward(self, x):
            (top, bottom), (left, right) = space
            return torch.nn.functional.pad(x, (-left, -right, -top, -bottom))

    found = layer_of(normalise(checked(read_keras(layer, shape=shape))))
    others = [layer_of(normalise(checked(read_torch(each, (2, 3, 8, 7))))) for each in (Slices(), Pads())]

    assert kind("slice").shape(found.attributes, [(None, *shape)]) == (layer.compute_output_shape((None, *shape)),)
    assert {each.kind for each in (found, *others)} == {"slice"}
    assert len({each.attributes["bounds"] for each in (found, *others)}) == 1
    assert others[0].attributes["axes"] == others[1].attributes["axes"]


@pytest.mark.parametrize("rank", [1, 3])
def test_cropping_of_other_ranks(rank):
    import keras

    layer = getattr(keras.layers, f"Cropping{rank}D")(1)
    graph = checked(read_keras(layer, shape=(*SIZES[rank], 2)))

    assert kinds_of(graph) == ["slice"]
    made = kind("slice").shape(layer_of(graph).attributes, [(None, *SIZES[rank], 2)])
    assert made == (layer.compute_output_shape((None, *SIZES[rank], 2)),)


@pytest.mark.parametrize(("size", "expected"), [((4, 5), "slice"), ((8, 7), "identity"), ((9, 4), "opaque")])
def test_the_centre_of_an_image(size, expected):
    import keras

    layer = keras.layers.CenterCrop(*size)
    graph = checked(read_keras(layer, shape=(8, 7, 3)))

    assert kinds_of(graph) == [expected]
    if expected == "slice":
        (rows, columns) = layer_of(graph).attributes["bounds"]
        image = array(1, 8, 7, 3)
        assert np.allclose(layer(image), image[:, slice(*rows), slice(*columns)])


def test_what_is_cut_off_is_no_padding():
    import torch
    from torch import nn

    net = nn.Sequential(nn.ConstantPad2d((1, -1, 0, 0), 0.0), nn.Conv2d(3, 4, 3, padding=1))
    graph = normalise(checked(read_torch(net, (2, 3, 8, 8))))

    assert kinds_of(graph) == ["pad", "conv"]
    assert torch.equal(net[0](torch.ones(1, 3, 8, 8))[..., 0], torch.zeros(1, 3, 8))


def test_pixel_shuffle_runs_over_channels_first():
    import keras
    import torch

    image = array(2, 8, 6, 4)
    torch_graph = checked(read_torch(torch.nn.PixelShuffle(2), image.shape))
    theirs = torch.nn.PixelShuffle(2)(torch.tensor(image)).numpy()
    found = {}
    for mode in ("CRD", "DCR"):
        graph = checked(read_onnx("DepthToSpace", image.shape, blocksize=2, mode=mode))
        found[mode] = compared(layer_of(graph))
        made = run("DepthToSpace", image, blocksize=2, mode=mode)
        assert (found[mode] == compared(layer_of(torch_graph))) is np.allclose(made, theirs)
    keras_graph = checked(read_keras(lambda x: keras.ops.depth_to_space(x, 2), shape=(6, 4, 8)))
    mine = np.asarray(keras.ops.depth_to_space(np.moveaxis(image, 1, -1), 2))
    assert compared(layer_of(keras_graph)) == found["DCR"]
    assert np.allclose(np.moveaxis(mine, -1, 1), run("DepthToSpace", image, blocksize=2, mode="DCR"))


def test_pixel_unshuffle_is_no_space_to_depth_of_onnx():
    import keras
    import torch

    theirs = torch.nn.PixelUnshuffle(2)(torch.tensor(IMAGE)).numpy()
    onnx_graph = checked(read_onnx("SpaceToDepth", IMAGE.shape, blocksize=2))
    torch_graph = checked(read_torch(torch.nn.PixelUnshuffle(2), IMAGE.shape))
    keras_graph = checked(read_keras(lambda x: keras.ops.space_to_depth(x, 2), shape=(6, 4, 8)))
    mine = np.moveaxis(np.asarray(keras.ops.space_to_depth(np.moveaxis(IMAGE, 1, -1), 2)), -1, 1)
    made = run("SpaceToDepth", IMAGE, blocksize=2)

    assert compared(layer_of(keras_graph)) == compared(layer_of(onnx_graph)) != compared(layer_of(torch_graph))
    assert np.allclose(mine, made)
    assert not np.allclose(theirs, made)


@pytest.mark.parametrize(
    "settings",
    [{"kernel_size": 3}, {"kernel_size": (2, 3), "stride": 2, "padding": 1}, {"kernel_size": 2, "dilation": 2}],
)
def test_patches(settings):
    import keras
    import torch

    unfold = torch.nn.Unfold(**settings)
    graph = checked(read_torch(unfold, IMAGE.shape))
    found = only(graph, "unfold")
    columns = unfold(torch.tensor(IMAGE))
    assert kind("unfold").shape(found.attributes, [IMAGE.shape]) == (tuple(columns.shape),)
    mine = checked(read_keras(lambda x: keras.ops.unfold(x, **settings), shape=IMAGE.shape[1:]))
    assert compared(only(mine, "unfold")) == compared(found)

    fold = torch.nn.Fold((6, 4), **settings)
    back = only(checked(read_torch(fold, tuple(columns.shape))), "fold")
    assert kind("fold").shape(back.attributes, [tuple(columns.shape)]) == (tuple(fold(columns).shape),)


def test_columns_of_onnx():
    import torch

    fold = torch.nn.Fold((6, 4), (2, 3), stride=2, padding=1)
    columns = (2, 12, 4 * 2)
    stored = {"size": np.array((6, 4)), "block": np.array((2, 3))}
    settings = {"strides": [2, 2], "pads": [1, 1, 1, 1]}
    found = only(checked(read_onnx("Col2Im", columns, *stored, stored=stored, **settings)), "fold")

    assert compared(found) == compared(only(checked(read_torch(fold, columns)), "fold"))


def test_channel_shuffle(tmp_path):
    import torch

    torch.save(torch.nn.Sequential(torch.nn.ChannelShuffle(2)), tmp_path / "model.pt")

    live = only(checked(read_torch(torch.nn.ChannelShuffle(2), (2, 8, 3, 3))), "channel_shuffle")
    assert (live.attributes["groups"], live.attributes["axis"]) == (2, -3)
    assert kinds_of(translate(read(tmp_path / "model.pt"))) == ["channel_shuffle"]


@pytest.mark.parametrize(
    ("shared", "axes", "shape"),
    [
        ((1, 2), (-1,), (1, 1, 5)),
        (None, (-3, -2, -1), (3, 4, 5)),
        ((1, 2, 3), (), (1, 1, 1)),
        ((3,), (-3, -2), (3, 4, 1)),
    ],
)
def test_prelu_of_keras(shared, axes, shape):
    import keras

    layer = keras.layers.PReLU(shared_axes=shared)
    found = only(checked(read_keras(layer, shape=(3, 4, 5))), "prelu")

    assert found.attributes["axes"] == axes
    assert roles(found)["alpha"][0] == shape


def test_prelu_by_channels_is_the_same_in_every_framework():
    """As a comparison sees it, which knows what the axes mean."""
    import keras
    import torch
    from torch import nn

    import parity

    def net(count):
        return nn.Sequential(nn.Conv2d(3, 5, 3), nn.PReLU(count))

    def mine(*shared):
        x = keras.Input((8, 8, 3))
        return keras.Model(x, keras.layers.PReLU(shared_axes=shared)(keras.layers.Conv2D(5, 3)(x)))

    def differs(left, right):
        report = parity.compare(left, right, right_inputs=[(1, 3, 8, 8)])
        return {each.attribute for each, level in report.findings if level.value == "error"}

    assert differs(mine(1, 2), net(5)) == set()
    assert differs(mine(1, 2, 3), net(1)) == set()
    assert "axes" in differs(mine(1, 2), net(1))
    image, slope = array(1, 5, 3, 4), array(5, 1, 1)
    module = nn.PReLU(5)
    module.weight.data = torch.tensor(slope.ravel())
    assert np.allclose(run("PRelu", image, slope), module(torch.tensor(image)).detach().numpy())
    found = only(checked(read_onnx("PRelu", image.shape, "slope", stored={"slope": slope})), "prelu")
    assert compared(found) == compared(only(checked(read_torch(module, image.shape)), "prelu"))


@pytest.mark.parametrize("size", [3, 4, 5])
def test_local_response(size, tmp_path):
    import torch

    settings = {"alpha": 0.3, "beta": 0.6}
    module = torch.nn.LocalResponseNorm(size, k=2.0, **settings)
    torch.save(torch.nn.Sequential(module), tmp_path / "model.pt")

    mine = only(translate(read(tmp_path / "model.pt")), "local_response_norm")
    other = only(checked(read_onnx("LRN", IMAGE.shape, size=size, bias=2.0, **settings)), "local_response_norm")

    assert np.allclose(
        [mine.attributes["alpha"], mine.attributes["beta"]], [other.attributes["alpha"], other.attributes["beta"]]
    )
    assert (mine.attributes["window"] == other.attributes["window"]) is (size % 2 == 1)
    if size % 2:  # onnxruntime takes no others
        made = run("LRN", IMAGE, size=size, bias=2.0, **settings)
        assert np.allclose(module(torch.tensor(IMAGE)).numpy(), made, atol=1e-5)


def test_pooling_by_a_norm(tmp_path):
    import torch

    found = {}
    for power in (2, 3):
        module = torch.nn.LPPool2d(power, 3, 2)
        torch.save(torch.nn.Sequential(module), tmp_path / "model.pt")
        mine = compared(only(translate(read(tmp_path / "model.pt")), "lp_pool"))
        other = {"kernel_shape": [3, 3], "strides": [2, 2], "p": power}
        graph = checked(read_onnx("LpPool", IMAGE.shape, **other))
        found[power] = mine == compared(only(graph, "lp_pool"))
        same = np.allclose(module(torch.tensor(IMAGE)).numpy(), run("LpPool", IMAGE, **other), atol=1e-5)
        assert found[power] is same
    assert found == {2: True, 3: False}


@pytest.mark.parametrize("shared", [(1, 2), None])
def test_a_config_alone_counts_prelu(shared, tmp_path):
    import keras

    x = keras.Input((3, 4, 5))
    model = keras.Model(x, keras.layers.PReLU(shared_axes=shared)(x))
    (tmp_path / "model.json").write_text(model.to_json())

    graph = translate(read(tmp_path / "model.json"))

    assert (graph.gaps, sum(each.numel for each in graph.weights)) == ((), model.count_params())
