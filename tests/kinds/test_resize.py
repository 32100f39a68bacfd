"""Resizing of every framework: layers said in the same terms give the same numbers, and known pairs are the same."""

from itertools import combinations

import numpy as np
import pytest

import parity
from parity.graph import Unknown
from parity.kinds import kind, translate
from parity.reports import Verdict
from tests.kinds.onnx_runs import run
from tests.kinds.translated import checked, kinds_of, only, read_keras, read_onnx, read_torch

SIZES = [((4, 4), (8, 8)), ((4, 4), (3, 3)), ((5, 7), (9, 4)), ((6, 6), (1, 1)), ((3, 4), (5, 9)), ((3, 5), (9, 15))]
COMPARED = [name for name, each in kind("resize").attributes.items() if not each.is_axis]
TABLE_OF_TENSORFLOW = 0.02
"""TensorFlow takes the weights of its cubic kernel from a table of 1,024 entries."""


def said(graph):
    """The layer in the terms that are compared."""
    found = only(graph, "resize")
    return tuple((name, found.attributes.get(name)) for name in COMPARED)


def of_keras(image, size, mode, antialias):
    import keras

    layer = keras.layers.Resizing(*size, interpolation=mode, antialias=antialias)
    graph = checked(read_keras(layer, shape=(*image.shape[2:], 2)))
    return said(graph), np.moveaxis(np.asarray(layer(np.moveaxis(image, 1, -1))), -1, 1)


def of_torch(image, size, **settings):
    import torch

    class Resize(torch.nn.Module):
        def forward(self, x):
            return torch.nn.functional.interpolate(x, size=size, **settings)

    graph = checked(read_torch(Resize(), image.shape))
    return said(graph), Resize()(torch.tensor(image)).numpy()


def of_onnx(image, size, opset=19, **settings):
    sizes = np.array((*image.shape[:2], *size))
    empty = np.zeros(0, "float32")  # which Resize has to be given until opset 12
    stored = {"roi": empty, "scales": empty, "sizes": sizes}
    source = read_onnx("Resize", image.shape, *stored, stored=stored, opset=opset, **settings)
    graph = checked(source)
    if kinds_of(graph) == ["opaque"]:
        return None
    return said(graph), run("Resize", image, *stored.values(), opset=opset, **settings)


def everything(image, size):
    for mode in ("nearest", "bilinear", "bicubic", "lanczos3", "area"):
        for antialias in (False, True):
            yield f"keras {mode} {antialias}", of_keras(image, size, mode, antialias)
    for mode in ("nearest", "nearest-exact"):
        yield f"torch {mode}", of_torch(image, size, mode=mode)
    for mode in ("bilinear", "bicubic"):
        yield f"torch {mode} corners", of_torch(image, size, mode=mode, align_corners=True)
        for antialias in (False, True):
            yield f"torch {mode} {antialias}", of_torch(image, size, mode=mode, antialias=antialias)
    for grid in ("half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel", "half_pixel_symmetric"):
        shared = {"coordinate_transformation_mode": grid}
        for rounding in ("floor", "ceil", "round_prefer_floor", "round_prefer_ceil"):
            yield f"onnx {grid} {rounding}", of_onnx(image, size, mode="nearest", nearest_mode=rounding, **shared)
        yield f"onnx linear {grid}", of_onnx(image, size, mode="linear", **shared)
        for outside in (0, 1):
            for coefficient in (-0.5, -0.75):
                cubic = {"mode": "cubic", "cubic_coeff_a": coefficient, "exclude_outside": outside}
                yield f"onnx cubic {grid} {coefficient} {outside}", of_onnx(image, size, **cubic, **shared)
    for_nn = {"coordinate_transformation_mode": "tf_half_pixel_for_nn", "mode": "nearest", "nearest_mode": "floor"}
    yield "onnx tf_half_pixel_for_nn", of_onnx(image, size, opset=12, **for_nn)


