"""What could not be read, wiring, the number of inputs and outputs, and layers on one side only."""

from collections.abc import Iterator, Mapping
from typing import Any

from parity.comparison import _same_operators, _unread
from parity.comparison._contract import Difference, Facet, Topic, View
from parity.comparison._input_order import differences as input_order
from parity.comparison._one_sided import one_sided
from parity.comparison._output_order import differences as output_order
from parity.comparison._swapped import Fed, folded
from parity.graph import Evidence, Layer, Unknown
from parity.kinds import COMMUTATIVE, RECURRENT, why_opaque

STRUCTURE = Facet.STRUCTURE
Source = tuple[str, int]


OUTPUTS_OF = dict.fromkeys(RECURRENT, ("whole sequence", "last state", "cell state"))
"""What a person calls the outputs of a kind that has several."""
CUSTOM = {"lambda", "__module__"}
"""Attributes that betray code of the user's own, which is never run or compared."""


def differences(view: View) -> Iterator[Difference]:
    """Everything about the structure."""
    yield from _unread.differences(view)
    yield from one_sided(view)
    yield from _opaque(view)
    if view.left.evidence is Evidence.GRAPH is view.right.evidence:
        yield from _same_operators.differences(view)
        yield from _interface(view)
        yield from input_order(view)
        yield from output_order(view)
        yield from _wiring(view)


def _opaque(view: View) -> Iterator[Difference]:
    unread = _unread.keys(view)
    for left, right in view.pairs:
        if left.kind != "opaque":
            continue
        same = left.attributes == right.attributes and _same_numbers(left, right)
        if same and _is_told(left.attributes) and not CUSTOM.intersection(left.attributes["settings"]):
            continue
        if (found := _same_operators.one_setting(view, left, right)) is not None:
            yield found
            continue
        reason = f"{_why(left, right)}, so only its position and tensors were compared"
        cause = unread.get(("left", left.source)) or unread.get(("right", right.source))
        yield Difference(
            Topic.OPAQUE, STRUCTURE, left, right, "operator", left.op, right.op, unknown=Unknown(reason), cause=cause
        )


def _why(left: Layer, right: Layer) -> str:
    """Why an operator is not understood: none is known by that name, or it has settings that are not."""
    names = dict.fromkeys(name for layer in (left, right) for name in layer.attributes.get("unread", ()))
    if names:
        return f"what {', '.join(names)} means for this operator is not known"
    why = why_opaque(left.attributes["operator"])
    return "this operator is not supported" + (f", which {why}" if why else "")


def _same_numbers(left: Layer, right: Layer) -> bool:
    """Whether no stored tensors of one role, whose elements are known, hold others: two masks."""
    numbers = {each.role: each.numbers for each in right.weights if each.numbers is not None}
    pairs = ((each.numbers, numbers[each.role]) for each in left.weights if each.role in numbers)
    return all(mine is None or mine == theirs for mine, theirs in pairs)


def _is_told(value: Any) -> bool:
    """Whether nothing in it is unknown."""
    if isinstance(value, Mapping):
        return all(map(_is_told, value.values()))
    return all(map(_is_told, value)) if isinstance(value, tuple | list) else not isinstance(value, Unknown)


def _interface(view: View) -> Iterator[Difference]:
    left, right = view.left, view.right
    if len(left.inputs) != len(right.inputs):
        yield Difference(Topic.INPUTS, STRUCTURE, left_value=len(left.inputs), right_value=len(right.inputs))
    if any(view.lone_outputs):
        yield Difference(Topic.OUTPUTS, STRUCTURE, left_value=len(left.outputs), right_value=len(right.outputs))


def _wiring(view: View) -> Iterator[Difference]:
    yield from folded([*_fed(view), *_ends(view)])


def _fed(view: View) -> Iterator[Fed]:
    """Layers that are not fed by each other's counterparts."""
    for left, right in view.pairs:
        mine = [_origin(view, value, of_left=True) for value in left.inputs]
        theirs = [_origin(view, value, of_left=False) for value in right.inputs]
        if None in mine or None in theirs:
            continue  # fed by a layer that only one side has, which is told by itself
        translated = [_translate(view, source) for source in mine if source is not None]
        found = [source for source in theirs if source is not None]
        if left.attributes.get("function") in COMMUTATIVE:
            translated, found = sorted(translated), sorted(found)
        if translated != found and not _of_unknown(view, translated, found):
            names = [tuple(_name(view.left_layers, each) for each in mine)]
            names += [tuple(_name(view.right_layers, each) for each in theirs)]
            told = Difference(Topic.WIRING, STRUCTURE, left, right, left_value=names[0], right_value=names[1])
            yield Fed(told, left, right, tuple(translated), tuple(found))


def _of_unknown(view: View, mine: list[Source], theirs: list[Source]) -> bool:
    """Whether sources differ only in which output they are of two unlike operators that are not supported."""
    if [path for path, _ in mine] != [path for path, _ in theirs]:
        return False
    apart = [path for (path, at), (_, other) in zip(mine, theirs, strict=True) if at != other]
    pairs = [(view.left_layers[view.alignment.to_left[path]], view.right_layers[path]) for path in apart]
    return all("opaque" in {a.kind, b.kind} and (a.kind, a.op) != (b.kind, b.op) for a, b in pairs)


def _ends(view: View) -> Iterator[Fed]:
    """Outputs that come from layers which are not each other's counterpart."""
    for end, (a, b) in zip(view.alignment.outputs, view.ends, strict=True):
        mine, theirs = _origin(view, a, of_left=True), _origin(view, b, of_left=False)
        if mine is None or theirs is None or _of_unknown(view, [_translate(view, mine)], [theirs]):
            continue
        if (translated := _translate(view, mine)) != theirs:
            left, right = view.left_layers[mine[0]], view.right_layers[theirs[0]]
            names = _name(view.left_layers, mine), _name(view.right_layers, theirs)
            told = Difference(Topic.WIRING, STRUCTURE, left, right, f"output {end.left}", *names)
            yield Fed(told, left, right, (translated,), (theirs,))


def _origin(view: View, value: str, *, of_left: bool) -> Source | None:
    """The aligned layer and output that a value comes from, through layers that only this side has."""
    graph = view.left if of_left else view.right
    while True:
        layer = graph.producers.get(value)
        if layer is None:
            return None
        if view.counterpart(layer, of_left=of_left) is not None:
            return layer.path, layer.outputs.index(value)
        if len(layer.inputs) != 1 or layer.kind == "opaque":
            return None
        value = layer.inputs[0]


def _translate(view: View, source: Source) -> Source:
    return view.alignment.to_right[source[0]], source[1]


def _name(layers: dict[str, Layer], source: Source | None) -> str:
    if source is None:
        return ""
    layer, at = layers[source[0]], source[1]
    if len(layer.outputs) == 1:
        return layer.source
    names = OUTPUTS_OF.get(layer.kind, ())
    return f"{layer.source} ({names[at] if at < len(names) else f'output {at}'})"
