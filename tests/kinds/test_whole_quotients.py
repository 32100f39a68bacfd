"""Quotients that are rounded to whole numbers, as PyTorch has them and as its exporters write them."""

import numpy as np
import pytest
import torch  # noqa: TID253  only tests of PyTorch import this
from torch import nn  # noqa: TID253  same

import parity
from parity.reports import Verdict

REAL, WHOLE = torch.linspace(-7, 8, 20).reshape(4, 5), torch.arange(-10, 10).reshape(4, 5)
BESIDE = REAL.abs() + 0.5

CASES = {
    "floor by a number": (lambda x: torch.div(x, -0.3, rounding_mode="floor"), (REAL,)),
    "truncated by a number": (lambda x: torch.div(x, -0.3, rounding_mode="trunc"), (REAL,)),
    "floor of two": (lambda x, y: torch.div(x, y, rounding_mode="floor"), (REAL, BESIDE)),
    "truncated of two": (lambda x, y: torch.div(x, y, rounding_mode="trunc"), (REAL, BESIDE)),
    "remainder": (lambda x: torch.remainder(x, 0.7), (REAL,)),
    "floor of whole numbers": (lambda x: x // 3, (WHOLE,)),
    "truncated of whole numbers": (lambda x: torch.div(x, 3, rounding_mode="trunc"), (WHOLE,)),
}


class Call(nn.Module):
    """A function as a model."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *given):
        return self.function(*given)


@pytest.mark.parametrize("name", CASES)
def test_an_export_is_the_same(name, tmp_path):
    function, given = CASES[name]
    model = Call(function).eval()
    torch.onnx.export(model, given, tmp_path / "model.onnx", dynamo=True, verbose=False)

    report = parity.compare(model, tmp_path / "model.onnx", inputs=given, outputs=True)

    assert report.verdict is Verdict.EQUIVALENT, report
    assert report.facets["outputs"] == "same"


@pytest.mark.parametrize("other", ["truncated by a number", "remainder"])
def test_another_rounding_is_another_function(other, tmp_path):
    given = (REAL,)
    torch.onnx.export(Call(CASES[other][0]).eval(), given, tmp_path / "model.onnx", dynamo=True, verbose=False)

    report = parity.compare(Call(CASES["floor by a number"][0]).eval(), tmp_path / "model.onnx", inputs=given)

    assert report.verdict is not Verdict.EQUIVALENT


@pytest.mark.parametrize("divisor", [3.0, 7.0, 49.0, 103.0, -49.0])
@pytest.mark.parametrize("rounding", ["floor", "trunc"])
def test_multiples_of_the_divisor_are_whole(divisor, rounding):
    """1/49 times 49 is less than 1 in double precision."""
    model = Call(lambda x: torch.div(x, divisor, rounding_mode=rounding)).eval()
    given = divisor * torch.arange(-200.0, 200.0).reshape(20, 20)

    (made,) = parity.evaluate(model, [given.numpy()]).values()

    np.testing.assert_array_equal(np.asarray(made), model(given).numpy())
