"""Real architectures: the same numbers as PyTorch's own, from the live model and from every file of it."""

import pytest
import torch  # noqa: TID253  only tests of PyTorch import this

from parity.adapters import read
from parity.census import headline
from parity.check import check
from parity.graph import Census, Evidence, Framework
from parity.kinds import spelling
from parity.reports import Verdict
from tests.adapters.torch_checks import check_contract, check_weights, shapes_of_calls
from tests.balance import remainders
from tests.kinds.translated import checked

pytest.importorskip("transformers")

from tests.adapters.torch_zoo import ZOO, build, examples

pytestmark = [
    pytest.mark.filterwarnings(f"ignore::{each}") for each in ("UserWarning", "FutureWarning", "DeprecationWarning")
]


PARAMETRIZED = {"wav2vec2"}
"""Those that PyTorch refuses to pickle."""


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


def check_kinds(graph):
    """Every operator that occurs has a spelling, and the layers' shapes and weights are the framework's."""
    met = {node.op if node.op.endswith("__") else node.op.removesuffix("_") for node in graph.nodes}
    assert met
    assert all(spelling("aten", operator) for operator in met)
    layers = checked(graph)
    opaque = {layer.attributes["operator"].removeprefix("aten.") for layer in layers.layers if layer.kind == "opaque"}
    assert opaque == set()
    assert all(layers.shape(value) is not None for layer in layers.layers for value in layer.outputs)


def check_split(graph, model):
    """Totals by class are torch's own, as far as a file of tensors can tell: what is frozen it cannot."""
    saved = {*model.state_dict()}
    buffers = {id(each): (name, each) for name, each in model.named_buffers() if name in saved}
    # DETR's frozen norms keep buffers under the names of parameters.
    like_parameters = [each for name, each in buffers.values() if name.rpartition(".")[2] in {"weight", "bias"}]
    found = headline(Framework.TORCH, graph.weights.values())
    assert found.total == sum(each.numel() for each in (*model.parameters(), *like_parameters))
    state = {each.storage: each.numel for each in graph.weights.values() if each.census is Census.STATE}
    assert sum(state.values()) + sum(each.numel() for each in like_parameters) == sum(
        each.numel() for _, each in buffers.values()
    )


APART = {
    *(("mamba", "module.pt"), ("mamba", "folder"), ("swin_v2", "module.pt"), ("swin_v2", "folder")),
    *(("xlnet", "module.pt"), ("deberta", "module.pt"), ("beit", "folder"), ("videomae", "folder")),
}
"""Files of one model that are said to be different, since functions take tensors apart or names are another's."""


DROPPING_PATHS = {"beit", "swin", "segformer", "swin_v2"}
"""Models whose own code drops paths in training."""


@pytest.mark.parametrize("name", ZOO)
def test_numbers_are_those_of_torch_from_every_source(name, tmp_path):
    model, inputs = build(name)
    if name not in PARAMETRIZED:
        torch.save(model, tmp_path / "module.pt")  # before its first forward, which leaves hooks
    live = read(model, inputs)
    program = torch.export.export(model, (), examples(inputs), strict=False)
    torch.export.save(program, tmp_path / "model.pt2")
    torch.save(model.state_dict(), tmp_path / "state.pt")
    model.save_pretrained(tmp_path / "folder")

    archive = read(tmp_path / "model.pt2")
    pickled = () if name in PARAMETRIZED else (read(tmp_path / "module.pt"),)
    for graph in (live, archive, *pickled):
        check_contract(graph)
        check_weights(graph, model)
    for graph in (read(tmp_path / "state.pt"), read(tmp_path / "folder")):
        check_contract(graph)
        check_split(graph, model)
    assert live.evidence is Evidence.GRAPH
    assert [each.where for each in live.gaps] == (["training"] if name in DROPPING_PATHS else [])
    check_shapes(live, model, inputs)
    assert archive.layers == live.layers
    called = live.containers[: len(archive.containers)]
    assert archive.containers == called
    assert {each.path for each in live.containers[len(called) :]} <= dict(model.named_modules()).keys()  # never called
    assert archive.values == live.values
    check_kinds(live)
    for other in ("folder", *(() if name in PARAMETRIZED else ("module.pt",))):
        report = check(tmp_path / "model.pt2", tmp_path / other)
        assert remainders(report) == {}, other
        if (name, other) not in APART:
            said = [each for each, severity in report.findings if severity == "error"]
            assert report.verdict is Verdict.INCONCLUSIVE, (other, said)
