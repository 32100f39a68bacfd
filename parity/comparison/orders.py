"""Where reshapes and permutations put elements, told in the names of the axes where models have theirs in other orders.

A chain of them is one rearrangement of the value it begins with, whose axes bear names. Two chains that write the same
axes in the same places do the same, whatever they are made of.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from parity.comparison._contract import Difference, View
from parity.comparison._rows import absorbed_by_weights, in_other_rows
from parity.comparison.shapes import agree, axis_names
from parity.graph import Dim, Layer, LayerGraph, Value
from parity.rearrange import chain_to, form_of, rearranges
from parity.sizes import fit


class Places(Enum):
    """How two rearrangements compare."""

    SAME = auto()
    ROWS = auto()
    ELSEWHERE = auto()


Part = tuple[str, int | str, Dim]
"""A part of a named axis: its name, the elements from one place of it to the next, its size."""


@dataclass(frozen=True, slots=True)
class Arranged:
    """What a chain makes of the value it begins with.

    Attributes:
        begin: the sizes of the first value's axes by name, in their order, but for the batch.
        axes: for each axis of the result the parts it is made of, outermost first; None where that cannot be told.
        order: the names in the order in which the elements run.
    """

    begin: dict[str, Dim]
    axes: tuple[tuple[Part, ...], ...] | None
    order: tuple[str, ...]


def verdict(view: View, left: Layer, right: Layer) -> Places | None:
    """Compare what two layers and the rearrangements before them do.

    None where the two begin with axes in one order, so that their settings can be compared as they are; where the
    names of the axes are not known, or not the same; and where the shapes differ, which is told as such.
    """
    if not rearranges(left, flat=True) or not rearranges(right, flat=True):
        return None
    mine, theirs = _arranged(view.left, left), _arranged(view.right, right)
    if mine is None or theirs is None or mine.begin.keys() != theirs.begin.keys() or [*mine.begin] == [*theirs.begin]:
        return None
    if any(not fit(size, theirs.begin[name]) for name, size in mine.begin.items()):
        return None
    a, b = view.left.values.get(left.outputs[0]), view.right.values.get(right.outputs[0])
    if a is None or b is None or not agree(a, b):
        return None
    if mine.axes is None or theirs.axes is None:
        return Places.ELSEWHERE if mine.order != theirs.order else None
    return _compared(mine, theirs)


def decided(view: View, left: Layer, right: Layer) -> bool:
    """Whether what two layers do is told by where they, or the chains that they are parts of, put elements."""
    return verdict(view, *_ends(view, left, right)) is not None


def compared_later(view: View, left: Layer, right: Layer) -> bool:
    """Whether two layers are parts of chains that are compared where they end."""
    ends = _ends(view, left, right)
    return ends[0] is not left or ends[1] is not right


def differences(view: View, left: Layer, right: Layer) -> Iterator[Difference]:
    """The order in which two aligned layers, or the chains that they are parts of, leave elements, where it differs."""
    ends = _ends(view, left, right)
    found = verdict(view, *ends)
    if found in {None, Places.SAME} or _is_told_at_another(view, left, ends):
        return
    mine, theirs = _arranged(view.left, ends[0]), _arranged(view.right, ends[1])
    if mine is not None and theirs is not None:
        made_up = found is Places.ROWS and absorbed_by_weights(view.right, ends[1])
        a, b = ("*".join(each.order) for each in (mine, theirs))
        yield in_other_rows(*ends, a, b, made_up=made_up)


def told_elsewhere(view: View, layer: Layer, *, of_left: bool) -> tuple[Layer, Layer] | None:
    """The pair of layers at which a rearrangement that one side alone has is compared, left first.

    Either the chain that it is a part of is compared as a whole, or it brings the axes into the order that the other
    side has them in already.
    """
    own = view.left if of_left else view.right
    if not rearranges(layer, flat=True):
        return None
    end = _end(own, layer)
    for each in chain_to(own, end.outputs[0], flat=True):
        found = _pair(view, each, of_left=of_left)
        if found is not None and _ends(view, *found)[0 if of_left else 1] is end and decided(view, *found):
            return found
    maker = own.producers.get(layer.inputs[0])
    found = _pair(view, maker, of_left=of_left) if maker is not None else None
    return found if found is not None and maker is not None and _turns(view, layer, maker, of_left=of_left) else None


def _pair(view: View, layer: Layer, *, of_left: bool) -> tuple[Layer, Layer] | None:
    other = view.counterpart(layer, of_left=of_left)
    if other is None:
        return None
    return (layer, other) if of_left else (other, layer)


def _turns(view: View, layer: Layer, maker: Layer, *, of_left: bool) -> bool:
    """Whether a permutation leaves the axes as the other side has them, where they were in another order before."""
    own, other = (view.left, view.right) if of_left else (view.right, view.left)
    counterpart, at = view.counterpart(maker, of_left=of_left), maker.outputs.index(layer.inputs[0])
    if layer.kind != "permute" or counterpart is None or at >= len(counterpart.outputs):
        return False
    named = (
        _named(graph.values.get(value))
        for graph, value in ((own, layer.inputs[0]), (own, layer.outputs[0]), (other, counterpart.outputs[at]))
    )
    before, after, theirs = (None if each is None else [*each.items()] for each in named)
    return before is not None and after is not None and before != theirs and after == theirs


def _ends(view: View, left: Layer, right: Layer) -> tuple[Layer, Layer]:
    """The layers where the chains end that two aligned layers are parts of, if these can be compared."""
    if not rearranges(left, flat=True) or not rearranges(right, flat=True):
        return left, right
    mine, theirs = _end(view.left, left), _end(view.right, right)
    of_mine, of_theirs = view.counterpart(mine, of_left=True), view.counterpart(theirs, of_left=False)
    meet = of_mine is None or _end(view.right, of_mine) is theirs
    meet = meet and (of_theirs is None or _end(view.left, of_theirs) is mine)
    return (mine, theirs) if meet and verdict(view, mine, theirs) is not None else (left, right)


def _is_told_at_another(view: View, left: Layer, ends: tuple[Layer, Layer]) -> bool:
    """Whether a layer after this one in its chain is aligned too, so that the end of the chain is told there."""
    while left is not ends[0]:
        (left,) = view.left.consumers[left.outputs[0]]
        if view.counterpart(left, of_left=True) is not None:
            return True
    return False


def _end(graph: LayerGraph, layer: Layer) -> Layer:
    """The last of the rearrangements in a row that follow a layer and nothing else reads."""
    while layer.outputs[0] not in graph.outputs:
        users = graph.consumers.get(layer.outputs[0], ())
        if len(users) != 1 or not rearranges(users[0], flat=True):
            break
        layer = users[0]
    return layer


def _arranged(graph: LayerGraph, layer: Layer) -> Arranged | None:
    chain = chain_to(graph, layer.outputs[0], flat=True)
    first = graph.values.get(chain[0].inputs[0])
    sizes = _named(first)
    names = axis_names(first) if first is not None else None
    if first is None or names is None or sizes is None:
        return None
    form = form_of(graph, chain, first.shape)
    begin = {name: size for name, size in sizes.items() if name != "N"}
    if form is None:
        stored = tuple(name for name, size in begin.items() if size != 1)
        return None if any(each.kind == "permute" for each in chain) else Arranged(begin, None, stored)
    axes = tuple(
        tuple((names[part.axis], part.stride, part.size) for part in axis if part.size != 1 and names[part.axis] != "N")
        for axis in form
    )
    order = dict.fromkeys(name for axis in axes for name, _, _ in axis)
    return Arranged(begin, axes, tuple(order))


def _named(value: Value | None) -> dict[str, Dim] | None:
    """The sizes of a value's axes by name; None where two have the same one, or more than one have none."""
    names = axis_names(value) if value is not None else None
    if value is None or value.shape is None or names is None:
        return None
    named = {name: None if name == "N" else size for name, size in zip(names, value.shape, strict=True)}
    return named if len(named) == len(value.shape) else None


