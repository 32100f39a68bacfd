"""What is connected to an operator that is not supported, and differs: it is not said to differ."""

import pytest

from parity.alignment import align
from parity.comparison import Topic, compare
from tests.builders import activation, dense, graph, layer, weight

STRANGE = {"operator": "onnx.Strange", "settings": {}}


def strange(path, source, *, weights=()):
    return layer(path, "opaque", (source,), weights=weights, **STRANGE)


def permute(path, source):
    return layer(path, "permute", (source,), order=(0, 2, 1))


def told(left, right):
    """The kinds of layers that are certainly on one side only."""
    found = compare(left, right, align(left, right)).differences
    return {each.layer.kind for each in found if each.topic is Topic.LAYER and each.unknown is None}


def padded(path, source):
    return layer(path, "pad", (source,), amounts=((0, 0), (1, 1), (0, 0)), mode="constant", value=0.0)


def scaled(path, source):
    held = weight(f"{path}/operand", (4,), "operand", "c")
    return layer(path, "elementwise", (source,), weights=(held,), function="multiply", operand_axis=-1)


TURNED = permute("c", "b")
BOTH = [strange("a", "x"), activation("b", "a")]
SHAPES = dict.fromkeys("xabcd", ("N", 4, 4))
HELD = weight("held", (4, 4))


@pytest.mark.parametrize(
    ("left", "right", "certain"),
    [
        # what a padding does on one side may be done in several places on the other
        ([permute("a", "x"), strange("b", "a")], [padded("b", "x"), permute("a", "b")], set()),
        ([strange("a", "x")], [permute("a", "x"), activation("b", "a", "tanh")], set()),
        ([strange("a", "x"), activation("b", "a")], [activation("b", "x"), permute("c", "b")], set()),
        # one with weights of its own can be a layer with weights
        ([strange("a", "x", weights=(HELD,))], [dense("a", "x", 4, 4), permute("b", "a")], set()),
        # both sides have it, and it stands for nothing else
        (BOTH, [*BOTH, permute("c", "b")], {"permute"}),
        # what does something to each element leaves axes as they are, whether or not it has weights
        ([strange("a", "x"), scaled("b", "a")], [layer("a", "flatten", ("x",)), scaled("b", "a"), TURNED], set()),
        # weights stand between
        ([strange("a", "x"), dense("b", "a", 4, 4)], [dense("b", "x", 4, 4), permute("c", "b")], {"permute"}),
    ],
)  # fmt: skip
def test_layers_around_a_strange_operator(left, right, certain):
    models = [graph(layer("x", "input"), *layers, shapes=SHAPES) for layers in (left, right)]

    assert told(*models) == certain
    assert told(*models[::-1]) == certain


@pytest.mark.parametrize("activations", [["Sigmoid", "Relu", "Tanh"], ["HardSigmoid", "Tanh", "Tanh"]])
def test_settings_of_one_operator_differ_though_one_side_is_not_supported(activations):
    """The same operator with other settings in the same words: what of it parity evaluates is not the question."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    import parity
    from parity.reports import Verdict

    def net(**settings):
        random = np.random.default_rng(0)
        held = {
            name: random.normal(size=size).astype("float32") for name, size in (("w", (1, 12, 4)), ("r", (1, 12, 3)))
        }
        node = helper.make_node("LSTM", ["x", "w", "r"], ["y"], hidden_size=3, **settings)
        ends = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, size)
            for name, size in (("x", [5, 2, 4]), ("y", [5, 1, 2, 3]))
        ]
        stored = [numpy_helper.from_array(array, name) for name, array in held.items()]
        made = helper.make_graph([node], "net", ends[:1], ends[1:], stored)
        return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)

    assert parity.compare(net(), net(activations=activations)).verdict is Verdict.DIFFERENT
    assert parity.compare(net(), net()).verdict is Verdict.EQUIVALENT


def test_a_weight_of_what_is_a_counterpart_by_its_place_alone_is_not_said_to_differ():
    def with_reshape(end):
        return graph(layer("x", "input"), strange("a", "x"), end, dense("c", "b", 4, 4), shapes=SHAPES)

    left = with_reshape(layer("b", "reshape", ("a",), target=(4, 4), first=1))
    right = graph(
        layer("x", "input"),
        layer("a", "opaque", ("x",), operator="onnx.Other", settings={}),
        layer(
            "b",
            "reshape",
            ("a",),
            target=(4, 4),
            first=1,
            operands=("value", "stored"),
            weights=(weight("held", (4, 4), "operand"),),
        ),
        dense("c", "b", 4, 4),
        shapes=SHAPES,
    )
    found = compare(left, right, align(left, right)).differences
    of_weights = [each for each in found if each.topic is Topic.WEIGHT]
    assert [each.unknown is not None for each in of_weights] == [True]


def test_a_weight_of_what_has_weights_on_both_sides_differs_wherever_it_is():
    left = graph(layer("x", "input"), strange("a", "x"), dense("b", "a", 4, 4), shapes=SHAPES)
    right = graph(layer("x", "input"), permute("a", "x"), dense("b", "a", 4, 4, bias=False), shapes=SHAPES)
    found = compare(left, right, align(left, right)).differences
    assert [each.name for each in found if each.topic is Topic.WEIGHT and each.unknown is None] == ["bias"]


@pytest.mark.parametrize(("strange_is_there", "certain"), [(True, set()), (False, {"expand", "matmul"})])
def test_a_stored_operand_is_as_open_as_what_it_works_for(strange_is_there, certain):
    """Experts as a product with all their kernels, where the other side calls an operator that nobody knows."""
    held = weight("experts", (4, 4), "operand")
    operand = layer("k", "expand", weights=(held,), target=(4, 4), operands=("stored",))
    product = layer("p", "matmul", ("x", "k"))
    other = strange("a", "x") if strange_is_there else activation("a", "x", "tanh")
    sizes = dict.fromkeys("xkpab", ("N", 4, 4))

    left = graph(layer("x", "input"), operand, product, dense("b", "p", 4, 4), shapes=sizes)
    right = graph(layer("x", "input"), other, dense("b", "a", 4, 4), shapes=sizes)

    assert told(left, right) - {"activation"} == certain
