"""Where layers that no formula is known for have counterparts, what is around them is computed all the same."""

import numpy as np
import pytest

import parity

onnx = pytest.importorskip("onnx")
helper, TensorProto = onnx.helper, onnx.TensorProto

SHAPE = (2, 3, 6)
FIRST = "unknown"


def model(after, *, before="Abs", domain="some.where", path=None, settings=None):
    """An operator of a domain that nobody knows, with known ones before and after it."""
    opaque = helper.make_node("Strange", ["a"], ["b"], domain=domain, name=FIRST, **(settings or {"rate": 2}))
    nodes = [helper.make_node(before, ["x"], ["a"]), opaque, *after]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "g",
        [value("x", TensorProto.FLOAT, SHAPE)],
        [value("y", TensorProto.FLOAT, SHAPE)],
        value_info=[value("b", TensorProto.FLOAT, SHAPE)],
    )
    sets = [helper.make_opsetid("", 17), helper.make_opsetid(domain, 1)]
    made = helper.make_model(graph, opset_imports=sets, ir_version=9)
    onnx.save(made, path)
    return path


def node(op, *values, **settings):
    *inputs, output = values
    return helper.make_node(op, inputs, [output], **settings)


@pytest.mark.parametrize("before", ["Abs", "Relu", "Tanh"])
def test_what_is_computed_of_an_unknown_layer_in_other_words_is_open(before, tmp_path):
    squares = [node("Cos", "b", "c"), node("Sin", "b", "s"), node("Mul", "c", "c", "d"), node("Mul", "s", "s", "t"),
               node("Add", "d", "t", "one"), node("Add", "b", "one", "y")]  # fmt: skip
    quotient = [
        node("Exp", "b", "e"),
        node("Exp", "b", "f"),
        node("Div", "e", "f", "one"),
        node("Add", "one", "b", "y"),
    ]
    left = model(squares, before=before, path=tmp_path / "left.onnx")
    right = model(quotient, before=before, path=tmp_path / "right.onnx")

    report = parity.compare(left, right)

    assert report.verdict is parity.Verdict.INCONCLUSIVE, str(report)


@pytest.mark.parametrize("change", ["behind it", "before it", "its settings"])
def test_a_difference_beside_an_unknown_layer_stays_one_or_open_and_is_never_the_same(change, tmp_path):
    after = [node("Exp", "b", "e"), node("Add", "e", "b", "y")]
    other = [node("Exp", "b", "e"), node("Sub", "e", "b", "y")] if change == "behind it" else after
    right = {"before": "Neg"} if change == "before it" else {}
    settings = {"settings": {"rate": 3}} if change == "its settings" else {}
    report = parity.compare(
        model(after, path=tmp_path / "left.onnx"), model(other, path=tmp_path / "right.onnx", **right, **settings)
    )
    assert report.verdict is not parity.Verdict.EQUIVALENT
    if change != "its settings":
        assert report.verdict is parity.Verdict.DIFFERENT, str(report)


def test_places_of_elements_whose_order_is_not_told_leave_the_rest_to_be_computed(tmp_path):
    """TopK without an order has no formula; a norm before it that is written out does not become a difference."""
    generator = np.random.default_rng(0)
    gamma, beta = (generator.normal(size=6).astype("float32") for _ in range(2))
    numbers = {"gamma": gamma, "beta": beta, "k": np.array([2], "int64"), "eps": np.float32(1e-3)}
    stored = [onnx.numpy_helper.from_array(np.asarray(array), name) for name, array in numbers.items()]
    whole = [helper.make_node("LayerNormalization", ["x", "gamma", "beta"], ["n"], epsilon=1e-3, axis=-1)]
    parts = [
        helper.make_node("ReduceMean", ["x"], ["m"], axes=[-1]), node("Sub", "x", "m", "c"), node("Mul", "c", "c", "q"),
        helper.make_node("ReduceMean", ["q"], ["v"], axes=[-1]), node("Add", "v", "eps", "w"), node("Sqrt", "w", "d"),
        node("Div", "c", "d", "o"), node("Mul", "o", "gamma", "p"), node("Add", "p", "beta", "n"),
    ]  # fmt: skip
    last = helper.make_node("TopK", ["n", "k"], ["y", "at"], axis=-1, sorted=0)
    paths = []
    for name, nodes in (("whole", whole), ("parts", parts)):
        value = helper.make_tensor_value_info
        graph = helper.make_graph([*nodes, last], "g", [value("x", TensorProto.FLOAT, SHAPE)],
                                  [value("y", TensorProto.FLOAT, (2, 3, 2))], stored)  # fmt: skip
        paths.append(tmp_path / f"{name}.onnx")
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), paths[-1])
    assert parity.compare(*paths).verdict is not parity.Verdict.DIFFERENT
