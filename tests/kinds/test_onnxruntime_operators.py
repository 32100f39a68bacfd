"""The operators of onnxruntime's optimiser are the ones of ONNX that they do the work of, and no others."""

import numpy as np
import onnx
import pytest
from kinds.onnx_runs import session
from onnx import helper, numpy_helper

import parity
from parity.reports import Verdict
from tests.balance import remainders
from tests.rules.models import onnx_model

WIDTH, STEPS, VOCAB = 8, 5, 11
FLOAT, INT = "float[2,5,8]", "int64[2,5]"
VECTORS = {"gamma": (WIDTH,), "beta": (WIDTH,), "bias": (WIDTH,)}
PACKED = {"kernel": (WIDTH, 3 * WIDTH), "bias": (3 * WIDTH,)}
TABLES = {"words": (VOCAB, WIDTH), "places": (7, WIDTH), "kinds": (2, WIDTH)}
MICROSOFT = "com.microsoft."

HEADS = """
  q4 = Reshape(q, shape)  qt = Transpose<perm=[0,2,1,3]>(q4)
  k4 = Reshape(k, shape)  kt = Transpose<perm=[0,2,3,1]>(k4)
  v4 = Reshape(v, shape)  vt = Transpose<perm=[0,2,1,3]>(v4)
  scores = MatMul(qt, kt)  scaled = Mul(scores, half)  {masked} weights = Softmax<axis=-1>({scores})
  made = MatMul(weights, vt)  turned = Transpose<perm=[0,2,1,3]>(made)  y = Reshape(turned, back)
"""
SIZES = {"shape": np.array([2, 5, 2, 4]), "back": np.array([2, 5, 8]), "half": np.float32(0.5)}
PLAIN, ADDED = HEADS.format(masked="", scores="scaled"), HEADS.format(masked="m = Add(scaled, z)", scores="m")
SPLIT = "p = MatMul(x, kernel)  b = Add(p, bias)  q, k, v = Split<axis=2, num_outputs=3>(b)"
LOOKUP = "w = Gather(words, ids)  p = Gather(places, at)  s = Add(w, p)"
ROWS = {"at": np.arange(STEPS).reshape(1, STEPS)}

