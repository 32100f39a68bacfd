"""Every place of an operator is read: inputs, stored tensors, outputs that something uses, and sizes of first axes."""

import numpy as np
import onnx
import pytest
from kinds.onnx_runs import session
from onnx import helper, numpy_helper, parser

import parity
from parity.adapters import read
from parity.kinds import translate


def model(body, inputs, outputs, opset=18, **stored):
    """A model from ONNX's own text; stored tensors by name."""
    ends = "{} => {}".format(*(f"({', '.join(each)})" for each in (inputs, outputs)))
    head = f'<ir_version: 9, opset_import: ["": {opset}, "com.microsoft": 1]>'
    proto = parser.parse_model(f"{head} g {ends} {{ {body} }}")
    proto.graph.initializer.extend(numpy_helper.from_array(np.asarray(each), name) for name, each in stored.items())
    return proto


def numbers(*shape):
    return np.random.default_rng(0).standard_normal(shape).astype("float32")


def outputs_of(proto, **inputs):
    return session(proto).run(None, inputs)


def differ(left, right, **inputs):
    """Whether onnxruntime gives other outputs, or takes only one of them."""
    pairs = zip(outputs_of(left, **inputs), outputs_of(right, **inputs), strict=True)
    return any(one.shape != other.shape or not np.allclose(one, other, atol=1e-4) for one, other in pairs)


IMAGE, KERNEL = ["float[1,4,4,4] x"], {"w": numbers(4, 4, 1, 1)}
FUSED = 'y = com.microsoft.FusedConv<activation="{}">({})'


@pytest.mark.parametrize("function", ["Relu", "Tanh", "Sigmoid"])
@pytest.mark.parametrize("term", ["x", "z"])
def test_a_fused_convolution_adds_before_its_activation(function, term):
    inputs = [*IMAGE, "float[1,4,4,4] z"]
    fused = model(FUSED.format(function, f"x, w, , {term}"), inputs, ["float[1,4,4,4] y"], **KERNEL)
    alone = model(FUSED.format(function, "x, w"), inputs, ["float[1,4,4,4] y"], **KERNEL)
    written = model(f"c = Conv(x, w)  s = Add(c, {term})  y = {function}(s)", inputs, ["float[1,4,4,4] y"], **KERNEL)
    after = model(f"c = Conv(x, w)  s = {function}(c)  y = Add(s, {term})", inputs, ["float[1,4,4,4] y"], **KERNEL)
    given = {name: numbers(1, 4, 4, 4) for name in "xz"}

    assert not differ(fused, written, **given)
    assert parity.compare(fused, written).verdict == "equivalent"
    for other in (alone, after):
        assert differ(fused, other, **given)
        assert parity.compare(fused, other).verdict == "different"


