"""Names in an ONNX file that mean two things, or nothing: no runtime loads it, or each as it likes."""

import pytest
from kinds.onnx_runs import session
from onnx import TensorProto, helper

import parity
from parity.adapters import read
from parity.errors import UnreadableModel

X, Y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 4]) for name in "xy")


def model(*nodes, functions=(), opset=18):
    graph = helper.make_graph(list(nodes), "g", [X], [Y])
    imports = [helper.make_opsetid("", opset), helper.make_opsetid("acme", 1)]
    return helper.make_model(graph, opset_imports=imports, functions=list(functions), ir_version=9)


def one(op, domain="", **attributes):
    return helper.make_node(op, ["x"], ["y"], domain=domain, **attributes)


def function(name, body, domain="", overload=""):
    nodes = [helper.make_node(body, ["a"], ["b"])]
    made = helper.make_function(domain, name, ["a"], ["b"], nodes, [helper.make_opsetid("", 18)])
    made.overload = overload
    return made


def is_loaded(proto):
    try:
        session(proto)
    except Exception:  # noqa: BLE001  onnxruntime's own are many
        return False
    return True


OVERRIDING = [("Relu", "Sigmoid", ""), ("Relu", "Sigmoid", "ai.onnx"), ("Identity", "Neg", ""), ("Gelu", "Tanh", "")]


@pytest.mark.parametrize(("name", "body", "domain"), OVERRIDING)
def test_a_function_with_the_name_of_an_operator_may_be_either(name, body, domain):
    opset = 20 if name == "Gelu" else 18
    proto = model(one(name), functions=[function(name, body, domain)], opset=opset)

    for other in (model(one(name), opset=opset), model(one(body), opset=opset)):
        assert parity.compare(proto, other).verdict == "inconclusive"
        assert parity.compare(other, proto).verdict == "inconclusive"
    assert any("runtimes may use either" in gap.reason for gap in read(proto).gaps)


def test_what_depends_on_numbers_alone_is_not_computed_by_an_overridden_operator():
    constant = helper.make_node("Constant", [], ["c"], value_floats=[4.0])
    nodes = constant, helper.make_node("Sqrt", ["c"], ["r"]), helper.make_node("Mul", ["x", "r"], ["y"])
    doubled = helper.make_node("Constant", [], ["r"], value_floats=[2.0]), nodes[-1]

    assert parity.compare(model(*nodes), model(*doubled)).verdict == "equivalent"
    mine = model(*nodes, functions=[function("Sqrt", "Neg")])
    assert parity.compare(mine, model(*doubled)).verdict != "equivalent"


def test_a_name_of_another_domain_is_no_alias():
    mine = model(one("Identity", "acme"))

    assert parity.compare(mine, model(one("Identity"))).verdict != "equivalent"


def test_functions_of_other_names_are_unfolded_as_ever():
    twice = [function("f", "Relu", "acme", "one"), function("f", "Sigmoid", "acme", "two")]
    call = one("f", "acme")
    call.overload = "two"

    assert parity.compare(model(call, functions=twice), model(one("Sigmoid"))).verdict == "equivalent"


@pytest.mark.parametrize("bodies", [("Relu", "Sigmoid"), ("Relu", "Relu")])
def test_two_functions_of_one_name_are_refused(bodies):
    proto = model(one("f", "acme"), functions=[function("f", body, "acme") for body in bodies])

    assert not is_loaded(proto)
    with pytest.raises(UnreadableModel, match="two functions of the model have the same name"):
        read(proto)


def twice(op, **attributes):
    node = one(op, **attributes)
    name, value = next(iter(attributes.items()))
    node.attribute.append(helper.make_attribute(name, value * 2))
    return node


def in_a_branch():
    inner = helper.make_node("LeakyRelu", ["x"], ["z"], alpha=0.2)
    inner.attribute.append(helper.make_attribute("alpha", 0.3))
    branch = helper.make_graph([inner], "b", [], [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)])
    true = helper.make_node("Constant", [], ["c"], value=helper.make_tensor("c", TensorProto.BOOL, [], [True]))
    return model(true, helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch))


def in_a_function():
    made = function("f", "LeakyRelu", "acme")
    made.node[0].attribute.extend(helper.make_attribute("alpha", value) for value in (0.2, 0.3))
    return model(one("f", "acme"), functions=[made])


TWICE = {
    "alpha": model(twice("LeakyRelu", alpha=0.2)),
    "axis": model(twice("Softmax", axis=-1)),
    "in a branch": in_a_branch(),
    "in a function": in_a_function(),
}


@pytest.mark.parametrize("name", TWICE)
def test_an_attribute_that_is_given_twice_is_refused(name):
    assert not is_loaded(TWICE[name]) or name == "in a function"  # which onnxruntime does not look into
    with pytest.raises(UnreadableModel, match="an attribute appears twice"):
        read(TWICE[name])


@pytest.mark.parametrize(("op", "opset"), [("Erfc", 20), ("Relu6", 18), ("SiLU", 18), ("Gelu", 18), ("Mish", 17)])
def test_an_operator_that_there_is_not_is_no_operator(op, opset):
    proto = model(one(op), opset=opset)

    assert not is_loaded(proto)
    assert any(f"no operator {op} in opset {opset}" in gap.reason for gap in read(proto).gaps)
    assert parity.compare(proto, model(one(op), opset=20)).verdict == "inconclusive"
    assert parity.compare(proto, proto).verdict != "different"
