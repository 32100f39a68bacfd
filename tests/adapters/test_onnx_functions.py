"""Functions that an ONNX model defines are unfolded: the nodes are those that ONNX's own inliner gives."""

from collections import Counter

import numpy as np
import onnx
import pytest
from onnx import defs, helper, inliner, parser

import parity
from parity.adapters import read
from parity.check import check
from parity.errors import UnreadableModel
from parity.kinds import translate


def parsed(text):
    return parser.parse_model('<ir_version: 10, opset_import: ["": 18, "acme": 1]>' + text)


TWICE = """
g (float[N, 4] x) => (float[N, 4] y) {
    a = acme.Twice <slope = 0.3> (x)
    [named] y = acme.Twice (a)
}
<domain: "acme", opset_import: ["": 18, "acme": 1]>
Twice <slope: float = 0.1> (v) => (z) {
    c = Constant <value_floats = [1.0, 2.0, 3.0, 4.0]> ()
    p = LeakyRelu <alpha: float = @slope> (v)
    q = acme.Plain (p, c)
    z = Add (q, c)
}
<domain: "acme", opset_import: ["": 18]>
Plain (v, w) => (z) { z = Mul (v, w) }
"""


def test_calls_are_unfolded_with_the_attributes_of_the_call():
    graph = read(parsed(TWICE))

    assert [node.path for node in graph.nodes] == [
        *("Twice_0/LeakyRelu", "Twice_0/Plain", "Twice_0/Add"),
        *("named/LeakyRelu", "named/Plain", "named/Add"),
    ]
    assert [node.attributes["alpha"] for node in graph.nodes if node.op == "LeakyRelu"] == [0.3, 0.1]
    assert graph.values["named/q"].shape == ("N", 4)
    assert (graph.inputs, graph.outputs, graph.gaps) == (("x",), ("y",), ())


def test_a_constant_of_a_function_is_stored_once():
    graph = read(parsed(TWICE))

    assert {weight.storage for weight in graph.weights.values()} == {"Twice_0/c"}
    assert {layer.kind for layer in translate(graph).layers} == {"input", "activation", "elementwise"}


def test_an_input_that_is_left_out_is_left_out_inside():
    proto = parsed("""
        g (float[1, 2, 3, 3] x, float[4, 2, 3, 3] w) => (float[1, 4, 1, 1] y) { y = acme.Folded (x, w) }
        <domain: "acme", opset_import: ["": 18]>
        Folded (x, w, b) => (y) { y = Conv (x, w, b) }
    """)

    assert dict(read(proto).nodes[0].inputs) == {"X": "x", "W": "w"}


def test_graphs_inside_functions_see_the_names_of_the_call():
    proto = parsed("""
        g (float[4] x, bool c) => (float[4] y) { y = acme.Choose (c, x) }
        <domain: "acme", opset_import: ["": 18, "acme": 1]>
        Choose (c, v) => (z) {
            w = Neg (v)
            z = If (c) <
                then_branch = t () => (float[4] a) { b = acme.Same (w)  a = Relu (b) },
                else_branch = e () => (float[4] a) { a = Identity (v) }
            >
        }
        <domain: "acme", opset_import: ["": 18]>
        Same (v) => (z) { z = Abs (v) }
    """)
    graph = read(proto)

    assert [node.op for node in graph.nodes] == ["Neg", "If"]
    assert dict(graph.nodes[1].inputs) == {"cond": "c", "captured.Choose_0/w": "Choose_0/w", "captured.x": "x"}


