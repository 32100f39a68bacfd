"""What rounds values and scales them back is a part of the model: its grid, and that it is one both ways."""

import numpy as np
import pytest
from kinds.onnx_runs import session
from onnx import numpy_helper, parser

import parity

GIVEN = np.random.default_rng(0).uniform(-3, 3, (1, 2, 4)).astype("float32")
PAIR = "q = QuantizeLinear(x, s, z)  y = DequantizeLinear(q, b, w)"
POOLED = "q = QuantizeLinear(x, s, z)  p = MaxPool<kernel_shape=[1]>(q)  y = DequantizeLinear(p, b, w)"
CONV = """q = QuantizeLinear(x, s, z)  c = QLinearConv(q, b, w, k, ks, kz, ys, yz)  y = DequantizeLinear(c, ds, yz)"""
DYNAMIC = "q, a, c = DynamicQuantizeLinear(x)  y = DequantizeLinear(q, {})"
INTEGERS = "i = Cast<to=2>(x)  y = DequantizeLinear(i, s, z)"


def model(body, given="float[1,2,4]", made="float[1,a,4]", **stored):
    head = f'<ir_version: 10, opset_import: ["": 21]> g ({given} x) => ({made} y) {{ {body} }}'
    proto = parser.parse_model(head)
    used = {name for node in proto.graph.node for name in node.input}
    arrays = {name: np.asarray(each) for name, each in stored.items() if name in used}
    proto.graph.initializer.extend(numpy_helper.from_array(each, name) for name, each in arrays.items())
    return proto


def rounded(scale=0.1, zero=0, kind="int8", back=None, zero_back=None, body=PAIR):
    numbers = {"s": np.float32(scale), "b": np.float32(scale if back is None else back)}
    zeros = {"z": np.array(zero, kind), "w": np.array(zero if zero_back is None else zero_back, kind)}
    return model(body, **numbers, **zeros)


def convolution(scale=0.1, made=0.1, back=0.1, kernel=0.02):
    stored = {"s": np.float32(0.1), "z": np.uint8(30), "b": np.float32(scale), "w": np.uint8(30)}
    stored |= {"k": np.full((2, 2, 1), 50, "int8"), "ks": np.float32(kernel), "kz": np.int8(0)}
    stored |= {"ys": np.float32(made), "yz": np.uint8(90), "ds": np.float32(back)}
    return model(CONV, **stored)


def outputs(proto, given=GIVEN):
    return session(proto).run(None, {"x": given})[0]


NOTHING = model("y = Identity(x)")
PIECES = {
    "another scale": (rounded(), rounded(0.3)),
    "another zero point": (rounded(), rounded(zero=120)),
    "another type": (rounded(), rounded(kind="uint8")),
    "wider numbers": (rounded(0.001, kind="int8"), rounded(0.001, kind="int16")),
    "doubled on the way back": (rounded(back=0.2), NOTHING),
    "moved on the way back": (rounded(zero_back=10), NOTHING),
    "other ways back": (rounded(back=0.2), rounded(back=0.3)),
    "doubled behind a pooling": (rounded(back=0.2, body=POOLED), rounded(body=POOLED)),
    "doubled before a convolution": (convolution(scale=0.2), convolution()),
    "doubled after a convolution": (convolution(back=0.2), convolution()),
    "a convolution that rounds otherwise": (convolution(made=0.3, back=0.3), convolution()),
    "a scale of their own": (
        model(DYNAMIC.format("s"), s=np.float32(0.5)),
        model(DYNAMIC.format("s"), s=np.float32(2)),
    ),
    "integers by another scale": (
        model(INTEGERS, s=np.float32(0.5), z=np.uint8(1)),
        model(INTEGERS, s=np.float32(1), z=np.uint8(1)),
    ),
    "integers that come in": (
        model("y = DequantizeLinear(x, s)", "uint8[1,2,4]", s=np.float32(0.5)),
        model("y = DequantizeLinear(x, s)", "uint8[1,2,4]", s=np.float32(0.25)),
    ),
    "integers that go out": (
        model("y = QuantizeLinear(x, s, z)", made="uint8[1,a,4]", s=np.float32(0.5), z=np.uint8(9)),
        model("y = QuantizeLinear(x, s, z)", made="uint8[1,a,4]", s=np.float32(0.25), z=np.uint8(9)),
    ),
}


