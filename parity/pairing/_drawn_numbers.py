"""Numbers drawn at random for the values that enter two parts, the same on both sides."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any
from zlib import crc32

from parity.evaluation import drawn_lengths, fewest_places, is_signed
from parity.graph import LayerGraph, Shape, Value


@dataclass(frozen=True)
class Beyond:
    """Numbers of one sign that are all farther from 0 than a number."""

    number: float


@dataclass(frozen=True)
class Among:
    """Numbers of which one stands in each second place, among normal ones; or in ``most`` of so many and one."""

    numbers: tuple[float, ...]
    most: int = 1


@dataclass(frozen=True)
class Only:
    """One number for all elements of one value, whose name it tells, among normal ones of all others."""

    name: str
    number: float


Alike = float | str | Beyond | Among | Sequence[float]
"""How a value is drawn: normal numbers of a scale or within bounds, near those of a list, or all the one in a tuple."""

Scale = Alike | Only
"""How all values of a draw are drawn."""

WITHIN, POSITIVE, NEGATIVE, WHOLE = "within -1 and 1", "positive", "negative", "whole"

SMALL = frozenset({"int8", "uint8", "int16", "uint16"})
"""What quantised models take."""

BOUNDED: Mapping[str, Callable[[Any], Any]] = {
    WITHIN: lambda numbers: numbers / (1 + abs(numbers)),
    POSITIVE: abs,
    NEGATIVE: lambda numbers: -3 * abs(numbers),
    WHOLE: lambda numbers: (2 * numbers).round(),
}


def _scaled(numbers: Any, scale: float | str | Beyond) -> Any:
    """Normal numbers of a scale, or within bounds."""
    if isinstance(scale, Beyond):
        return scale.number * (1 + abs(numbers))
    return BOUNDED[scale](numbers) if isinstance(scale, str) else numbers * scale


def _drawn_as(graph: LayerGraph, name: str) -> Value:
    """What a value is drawn as: whole numbers that may be places are not negative.

    The small integers of a quantised model stand for real numbers.
    """
    value = graph.values[name]
    if value.dtype in SMALL and any(layer.kind == "quantisation" for layer in graph.layers):
        return replace(value, dtype=None)
    places = value.dtype is not None and value.dtype.startswith("int") and not is_signed(graph, name)
    return replace(value, dtype=f"u{value.dtype}") if places else value


def numbers_for(ends: Sequence[tuple[LayerGraph, str]], shape: Shape, name: str, draw: int, scale: Scale) -> Any:
    """Numbers of a value, the same on both sides: small whole ones and truth values for those types.

    They are normal ones of a scale; for a list of numbers those and their negatives and what is close to them; for one
    in a tuple all are that one. Masks of padding are drawn as lengths.

    Args:
        ends: the value in the graphs that have it, of which the first tells its type.
        shape: of the numbers, as far as it tells them.
        name: tells what is drawn from that of other values.
        draw: its number.
        scale: how it is made.
    """
    import numpy as np

    if isinstance(scale, Only):
        scale = (scale.number,) if scale.name == name else 1.0
    generator = np.random.default_rng([crc32(name.encode("utf-8", "surrogatepass")), draw])
    sizes = tuple(size for size in shape if isinstance(size, int))
    mask = drawn_lengths(ends, sizes, generator)
    value = _drawn_as(*ends[0])
    if mask is not None:
        return mask.astype(value.dtype or "int64")
    if value.dtype == "bool":
        return generator.random(sizes) < 0.5  # a coin
    if value.dtype is not None and value.dtype.startswith(("int", "uint")):
        return _whole_numbers(ends, sizes, scale, generator, signed=value.dtype.startswith("int"))
    return _real_numbers(sizes, draw, scale, generator)


def _whole_numbers(
    ends: Sequence[tuple[LayerGraph, str]], sizes: tuple[int, ...], scale: Alike, generator: Any, *, signed: bool
) -> Any:
    """Small ones, and those near the numbers of a list; as few as there are places to look up."""
    import numpy as np

    if isinstance(scale, tuple):
        return np.full(sizes, int(scale[0]) if signed and isfinite(scale[0]) else 1)
    most, places = np.iinfo(str(ends[0][0].values[ends[0][1]].dtype)).max, fewest_places(ends)
    most = most if places is None else places - 1
    near = scale if isinstance(scale, list) else ()
    held = {int(each) + by for each in near for by in (-1, 0, 1) if each.is_integer()}
    whole = {each for each in {0, 1, 2, 3} | held if abs(each) <= most}
    some = {each for each in whole if each >= 0}
    return generator.choice(sorted(some | {-each for each in whole} if signed else some), sizes)


def _real_numbers(sizes: tuple[int, ...], draw: int, scale: Alike, generator: Any) -> Any:
    import numpy as np

    if isinstance(scale, tuple):
        return np.full(sizes, scale[0])
    count = int(np.prod(sizes, dtype=int))
    if isinstance(scale, Among):
        drawn = scale.most * len(scale.numbers)
        turn = (generator.permutation(count) % (drawn + len(scale.numbers))).reshape(sizes)
        chosen = np.take(scale.numbers, turn, mode="wrap")
        return np.where(turn < drawn, chosen, generator.standard_normal(sizes))
    if isinstance(scale, float | str | Beyond):
        return _scaled(generator.standard_normal(sizes), scale)
    # Each number comes up as it is, negative, and with more and less of it, all of them in turn over the draws.
    cases = np.array(
        [(centre * sign, by) for centre in (0.0, *scale) for sign in (-1.0, 1.0) for by in (-1.0, 0.0, 1.0)]
    )
    chosen = cases[(generator.permutation(count) + draw * count) % len(cases)].reshape(*sizes, 2)
    off = 10.0 ** generator.uniform(-8, -1, sizes) * chosen[..., 1]
    return chosen[..., 0] * (1 + off) + np.where(chosen[..., 0] == 0, off, 0.0)