BRANCHES = """
    then_branch = t () => (float[?] a) { k = Constant <value = float {2.0}> ()  b = Mul (x, k)  a = Relu (b) },
    else_branch = e () => (float[?] a) { a = Identity (x) }
"""
CONDITIONS = {
    "a size": ("s = Shape (x)  o = Constant <value = int64[1] {4}> ()  c = Equal (s, o)", ["Mul", "Relu", "Neg"]),
    "a number of elements": (
        "n = Size (x)  o = Constant <value = int64 {9}> ()  c = Greater (n, o)",
        ["Neg"],
    ),
    "a rank": (
        "s = Shape (x)  r = Size (s)  o = Constant <value = int64 {1}> ()  c = Equal (r, o)",
        ["Mul", "Relu", "Neg"],
    ),
    "numbers": ("s = ReduceSum (x)  o = Constant <value = float[1] {4.0}> ()  c = Less (s, o)", None),
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_the_branch_stands_in_the_place_of_an_if_whose_condition_is_known(name):
    computed, wanted = CONDITIONS[name]
    proto = parsed(f"""
        g (float[4] x) => (float[?] y) {{ {computed} z = If (c) < {BRANCHES} >  y = Neg (z) }}
    """)
    graph = read(proto)

    ops = [node.op for node in graph.nodes if node.op != "Identity"]
    assert ops[-2:] == ["If", "Neg"] if wanted is None else ops == wanted
    assert wanted is None or graph.values["y"].shape == (4,)


def test_a_branch_of_a_free_size_that_follows_stands_in_the_place_of_an_if():
    proto = parsed(f"""
        g (float[n, 1, 4] x) => (float[?, ?, ?] y) {{
            k = Constant <value = int64[1] {{1}}> ()
            s = Shape <start = 1, end = 2> (x)  c = Equal (s, k)  z = If (c) < {BRANCHES} >  y = Neg (z)
        }}
    """)
    graph = read(proto)

    assert [node.op for node in graph.nodes if node.op != "Identity"] == ["Mul", "Relu", "Neg"]
    assert graph.values["y"].shape == ("n", 1, 4)


def test_an_if_stays_where_the_other_branch_stores_weights():
    proto = parsed("""
        g (float[4] x) => (float[4] y) {
            s = Size (x)  o = Constant <value = int64 {4}> ()  c = Equal (s, o)
            y = If (c) <
                then_branch = t () => (float[4] a) { a = Relu (x) },
                else_branch = e () => (float[4] a) {
                    w = Constant <value = float[2] {1.0, 2.0}> ()  a = Concat <axis = 0> (w, w)
                }
            >
        }
    """)

    assert "If" in [node.op for node in read(proto).nodes]


LOOP = """
    y, every = Loop ({count}, {goes_on}, x) <body = b (int64 i, bool c, float[2] s) => (bool d, float[2] t, float[2] u)
        <float[2] w = {{2.0, 3.0}}>
        {{
            o = Constant <value = int64 {{1}}> ()  n = Add (i, o)  d = Less (n, {turns})
            f = Cast <to = 1> (i)  p = Mul (s, w)  t = Add (p, f)  u = Neg (t)
        }}
    >
"""
HELD = "<int64 three = {3}, int64 two = {2}, int64 many = {100}, bool go = {1}, bool stop = {0}>"


def looped(count, goes_on, turns, given="float[2] x"):
    text = LOOP.format(count=count, goes_on=goes_on, turns=turns)
    return parsed(f"g ({given}) => (float[2] y, float[?, 2] every) {HELD} {{ {text} }}")


@pytest.mark.parametrize("goes_on", ["go", ""])
@pytest.mark.parametrize("opset", [11, 18])
def test_the_turns_of_a_loop_whose_number_is_known_stand_in_its_place(goes_on, opset):
    from onnxruntime import InferenceSession

    proto = looped("three", goes_on, "three")
    proto.opset_import[0].version = opset
    graph, x = read(proto), np.array([1.0, -2.0], "float32")

    assert Counter(node.op for node in graph.nodes if node.op != "Identity") == {
        "Mul": 3,
        "Add": 3,
        "Neg": 3,
        "Unsqueeze": 3,
        "Concat": 1,
    }
    assert {weight.storage for weight in graph.weights.values() if weight.dtype == "float32"} == {"y/w"}
    wanted = InferenceSession(proto.SerializeToString()).run(None, {"x": x})
    made = parity.evaluate(proto, {"x": x})
    assert all(np.allclose(made[name], each) for name, each in zip(("y", "every"), wanted, strict=True))


@pytest.mark.parametrize(
    "loop",
    [
        *(("three", "go", "two"), ("three", "stop", "three"), ("many", "go", "many")),
        *(("n", "go", "three", "float[2] x, int64 n"), ("three", "c", "three", "float[2] x, bool c")),
        ("three", "go", "m", "float[2] x, int64 m"),
    ],
    ids=str,
)
def test_a_loop_stays_where_its_turns_are_not_known_or_end_early_or_are_many(loop):
    assert [node.op for node in read(looped(*loop)).nodes] == ["Loop"]


def test_a_function_for_another_version_of_an_operator_stays_a_call():
    proto = parsed("""
        g (float[4] x) => (float[1] y) { y = acme.Sums (x) }
        <domain: "acme", opset_import: ["": 11]>
        Sums (v) => (z) { z = ReduceSum <axes = [0]> (v) }
    """)
    graph = read(proto)

    assert [node.op for node in graph.nodes] == ["Sums"]
    assert "another opset version" in graph.gaps[0].reason


def test_a_function_for_a_version_in_which_its_operators_are_the_same_is_unfolded():
    proto = parsed("""
        g (float[4] x) => (float[4] y) { y = acme.Clips (x) }
        <domain: "acme", opset_import: ["": 17]>
        Clips (v) => (z) { z = Relu (v) }
    """)

    assert [(node.op, node.attributes["__opset__"]) for node in read(proto).nodes] == [("Relu", 18)]


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("z = acme.F0 (v)", "calls itself.*F0"),
        ("a = acme.F1 (v) z = acme.F1 (a)", "more than 200,000 nodes"),
    ],
)
def test_functions_without_an_end_are_refused(body, cause):
    levels = "".join(
        f'<domain: "acme", opset_import: ["": 18, "acme": 1]> F{at} (v) => (z) '
        f"{{ a = acme.F{at + 1} (v) z = acme.F{at + 1} (a) }}\n"
        for at in range(1, 40)
    )
    proto = parser.parse_model(f"""<ir_version: 10, opset_import: ["": 18, "acme": 1]>
        g (float[4] x) => (y) {{ y = acme.F0 (x) }}
        <domain: "acme", opset_import: ["": 18, "acme": 1]> F0 (v) => (z) {{ {body} }}
        {levels}
        <domain: "acme", opset_import: ["": 18]> F40 (v) => (z) {{ z = Relu (v) }}
    """)

    with pytest.raises(UnreadableModel, match=cause):
        read(proto)


