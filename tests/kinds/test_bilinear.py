"""Bilinear layers against their exports, of all combinations of small sizes."""

import itertools

import pytest

import parity
from parity.reports import Verdict
from tests.rules.models import nn


@pytest.mark.parametrize("optimize", [True, False], ids=["optimised", "plain"])
@pytest.mark.parametrize("sizes", [*itertools.product((1, 2, 3), (1, 2), (1, 2))], ids=str)
def test_an_export_is_the_same_layer(sizes, optimize, tmp_path):
    import torch

    left, right, units = sizes
    model = nn().Bilinear(left, right, units).eval()
    given = torch.randn(2, 2, left), torch.randn(2, 2, right)
    told = {"opset_version": 18, "dynamo": True, "verbose": False}
    torch.onnx.export(model, given, tmp_path / "m.onnx", optimize=optimize, **told)
    inputs = [(tuple(each.shape), "float32") for each in given]
    report = parity.compare(model, tmp_path / "m.onnx", left_inputs=inputs, weights=True, outputs=True)

    assert report.verdict is Verdict.EQUIVALENT, report
    assert report.outputs.same
