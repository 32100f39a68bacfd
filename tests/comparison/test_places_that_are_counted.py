"""Whole numbers that a module holds as a buffer, and an export as constants or not at all, are accounted for."""

import pytest

import parity
from parity.reports import Verdict
from tests.rules.models import module


@pytest.mark.parametrize("places", [[0, 1], [1, 0], [0, 0], [1, 1]])
@pytest.mark.parametrize("dynamo", [True, False])
def test_indices_in_a_buffer(places, dynamo, tmp_path):
    import torch

    model = module({}, lambda self, x: torch.index_select(x, -1, self.places))
    model.register_buffer("places", torch.tensor(places))
    more = {"external_data": False} if dynamo else {}
    torch.onnx.export(model, (torch.randn(2, 2),), tmp_path / "model.onnx", dynamo=dynamo, verbose=False, **more)
    report = parity.compare(model, tmp_path / "model.onnx", left_inputs=[(2, 2)])

    assert report.verdict is Verdict.EQUIVALENT
    assert "unexplained-remainder" not in {each.rule for each, _ in report.findings}
