"""Layers in one piece that only one side has: a block that is gone or replaced is one cause, and the rest follows."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from parity.comparison._contract import Difference, Key, Topic, View
from parity.comparison._holes import Holes
from parity.comparison._pieces import pieces
from parity.graph import LayerGraph
from parity.kinds import kinds


@dataclass(frozen=True)
class Block:
    """Layers that hang together by their wires, none of which the other side has.

    The first layer with weights stands for all: the ``head``. What a file for inference leaves out for a good reason
    (dropout, a normalisation that was folded) stands for nothing else.
    """

    head: Difference
    parts: Sequence[Difference]


def told_once(view: View, sides: Sequence[Holes], found: Sequence[Sequence[Difference]]) -> Iterator[Difference]:
    """The differences of lone layers, with one for each block that follows from nothing.

    What is not certainly missing, or follows from something else, is of no block. A block of the right that stands
    where the left has another one follows from that.

    Args:
        view: both sides.
        sides: the lone layers of the left and of the right.
        found: what is told of those of either side.
    """
    optional = {name for name, each in kinds().items() if each.training_only}
    if view.left.inference_only is not view.right.inference_only:
        optional.add("batch_norm")
    graphs = view.left, view.right
    lefts, rights = (list(_blocks(each, graph, optional)) for each, graph in zip(found, graphs, strict=True))
    replaced = {_place(view, each.head, sides[0]): each.head for each in lefts}
    causes: dict[Key, Key] = {}
    instead: dict[Key, Difference] = {}
    for block in (*lefts, *rights):
        causes |= {each.key: block.head.key for each in block.parts if each is not block.head}
    for block in rights:
        place = _place(view, block.head, sides[1])
        other = replaced.get(place)
        if place is not None and other is not None:
            causes[block.head.key] = other.key
            instead |= {block.head.key: other, other.key: block.head}
    for each in (*found[0], *found[1]):
        twin = instead.get(each.key)
        yield replace(each, cause=causes.get(each.key, each.cause), instead=twin.layer if twin is not None else None)


def _place(view: View, head: Difference, side: Holes) -> tuple[str, str] | None:
    """Between which aligned layers a block stands, as paths of the left, "" at the model's ends; None without any."""
    ends = side.places.get(head.layer.path), side.after.get(head.layer.path)
    paths = (each.path if each is not None else "" for each in ends)
    before, after = (view.alignment.to_left.get(path, "") if side.of_left else path for path in paths)
    return (before, after) if before or after else None


def _blocks(found: Sequence[Difference], graph: LayerGraph, optional: Collection[str]) -> Iterator[Block]:
    certain = {
        each.layer.path: each for each in found if each.topic is Topic.LAYER and not (each.unknown or each.cause)
    }
    for piece in pieces(graph, {path: each.layer for path, each in certain.items()}):
        heads = [layer for layer in piece if layer.kind not in optional]
        if heads:
            head = next((layer for layer in heads if layer.weights), heads[0])
            yield Block(certain[head.path], [certain[layer.path] for layer in piece])