@pytest.mark.parametrize("name", PIECES)
def test_other_numbers_are_another_model(name):
    left, right = PIECES[name]
    kind = left.graph.input[0].type.tensor_type.elem_type
    given = GIVEN if kind == 1 else np.arange(8, dtype="uint8").reshape(1, 2, 4)
    given = np.abs(given) if "integers by" in name else given

    assert not np.allclose(outputs(left, given), outputs(right, given), atol=1e-2)
    assert parity.compare(left, right).verdict == "different"
    for each in (left, right):
        assert parity.compare(each, each).verdict == "equivalent"


LOSSY = {
    "a grid": rounded(),
    "a dynamic one": model(DYNAMIC.format("a, c")),
    "a dynamic one that moves": model(
        "m = Transpose<perm=[0,2,1]>(x)  q, a, c = DynamicQuantizeLinear(m)  d = DequantizeLinear(q, a, c)"
        "  y = Transpose<perm=[0,2,1]>(d)"
    ),
    "two grids": model(
        "q = QuantizeLinear(x, s)  d = DequantizeLinear(q, s)  r = QuantizeLinear(d, b)  y = DequantizeLinear(r, b)",
        s=np.float32(0.02),
        b=np.float32(0.03),
    ),
}


@pytest.mark.parametrize("name", LOSSY)
def test_rounding_on_one_side_only_is_for_data_to_judge(name):
    report = parity.compare(LOSSY[name], NOTHING)

    assert report.verdict == "inconclusive"
    assert [finding.rule for finding, severity in report.findings if severity == "warning"] == [
        "quantisation-parameters"
    ]


def test_a_scale_for_each_channel_is_told_apart():
    """No layer says what such a grid does, but two of one operator that differ in one setting are not the same."""
    body = "q = QuantizeLinear<axis=1>(x, s)  y = DequantizeLinear<axis=1>(q, s)"
    left, right = (model(body, s=np.float32(scales)) for scales in ([0.1, 0.3], [0.3, 0.1]))

    assert not np.allclose(outputs(left), outputs(right), atol=1e-2)
    assert parity.compare(left, right).verdict == "different"
    assert parity.compare(left, left).verdict == "equivalent"


def two(first, second, *, turned=False):
    """Two roundings beside each other, of two inputs, in either order."""
    nodes = ["y = DequantizeLinear(x, s)", "q = QuantizeLinear(u, b, z)"][:: -1 if turned else 1]
    ends = "(uint8[1,2,4] x, float[1,2,4] u) => (float[1,a,4] y, uint8[1,c,4] q)"
    proto = parser.parse_model(f'<ir_version: 10, opset_import: ["": 21]> g {ends} {{ {"  ".join(nodes)} }}')
    stored = {"b": np.float32(second), "s": np.float32(first), "z": np.uint8(9)}
    names = ["b", "z", "s"] if turned else ["s", "b", "z"]
    proto.graph.initializer.extend(numpy_helper.from_array(np.asarray(stored[name]), name) for name in names)
    return proto


def test_grids_are_told_in_the_order_of_what_the_model_gives_whatever_that_of_the_file_is():
    assert parity.compare(two(0.1, 0.2), two(0.1, 0.2, turned=True)).verdict == "equivalent"
    assert parity.compare(two(0.1, 0.2), two(0.2, 0.1, turned=True)).verdict == "different"


def test_a_scale_that_a_model_gives_is_computed():
    def given(ends, body):
        head = f'<ir_version: 10, opset_import: ["": 21]> g (float[1,2,4] x) => (float y) {{ {ends} {body} }}'
        return parser.parse_model(head)

    plain = given("q, y, c = DynamicQuantizeLinear(x)", "")
    dropped = given("q, a, c = DynamicQuantizeLinear(x)", "y = Dropout(a)")
    doubled = given("q, a, c = DynamicQuantizeLinear(x)", "y = Add(a, a)")

    assert parity.compare(plain, dropped).verdict == "equivalent"
    assert parity.compare(plain, doubled).verdict == "different"