CASES = {
    "Gelu": ({"x": FLOAT}, {}, "y = {}Gelu(x)", "y = Gelu(x)"),
    "BiasGelu": ({"x": FLOAT}, VECTORS, "y = {}BiasGelu(x, bias)", "s = Add(x, bias)  y = Gelu(s)"),
    "FastGelu": ({"x": FLOAT}, {}, "y = {}FastGelu(x)", 'y = Gelu<approximate="tanh">(x)'),
    "FastGelu of a sum": (
        {"x": FLOAT},
        VECTORS,
        "y = {}FastGelu(x, bias)",
        's = Add(x, bias)  y = Gelu<approximate="tanh">(s)',
    ),
    "QuickGelu": ({"x": FLOAT}, {"f": 1.702}, "y = {}QuickGelu(x)", "s = Mul(x, f)  g = Sigmoid(s)  y = Mul(x, g)"),
    "Swish": ({"x": FLOAT}, {}, "y = {}QuickGelu<alpha=1.0>(x)", "g = Sigmoid(x)  y = Mul(x, g)"),
    "SkipLayerNormalization": (
        {"x": FLOAT, "z": FLOAT},
        VECTORS,
        "y = {}SkipLayerNormalization<epsilon=0.1>(x, z, gamma, beta)",
        "s = Add(x, z)  y = LayerNormalization<epsilon=0.1>(s, gamma, beta)",
    ),
    "SkipLayerNormalization by default": (
        {"x": FLOAT, "z": FLOAT},
        VECTORS,
        "y = {}SkipLayerNormalization(x, z, gamma)",
        "s = Add(x, z)  y = LayerNormalization<epsilon=0.000000000001>(s, gamma)",
    ),
    "SkipLayerNormalization whose sum goes on": (
        {"x": FLOAT, "z": FLOAT},
        VECTORS,
        "n, a, b, s = {}SkipLayerNormalization<epsilon=0.1>(x, z, gamma, beta, bias)  y = Mul(n, s)",
        "t = Add(x, bias)  s = Add(t, z)  n = LayerNormalization<epsilon=0.1>(s, gamma, beta)  y = Mul(n, s)",
    ),
    "SkipSimplifiedLayerNormalization": (
        {"x": FLOAT, "z": FLOAT},
        VECTORS,
        "y = {}SkipSimplifiedLayerNormalization<epsilon=0.1>(x, z, gamma)",
        "s = Add(x, z)  y = RMSNormalization<epsilon=0.1>(s, gamma)",
    ),
    "EmbedLayerNormalization": (
        {"ids": "int32[2,5]"},
        {**VECTORS, **TABLES, **ROWS},
        "y, m = {}EmbedLayerNormalization<epsilon=0.1>(ids, , words, places, , gamma, beta)",
        f"{LOOKUP}  y = LayerNormalization<epsilon=0.1>(s, gamma, beta)",
    ),
    "EmbedLayerNormalization of two kinds of words": (
        {"ids": "int32[2,5]", "which": "int32[2,5]", "at": "int32[2,5]"},
        {**VECTORS, **TABLES},
        "y, m = {}EmbedLayerNormalization<epsilon=0.1>(ids, which, words, places, kinds, gamma, beta, , at)",
        f"{LOOKUP}  g = Gather(kinds, which)  t = Add(s, g)  y = LayerNormalization<epsilon=0.1>(t, gamma, beta)",
    ),
    "FusedMatMul": (
        {"x": FLOAT, "z": FLOAT},
        {"third": np.float32(1 / 3)},
        "y = {}FusedMatMul<transB=1, alpha=0.33333333>(x, z)",
        "t = Transpose<perm=[0,2,1]>(z)  p = MatMul(x, t)  y = Mul(p, third)",
    ),
    "FusedMatMul of batches that come later": (
        {"x": FLOAT, "z": FLOAT},
        {},
        "y = {}FusedMatMul<transBatchA=1, transBatchB=1, transB=1>(x, z)",
        "s = Transpose<perm=[1,0,2]>(x)  t = Transpose<perm=[1,2,0]>(z)  y = MatMul(s, t)",
    ),
    "FusedMatMul of a kernel": (
        {"x": FLOAT},
        {"kernel": (6, WIDTH)},
        "y = {}FusedMatMul<transB=1>(x, kernel)",
        "t = Transpose<perm=[1,0]>(kernel)  y = MatMul(x, t)",
    ),
    "Attention": (
        {"x": FLOAT},
        {**PACKED, **SIZES},
        "y = {}Attention<num_heads=2>(x, kernel, bias)",
        f"{SPLIT} {PLAIN}",
    ),
    "Attention with a mask": (
        {"x": FLOAT, "z": "float[2,2,5,5]"},
        {**PACKED, **SIZES},
        "y = {}Attention<num_heads=2>(x, kernel, bias, , , z)",
        f"{SPLIT} {ADDED}",
    ),
    "MultiHeadAttention": (
        {"q": FLOAT, "k": FLOAT, "v": FLOAT},
        SIZES,
        "y = {}MultiHeadAttention<num_heads=2>(q, k, v)",
        PLAIN,
    ),
    "MultiHeadAttention with biases": (
        {"x": FLOAT},
        {"kernel": (WIDTH, WIDTH), **VECTORS, **SIZES, "all": ("gamma", "beta", "bias")},
        "a = MatMul(x, kernel)  y = {}MultiHeadAttention<num_heads=2>(a, x, x, all)",
        f"a = MatMul(x, kernel)  q = Add(a, gamma)  k = Add(x, beta)  v = Add(x, bias) {PLAIN}",
    ),
}
"""By name: inputs, what is stored (a shape, or the numbers), and the nodes of both."""


def array(name, told):
    if isinstance(told, tuple) and told and isinstance(told[0], str):
        return np.concatenate([array(each, (WIDTH,)) for each in told])
    if isinstance(told, tuple):
        return np.random.default_rng(sum(map(ord, name))).normal(size=told).astype("float32")
    return np.asarray(told, dtype=None if isinstance(told, np.ndarray | np.generic) else "float32")


def model(inputs, stored, nodes):
    given = ", ".join(f"{kind} {name}" for name, kind in inputs.items())
    head = '<ir_version: 10, opset_import: ["" : 23, "com.microsoft" : 1]>'
    made = onnx.parser.parse_model(f"{head} model ({given}) => (float[A,B,C] y) {{ {nodes} }}")
    used = {name for node in made.graph.node for name in node.input}
    tensors = [numpy_helper.from_array(array(name, told), name) for name, told in stored.items() if name in used]
    made.graph.initializer.extend(tensors)
    return made


def pair(name):
    inputs, stored, fused, plain = CASES[name]
    return model(inputs, stored, fused.replace("{}", MICROSOFT)), model(inputs, stored, plain)


def outputs(made, inputs):
    random = np.random.default_rng(3)
    sizes = {name: tuple(map(int, kind.partition("[")[2][:-1].split(","))) for name, kind in inputs.items()}
    given = {
        name: random.normal(size=sizes[name]).astype("float32")
        if kind.startswith("float")
        else random.integers(0, 2, sizes[name]).astype(kind.partition("[")[0])
        for name, kind in inputs.items()
    }
    return session(made).run(None, given)[0]


