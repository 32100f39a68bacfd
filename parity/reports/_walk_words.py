"""Words for what a walk through a layer has looked at, for every report that tells of it."""

from collections.abc import Mapping
from typing import Any

from parity.graph import Framework, Unknown, Weight
from parity.reports import _wording as words
from parity.reports._contract import Tensor
from parity.reports._explanation import Carried, Half, Setting
from parity.reports._weights import row
from parity.rules import plain, shape


def by_what(silent: Mapping[str, tuple[str, ...]]) -> dict[tuple[str, ...], list[str]]:
    """Rules by what they have looked at."""
    found: dict[tuple[str, ...], list[str]] = {}
    for rule, names in silent.items():
        found.setdefault(names, []).append(rule)
    return found


def flow(half: Half) -> str:
    """The shapes of what goes in and of what comes out."""
    given, made = (", ".join(shape(each) if each is not None else "?" for each in ends) for ends in _known(half))
    return f"{given} -> {made}" if given and made else given or made


def _known(half: Half) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The shapes of both ends, none where none is known."""
    given, made = (ends if any(each is not None for each in ends) else () for ends in (half.given, half.made))
    return given, made


def formula(half: Half, framework: Framework) -> str:
    """The count of a layer, with the arithmetic behind it."""
    arithmetic = f"{half.formula} = " if half.formula and not half.formula.isdigit() else ""
    return f"{arithmetic}{half.params:,} {words.COUNTERS[framework]}"


def values(setting: Setting) -> tuple[str, str]:
    """A setting on both sides, where a difference counts with whether it is the framework's own value."""
    told = setting.compared
    return _value(setting.left, told and setting.default_left), _value(setting.right, told and setting.default_right)


def _value(found: Any, by_default: bool) -> str:  # noqa: FBT001  as the field of a setting
    if isinstance(found, Unknown):
        return f"not known: {found.reason}"
    return f"{plain(found) if found is not None else 'none'}{' (default)' if by_default else ''}"


def weight(found: Weight) -> str:
    """A weight of one side: name, shape, meaning of the axes, type and class."""
    axes = f" {found.axes}" if found.axes else ""
    presumed = " (presumed)" if found.presumed else ""
    return f"{found.name}   {found.shape}{axes}   {found.dtype}, {found.census.value}{presumed}"


def carried(found: Carried) -> list[str]:
    """How a weight is carried over, in words and as code, and whether its values are so."""
    said = [f"carried over: {found.how}"] if found.how else []
    if found.how not in {"", "as it is"}:
        said += [f"in numpy: {found.code['numpy']}"] if found.code else []
        said += [f"back: {found.back['numpy']}"] if found.back else []
    return [*said, *_numbers(found.numbers)]


def _numbers(found: Tensor | None) -> list[str]:
    if found is None:
        return []
    state, _, _, most, _, why = row(found)
    far = [f"largest difference {most}"] if most and most != "0" else []
    return [f"values: {'; '.join((state, *far, *filter(None, [why])))}"]
