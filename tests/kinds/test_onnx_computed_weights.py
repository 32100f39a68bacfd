"""Operators whose weights, factors or ends the model computes, against onnxruntime and against the plain spelling."""

import numpy as np
import pytest
from kinds.test_onnx_places import differ, model, numbers, outputs_of

import parity
from parity.adapters import read
from parity.kinds import translate
from parity.passes import normalise

ROWS, IMAGE = ["float[3,4] x"], ["float[1,4,5,5] x"]
VECTOR, MATRIX = numbers(4), numbers(4, 4)
COMPUTED = {
    "a factor of the product": ("y = Gemm<alpha = 0.5>(x, w, b)", ROWS, {"w": MATRIX, "b": VECTOR}),
    "a factor of the sum": ("y = Gemm<beta = 0.5, transB = 1>(x, w, b)", ROWS, {"w": MATRIX, "b": VECTOR}),
    "a factor of nothing": ("y = Gemm<beta = 0.0>(x, w)", ROWS, {"w": MATRIX}),
    "a turned input": ("y = Gemm<transA = 1>(x, w)", ["float[4,3] x"], {"w": MATRIX}),
    "a matrix that is computed": ("t = Tanh(w)  y = Gemm<transB = 1>(x, t, b)", ROWS, {"w": MATRIX, "b": VECTOR}),
    "statistics that are computed": (
        "v = Abs(s)  m = Tanh(s)  y = BatchNormalization<epsilon = 0.1>(x, s, m, m, v)",
        IMAGE,
        {"s": VECTOR},
    ),
    "a copy of a kernel": ("k = Identity(w)  y = Conv(x, k)", IMAGE, {"w": numbers(2, 4, 3, 3)}),
}


@pytest.mark.parametrize("name", list(COMPUTED))
def test_what_is_computed_is_read(name):
    body, inputs, stored = COMPUTED[name]
    proto = model(body, inputs, [f"float[{'1,4,5,5' if inputs is IMAGE else '3,4'}] y"], **stored)
    proto.graph.output[0].type.tensor_type.ClearField("shape")
    shape = [each.dim_value for each in proto.graph.input[0].type.tensor_type.shape.dim]
    given = numbers(*shape)

    (made,) = parity.evaluate(proto, {"x": given}).values()

    assert np.allclose(made, outputs_of(proto, x=given)[0], atol=1e-5)
    assert "opaque" not in {each.kind for each in normalise(translate(read(proto))).layers}


FUSED = {
    "HardSigmoid": ("activation_alpha = 0.16666667, activation_beta = 0.5", "HardSigmoid<alpha = 0.16666667>", "Relu"),
    "Elu": ("activation_alpha = 0.7", "Elu<alpha = 0.7>", "Elu<alpha = 0.71>"),
}


@pytest.mark.parametrize("name", list(FUSED))
def test_activations_that_onnxruntime_fuses_with_a_product(name):
    settings, plain, other = FUSED[name]
    ends, stored = (ROWS, ["float[3,4] y"]), {"w": MATRIX, "b": VECTOR}
    fused = model(f'y = com.microsoft.FusedGemm<activation = "{name}", {settings}>(x, w, b)', *ends, **stored)

    for written, verdict in ((plain, "equivalent"), (other, "different")):
        apart = model(f"p = Gemm(x, w, b)  y = {written}(p)", *ends, **stored)
        assert differ(fused, apart, x=numbers(3, 4)) is (verdict == "different")
        assert parity.compare(fused, apart).verdict == verdict


def test_other_statistics_are_other_numbers():
    one, other = (
        model(f"v = {function}(s)  y = BatchNormalization(x, s, s, s, v)", IMAGE, ["float[1,4,5,5] y"], s=VECTOR**2)
        for function in ("Exp", "Sqrt")
    )

    assert differ(one, other, x=numbers(1, 4, 5, 5))
    assert parity.compare(one, other).verdict == "different"


FREE = ["float[N,M,2] x"]


@pytest.mark.parametrize(("added", "bounds"), [(0, (2, None, 1)), (-1, None)])
def test_an_end_that_is_the_size_of_a_free_axis(added, bounds):
    stored = {"one": np.array([1]), "two": np.array([2]), "more": np.array([added])}
    body = "s = Shape(x)  n = Slice(s, one, two)  e = Add(n, more)  y = Slice(x, two, e, one)"
    proto = model(body, FREE, ["float[A,B,2] y"], **stored)
    proto.graph.output[0].type.tensor_type.ClearField("shape")

    found = normalise(translate(read(proto))).layers[-1]

    assert found.kind == ("slice" if bounds else "opaque")
    assert found.attributes.get("bounds") == ((bounds,) if bounds else None)


@pytest.mark.parametrize(("back", "verdict"), [("0, 2, 1, 3", "equivalent"), ("0, 2, 3, 1", "different")])
def test_sizes_without_a_name_are_followed(back, verdict):
    """Heads apart, and joined again by a shape that is computed; in another order they are other features."""
    body = f"""
        s = Shape(x)  n = Slice(s, zero, one)  m = Slice(s, one, two)
        apart = Concat<axis = 0>(n, m, two, three)  h = Reshape(x, apart)  t = Transpose<perm = [0, 2, 1, 3]>(h)
        u = Tanh(t)  b = Transpose<perm = [{back}]>(u)
        whole = Concat<axis = 0>(n, m, six)  r = Reshape(b, whole)  y = MatMul(r, w)
    """
    stored = {name: np.array([value]) for name, value in {"zero": 0, "one": 1, "two": 2, "three": 3, "six": 6}.items()}
    weights = {"w": numbers(6, 2)}
    free = model(body, ["float[unk__1,unk__2,6] x"], ["float[unk__3,unk__4,2] y"], **stored, **weights)
    plain = model("u = Tanh(x)  y = MatMul(u, w)", ["float[a,b,6] x"], ["float[a,b,2] y"], **weights)

    assert differ(free, plain, x=numbers(3, 4, 6)) is (verdict == "different")
    assert parity.compare(free, plain).verdict == verdict