@pytest.mark.parametrize(("before", "after"), SIZES)
def test_what_is_said_the_same_is_the_same(before, after):
    image = np.random.default_rng(3).normal(size=(1, 2, *before)).astype("float32")
    found = {name: made for name, made in everything(image, after) if made is not None}

    for (name, (mine, ours)), (other, (yours, theirs)) in combinations(found.items(), 2):
        if mine == yours:
            rough = "keras bicubic False" in {name, other}
            assert np.allclose(ours, theirs, atol=TABLE_OF_TENSORFLOW if rough else 2e-5), (name, other)
    same = [
        {
            "keras nearest False",
            "torch nearest-exact",
            "onnx half_pixel round_prefer_ceil",
            "onnx tf_half_pixel_for_nn",
        },
        {"keras bilinear False", "torch bilinear False", "onnx linear half_pixel"},
        {"keras bilinear True", "torch bilinear True"},
        {"keras bicubic True", "torch bicubic True"},
        {"keras bicubic False", "onnx cubic half_pixel -0.5 1"},
        {"torch nearest", "onnx asymmetric floor"},
        {"torch bicubic False", "onnx cubic half_pixel -0.75 0"},
        {"torch bicubic corners", "onnx cubic align_corners -0.75 0"},
    ]
    for names in same:
        assert len({found[name][0] for name in names}) == 1, names


def test_what_is_not_the_same_is_said_in_other_words():
    image = np.random.default_rng(3).normal(size=(1, 2, 4, 4)).astype("float32")
    found = dict(everything(image, (3, 3)))

    different = ["keras nearest False", "torch nearest", "onnx half_pixel round_prefer_floor", "torch bilinear corners"]
    different += ["torch bilinear False", "torch bilinear True", "keras bicubic False", "torch bicubic False"]
    assert len({found[name][0] for name in different}) == len(different)
    assert {name for name, made in found.items() if made is None} == set()


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("factor", [1.5, 2, 2.3, 0.5])
def test_factors_of_torch(rank, factor):
    import torch

    mode = ("linear", "bilinear", "trilinear")[rank - 1]
    for settings in ({}, {"mode": mode}, {"mode": mode, "align_corners": True}, {"recompute_scale_factor": True}):
        module = torch.nn.Upsample(scale_factor=factor, **settings)
        graph = checked(read_torch(module, (2, 3, *(7, 5, 4)[:rank])))

        found = only(graph, "resize")
        (shape,) = kind("resize").shape(found.attributes, [(2, 3, *(7, 5, 4)[:rank])])
        assert shape == tuple(module(torch.zeros(2, 3, *(7, 5, 4)[:rank])).shape)
        given = not settings.get("align_corners") and not settings.get("recompute_scale_factor")
        assert not given or found.attributes["scales"] == (factor,) * rank


@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic"])
def test_up_sampling_of_keras(layout, interpolation):
    import keras

    layer = keras.layers.UpSampling2D((2, 3), data_format=layout, interpolation=interpolation)
    shape = (4, 5, 3) if layout == "channels_last" else (3, 4, 5)

    found = only(checked(read_keras(layer, shape=shape)), "resize")

    assert kind("resize").shape(found.attributes, [(None, *shape)]) == (layer.compute_output_shape((None, *shape)),)


def test_up_sampling_is_the_same_in_every_framework(tmp_path):
    import keras
    import torch

    from parity.adapters import read

    torch.save(torch.nn.Sequential(torch.nn.Upsample(scale_factor=(2.0, 2.0))), tmp_path / "model.pt")
    scales = np.array((1, 1, 2, 2), "float32")
    graphs = [
        checked(read_keras(keras.layers.UpSampling2D(2), shape=(4, 5, 3))),
        checked(read_torch(torch.nn.Upsample(scale_factor=2), (2, 3, 4, 5))),
        checked(read_torch(torch.nn.UpsamplingNearest2d((8, 10)), (2, 3, 4, 5))),
        translate(read(tmp_path / "model.pt")),
        checked(read_onnx("Resize", (2, 3, 4, 5), None, "s", stored={"s": scales})),
        checked(read_onnx("Upsample", (2, 3, 4, 5), "s", stored={"s": scales}, opset=9)),
    ]

    assert len({said(graph) for graph in graphs}) == 1