def _compared(mine: Arranged, theirs: Arranged) -> Places:
    left, right = ([axis for axis in each.axes or () if axis] for each in (mine, theirs))
    if len(mine.axes or ()) == len(theirs.axes or ()):
        if _told(left) == _told(right) or _only_channels_apart(mine, left, theirs, right):
            return Places.SAME
        if _told(left[:-1]) == _told(right[:-1]) and sorted(_told(left[-1:])) == sorted(_told(right[-1:])):
            return Places.ROWS  # of the last axis only: weights have no row for each place of another one
    return Places.ELSEWHERE


def _told(axes: Sequence[tuple[Part, ...]]) -> list[tuple[str, int | str]]:
    """Names and strides; sizes that one side leaves free follow from them."""
    return [(name, stride) for axis in axes for name, stride, _ in (*axis, ("", 0, 0))][:-1]


def _only_channels_apart(
    mine: Arranged, left: Sequence[tuple[Part, ...]], theirs: Arranged, right: Sequence[tuple[Part, ...]]
) -> bool:
    """Whether the axes are the same but that channels stay first on one side and last on the other."""
    rests, places = [], []
    for each, axes in ((mine, left), (theirs, right)):
        at = next((at for at, axis in enumerate(axes) if [name for name, _, _ in axis] == ["C"]), None)
        before = [*each.begin]
        if at is None or (before.index("C"), len(before)) not in {(0, len(before)), (len(before) - 1, len(before))}:
            return False
        places.append(at == (0 if before.index("C") == 0 else len(axes) - 1))
        rests.append(_told([*axes[:at], *axes[at + 1 :]]))
    return all(places) and rests[0] == rests[1]
