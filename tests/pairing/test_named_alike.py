"""A file without wiring has its matrices as the model has those of the same names: packed, and the same way round."""

import pytest

import parity
from parity.reports import Verdict
from parity.transfer import State

pytestmark = pytest.mark.filterwarnings("ignore")

SHAPES = [(1, 5, 16)]


def net(*, turned):
    """Two attentions whose queries, keys and values are one matrix, stored as ``Linear`` has it or as GPT-2 does."""
    import torch
    from torch import nn

    class Turned(nn.Module):
        def __init__(self, inner, outer):
            super().__init__()
            self.weight, self.bias = nn.Parameter(torch.randn(inner, outer)), nn.Parameter(torch.randn(outer))

        def forward(self, x):
            return torch.addmm(self.bias, x.view(-1, x.shape[-1]), self.weight).view(*x.shape[:-1], -1)

    dense = Turned if turned else nn.Linear

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.qkv, self.proj, self.norm = dense(16, 48), dense(16, 16), nn.LayerNorm(16)

        def forward(self, x):
            parts = (each.reshape(1, 5, 4, 4).transpose(1, 2) for each in self.qkv(self.norm(x)).split(16, dim=2))
            mixed = nn.functional.scaled_dot_product_attention(*parts).transpose(1, 2).reshape(1, 5, 16)
            return x + self.proj(mixed)

    torch.manual_seed(0)
    return nn.Sequential(Attention(), Attention()).eval()


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("kind", ["state", "safetensors"])
def test_a_model_and_its_tensors_are_the_same(turned, kind, tmp_path):
    import torch
    from safetensors.torch import save_model

    model, path = net(turned=turned), tmp_path / f"net.{kind}"
    torch.save(model.state_dict(), path) if kind == "state" else save_model(model, str(path))

    for pair, inputs in (((model, path), {"left_inputs": SHAPES}), ((path, model), {"right_inputs": SHAPES})):
        report = parity.compare(*pair, weights=True, **inputs)
        assert {each.state for each in report.weights} == {State.SAME}
        assert report.ledger.left_total == report.ledger.right_total
        assert report.verdict is Verdict.INCONCLUSIVE, "a file of tensors does not tell what is between them"

    with torch.no_grad():
        model[1].qkv.weight[0, 0] += 1
    assert parity.compare(model, path, weights=True, left_inputs=SHAPES).verdict is Verdict.DIFFERENT


def test_weights_are_carried_over_into_a_file_of_tensors(tmp_path):
    import torch

    source, target = net(turned=True), net(turned=True)
    with torch.no_grad():
        for each in source.parameters():
            each.add_(0.5)
    torch.save(target.state_dict(), tmp_path / "target.pth")

    parity.port(source, tmp_path / "target.pth", tmp_path / "out.pth", source_inputs=SHAPES)

    target.load_state_dict(torch.load(tmp_path / "out.pth"))
    given = torch.randn(*SHAPES[0])
    with torch.no_grad():
        assert torch.allclose(source(given), target(given), atol=1e-5)


def test_tensors_that_save_model_left_out_are_those_that_it_names(tmp_path):
    import torch
    from safetensors.torch import save_model

    head = torch.nn.Linear(8, 5)
    model = torch.nn.ModuleDict({"embed": torch.nn.Embedding(5, 8), "head": head})
    head.weight = model["embed"].weight
    save_model(model, str(tmp_path / "net.safetensors"))
    torch.save(model.state_dict(), tmp_path / "net.pth")

    report = parity.compare(tmp_path / "net.pth", tmp_path / "net.safetensors", weights=True)

    assert {each.state for each in report.weights} == {State.SAME}
    assert report.ledger.left_total == report.ledger.right_total == 45
    assert not report.left_only
