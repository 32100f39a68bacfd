"""Attention whose queries share keys and values in groups has these once for each group, and says how many share them.

So grouped-query attention is meant (Ainslie et al. 2023, https://arxiv.org/abs/2305.13245), and some operators take it.
Others repeat each head of the keys and values for all that share it (``repeat_kv`` of transformers), or lay the queries
of a group along an axis of their own (KerasHub's Gemma).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from parity.graph import Layer, LayerGraph, Note, Shape, Undone, Value
from parity.kinds import reshaped
from parity.passes._rewrite import joined, merge_notes, rewrite
from parity.sizes import multiplied

HEADS = 1
"""The axis that heads are laid along, where attention has four."""

REPEATS = "repeats each head of keys and values for the queries that share it"
APART = "the queries that share keys and values lie along an axis of their own"


def fuse_groups(graph: LayerGraph) -> LayerGraph:
    """Let attention itself say how many queries share keys and values."""
    return _repeated(_merged(graph))


def _attention(graph: LayerGraph) -> Iterator[tuple[Layer, list[Shape]]]:
    """The layers without weights of their own, with the sizes of queries, keys, values and mask."""
    for layer in graph.layers:
        shapes = [shape for value in layer.inputs if (shape := graph.shape(value)) is not None]
        plain = layer.kind == "attention" and not layer.weights and 3 <= len(layer.inputs) <= 4
        if plain and len(shapes) == len(layer.inputs):
            yield layer, shapes


@dataclass(frozen=True)
class _Repeat:
    """What repeats each head, and what turns it then for attention, if anything does."""

    repeat: Layer
    turn: Layer | None

    @property
    def times(self) -> int:
        return int(self.repeat.attributes["repeats"][_heads(self.turn)])

    def is_plain(self, shape: Shape | None) -> bool:
        """Whether each head comes several times in a row, and nothing else is repeated."""
        if self.repeat.kind != "tile" or len(self.repeat.inputs) != 1 or self.repeat.weights:
            return False
        heads, times = _heads(self.turn), self.repeat.attributes["repeats"]
        if shape is None or len(shape) != 4 or len(times) != 4 or type(times[heads]) is not int:
            return False
        alone = all(each == 1 for at, each in enumerate(times) if at != heads)
        return alone and bool(self.repeat.attributes["interleaved"] or shape[heads] == 1)


def _heads(turn: Layer | None) -> int:
    return HEADS if turn is None else int(turn.attributes["order"][HEADS])


def _repeated(graph: LayerGraph) -> LayerGraph:
    """Attention over keys and values of which each head is repeated takes each of them once."""
    before: dict[str, tuple[Layer, ...]] = {}
    replaced: dict[str, Layer] = {}
    values: dict[str, Value] = {}
    for layer, shapes in _attention(graph):
        found = [each for value in layer.inputs[1:3] if (each := _repeat(graph, value)) is not None]
        if len(shapes[0]) != 4 or len(found) < 2 or found[0].times != found[1].times:
            continue
        once = [each.repeat.inputs[0] for each in found]
        for at, each in enumerate(found):
            if each.turn is not None:
                name, shape = f"{layer.path}:{at}-once", graph.shape(once[at]) or ()
                order = each.turn.attributes["order"]
                values[name] = Value(tuple(shape[axis] for axis in order), graph.values[once[at]].dtype)
                turn = replace(each.turn, path=name, inputs=(once[at],), outputs=(name,))
                before[layer.path], once[at] = (*before.get(layer.path, ()), turn), name
        groups = layer.attributes["groups"] * found[0].times
        made = replace(
            layer,
            inputs=(layer.inputs[0], *once, *layer.inputs[3:]),
            attributes={**layer.attributes, "groups": groups},
        )
        for repeat in {each.repeat.path: each.repeat for each in found}.values():
            notes = merge_notes(made, repeat, f"{repeat.source} {REPEATS}")
            made = replace(made, sources=joined(made, repeat), notes=notes)
        replaced[layer.path] = made
    return rewrite(graph, replaced=replaced, before=before, values=values)


def _repeat(graph: LayerGraph, value: str) -> _Repeat | None:
    """What repeats each head of a value and nothing else; None where that is not so."""
    layer = graph.producers.get(value)
    turn = layer if layer is not None and layer.kind == "permute" and layer.inputs else None
    if turn is not None:
        layer = graph.producers.get(turn.inputs[0])
    found = _Repeat(layer, turn) if layer is not None and len(layer.inputs) == 1 else None
    return found if found is not None and found.is_plain(graph.shape(found.repeat.inputs[0])) else None


def _groups_apart(layer: Layer, shapes: Sequence[Shape]) -> int | None:
    """How many queries share keys and values that have one element along a fifth axis, as the mask has along it too."""
    query, *others = shapes
    if any(len(each) != 5 for each in shapes) or layer.attributes["groups"] != 1:
        return None
    heads, groups = query[HEADS : HEADS + 2]
    if not isinstance(heads, int) or not isinstance(groups, int) or groups < 2:
        return None
    shared = all(each[HEADS : HEADS + 2] == (heads, 1) for each in others[:2])
    return groups if shared and all(each[HEADS : HEADS + 2] == (1, 1) for each in others[2:]) else None


def _merged(graph: LayerGraph) -> LayerGraph:
    """Attention over five axes is one over four where two of them are heads."""
    before: dict[str, tuple[Layer, ...]] = {}
    after: dict[str, tuple[Layer, ...]] = {}
    replaced: dict[str, Layer] = {}
    values: dict[str, Value] = {}
    for layer, shapes in _attention(graph):
        groups, result = _groups_apart(layer, shapes), graph.values.get(layer.outputs[0])
        if groups is None or result is None or result.shape is None or len(layer.outputs) > 1:
            continue
        laid = [
            _laid(layer, f"{layer.path}:{at}-heads", value, shape)
            for at, (value, shape) in enumerate(zip(layer.inputs, shapes, strict=True))
        ]
        inner, joint = f"{layer.outputs[0]}:heads", _joined(result.shape)
        told, back = reshaped(joint, result.shape), f"{layer.path}:apart"
        split = Layer(back, "reshape", told, (), (inner,), layer.outputs, layer.sources, layer.op)
        before[layer.path], after[layer.path] = tuple(laid), (split,)
        values |= {
            each.outputs[0]: Value(_joined(shape), graph.values[value].dtype)
            for each, value, shape in zip(laid, layer.inputs, shapes, strict=True)
        }
        values[inner] = replace(result, shape=joint, axes=None)
        replaced[layer.path] = replace(
            layer,
            inputs=tuple(each.outputs[0] for each in laid),
            outputs=(inner,),
            attributes={**layer.attributes, "groups": groups},
            notes=(*layer.notes, Note(Undone.DECOMPOSED, APART)),
        )
    return rewrite(graph, replaced=replaced, before=before, after=after, values=values)


def _joined(shape: Shape) -> Shape:
    return (*shape[:HEADS], multiplied(shape[HEADS : HEADS + 2]), *shape[HEADS + 2 :])


def _laid(layer: Layer, name: str, value: str, shape: Shape) -> Layer:
    attributes = reshaped(shape, _joined(shape))
    return Layer(name, "reshape", attributes, (), (value,), (name,), layer.sources, layer.op)
