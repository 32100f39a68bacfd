"""Normalisations of every framework: layers said in the same terms give the same numbers."""

from itertools import combinations

import numpy as np
import pytest

from parity.adapters import read
from parity.graph import Census, Unknown
from parity.kinds import kind, translate
from tests.kinds.onnx_runs import run
from tests.kinds.translated import array, checked, kinds_of, only, read_keras, read_onnx, read_torch, roles

IMAGE = np.random.default_rng(5).normal(1, 2, size=(2, 4, 3, 5)).astype("float32")
GAMMA, BETA = np.linspace(0.5, 2, 4).astype("float32"), np.linspace(-1, 1, 4).astype("float32")
ROWS = {"gamma": array(5), "beta": array(5)}


def of_keras(layer, weights=()):
    """What a Keras layer is and does to the image, channels last."""
    graph = checked(read_keras(layer, shape=(3, 5, 4)))
    if len(weights):
        layer.set_weights(list(weights))
    return graph, np.moveaxis(np.asarray(layer(np.moveaxis(IMAGE, 1, -1))), -1, 1)


def of_torch(module, *weights):
    import torch

    graph = checked(read_torch(module, IMAGE.shape))
    for parameter, value in zip(module.parameters(), weights, strict=True):
        parameter.data = torch.tensor(value)
    return graph, module(torch.tensor(IMAGE)).detach().numpy()


def of_onnx(op, *stored, opset=21, **settings):
    names = {f"w{at}": each for at, each in enumerate(stored)}
    graph = checked(read_onnx(op, IMAGE.shape, *names, stored=names, opset=opset, **settings))
    return graph, run(op, IMAGE, *stored, opset=opset, **settings)


def said(graph, name):
    """Attributes by meaning: axes of an image as the letters of its layout."""
    layer = only(graph, name)
    letters = "NHWC" if graph.framework.value == "keras" else "NCHW"
    compared = kind(name).attributes
    found = {each: layer.attributes.get(each) for each in compared}
    for each, attribute in compared.items():
        if attribute.is_axis:
            axes = found[each] if isinstance(found[each], tuple) else (found[each],)
            found[each] = "".join(sorted(letters[axis] for axis in axes))
    return {each: pytest.approx(value) if isinstance(value, float) else value for each, value in found.items()}


def group_norms():
    import keras
    import torch

    k, nn = keras.layers, torch.nn
    return {
        "keras": of_keras(k.GroupNormalization(2, epsilon=1e-3), (GAMMA, BETA)),
        "torch": of_torch(nn.GroupNorm(2, 4, eps=1e-3), GAMMA, BETA),
        "onnx": of_onnx("GroupNormalization", GAMMA, BETA, num_groups=2, epsilon=1e-3),
        "keras instance": of_keras(k.GroupNormalization(-1), (GAMMA, BETA)),
        "torch instance": of_torch(nn.InstanceNorm2d(4, eps=1e-3, affine=True), GAMMA, BETA),
        "torch groups of one": of_torch(nn.GroupNorm(4, 4, eps=1e-3), GAMMA, BETA),
        "onnx instance": of_onnx("InstanceNormalization", GAMMA, BETA, epsilon=1e-3),
        "torch small": of_torch(nn.GroupNorm(2, 4, eps=1e-5), GAMMA, BETA),
    }


def layer_norms():
    import keras
    import torch

    k, nn = keras.layers, torch.nn
    whole = array(4, 3, 5)
    last = np.moveaxis(whole, 0, -1)
    return {
        "keras": of_keras(k.LayerNormalization(axis=(1, 2, 3), epsilon=0.1), (last, last * 2)),
        "torch": of_torch(nn.LayerNorm((4, 3, 5), eps=0.1), whole, whole * 2),
        "onnx": of_onnx("LayerNormalization", whole, whole * 2, axis=1, epsilon=0.1),
        "keras rows": of_keras(k.LayerNormalization(axis=2, epsilon=0.1), (ROWS["gamma"], ROWS["beta"])),
        "torch rows": of_torch(nn.LayerNorm(5, eps=0.1), ROWS["gamma"], ROWS["beta"]),
        "onnx rows": of_onnx("LayerNormalization", ROWS["gamma"], ROWS["beta"], epsilon=0.1),
    }


def layer_norms_by_deviation():
    import keras

    layer = keras.layers.LayerNormalization(axis=2, epsilon=0.1, rms_scaling=True, center=False)
    return {"keras": of_keras(layer, (ROWS["gamma"],)), "torch": layer_norms()["torch rows"]}


def rms_norms():
    import keras
    import torch

    whole = array(4, 3, 5)
    return {
        "keras": of_keras(keras.layers.RMSNormalization(axis=(1, 2, 3), epsilon=0.1), (np.moveaxis(whole, 0, -1),)),
        "torch": of_torch(torch.nn.RMSNorm((4, 3, 5), eps=0.1), whole),
        "onnx": of_onnx("RMSNormalization", whole, axis=1, epsilon=0.1, opset=23),
        "torch default": of_torch(torch.nn.RMSNorm(5), ROWS["gamma"]),
        "torch smallest": of_torch(torch.nn.RMSNorm(5, eps=2.0**-23), ROWS["gamma"]),
    }


def unit_norms():
    import keras

    return {
        "keras": of_keras(keras.layers.UnitNormalization(axis=-1)),
        "onnx": of_onnx("LpNormalization", axis=1, p=2),
        "onnx rows": of_onnx("LpNormalization", axis=3, p=1),
    }


