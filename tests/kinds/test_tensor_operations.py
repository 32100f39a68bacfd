"""Plain operations on tensors: the same function is the same layer, however a framework calls it."""

# ruff: noqa: ARG005  a table of functions of one signature

import numpy as np
import pytest

from parity.adapters import read
from parity.kinds import kind
from parity.passes import normalise
from tests.kinds.translated import checked, kinds_of, only, read_keras, read_onnx, read_torch

SHAPE = (4, 6, 8)

SAME = {
    "abs": (lambda o, x: o.abs(x), lambda t, x: t.abs(x)),
    "negative": (lambda o, x: -x, lambda t, x: -x),
    "sqrt": (lambda o, x: o.sqrt(x), lambda t, x: t.sqrt(x)),
    "half power": (lambda o, x: o.sqrt(x), lambda t, x: x**0.5),
    "rsqrt": (lambda o, x: o.rsqrt(x), lambda t, x: t.rsqrt(x)),
    "reciprocal": (lambda o, x: 1 / x, lambda t, x: t.reciprocal(x)),
    "square": (lambda o, x: o.square(x), lambda t, x: x**2),
    "power": (lambda o, x: x**3, lambda t, x: t.pow(x, 3)),
    "base": (lambda o, x: 2**x, lambda t, x: 2**x),
    "log": (lambda o, x: o.log(x), lambda t, x: t.log(x)),
    "sin": (lambda o, x: o.sin(x), lambda t, x: t.sin(x)),
    "cos": (lambda o, x: o.cos(x), lambda t, x: t.cos(x)),
    "erf": (lambda o, x: o.erf(x), lambda t, x: t.erf(x)),
    "floor": (lambda o, x: o.floor(x), lambda t, x: t.floor(x)),
    "round": (lambda o, x: o.round(x), lambda t, x: t.round(x)),
    "sign": (lambda o, x: o.sign(x), lambda t, x: t.sign(x)),
    "remainder": (lambda o, x: x % 3, lambda t, x: x % 3),
    "sum with a product": (lambda o, x: x + o.abs(x) * x, lambda t, x: t.addcmul(x, t.abs(x), x)),
    "sum with half a product": (lambda o, x: x + o.abs(x) * x * 0.5, lambda t, x: t.addcmul(x, x.abs(), x, value=0.5)),
    "sum with twice a quotient": (lambda o, x: x + o.abs(x) / x * 2, lambda t, x: t.addcdiv(x, x.abs(), x, value=2)),
    "way to": (lambda o, x: x + (o.abs(x) - x) * 0.3, lambda t, x: t.lerp(x, t.abs(x), 0.3)),
    "floor division": (lambda o, x: x // 3, lambda t, x: x // 3),
    "greater": (lambda o, x: x > 2, lambda t, x: x > 2),
    "less": (lambda o, x: x <= 2, lambda t, x: x <= 2),
    "equal": (lambda o, x: o.equal(x, 2), lambda t, x: x == 2),
    "logic": (lambda o, x: o.logical_not(o.logical_or(x > 2, x < 1)), lambda t, x: ~((x > 2) | (x < 1))),
    "where": (lambda o, x: o.where(x > 2, x, 0.0), lambda t, x: t.where(x > 2, x, 0.0)),
    "fill": (lambda o, x: o.where(x > 2, 0.0, x), lambda t, x: x.masked_fill(x > 2, 0.0)),
    "cast": (lambda o, x: o.cast(x, "int32"), lambda t, x: x.long()),
    "range": (lambda o, x: x[:, 1:3], lambda t, x: x[:, 1:3]),
    "steps": (lambda o, x: x[:, ::2, -3:], lambda t, x: x[:, ::2, 5:8]),
    "narrow": (lambda o, x: x[:, :2], lambda t, x: t.narrow(x, 1, 0, 2)),
    "position": (lambda o, x: x[:, 2], lambda t, x: x.select(1, 2)),
    "split": (lambda o, x: o.split(x, 2, axis=1)[1], lambda t, x: t.split(x, 3, dim=1)[1]),
    "parts": (lambda o, x: o.split(x, [1, 3], axis=2)[1], lambda t, x: t.split(x, [1, 2, 5], dim=2)[1]),
    "chunk": (lambda o, x: o.split(x, 3, axis=1)[0], lambda t, x: t.chunk(x, 3, dim=1)[0]),
    "slice of a chunk": (lambda o, x: x[:, 2:4], lambda t, x: t.chunk(x, 3, dim=1)[1]),
    "unstack": (lambda o, x: o.unstack(x, axis=1)[2], lambda t, x: t.unbind(x, 1)[2]),
    "flip": (lambda o, x: o.flip(x, 1), lambda t, x: t.flip(x, (1,))),
    "sum": (lambda o, x: o.sum(x, axis=-1), lambda t, x: t.sum(x, 2)),
    "sums": (lambda o, x: o.sum(x, axis=(2, 1), keepdims=True), lambda t, x: t.sum(x, (1, -1), keepdim=True)),
    "mean": (lambda o, x: o.mean(x, axis=-1, keepdims=True), lambda t, x: x.mean(-1, keepdim=True)),
    "max": (lambda o, x: o.max(x, axis=(1, 2)), lambda t, x: t.amax(x, (1, 2))),
    "variance": (lambda o, x: o.var(x, axis=-1), lambda t, x: t.var(x, -1, correction=0)),
    "deviation": (lambda o, x: o.std(x, axis=-1), lambda t, x: t.std(x, -1, unbiased=False)),
    "norm": (lambda o, x: o.norm(x, axis=-1), lambda t, x: t.linalg.vector_norm(x, dim=-1)),
    "place": (lambda o, x: o.argmax(x, axis=-1), lambda t, x: t.argmax(x, -1)),
    "all": (lambda o, x: o.all(x > 2, axis=1), lambda t, x: (x > 2).all(1)),
    "logsumexp": (lambda o, x: o.logsumexp(x, axis=-1), lambda t, x: t.logsumexp(x, -1)),
    "running sum": (lambda o, x: o.cumsum(x, axis=1), lambda t, x: t.cumsum(x, 1)),
    "sorted": (lambda o, x: o.sort(x, axis=1), lambda t, x: t.sort(x, 1)[0]),
    "largest": (lambda o, x: o.top_k(x, 2)[0], lambda t, x: t.topk(x, 2)[0]),
    "triangle": (lambda o, x: o.triu(x, 1), lambda t, x: t.triu(x, 1)),
    "lower": (lambda o, x: o.tril(x), lambda t, x: t.tril(x)),
    "roll": (lambda o, x: o.roll(x, 2, axis=1), lambda t, x: t.roll(x, 2, -2)),
    "tile": (lambda o, x: o.tile(x, (1, 2, 3)), lambda t, x: x.repeat(1, 2, 3)),
    "repeat": (lambda o, x: o.repeat(x, 2, axis=1), lambda t, x: t.repeat_interleave(x, 2, dim=1)),
    "repeat of one": (lambda o, x: o.repeat(x[:, :1], 2, axis=1), lambda t, x: x[:, :1].repeat(1, 2, 1)),
    "expand dims": (lambda o, x: o.expand_dims(x, 1), lambda t, x: x.unsqueeze(1)),
    "squeeze": (lambda o, x: o.squeeze(x[:, :1], 1), lambda t, x: x[:, :1].squeeze(1)),
    "transpose": (lambda o, x: o.transpose(x, (0, 2, 1)), lambda t, x: x.transpose(1, 2)),
    "swap": (lambda o, x: o.swapaxes(x, 1, 2), lambda t, x: x.permute(0, 2, 1)),
    "move": (lambda o, x: o.moveaxis(x, 1, -1), lambda t, x: t.movedim(x, 1, 2)),
    "stack": (lambda o, x: o.stack([x, -x], 1), lambda t, x: t.stack([x, -x], 1)),
    "product": (
        lambda o, x: o.matmul(x, o.transpose(x, (0, 2, 1))),
        lambda t, x: t.bmm(x, x.transpose(1, 2)),
    ),
    "einsum": (lambda o, x: o.einsum("bij,bkj->bik", x, x), lambda t, x: t.einsum("nqd,nkd->nqk", x, x)),
    "dots": (lambda o, x: o.einsum("...ij,...kj->...ik", x, x), lambda t, x: t.einsum("nqd,nkd->nqk", x, x)),
    "zeros": (lambda o, x: x + o.zeros_like(x), lambda t, x: x + t.zeros_like(x)),
}
"""The same function of a tensor in Keras and in PyTorch."""


def keras_graph(function, shape=SHAPE[1:], batch=SHAPE[0]):
    import keras

    return checked(read_keras(lambda x: function(keras.ops, x), shape=shape, batch=batch))


def torch_graph(function, shape=SHAPE):
    import torch

    class Model(torch.nn.Module):
        def forward(self, x):
            return function(torch, x)

    return checked(read_torch(Model(), shape))


def meaning(graph):
    """Each live layer's kind and compared attributes."""
    return [
        (layer.kind, {name: layer.attributes.get(name) for name in kind(layer.kind).attributes})
        for layer in normalise(graph).layers
    ]


@pytest.mark.parametrize("name", sorted(SAME))
def test_the_same_function_is_the_same_layer(name):
    ours, theirs = SAME[name]

    left, right = keras_graph(ours), torch_graph(theirs)

    assert "opaque" not in kinds_of(left)
    assert meaning(left) == meaning(right)
    assert [left.shape(value) for value in left.outputs] == [right.shape(value) for value in right.outputs]


DIFFERENT = {
    "axis": (lambda t, x: x.sum(1), lambda t, x: x.sum(2)),
    "kept": (lambda t, x: x.amax(1), lambda t, x: x.amin(1)),
    "correction": (lambda t, x: x.var(1), lambda t, x: x.var(1, correction=0)),
    "order": (lambda t, x: t.norm(x, p=1, dim=1), lambda t, x: t.norm(x, p=2, dim=1)),
    "bounds": (lambda t, x: x[:, :2], lambda t, x: x[:, 1:3]),
    "step": (lambda t, x: x[:, :3], lambda t, x: x[:, ::2]),
    "shift": (lambda t, x: t.roll(x, 1, 1), lambda t, x: t.roll(x, 2, 1)),
    "diagonal": (lambda t, x: t.triu(x, 1), lambda t, x: t.triu(x)),
    "side": (lambda t, x: t.triu(x), lambda t, x: t.tril(x)),
    "operand": (lambda t, x: x**2, lambda t, x: x**3),
    "direction": (lambda t, x: x - 2, lambda t, x: 2 - x),
    "rounding": (lambda t, x: t.div(x, 3, rounding_mode="floor"), lambda t, x: t.div(x, 3, rounding_mode="trunc")),
    "comparison": (lambda t, x: x > 2, lambda t, x: x >= 2),
    "branches": (lambda t, x: t.where(x > 2, x, 0.0), lambda t, x: t.where(x > 2, 0.0, x)),
    "value": (lambda t, x: x.masked_fill(x > 2, 0.0), lambda t, x: x.masked_fill(x > 2, 1.0)),
    "type": (lambda t, x: x.half(), lambda t, x: x.double()),
    "interleaved": (lambda t, x: x.repeat(1, 2, 1), lambda t, x: t.repeat_interleave(x, 2, dim=1)),
    "descending": (lambda t, x: t.sort(x, 1)[0], lambda t, x: t.sort(x, 1, descending=True)[0]),
    "kept positions": (lambda t, x: t.topk(x, 2)[0], lambda t, x: t.topk(x, 3)[0]),
    "equation": (lambda t, x: t.einsum("bij,bkj->bik", x, x), lambda t, x: t.einsum("bij,bij->bi", x, x)),
    "factor": (lambda t, x: t.add(x, x, alpha=2), lambda t, x: t.add(x, x, alpha=3)),
    "steps of a range": (lambda t, x: x + t.arange(8), lambda t, x: x + t.arange(0, 16, 2)),
    "filling": (lambda t, x: x * t.full((8,), 2.0), lambda t, x: x * t.full((8,), 3.0)),
}


@pytest.mark.parametrize("name", sorted(DIFFERENT))
def test_another_setting_is_another_layer(name):
    one, other = DIFFERENT[name]

    left, right = torch_graph(one), torch_graph(other)

    assert "opaque" not in kinds_of(left)
    assert meaning(left) != meaning(right)


ONNX = [
    ("Pow", {"p": np.float32(2)}, (2, 3), {}, lambda t, x: x**2),
    ("Sqrt", {}, (2, 3), {}, lambda t, x: t.sqrt(x)),
    ("Reciprocal", {}, (2, 3), {}, lambda t, x: 1 / x),
    ("Neg", {}, (2, 3), {}, lambda t, x: -x),
    ("Erf", {}, (2, 3), {}, lambda t, x: t.erf(x)),
    ("Sin", {}, (2, 3), {}, lambda t, x: t.sin(x)),
    ("Mod", {"m": np.float32(3)}, (2, 3), {"fmod": 1}, lambda t, x: t.fmod(x, 3)),
    ("Greater", {"m": np.float32(3)}, (2, 3), {}, lambda t, x: x > 3),
    ("Equal", {"m": np.float32(3)}, (2, 3), {}, lambda t, x: x == 3),
    ("ReduceSum", {"axes": np.array([1])}, (2, 3), {"keepdims": 0}, lambda t, x: x.sum(1)),
    ("ReduceMax", {"axes": np.array([-1])}, (2, 3), {"keepdims": 1}, lambda t, x: x.amax(1, keepdim=True)),
    ("ReduceL2", {"axes": np.array([-1])}, (2, 3), {"keepdims": 0}, lambda t, x: t.linalg.vector_norm(x, dim=1)),
    ("ReduceProd", {"axes": np.array([1])}, (2, 3), {"keepdims": 0}, lambda t, x: x.prod(1)),
    ("ArgMax", {}, (2, 3), {"axis": 1, "keepdims": 0}, lambda t, x: x.argmax(1)),
    ("CumSum", {"axis": np.array(1)}, (2, 3), {}, lambda t, x: x.cumsum(1)),
    ("Trilu", {"k": np.array(1)}, (3, 3), {"upper": 1}, lambda t, x: t.triu(x, 1)),
    ("Trilu", {}, (3, 3), {"upper": 0}, lambda t, x: t.tril(x)),
    ("Tile", {"r": np.array([1, 2])}, (2, 3), {}, lambda t, x: x.repeat(1, 2)),
    ("Expand", {"s": np.array([4, 2, 3])}, (2, 3), {}, lambda t, x: x.expand(4, 2, 3)),
    (
        "Slice",
        {"s": np.array([1]), "e": np.array([2**62]), "a": np.array([1])},
        (2, 3),
        {},
        lambda t, x: x[:, 1:],
    ),
    ("Gather", {"i": np.array(1)}, (2, 3), {"axis": 1}, lambda t, x: x[:, 1]),
    ("Transpose", {}, (2, 3), {}, lambda t, x: x.t()),
    ("Cast", {}, (2, 3), {"to": 7}, lambda t, x: x.long()),
    ("Einsum", {}, (2, 3), {"equation": "ij->ji"}, lambda t, x: t.einsum("xy->yx", x)),
    ("IsNaN", {}, (2, 3), {}, lambda t, x: t.isnan(x)),
]


@pytest.mark.parametrize(("op", "stored", "shape", "settings", "function"), ONNX, ids=lambda each: str(each)[:12])
def test_onnx(op, stored, shape, settings, function):
    graph = checked(read_onnx(op, shape, *stored, stored=stored, **settings))

    assert meaning(graph) == meaning(torch_graph(function, shape))
    assert all(graph.shape(value) is not None for value in graph.outputs)


def test_onnx_of_two_and_of_none():
    assert kinds_of(checked(read_onnx("Shape", ("n", 3)))) == ["shape_of"]
    assert kinds_of(checked(read_onnx("Size", ("n", 3)))) == ["shape_of"]
    assert only(checked(read_onnx("Shape", (2, 3))), "constant").attributes["numbers"] == (2, 3)
    assert only(checked(read_onnx("Shape", (2, 3), start=1)), "constant").attributes["numbers"] == (3,)
    assert only(checked(read_onnx("Size", (2, 3))), "constant").attributes == {"numbers": (6,), "size": ()}
    assert kinds_of(checked(read_onnx("NonZero", (2, 3)))) == ["nonzero"]
    assert kinds_of(checked(read_onnx("GatherElements", (2, 3), "i", stored={"i": np.array([[0], [1]])}))) == ["gather"]
    assert kinds_of(checked(read_onnx("GatherND", (2, 3), "i", stored={"i": np.array([[0], [1]])}))) == ["gather"]
    points = {"i": np.array([[0], [1]])}
    assert kinds_of(checked(read_onnx("ScatterND", (2, 3), "i", (2, 3), stored=points))) == ["scatter"]
    largest = checked(read_onnx("TopK", (2, 3), "k", stored={"k": np.array([2])}, outputs=2))
    assert only(largest, "sort").attributes["kept"] == 2
    parts = checked(read_onnx("Split", (2, 6), outputs=3, axis=1, num_outputs=3))
    assert kinds_of(parts) == ["slice"] * 3
    assert [each.attributes["bounds"] for each in parts.layers[1:]] == [((0, 2, 1),), ((2, 4, 1),), ((4, None, 1),)]
    hot = {"depth": np.array(5), "values": np.array([0.0, 1.0], "float32")}
    assert kinds_of(checked(read_onnx("OneHot", (2, 3), *hot, stored=hot))) == ["one_hot"]


def test_where_sizes_are_computed():
    """Sizes that a model computes do not matter where the source records the shape that they give."""
    import torch

    class Widened(torch.nn.Module):
        def forward(self, x, y):
            z = torch.zeros_like(x)
            z.copy_(y)
            return x.expand_as(y), z.type_as(x), torch.ones_like(y) + x

    graph = checked(read_torch(Widened(), (4, 1), (4, 1)))

    assert "opaque" not in kinds_of(graph)


def test_brackets_with_tensors():
    import torch

    class Indexed(torch.nn.Module):
        def forward(self, x, i):
            i = i.long()
            y = x.clone()
            y[i] = 0.0
            return x[i], x[:, i], x[i, i], x[i.bool()].sum(), torch.gather(x, 0, i[:, None]), y

    graph = checked(read_torch(Indexed(), (4, 4), (4,)))
    modes = [layer.attributes["mode"] for layer in graph.layers if layer.kind == "gather"]

    assert "opaque" not in kinds_of(graph)
    assert sorted(modes) == ["along", "mask", "points", "take", "take"]
    assert only(graph, "scatter").attributes["mode"] == "points"


def test_stored_tensors_take_part():
    import torch

    class Stored(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("places", torch.arange(8)[None])
            self.table = torch.nn.Embedding(8, 4)
            self.scale = torch.nn.Parameter(torch.ones(()))
            self.mixing = torch.nn.Parameter(torch.ones(3, 4, 4))

        def forward(self, x):
            near = self.table(self.places[:, :4])
            mixed = torch.einsum("bij,hjk->bhik", x, self.mixing)
            return (x + near) * self.scale.abs(), mixed.sum(1), self.places.expand(2, 8) + 1

    graph = checked(read_torch(Stored(), (2, 4, 4)))

    assert "opaque" not in kinds_of(graph)
    assert {"slice", "embedding", "elementwise", "einsum", "expand"} <= {*kinds_of(graph)}
    assert {weight.name for layer in graph.layers for weight in layer.weights} >= {"places", "scale", "mixing"}


@pytest.mark.parametrize(
    ("axes", "shapes", "expected"),
    [
        (2, [(5, 8), (6, 8)], ["permute", "matmul"]),
        ((2, 1), [(5, 8), (8, 6)], ["matmul"]),
        (1, [(8,), (8,)], ["elementwise", "reduce"]),
        (1, [(8, 5), (8, 6)], ["permute", "matmul"]),
    ],
)
def test_the_dot_layer(axes, shapes, expected):
    import keras

    x, y = (keras.Input(shape) for shape in shapes)
    model = keras.Model([x, y], keras.layers.Dot(axes)([x, y]))

    graph = checked(read(model))

    assert kinds_of(graph) == expected
    assert graph.shape(graph.outputs[0]) == tuple(model.output.shape)


@pytest.mark.parametrize(
    ("equation", "made", "bias", "expected"),
    [
        ("abc,cd->abd", (5, 4), "d", ["dense"]),
        ("...x,xy->...y", 4, None, ["dense"]),
        ("abc,cde->abde", (5, 2, 4), "de", ["dense", "reshape"]),
        ("abc,cde->abde", (5, 2, 4), None, ["dense", "reshape"]),
        ("abc,cde->abde", (5, 2, 4), "e", ["einsum"]),
        ("abc,cde->abed", (5, 4, 2), None, ["einsum"]),
        ("abc,bcd->ad", (4,), "d", ["reshape", "dense"]),
        ("abc,bd->adc", (7, 3), "c", ["einsum"]),
        ("abc,bd->adc", (7, 3), "d", ["dense"]),
        ("abc,bd->adc", (7, 3), None, ["dense"]),
    ],
)
def test_dense_layers_over_several_axes(equation, made, bias, expected):
    import keras

    layer = keras.layers.EinsumDense(equation, made, bias_axes=bias, activation="relu")

    graph = checked(read_keras(layer, shape=(5, 3)))

    assert kinds_of(graph) == [*expected, "activation"]
    assert sum(weight.numel for each in graph.layers for weight in each.weights) == layer.count_params()
    assert graph.shape(graph.outputs[0]) == layer.compute_output_shape((None, 5, 3))
    (made,) = (each for each in graph.layers if each.weights)
    shape = kind(made.kind).shape(made.attributes, [graph.shape(value) for value in made.inputs])[0]
    assert shape == graph.shape(made.outputs[0])
