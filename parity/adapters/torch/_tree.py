"""A tree of modules without wiring -> SourceGraph."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from parity.adapters.torch._ownership import ROOT_TYPES, census, tensor_store
from parity.adapters.torch._program import Stored
from parity.graph import Container, Evidence, Framework, Gap, SourceGraph, SourceLayer, SourceNode
from parity.kinds import declared

ATTENTION = "torch.nn.modules.activation.MultiheadAttention"
"""The one layer of ``torch.nn`` that has a child, which it does not call but takes the weights of."""

CONTAINERS = frozenset({"Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"})
LARGEST = 20
"""Items of a sequence that count as a hyperparameter."""

DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Module:
    """One module at one path.

    Attributes:
        attributes: all attributes, or at least all that are no tensors or modules.
        complete: they hold every setting of the module.
    """

    path: str
    type: str
    attributes: Mapping[str, Any]
    tensors: tuple[Stored, ...]
    children: bool
    complete: bool = True

    @property
    def class_name(self) -> str:
        """The class without its module."""
        return self.type.rpartition(".")[2]


def source_tree(modules: list[Module], form: str, source: str, producer: str, reason: str) -> SourceGraph:
    """Build the graph of a tree.

    Args:
        modules: parents first, in the order of registration.
        form: the name of the format.
        source: how the user named the model.
        producer: what wrote it.
        reason: why no row has outputs.
    """
    merged = _with_parts(modules)
    rows, nodes, containers = [], [], []
    for each in merged:
        if not each.path and each.children:
            # The model's own tensors are rows of their own, as in an exported program.
            rows += [SourceLayer(held.name, ROOT_TYPES[held.role], (held.name,), (), reason) for held in each.tensors]
        elif each.tensors or not each.children:
            path = each.path or each.class_name
            rows.append(SourceLayer(path, each.class_name, tuple(held.name for held in each.tensors), (), reason))
            if not each.children and each.class_name not in CONTAINERS:
                nodes.append(_node(each, path))
        else:
            containers.append(Container(each.path, each.class_name))
    return SourceGraph(
        framework=Framework.TORCH,
        format=form,
        source=source,
        producer=producer,
        evidence=Evidence.TREE,
        layers=tuple(rows),
        nodes=tuple(nodes),
        values={},
        weights={held.name: census(held) for each in merged for held in each.tensors},
        containers=tuple(containers),
        gaps=(),
        store=tensor_store(source, (held for each in merged for held in each.tensors)),
    )


def with_gaps(graph: SourceGraph, gaps: list[Gap]) -> SourceGraph:
    """The graph with more gaps."""
    return replace(graph, gaps=(*graph.gaps, *gaps))


def _with_parts(modules: list[Module]) -> list[Module]:
    """The modules, an attention and what is declared to be a layer with the tensors of all that is inside."""
    found: list[Module] = []
    for each in modules:
        last = found[-1] if found else None
        if last is not None and _is_whole(last) and each.path.startswith(f"{last.path}." if last.path else ""):
            found[-1] = replace(last, tensors=(*last.tensors, *each.tensors))
        else:
            found.append(replace(each, children=False) if _is_whole(each) else each)
    return found


def _is_whole(module: Module) -> bool:
    return module.type == ATTENTION or declared(module.type) is not None


def _node(module: Module, path: str) -> SourceNode:
    own = len(module.path) + 1 if module.path else 0
    return SourceNode(
        path=path,
        layer=path,
        dialect="torch.nn" if module.complete and is_plain(module.type, module.attributes) else "torch.custom",
        op=module.class_name,
        weights={held.name[own:]: held.name for held in module.tensors},
        attributes={"__class__": module.type, **settings(module.attributes)},
    )


def is_plain(kind: str, attributes: Mapping[Any, Any]) -> bool:
    """Whether a module of PyTorch's own computes what its class does: an object may have a ``forward`` of its own."""
    return kind.startswith("torch.nn.") and "forward" not in attributes


def settings(attributes: Mapping[Any, Any]) -> dict[str, Any]:
    """The hyperparameters among a module's attributes."""
    return {
        name: _plain(value)
        for name, value in attributes.items()
        if isinstance(name, str) and not name.startswith("_") and name != "training" and _is_plain(value)
    }


def _is_plain(value: Any, depth: int = 0) -> bool:
    if isinstance(value, tuple | list):
        return depth < DEEPEST and len(value) <= LARGEST and all(_is_plain(each, depth + 1) for each in value)
    return value is None or isinstance(value, bool | int | float | str)


def _plain(value: Any) -> Any:
    return tuple(_plain(each) for each in value) if isinstance(value, tuple | list) else value