def test_a_resize_that_keeps_the_size_is_none():
    import keras

    assert kinds_of(checked(read_keras(keras.layers.Resizing(4, 5), shape=(4, 5, 3)))) == ["identity"]


def test_the_scale_of_an_image_of_any_size_is_not_known():
    import keras

    found = only(checked(read_keras(keras.layers.Resizing(4, 5), shape=(None, None, 3))), "resize")

    assert isinstance(found.attributes["scales"], Unknown)
    assert kind("resize").shape(found.attributes, [(None, None, None, 3)]) == ((None, 4, 5, 3),)


@pytest.mark.parametrize("size", [(14, 9), (14, 11), (7, 5), (30, 19), (100, 33)])
def test_onnxruntime_rounds_sizes_in_single_precision(size):
    """ONNX's own shape inference does it in double precision, and says 8 for 14 * float32(9 / 14)."""
    before, after = size
    scales = np.array((1, 1, after / before, 1), "float32")
    image = np.zeros((1, 1, before, 2), "float32")
    found = only(translate(read_onnx("Resize", image.shape, None, "s", stored={"s": scales})), "resize")
    made = run("Resize", image, None, scales)
    assert kind("resize").shape(found.attributes, [image.shape]) == (made.shape,)


@pytest.mark.parametrize("name", ["crop_to_aspect_ratio", "pad_to_aspect_ratio"])
def test_what_keeps_the_aspect_is_opaque(name):
    import keras

    assert kinds_of(checked(read_keras(keras.layers.Resizing(4, 5, **{name: True}), shape=(6, 6, 3)))) == ["opaque"]


def test_a_fixed_size_is_one_rule_for_inputs_of_any_size():
    import keras
    import torch

    import parity

    def net(**settings):
        x = keras.Input((None, None, 3))
        return keras.Model(x, keras.layers.Conv2D(2, 3)(keras.layers.Resizing(9, 11, **settings)(x)))

    def report(left, right, **inputs):
        found = parity.compare(left, right, **inputs)
        return found.verdict.value, {each.attribute for each, level in found.findings if level.value == "error"}

    assert report(net(), net())[0] == "equivalent"
    assert report(net(), net(interpolation="nearest")) == ("different", {"method", "rounding", "antialias"})
    smaller = torch.nn.Sequential(torch.nn.Upsample(size=(9, 11), mode="nearest"), torch.nn.Conv2d(3, 2, 3))
    verdict, attributes = report(net(interpolation="nearest"), smaller, right_inputs=[(1, 3, 20, 20)])
    assert (verdict, attributes) == ("different", {"coordinates", "rounding"})


@pytest.mark.parametrize("rank", [3, 4])
def test_repeats_of_another_axis_are_no_other_layout(rank):
    """Of equal sizes nothing but the axis itself tells which one is repeated."""
    import keras

    def repeating(*axes):
        x = made = keras.Input((3,) * (rank - 1), batch_size=2)
        for axis in axes:
            made = keras.ops.repeat(made, 2, axis=axis)
        return keras.Model(x, made)

    axes = [(1,), (2,), (1, 2), (2, 3), (1, 3)] if rank > 3 else [(1,), (2,), (1, 2)]
    for mine, theirs in combinations(axes, 2):
        assert parity.compare(repeating(*mine), repeating(*theirs)).verdict is Verdict.DIFFERENT, (mine, theirs)
    for each in axes:
        assert parity.compare(repeating(*each), repeating(*each)).verdict is Verdict.EQUIVALENT, each