LSTM = {"w": numbers(1, 8, 3), "r": numbers(1, 8, 2), "b": numbers(1, 16)}
UNREAD = {
    "peepholes of an LSTM": (
        ("y = LSTM<hidden_size=2>(x, w, r, b, , , , p)", "y = LSTM<hidden_size=2>(x, w, r, b)"),
        (["float[5,2,3] x"], ["float[5,1,2,2] y"]),
        {**LSTM, "p": numbers(1, 6)},
    ),
    "places of the greatest elements": (
        ("m, i = MaxPool<kernel_shape=[2]>(x)  y = Cast<to=1>(i)", "y, i = MaxPool<kernel_shape=[2]>(x)"),
        (["float[1,2,4] x"], ["float[1,2,3] y"]),
        {},
    ),
    "the mean of a layer norm": (
        ("n, m, d = LayerNormalization(x, s)  y = Add(n, m)", "n, m, d = LayerNormalization(x, s)  y = Add(n, d)"),
        (["float[2,4] x"], ["float[2,4] y"]),
        {"s": numbers(4)},
    ),
    "a term of a fused convolution that is stored": (
        (FUSED.format("Relu", "x, w, , z"), FUSED.format("Relu", "x, w")),
        (IMAGE, ["float[1,4,4,4] y"]),
        {**KERNEL, "z": numbers(1, 4, 4, 4)},
    ),
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_a_kind_does_not_read_is_never_left_out(name):
    bodies, ends, stored = UNREAD[name]
    left, right = (model(body, *ends, **stored) for body in bodies)
    for proto, body in zip((left, right), bodies, strict=True):
        kept = [each for each in proto.graph.initializer if f", {each.name}" in body]
        del proto.graph.initializer[:]
        proto.graph.initializer.extend(kept)
    shape = [each.dim_value for each in left.graph.input[0].type.tensor_type.shape.dim]

    assert differ(left, right, x=numbers(*shape))
    assert parity.compare(left, right).verdict != "equivalent"
    assert parity.compare(left, left).verdict == "equivalent" or "opaque" in {
        layer.kind for layer in translate(read(left)).layers
    }


@pytest.mark.parametrize("largest", [0, 1])
def test_the_largest_in_any_order_are_not_those_in_order(largest):
    ends = ["float[1,40] x"], ["float[1,k] y"]
    made = [
        model(f"y, i = TopK<sorted={flag}, largest={largest}>(x, n)", *ends, n=np.array([count]))
        for count in (9, 1)
        for flag in (1, 0)
    ]

    assert parity.compare(made[0], made[1]).verdict == "different"
    assert parity.compare(made[1], made[1]).verdict == "equivalent"
    assert parity.compare(made[2], made[3]).verdict == "equivalent"  # one has no order


def shaped(operator, size, target):
    name = "n"
    ends = [f"float[{','.join(map(str, size))}] x"], [f"float[{','.join('abcd'[: len(target)])}] y"]
    return model(f"y = {operator}(x, {name})", *ends, **{name: np.array(target)})


SIZES = [
    ("Expand", (2, 6), [1, 1, 1], [2, 1, 1]),
    ("Expand", (2, 6), [1, 2, 6], [3, 2, 6]),
    ("Expand", (1, 6), [3, 6], [2, 6]),
    ("Expand", ("N", 6), [3, 6], [1, 6]),
    ("Expand", ("N", 6), [3, 6], [2, 6]),
    ("Expand", (1, 2, 6), [4, 2, 6], [1, 2, 6]),
    ("Tile", (1, 6), [3, 1], [2, 1]),
    ("Tile", (2, 6), [3, 1], [1, 1]),
    ("Reshape", (4, 6), [2, 2, 6], [4, 1, 6]),
    ("Reshape", ("N", 8), [-1, 4], [4, -1]),
    ("Reshape", ("N", 8), [-1, 2, 2], [2, -1, 2]),
    ("Reshape", ("N", 4, 6), [-1, 6], [6, -1]),
]


@pytest.mark.parametrize(("operator", "size", "first", "second"), SIZES)
def test_a_first_axis_that_is_no_batch_counts(operator, size, first, second):
    left, right = (shaped(operator, size, target) for target in (first, second))
    given = numbers(*(1 if operator == "Expand" and each == "N" else 3 if each == "N" else each for each in size))

    assert differ(left, right, x=given)
    assert parity.compare(left, right).verdict == "different"
    assert parity.compare(left, left).verdict == "equivalent"


SAME = [
    ("Reshape", ("N", 8), [-1, 2, 4], [0, 2, 4]),
    ("Reshape", ("N", 8), [-1, 8], [0, -1]),
    ("Reshape", (3, 8), [-1, 4], [6, 4]),
    ("Expand", (2, 6), [1, 1], [2, 6]),
]


@pytest.mark.parametrize(("operator", "size", "first", "second"), SAME)
def test_other_words_for_a_first_axis_are_the_same(operator, size, first, second):
    left, right = (shaped(operator, size, target) for target in (first, second))

    assert not differ(left, right, x=numbers(*(3 if each == "N" else each for each in size)))
    assert parity.compare(left, right).verdict == "equivalent"


def test_the_batch_itself_may_be_another():
    """Models that were exported for batches of other sizes are the same."""
    made = [
        model("r = Relu(x)  y = Reshape(r, n)", [f"float[{batch},2,6] x"], ["float[a,b] y"], n=np.array([batch, 12]))
        for batch in (2, 5)
    ]

    assert parity.compare(*made).verdict == "equivalent"
    onnx.checker.check_model(made[0])
    assert helper.printable_graph(made[0].graph) != helper.printable_graph(made[1].graph)
