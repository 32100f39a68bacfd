"""Layers that know what each axis means to them: convolutions, poolings, recurrent layers."""

from collections.abc import Mapping
from dataclasses import dataclass

from parity.comparison._traced_pair import Apart, Forms, Operand, Pair, Traced
from parity.graph import Axes as Names
from parity.graph import Layer, Shape
from parity.kinds import RECURRENT, kind
from parity.rearrange import Form

Roles = Mapping[str, int]
"""The place of each axis by what it means."""

KEEP_CHANNELS = {
    *("adaptive_average_pool", "adaptive_max_pool", "average_pool", "lp_pool", "max_pool", "resize"),
    *("global_average_pool", "global_max_pool"),
}
ROWS_FOR_CHANNELS = {"conv", "conv_transpose", *RECURRENT}
"""Kinds whose kernels have a row for each channel, which can be put in any order, as long as there are no groups."""

WORDS = {"N": "samples", "C": "channels", "T": "steps", "D": "depth", "H": "height", "W": "width"}


@dataclass(frozen=True, slots=True)
class _Given:
    """The axes that both layers get, what they mean to them, and which of them they pass on."""

    forms: tuple[Form, Form]
    roles: tuple[Roles, Roles]
    kept: set[str]


def roles(layer: Layer, form: Form) -> Roles | None:
    """The place of each axis by what it means; None for a kind that does not know it of every axis."""
    claims, _ = _named(layer)
    named = claims[0] if claims else None
    return _places(named) if named is not None and len(named) == len(form) else None


def by_role(pair: Pair, first: Operand, named: tuple[Roles, Roles]) -> Traced:
    """Compare the axes by what they mean to the layers; what comes out has its own."""
    apart = _apart(pair, first, named)
    made = _named(pair.left)[1], _named(pair.right)[1]
    given = _Given((first[0], first[1]), named, _kept(pair.left) if apart is None else set())
    places = range(pair.outputs)
    return Traced(tuple(_output(pair, at, given, (_at(made[0], at), _at(made[1], at))) for at in places), apart)


def _named(layer: Layer) -> tuple[tuple[Names | None, ...], tuple[Names | None, ...]]:
    return kind(layer.kind).axes(layer.attributes, (None,) * len(layer.inputs))


def _at(names: tuple[Names | None, ...], at: int) -> Names | None:
    return names[at] if at < len(names) else None


def _places(names: Names) -> Roles | None:
    """The place of each name; None where one is missing, or two are the same."""
    found = {name: at for at, name in enumerate(names) if name is not None}
    return found if len(found) == len(names) else None


def _apart(pair: Pair, first: Operand, named: tuple[Roles, Roles]) -> Apart | None:
    """The first axis that does not mean the same on both sides."""
    left, right, relation = first
    for role, at in named[0].items():
        other = named[1].get(role)
        if other is None:
            return pair.said([left[at]], [])
        fits = pair.axes.alike(pair.axes.bare(left[at]), pair.axes.bare(right[other]))
        if not fits and not (relation.rows.get(at) == other and _takes_any_order(pair.left, role)):
            return pair.said([left[at]], [right[other]])
    return None


def _takes_any_order(layer: Layer, role: str) -> bool:
    """Whether the elements along an axis may come in any order, or weights are put in the same one."""
    rows = layer.kind in ROWS_FOR_CHANNELS and layer.attributes.get("groups", 1) == 1
    return role == "N" or (role == "C" and (rows or layer.kind in KEEP_CHANNELS))


def _output(pair: Pair, at: int, given: _Given, made: tuple[Names | None, Names | None]) -> Forms:
    """The axes of an output: those that the layer passes on, and its own."""
    shapes = pair.shapes(at)
    places = [_places(each) if each is not None else None for each in made]
    if places[0] is None or places[1] is None or shapes[0] is None or shapes[1] is None or {*places[0]} != {*places[1]}:
        return None, None
    if (len(places[0]), len(places[1])) != (len(shapes[0]), len(shapes[1])):
        return None, None
    new = {
        name: pair.new(WORDS.get(name, name), shapes[0][place], shapes[1][places[1][name]])
        for name, place in places[0].items()
        if name not in given.kept
    }

    def form(side: int, names: Roles, shape: Shape) -> Form:
        return tuple(
            pair.axes.place(new[name], size) if name in new else given.forms[side][given.roles[side][name]]
            for name, size in zip(names, shape, strict=True)
        )

    return form(0, places[0], shapes[0]), form(1, places[1], shapes[1])


def _kept(layer: Layer) -> set[str]:
    """The axes that a layer passes on."""
    steps = {"T"} if layer.kind in RECURRENT else set()
    return {"N"} | steps | ({"C"} if layer.kind in KEEP_CHANNELS else set())
