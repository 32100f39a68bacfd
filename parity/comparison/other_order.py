"""Differences that say no more than in which order each side has the axes of its values.

Where every axis is followed through both graphs, a permutation that one side alone has, an axis of one element at
another place, and numbers that lie along the same axes in another order are how a side lays a value out, if all that
takes the value does along each axis what its counterpart does along the same one, until both have their axes in one
order again. Heads come before places or after them while they are normalised; images have their channels first or last.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from parity.comparison._contract import Difference, Facet, Key, Topic, View
from parity.comparison._laid_numbers import lie_alike
from parity.comparison._traced_pair import Operand
from parity.comparison.tracing import Trace, is_of_axis
from parity.graph import Layer, Undone
from parity.rearrange import rearranges

ALONG_AXES = {
    *("activation", "cast", "concat", "dropout", "elementwise", "gaussian_noise", "gradient_stop", "identity"),
    *("layer_norm", "region", "rms_norm", "slice", "unit_norm"),
}
"""Kinds whose every axis is followed by its name: what they do along it does not depend on its place."""

NUMBERED = {"concat", "reduce", "slice"}
"""Kinds that number axes, which are compared as they are followed."""

Pair = tuple[Layer, Layer]


def without_orders(trace: Trace, found: Iterable[Difference]) -> list[Difference]:
    """The differences without those of an order of axes, and without what follows from these alone.

    Args:
        trace: the axes of all values, followed through both graphs.
        found: the differences that are known, those of axes among them.
    """
    found = list(found)
    if any(each.topic is Topic.INPUT_SHAPE and each.unknown is not None for each in found):
        return found  # where axes begin is open
    settling = _Settling(trace, {each.key[1:3] for each in found if each.topic is Topic.AXES})
    ends = {each.key: end for each in found if (end := settling.end(each)) is not None}
    settled = _without_more(found, ends)
    told = [each for each in found if each.key not in settled and each.cause not in settled]
    return told + [_told(each, ends[each.key]) for each in found if each.key in settled and each.topic is Topic.LAYER]


def _without_more(found: Sequence[Difference], ends: Iterable[Key]) -> set[Key]:
    """Those from which nothing follows but shapes, which have their axes in the other order as well."""
    others = {each.cause for each in found if each.topic is not Topic.SHAPE or each.unknown is not None}
    return {*ends} - others


def _told(difference: Difference, end: Pair) -> Difference:
    """What is told of a permutation that one side alone has."""
    told = (f"{difference.layer.source} only changes the layout",)
    values = (told, None) if difference.left is not None else (None, told)
    return Difference(Topic.WRITTEN, Facet.STRUCTURE, *end, Undone.LAYOUT.value, *values)


@dataclass
class _Settling:
    """What is known of values that have their axes in another order than their counterparts.

    Attributes:
        apart: paths of the pairs of layers that do not work along the same axes.
        good: values of which all users are settled, each with the first pair of them.
    """

    trace: Trace
    apart: set[tuple[str, str]]
    good: dict[tuple[bool, str], Pair] = field(default_factory=dict)

    @property
    def view(self) -> View:
        """Both graphs."""
        return self.trace.view

    def end(self, difference: Difference) -> Pair | None:
        """The layers at which a difference is settled; None where it is none of order, or not settled."""
        left, right = difference.left, difference.right
        if difference.topic is Topic.LAYER and difference.name == "permute" and difference.unknown is None:
            # One sample hides where its axis goes, which the rows of others would show.
            order = difference.layer.attributes.get("order") or (None,)
            return self.behind(difference.layer, of_left=left is not None) if order[0] == 0 else None
        if difference.topic is not Topic.ATTRIBUTE or left is None or right is None or difference.cause is not None:
            return None
        if difference.name == "target" and difference.unknown is None and _adds_units(left, right):
            return (left, right) if self.behind(left, of_left=True) is not None else None
        if difference.name == "operand" and difference.unknown is None and _has_tables(difference):
            return (left, right) if self.follows((left, right)) else None
        if is_of_axis(difference) and difference.unknown is not None and left.kind == right.kind:
            return (left, right) if left.kind in NUMBERED and self.operands((left, right)) else None
        return None

    def behind(self, layer: Layer, *, of_left: bool) -> Pair | None:
        """The first pair that takes what a layer turns; None where not all that does is settled."""
        open_values, seen, first = [*layer.outputs], set(layer.outputs), None
        graph = self.view.left if of_left else self.view.right
        while open_values:
            value = open_values.pop()
            if (known := self.good.get((of_left, value))) is not None:
                first = first or known
                continue
            if value in graph.outputs and not self.is_placed_output(value, of_left=of_left):
                return None
            for user in graph.consumers.get(value, ()):
                after = self.after(user, of_left=of_left)
                if after is None:
                    return None
                first = first or self.pair(user, of_left=of_left)
                open_values += [each for each in after if each not in seen]
                seen.update(after)
        if first is not None:
            self.good.update(dict.fromkeys(((of_left, value) for value in seen), first))
        return first

    def pair(self, layer: Layer, *, of_left: bool) -> Pair | None:
        """A layer and its counterpart, left first."""
        other = self.view.counterpart(layer, of_left=of_left)
        return None if other is None else (layer, other) if of_left else (other, layer)

    def after(self, user: Layer, *, of_left: bool) -> tuple[str, ...] | None:
        """The values of a layer that have their axes in another order still; None where that is not settled."""
        pair, graph = self.pair(user, of_left=of_left), self.view.left if of_left else self.view.right
        if pair is None:
            return user.outputs if rearranges(user) or self.trace.passes(user, graph) else None
        operands = self.operands(pair)
        if operands and all(map(_in_place, operands)):
            return ()
        return tuple(self.turned(pair, of_left=of_left)) if self.follows(pair) else None

    def operands(self, pair: Pair) -> list[Operand]:
        """What both layers take, where they work along the same axes of it; nothing where that is not known."""
        found = [self.trace.operand(*each) for each in self.trace.met(*pair)]
        known = [each for each in found if each is not None and each[2].complete]
        return known if len(known) == len(found) and (pair[0].path, pair[1].path) not in self.apart else []

    def follows(self, pair: Pair) -> bool:
        """Whether what two layers do is told by axes alone: numbers of theirs lie along the same ones."""
        left, right = pair
        operands = self.operands(pair)
        if left.kind != right.kind or not operands:
            return False
        if rearranges(left) and rearranges(right):
            return True
        normalises = left.kind in {"layer_norm", "rms_norm"}
        bare = normalises or left.kind == "region" or not (left.weights or right.weights)
        shapes = self.view.left.shape(left.outputs[0]), self.view.right.shape(right.outputs[0])
        if left.kind not in ALONG_AXES or not bare or shapes[0] is None or shapes[1] is None:
            return False
        return lie_alike(left, right, operands[0], (shapes[0], shapes[1]))

    def turned(self, pair: Pair, *, of_left: bool) -> Iterator[str]:
        """The outputs of a pair, on one side, whose axes are not in the same order, or not known."""
        for mine, theirs in zip(pair[0].outputs, pair[1].outputs, strict=True):
            operand = self.trace.operand(mine, theirs)
            if operand is None or not operand[2].complete or not _in_place(operand):
                yield mine if of_left else theirs

    def is_placed_output(self, value: str, *, of_left: bool) -> bool:
        """Whether an output of one model has its axes where the layouts of both models have them."""
        ends = [each for each in self.view.ends if each[0 if of_left else 1] == value]
        operands = [self.trace.operand(*each) for each in ends]
        return bool(ends) and all(each is not None and self.trace.fits(each[0], each[1]) for each in operands)


def _has_tables(difference: Difference) -> bool:
    """Whether both sides have numbers that lie along axes, and not one for all elements."""
    return isinstance(difference.left_value, tuple) and isinstance(difference.right_value, tuple)


def _adds_units(left: Layer, right: Layer) -> bool:
    """Whether two reshapes add as many axes of one element to the same value, at other places."""
    one, other = (each.attributes.get("kept") for each in (left, right))
    if left.kind != "reshape" or right.kind != "reshape" or one is None or other is None:
        return False
    mine, theirs = ([at for at in each if at is not None] for each in (one, other))
    return mine == theirs == [*range(len(mine))] and len(one) == len(other)


def _in_place(operand: Operand) -> bool:
    """Whether both sides have the same axes at the same places."""
    left, right, relation = operand
    return len(left) == len(right) and all(at == other for at, other in relation.exact.items())