def test_a_long_chain_of_functions_is_refused():
    levels = "".join(
        f'<domain: "acme", opset_import: ["": 18, "acme": 1]> F{at} (v) => (z) {{ z = acme.F{at + 1} (v) }}\n'
        for at in range(3000)
    )
    proto = parser.parse_model(
        '<ir_version: 10, opset_import: ["": 18, "acme": 1]> g (float[4] x) => (y) { y = acme.F0 (x) }' + levels
    )

    with pytest.raises(UnreadableModel, match="too deeply"):
        read(proto)


def bodies():
    """Operators that ONNX itself defines by others, as functions of a model."""
    latest = defs.onnx_opset_version()
    schemas = {each.name: defs.get_schema(each.name, latest) for each in defs.get_all_schemas() if not each.domain}
    return {name: schema for name, schema in schemas.items() if schema.has_function and name not in TYPELESS}


TYPELESS = {"SoftmaxCrossEntropyLoss", "NegativeLogLikelihoodLoss"}


@pytest.mark.parametrize("name", bodies())
def test_the_nodes_are_those_of_onnx_itself(name):
    function = onnx.FunctionProto()
    function.CopyFrom(bodies()[name].function_body)
    function.domain = "acme"
    node = helper.make_node(name, list(function.input), list(function.output), domain="acme")
    ends = [[helper.make_tensor_value_info(each, 1, None) for each in names] for names in (node.input, node.output)]
    graph = helper.make_graph([node], "g", *ends)
    opsets = [*function.opset_import, helper.make_opsetid("acme", 1)]
    proto = helper.make_model(graph, opset_imports=opsets, functions=[function])
    inlined = inliner.inline_local_functions(proto)
    wanted = read(inlined)  # in both what follows from constants alone is no node
    found = read(proto)

    assert Counter(each.op for each in found.nodes) == Counter(each.op for each in wanted.nodes)
    assert found.outputs == tuple(node.output)


def test_a_model_of_functions_is_the_same_as_its_inlined_form():
    text = TWICE.replace('opset_import: ["": 18]', 'opset_import: ["": 18, "acme": 1]')
    proto = parsed(text.replace("acme.Twice (a)", "acme.Twice <slope = 0.1> (a)"))
    report = check(proto, inliner.inline_local_functions(proto))

    assert (report.verdict, report.ledger.remainder) == ("equivalent", 0)
    assert check(proto, parsed(text.replace("slope = 0.3", "slope = 0.2"))).verdict == "different"


def test_defaults_of_functions_are_those_of_onnxruntime():
    """ONNX's own inliner forgets them, and leaves the operator's default: that is another model."""
    import onnxruntime

    proto = parsed(TWICE.replace('opset_import: ["": 18]', 'opset_import: ["": 18, "acme": 1]'))
    explicit = parsed(TWICE.replace("acme.Twice (a)", "acme.Twice <slope = 0.1> (a)"))
    x = np.full((1, 4), -10, dtype="float32")
    runs = [onnxruntime.InferenceSession(each.SerializeToString()).run(None, {"x": x})[0] for each in (proto, explicit)]

    assert (runs[0] == runs[1]).all()
    assert check(proto, explicit).verdict == "equivalent"
    assert check(proto, inliner.inline_local_functions(proto)).verdict == "different"
