"""A pooled image that PyTorch's exporter copies by its strides is the pooled image; other places of it are not."""

import onnx
import pytest
from onnx import numpy_helper

import parity
from parity.reports import Verdict
from tests.rules.models import module, nn


@pytest.fixture(scope="module")
def pooled(tmp_path_factory):
    """A model whose channels are last in memory where they are pooled, and its export with a free batch."""
    import torch

    def forward(self, x):
        x = self.inner(self.stem(x).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return self.head(self.pool(x).flatten(1))

    parts = {"stem": nn().Conv2d(3, 6, 3), "inner": nn().Linear(6, 5), "pool": nn().AdaptiveAvgPool2d(1)}
    model = module({**parts, "head": nn().Linear(5, 2)}, forward)
    path = tmp_path_factory.mktemp("pooled") / "model.onnx"
    batch = torch.export.Dim("batch", min=2, max=64)
    torch.onnx.export(model, (torch.randn(3, 3, 9, 9),), path, dynamic_shapes=({0: batch},), external_data=False)
    return model, path


def test_all_places_in_their_order_are_the_tensor(pooled):
    model, path = pooled
    report = parity.compare(model, path, left_inputs=[(2, 3, 9, 9)])

    assert any(node.op_type in {"Gather", "GatherND"} for node in onnx.load(path).graph.node)
    assert report.verdict is Verdict.EQUIVALENT


@pytest.mark.parametrize("change", ["reversed", "twice"])
def test_other_places_are_another_model(pooled, change, tmp_path):
    model, path = pooled
    proto = onnx.load(path)
    places = next(
        each
        for each in proto.graph.initializer
        if (array := numpy_helper.to_array(each)).size == 5
        and array.dtype.kind == "i"
        and sorted(array.flat) == [*range(5)]
    )
    array = numpy_helper.to_array(places)
    changed = array.ravel()[::-1] if change == "reversed" else array.ravel() // 2
    places.CopyFrom(numpy_helper.from_array(changed.reshape(array.shape).copy(), places.name))
    onnx.save(proto, tmp_path / "changed.onnx")

    report = parity.compare(model, tmp_path / "changed.onnx", left_inputs=[(2, 3, 9, 9)])

    assert report.verdict is not Verdict.EQUIVALENT
