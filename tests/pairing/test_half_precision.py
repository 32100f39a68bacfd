"""Files that store their weights in half precision, and take and give numbers of single precision."""

import numpy as np
import pytest
from kinds.test_onnx_places import differ, model, numbers

import parity

ENDS = ["float[3,4] x"], ["float[3,2] y"]
KERNEL, BIAS = numbers(4, 2), numbers(2)
PLAIN = "p = MatMul(x, w)  s = Add(p, b)  y = Relu(s)"
CAST = "h = Cast<to = 10>(x)  p = MatMul(h, w)  s = Add(p, b)  r = {}(s)  y = Cast<to = 1>(r)"


def half(function="Relu"):
    stored = {"w": KERNEL.astype("float16"), "b": BIAS.astype("float16")}
    return model(CAST.format(function), *ENDS, **stored)


@pytest.mark.parametrize(("function", "verdict"), [("Relu", "equivalent"), ("Tanh", "different")])
def test_casts_at_the_ends_of_a_half_precision_file(function, verdict):
    plain, halved = model(PLAIN, *ENDS, w=KERNEL, b=BIAS), half(function)

    report = parity.compare(plain, halved)

    assert report.verdict == verdict
    assert "dtype" in {each.rule for each, _ in report.findings}
    assert parity.compare(halved, plain).verdict == verdict


def test_casts_of_a_single_precision_file_are_layers():
    """What is rounded between weights of single precision is another model."""
    rounded = "h = Cast<to = 10>(x)  f = Cast<to = 1>(h)  p = MatMul(f, w)  s = Add(p, b)  y = Relu(s)"
    one, other = (model(body, *ENDS, w=KERNEL, b=BIAS) for body in (PLAIN, rounded))
    large = np.full((3, 4), 1e6, "float32")

    assert differ(one, other, x=large)
    assert parity.compare(one, other).verdict == "different"