@pytest.mark.parametrize("name", list(CASES))
def test_what_it_stands_for(name):
    fused, plain = pair(name)
    np.testing.assert_allclose(
        outputs(fused, CASES[name][0]), outputs(plain, CASES[name][0]), atol=1e-3 if "Fast" in name else 1e-5
    )

    report = parity.compare(fused, plain)

    assert [each.rule for each, level in report.findings if level.value != "info"] == []
    assert report.verdict is Verdict.EQUIVALENT
    assert remainders(report) == {}


OTHERS = {
    "another epsilon": ("SkipLayerNormalization", "epsilon=0.1", "epsilon=0.2"),
    "another epsilon of tables": ("EmbedLayerNormalization", "epsilon=0.1", "epsilon=0.2"),
    "no sum": ("SkipLayerNormalization", "Add(x, z)", "Identity(x)"),
    "the sum before the bias goes on": ("SkipLayerNormalization whose sum goes on", "Mul(n, s)", "Mul(n, t)"),
    "a mean that is taken off": ("SkipSimplifiedLayerNormalization", "RMSN", "LayerN"),
    "GELU without a bias": ("BiasGelu", "Add(x, bias)", "Identity(x)"),
    "GELU of another form": ("FastGelu", '<approximate="tanh">', ""),
    "a wider sigmoid": ("QuickGelu", "Mul(x, f)", "Identity(x)"),
    "two kinds of words": ("EmbedLayerNormalization of two kinds of words", "Add(s, g)", "Identity(s)"),
    "another factor": ("FusedMatMul", "Mul(p, third)", "Identity(p)"),
    "scores that are not scaled": ("Attention", "Mul(scores, half)", "Identity(scores)"),
    "no mask": ("Attention with a mask", "Add(scaled, z)", "Identity(scaled)"),
    "other heads": ("MultiHeadAttention", "weights = Softmax<axis=-1>", "weights = Softmax<axis=-2>"),
    "values that are made of keys": ("MultiHeadAttention with biases", "v = Add(x, bias)", "v = Add(k, bias)"),
}


@pytest.mark.parametrize("name", list(OTHERS))
def test_what_it_does_not_stand_for(name):
    case, before, after = OTHERS[name]
    inputs, stored, fused, plain = CASES[case]
    assert before in plain
    left, right = (
        model(inputs, stored, fused.replace("{}", MICROSOFT)),
        model(inputs, stored, plain.replace(before, after)),
    )
    made = [outputs(each, inputs) for each in (left, right)]
    assert not np.allclose(*made, atol=1e-5)

    report = parity.compare(left, right)

    assert report.verdict is not Verdict.EQUIVALENT
    assert remainders(report) == {}


FUSED = {
    "FusedMatMul": ({"alpha": 0.5}, (2, 2, 5, 3), [(3, 4)], (2, 2, 5, 4)),
    "FusedConv": ({"activation": "Relu"}, (2, 3, 5, 5), [(4, 3, 3, 3), (4,)], (2, 4, 3, 3)),
    "FusedGemm": ({"activation": "Relu", "transB": 1}, (5, 3), [(4, 3), (4,)], (5, 4)),
}


@pytest.mark.parametrize("op", FUSED)
def test_what_comes_after_a_fused_operator_has_a_shape(op):
    """Parts that are cut and joined again, or turned and turned back, behind it are nothing."""
    settings, sizes, weights, made = FUSED[op]
    drawn = np.random.default_rng(0)
    stored = {f"w{at}": drawn.standard_normal(each).astype("float32") for at, each in enumerate(weights)}
    stored["sizes"] = np.array([1, made[-1] - 1])

    def model(*nodes, last):
        head = helper.make_node(op, ["x", *[*stored][:-1]], ["f"], domain="com.microsoft", **settings)
        steps = head, helper.make_node("Cos", ["f"], ["c"]), *nodes
        found = onnx_model(steps, [("x", sizes)], [(last, made)], **stored)
        found.opset_import.append(helper.make_opsetid("com.microsoft", 1))
        return found

    last = len(made) - 1
    cut = (
        helper.make_node("Split", ["c", "sizes"], ["a", "b"], axis=last),
        helper.make_node("Concat", ["a", "b"], ["y"], axis=last),
    )
    exchanged = cut[0], helper.make_node("Concat", ["b", "a"], ["y"], axis=last)
    turned = helper.make_node("Transpose", ["c"], ["t"]), helper.make_node("Transpose", ["t"], ["y"])
    plain = model(last="c")

    assert parity.compare(plain, model(*cut, last="y")).verdict == "equivalent"
    assert parity.compare(plain, model(*turned, last="y")).verdict == "equivalent"
    assert parity.compare(plain, model(*exchanged, last="y")).verdict == "different"
