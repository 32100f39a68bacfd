"""Real architectures: the same numbers as PyTorch's own, from the live model and from every file of it."""

import pytest
import torch  # noqa: TID253  only tests of PyTorch import this

from parity.adapters import read
from parity.census import headline
from parity.graph import Census, Evidence, Framework
from tests.adapters.torch_checks import check_contract, check_weights, shapes_of_calls

pytest.importorskip("transformers")

from tests.adapters.torch_zoo import ZOO, build, examples

pytestmark = [
    pytest.mark.filterwarnings(f"ignore::{each}") for each in ("UserWarning", "FutureWarning", "DeprecationWarning")
]


def check_shapes(graph, model, inputs):
    """Every call of every layer and block gives what a forward hook sees."""
    seen = shapes_of_calls(model, **examples(inputs), leaves=False)
    told = {each.path: each.outputs for each in (*graph.containers, *graph.layers) if each.outputs}
    for path in seen.keys() & told.keys():
        assert [graph.values[output].shape for output in told[path]] == seen[path], path
    layers = {path for path in seen if type(model.get_submodule(path)).__module__.startswith("torch.nn.modules.")}
    silent = (torch.nn.Identity, torch.nn.Dropout, torch.nn.ModuleList, torch.nn.Sequential)  # may leave no operator
    assert all(isinstance(model.get_submodule(path), silent) for path in layers - told.keys())
    assert len(seen.keys() & told.keys()) > 0.7 * len(seen)


def check_split(graph, model):
    """Totals by class are torch's own, as far as a file of tensors can tell: what is frozen it cannot."""
    saved = {*model.state_dict()}
    buffers = {id(each): each for name, each in model.named_buffers() if name in saved}
    found = headline(Framework.TORCH, graph.weights.values())
    assert found.total == sum(each.numel() for each in model.parameters())
    state = {each.storage: each.numel for each in graph.weights.values() if each.census is Census.STATE}
    assert sum(state.values()) == sum(each.numel() for each in buffers.values())


@pytest.mark.parametrize("name", ZOO)
def test_numbers_are_those_of_torch_from_every_source(name, tmp_path):
    model, inputs = build(name)
    torch.save(model, tmp_path / "module.pt")  # before its first forward, which leaves hooks
    live = read(model, inputs)
    program = torch.export.export(model, (), examples(inputs), strict=False)
    torch.export.save(program, tmp_path / "model.pt2")
    torch.save(model.state_dict(), tmp_path / "state.pt")
    model.save_pretrained(tmp_path / "folder")

    archive = read(tmp_path / "model.pt2")
    for graph in (live, archive, read(tmp_path / "module.pt")):
        check_contract(graph)
        check_weights(graph, model)
    for graph in (read(tmp_path / "state.pt"), read(tmp_path / "folder")):
        check_contract(graph)
        check_split(graph, model)
    assert live.evidence is Evidence.GRAPH
    assert not live.gaps
    check_shapes(live, model, inputs)
    assert (archive.layers, archive.containers) == (live.layers, live.containers)
    assert archive.values == live.values