def in_one_operator(*products):
    """A quantised model that multiplies what it is given with itself, each time with scales of its own."""
    from onnx import TensorProto, helper

    nodes, stored, names = [], {}, ["x"]
    for at, scale in enumerate(products):
        scales = {f"s{at}": np.float32(scale), f"z{at}": np.uint8(3)}
        stored |= scales
        names.append(f"y{at}")
        operands = [each for _ in range(2) for each in ("x", *scales)]
        nodes.append(helper.make_node("QLinearMul", [*operands, *scales], names[-1:], domain="com.microsoft"))
    nodes.append(helper.make_node("Concat", [names[1], names[-1]], ["y"], axis=1))
    given, made = (
        helper.make_tensor_value_info(each, TensorProto.UINT8, [1, size]) for each, size in (("x", 4), ("y", 8))
    )
    tensors = [numpy_helper.from_array(np.asarray(array), name) for name, array in stored.items()]
    imports = [helper.make_opsetid("", 13), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(
        helper.make_graph(nodes, "g", [given], [made], tensors), opset_imports=imports, ir_version=8
    )


def test_what_is_computed_twice_with_scales_stored_twice_rounds_once():
    once, twice = in_one_operator(0.1), in_one_operator(0.1, 0.1)
    given = np.arange(4, dtype="uint8")[None]

    report = parity.compare(once, twice)

    assert np.array_equal(outputs(once, given), outputs(twice, given))
    assert "quantisation-grid" not in {finding.rule for finding, _ in report.findings}
    assert report.verdict != "different"


def test_what_is_rounded_twice_with_scales_stored_twice_rounds_once():
    left, right = (model(body, **stored) for body, stored in ((PAIRS.format("s"), SCALES), (PAIRS.format("v"), SCALES)))
    other = model(PAIRS.format("v"), **SCALES | {"v": np.float32(0.3)})

    assert np.array_equal(outputs(left), outputs(right))
    assert parity.compare(left, right).verdict != "different"
    assert not np.allclose(outputs(left), outputs(other))
    assert parity.compare(left, other).verdict == "different"


SCALES = {"s": np.float32(0.1), "v": np.float32(0.1), "z": np.int8(0), "w": np.int8(0)}
PAIRS = """
    q = QuantizeLinear(x, s, z)  r = QuantizeLinear(x, {0}, w)  a = DequantizeLinear(q, s, z)
    b = DequantizeLinear(r, {0}, w)  y = Concat<axis=1>(a, b)
"""


def test_what_is_computed_twice_with_other_scales_rounds_twice():
    once, twice = in_one_operator(0.1), in_one_operator(0.1, 0.02)
    given = np.arange(4, dtype="uint8")[None] + 40

    assert not np.array_equal(outputs(once, given), outputs(twice, given))
    assert parity.compare(once, twice).verdict == "different"


def gated(function):
    """A product with a function of itself, in operators on integers."""
    nodes = f"""
        q = QuantizeLinear(x, s, z)  r = com.microsoft.QLinear{function}(q, s, z, s, z)
        m = com.microsoft.QLinearMul(q, s, z, r, s, z, s, z)  y = DequantizeLinear(m, s, z)
    """
    head = '<ir_version: 10, opset_import: ["": 21, "com.microsoft": 1]>'
    proto = parser.parse_model(f"{head} g (float[1,2,4] x) => (float[1,2,4] y) {{ {nodes} }}")
    stored = {"s": np.asarray(np.float32(0.1)), "z": np.asarray(np.uint8(30))}
    proto.graph.initializer.extend(numpy_helper.from_array(each, name) for name, each in stored.items())
    return proto


@pytest.mark.parametrize(("function", "verdict"), [("Sigmoid", "inconclusive"), ("LeakyRelu", "different")])
def test_operators_on_integers_are_a_formula_of_real_numbers(function, verdict):
    silu = model("r = Sigmoid(x)  y = Mul(x, r)")

    assert parity.compare(silu, gated(function)).verdict == verdict
    assert parity.compare(gated(function), gated(function)).verdict == "equivalent"