SAME = [
    (group_norms, "group_norm", [("keras", "torch"), ("keras", "onnx"), ("keras instance", "torch instance")]),
    (group_norms, "group_norm", [("torch instance", "onnx instance"), ("torch instance", "torch groups of one")]),
    (layer_norms, "layer_norm", [("keras", "torch"), ("keras", "onnx"), ("keras rows", "torch rows")]),
    (layer_norms, "layer_norm", [("keras rows", "onnx rows")]),
    (layer_norms_by_deviation, "layer_norm", []),
    (rms_norms, "rms_norm", [("keras", "torch"), ("keras", "onnx"), ("torch default", "torch smallest")]),
    (unit_norms, "unit_norm", []),
]


@pytest.mark.parametrize(("make", "name", "same"), SAME)
def test_what_is_said_the_same_is_the_same(make, name, same):
    """And what is said in other words gives other numbers, but for an epsilon that only matters at a norm of 0."""
    found = make()
    terms = {each: said(graph, name) for each, (graph, _) in found.items()}

    for one, other in combinations(found, 2):
        close = np.allclose(found[one][1], found[other][1], atol=1e-4)
        ignored = {"epsilon"} if name == "unit_norm" else set()
        assert ({key for key in terms[one] if terms[one][key] != terms[other][key]} <= ignored) is close, (one, other)
    for one, other in same:
        assert terms[one] == terms[other]


def test_weights_over_several_axes_are_named_by_the_layout():
    import keras
    import torch

    left = only(checked(read_keras(keras.layers.LayerNormalization(axis=(1, 2, 3)), shape=(3, 5, 4))), "layer_norm")
    right = only(checked(read_torch(torch.nn.LayerNorm((4, 3, 5)), (2, 4, 3, 5))), "layer_norm")

    assert roles(left)["gamma"] == ((3, 5, 4), "h w c")
    assert roles(right)["gamma"] == ((4, 3, 5), "c h w")


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize("tracked", [False, True])
def test_instance_norm_of_torch(rank, affine, tracked, tmp_path):
    import torch

    module = getattr(torch.nn, f"InstanceNorm{rank}d")(4, affine=affine, track_running_stats=tracked)
    torch.save(torch.nn.Sequential(module), tmp_path / "model.pt")
    expected = "instance_norm" if tracked else "group_norm"

    for graph in (checked(read_torch(module, (2, 4, *(3,) * rank))), translate(read(tmp_path / "model.pt"))):
        found = only(graph, expected)
        assert ("gamma" in roles(found)) is affine
        assert ("moving_mean" in roles(found)) is tracked
        assert tracked or found.attributes["groups"] == 4


def test_an_rms_norm_of_another_type_has_an_epsilon_of_its_own():
    import torch

    found = only(checked(read_torch(torch.nn.RMSNorm(5).half(), (2, 5), dtype="float16")), "rms_norm")

    assert isinstance(found.attributes["epsilon"], Unknown)


def test_keras_multiplies_the_last_axes_whatever_it_takes_the_root_over():
    """So it is the norm without weights, and a product with them."""
    import keras

    graph = checked(read_keras(keras.layers.RMSNormalization(axis=1), shape=(3, 3)))

    assert kinds_of(graph) == ["rms_norm", "elementwise"]
    assert only(graph, "rms_norm").attributes["axes"] == (-2,)
    assert only(graph, "elementwise").attributes["operand_axis"] == -1


@pytest.mark.parametrize("axis", [-1, 1, (1, 2), None])
def test_normalization_by_stored_statistics(axis):
    import keras

    layer = keras.layers.Normalization(axis=axis)
    graph = checked(read_keras(layer, shape=(3, 4)))

    found = only(graph, "normalization")
    assert {weight.role for weight in found.weights} == {"mean", "variance", "count"}
    assert {weight.census for weight in found.weights} == {Census.STATE}
    assert sum(weight.numel for weight in found.weights) == layer.count_params()


def test_normalization_by_given_statistics():
    import keras

    def net(**settings):
        return only(checked(read_keras(keras.layers.Normalization(**settings), shape=(3,))), "normalization")

    given = net(mean=[1, 2, 3], variance=[4, 5, 6])
    assert (given.weights, given.attributes["mean"]) == ((), (1, 2, 3))
    assert net(mean=1.0, variance=2.0, invert=True).attributes != net(mean=1.0, variance=2.0).attributes


def test_rescaling_is_what_a_port_writes():
    """With a quotient and a difference, or in one step less."""
    import keras
    import torch

    class Port(torch.nn.Module):
        def forward(self, x):
            return x / 127.5 - 1

    def steps(graph):
        return [(each.attributes["function"], each.attributes["operand"]) for each in graph.layers if each.attributes]

    left = steps(checked(read_keras(keras.layers.Rescaling(1 / 127.5, -1), shape=(4, 3))))
    right = steps(checked(read_torch(Port(), (2, 4, 3))))

    assert [name for name, _ in left] == [name for name, _ in right] == ["multiply", "add"]
    assert np.allclose([operand for _, operand in left], [operand for _, operand in right])


@pytest.mark.parametrize(
    ("scale", "offset", "expected"),
    [(2, 0, ["multiply"]), (1, 3, ["add"]), (0.5, -1, ["multiply", "add"]), ([1, 2, 3], 0, ["multiply"]), (1, 0, [])],
)
def test_rescaling_is_arithmetic(scale, offset, expected):
    import keras

    graph = checked(read_keras(keras.layers.Rescaling(scale, offset), shape=(4, 3)))

    found = [layer.attributes for layer in graph.layers if layer.kind == "elementwise"]
    assert [each["function"] for each in found] == expected
    assert kinds_of(graph) == (["elementwise"] * len(expected) or ["identity"])
    operands = {"multiply": tuple(scale) if isinstance(scale, list) else scale, "add": offset}
    assert [each["operand"] for each in found] == [operands[name] for name in expected]
