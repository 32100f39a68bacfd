"""What PyTorch's exporter makes of transformers has a spelling, operator by operator."""

import warnings

import pytest

from parity.adapters import read
from tests.adapters.torch_zoo import build, examples
from tests.kinds.translated import checked, kinds_of


@pytest.mark.parametrize("name", ["bert", "llama", "vit"])
def test_what_the_exporter_writes_is_said_in_kinds(name, tmp_path):
    import torch

    model, inputs = build(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kwargs = examples(inputs)
        torch.onnx.export(model, (), tmp_path / "model.onnx", kwargs=kwargs, dynamo=True, verbose=False)

    graph = checked(read(tmp_path / "model.onnx"))

    assert "opaque" not in kinds_of(graph)
