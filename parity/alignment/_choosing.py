"""Which outputs are asked about: some may be matched by hand, and others be left out with all that only serves them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from parity.alignment._interfaces import matched_outputs
from parity.errors import UsageError
from parity.graph import LayerGraph, SourceGraph, SourceNode

Sources = tuple[SourceGraph, SourceGraph]


@dataclass(frozen=True)
class OutputChoice:
    """What a person says of outputs.

    Attributes:
        matched: those of the left, by name, with those of the right that they are.
        only: the names, on either side, of those that are compared; none for all.
    """

    matched: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()


ALL_OUTPUTS = OutputChoice()


def kept_places(graphs: tuple[LayerGraph, LayerGraph], choice: OutputChoice) -> tuple[list[int], list[int]]:
    """The places of the outputs that are asked about: those with the names, and their counterparts.

    Raises:
        UsageError: no output has a name, or none of the other side can be the counterpart of what is asked about.
    """
    matching = matched_outputs(*graphs, choice.matched)
    names = [graph.names_of_outputs for graph in graphs]
    for name in choice.only:
        if not any(name in each for each in names):
            left, right = (", ".join(each) or "none" for each in names)
            cause = f"no model has it, only {left} on the left and {right} on the right"
            near = get_close_matches(name, [*names[0], *names[1]], n=1)
            remedy = f"did you mean {near[0]}?" if near else ""
            raise UsageError(f"cannot compare only the output {name!r}", cause, remedy=remedy)
    kept = [{at for at, name in enumerate(each) if name in choice.only} for each in names]
    for end in matching.ends:
        if end.left in kept[0] or end.right in kept[1]:
            kept[0].add(end.left)
            kept[1].add(end.right)
    unclear = any(not kept[at].isdisjoint(matching.open[at]) for at in (0, 1))
    for at, graph in enumerate(graphs):
        named = any(name in choice.only for name in (names[at][place] for place in matching.open[at]))
        kept[at].update(matching.open[at] if unclear and not named else ())
        if graph.outputs and not kept[at]:
            asked = " and ".join(map(repr, choice.only))
            cause = f"no output of the {SIDES[at]} model is its counterpart"
            remedy = f"name it with --match-outputs LEFT=RIGHT: {', '.join(names[at])}"
            raise UsageError(f"cannot compare only the output {asked}", cause, remedy=remedy)
    return sorted(kept[0]), sorted(kept[1])


SIDES = ("left", "right")


def with_outputs(source: SourceGraph, places: Sequence[int]) -> SourceGraph:
    """A model with some of its outputs only, without the calls and inputs that serve none of these.

    What it stores is still its own; the tensors that serve left-out outputs alone are named.
    """
    if len(places) == len(source.outputs):
        return source
    names = source.names_of_outputs
    lone = [at for at in range(len(source.outputs)) if at not in places]
    outputs = tuple(source.outputs[at] for at in places)
    needed = _before(source.nodes, outputs)
    gone = _before(source.nodes, [source.outputs[at] for at in lone]) - needed
    nodes = tuple(_without(source.nodes, gone))
    consumed = {value for node in source.nodes for value in node.inputs.values()}
    kept = {*outputs, *(value for node in nodes for value in node.inputs.values())}
    inputs = [at for at, value in enumerate(source.inputs) if value in kept or value not in consumed]
    input_names = source.input_names or source.inputs
    return replace(
        source,
        nodes=nodes,
        inputs=tuple(source.inputs[at] for at in inputs),
        input_names=tuple(input_names[at] for at in inputs),
        outputs=outputs,
        output_names=tuple(names[at] for at in places),
        outputs_left_out=(*source.outputs_left_out, *(names[at] for at in lone)),
        weights_left_out=frozenset(_served(source, nodes)),
    )


def _before(nodes: Sequence[SourceNode], values: Iterable[str]) -> set[str]:
    """The calls that values are made by, by path."""
    wanted, found = set(values), set[str]()
    for node in reversed(nodes):
        if not wanted.isdisjoint(node.outputs):
            found.add(node.path)
            wanted.update(node.inputs.values())
    return found


def _without(nodes: Iterable[SourceNode], gone: Collection[str]) -> Iterable[SourceNode]:
    """The calls but for some, and for those that use what these make and serve no output at all."""
    lost: set[str] = set()
    for node in nodes:
        if node.path in gone or not lost.isdisjoint(node.inputs.values()):
            lost.update(node.outputs)
        else:
            yield node


def _served(source: SourceGraph, nodes: Sequence[SourceNode]) -> Iterable[str]:
    """The tensors of the rows whose calls are all gone, but for those that others use as well."""
    kept = {node.path for node in nodes}
    rows = {node.layer for node in source.nodes if node.path not in kept} - {node.layer for node in nodes}
    used = {part for node in nodes for name in node.weights.values() for part in _stored(source, name)}
    storages = {source.weights[name].storage for name in used}
    lost = [node for node in source.nodes if node.path not in kept]
    names = {part for node in lost for name in node.weights.values() for part in _stored(source, name)}
    names |= {name for row in source.layers if row.path in rows for name in row.weights}
    return (name for name in names if source.weights[name].storage not in storages)


def _stored(source: SourceGraph, name: str) -> Iterable[str]:
    """The stored tensors that a weight is put together of, or the weight itself."""
    return dict.fromkeys(piece.name for piece in source.weights[name].pieces) or (name,)
