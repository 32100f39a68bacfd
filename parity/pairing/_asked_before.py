"""Parts that have been computed before: the blocks of a network, of which each is written as the one before it."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from parity.evaluation import Budget
from parity.graph import Value
from parity.pairing._agreement import Part, Parts

Answers = dict[Hashable, bool]
"""Whether parts agree, by what they compute."""


def answered(
    answers: Answers,
    parts: Parts,
    forms: Mapping[str, Sequence[int]],
    ends: Sequence[Sequence[int]],
    compute: Callable[[], bool],
    budget: Budget,
) -> bool:
    """Whether parts agree, as it is known of others that compute the same of what enters them, or as it is computed.

    Parts that hold weights are computed each time: what they hold is not read to ask. What is not computed for want of
    operations is not known.

    Args:
        answers: what is known, to which is added.
        parts: with the same roots.
        forms: for each root the axis of the left value that each axis of the right one is.
        ends: the same for what leaves the parts.
        compute: computes it.
        budget: what that may take.
    """
    asked = _asked(parts, forms, ends)
    if asked in answers:
        return answers[asked]
    found = compute()
    if asked is not None and (found or not budget.is_short):
        answers[asked] = found
    return found


def _asked(parts: Parts, forms: Mapping[str, Sequence[int]], ends: Sequence[Sequence[int]]) -> Hashable | None:
    """What parts compute, whatever their values are called; None where they hold weights."""
    if any(layer.weights for part in parts for layer in part.layers):
        return None
    names = [name for name in _in_order(parts[0]) if name in forms]
    entering = tuple((tuple(forms[name]), *(_root(part, name) for part in parts)) for name in names)
    computed = tuple(_computed(part, names) for part in parts)
    return entering, computed, tuple(map(tuple, ends))


def _in_order(part: Part) -> list[str]:
    """The names of what enters a part, in the order in which its layers use it, and then of what none uses."""
    used = [part.roots[value] for layer in part.layers for value in layer.inputs if value in part.roots]
    return [*dict.fromkeys((*used, *sorted(part.roots.values())))]


def _root(part: Part, name: str) -> Hashable:
    """What numbers are drawn for a value by: its sizes and type; what is not real is drawn as its users tell."""
    root = next(value for value, each in part.roots.items() if each == name)
    value = part.graph.values[root]
    return _told(value), "" if value.dtype is not None and "float" in value.dtype else root


def _computed(part: Part, names: Sequence[str]) -> Hashable:
    """The layers of a part by the numbers of the values that they use, and the numbers of what leaves it."""
    places = {name: at for at, name in enumerate(names)}
    known = {value: places[name] for value, name in part.roots.items()}
    layers = []
    for layer in part.layers:
        used = tuple(known[value] for value in layer.inputs)
        for value in layer.outputs:
            known.setdefault(value, len(known))
        made = tuple(_told(part.graph.values.get(value)) for value in layer.outputs)
        layers.append((layer.kind, _frozen(layer.attributes), used, made))
    return tuple(layers), tuple(known[value] for value in part.values)


def _told(value: Value | None) -> Hashable:
    return None if value is None else (value.shape, value.dtype)


def _frozen(value: Any) -> Hashable:
    """A setting with its types, since a truth value is not the number that it equals."""
    if isinstance(value, Mapping):
        return tuple((name, _frozen(each)) for name, each in sorted(value.items()))
    if isinstance(value, list | tuple):
        return tuple(map(_frozen, value))
    return type(value).__name__, value
