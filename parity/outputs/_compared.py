"""Outputs compared as the stored weights make them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from parity.comparison import Difference, Facet, Topic
from parity.evaluation import Budget
from parity.graph import Unknown
from parity.outputs._contract import Asked, FinalError, FrameworkNumerics, Outputs, Unmatched
from parity.outputs._elements import shows_nothing
from parity.outputs._inputs import DRAWS, Inputs
from parity.outputs._recorded import numerics
from parity.outputs._sides import Both, Sides, final_errors, worse

SILENT = "with these inputs none of its numbers is finite on either side, which shows nothing"


def compare_outputs(sides: Sides, asked: Asked) -> tuple[Outputs, tuple[Difference, ...], Inputs | None]:
    """Evaluate both models on the same inputs, and compare what comes of it.

    Args:
        sides: both models.
        asked: the inputs, and up to which error outputs are the same.

    Returns:
        What was found; what of it is a difference or cannot be decided; and inputs that show it, if there are any.

    Raises:
        UsageError: the inputs are not those that both models take.
    """
    found = _Found()
    try:
        found = _computed(sides, asked)
        if found.missing and not sides.is_rounded:
            again = _computed(sides.normalised, asked)
            found = again if len(again.missing) < len(found.missing) else found
    except Unmatched as reason:
        found.missing[""] = str(reason)
    said = ", ".join(dict.fromkeys(found.said)) or "none"
    drawn = asked.data is None and not any(sides.recorded)
    said = f"drawn: {said}" if drawn and found.said else said
    outputs = Outputs(said, asked.rtol, tuple(found.errors.values()), tuple(found.missing.items()))
    if any(sides.recorded) and found.shown is not None:
        outputs = replace(outputs, recorded=tuple(_numerics(sides, found.shown)))
    return outputs, tuple(_differences(outputs, found.apart)), found.shown


@dataclass
class _Found:
    """What came of all draws.

    Attributes:
        errors: the largest of each output, by its left name.
        missing: why others could not be compared.
        apart: the numbers of both sides where an output is furthest apart.
        said: what the inputs were.
        shown: those of the first draw in which outputs differ; of the first one where they never do.
    """

    errors: dict[str, FinalError] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    apart: dict[str, tuple[float, float]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    shown: Inputs | None = None


def _computed(sides: Sides, asked: Asked) -> _Found:
    """Evaluate both models on every draw.

    Raises:
        Unmatched: they do not take the same inputs.
    """
    found = _Found()
    silent: set[str] = set()
    for inputs, both in _draws(sides, asked):
        pairs, left_out = sides.pairs(both)
        silent |= {name for name, left, right in pairs if shows_nothing(left, right)}
        pairs = [each for each in pairs if not shows_nothing(*each[1:])]
        errors = final_errors(sides.names(), pairs)
        worst = max((each.error.rel_l2 for each in errors), default=0.0)
        if found.shown is None or _largest(found.errors) <= asked.rtol < worst:
            found.shown = inputs
        for (name, left, right), each in zip(pairs, errors, strict=True):
            known = found.errors.get(name)
            if known is None or each.error.rel_l2 > known.error.rel_l2:
                found.apart[name] = _furthest(left, right)
        found.errors = worse(found.errors, errors)
        found.missing |= dict(left_out)
        found.said.append(inputs.said)
    found.missing |= {name: SILENT for name in silent if name not in found.errors}
    return found


def _largest(errors: dict[str, FinalError]) -> float:
    return max((each.error.rel_l2 for each in errors.values()), default=0.0)


def _draws(sides: Sides, asked: Asked) -> Iterator[tuple[Inputs, Both]]:
    """The inputs, and both models evaluated on them."""
    budget = Budget()
    if any(sides.recorded):
        inputs = sides.twins.recorded(sides.recorded, sides.sources)
        yield inputs, sides.run(inputs, sides.stored, budget)
        return
    if asked.data is not None:
        inputs = sides.twins.given(asked.data, sides.sources)
        yield inputs, sides.run(inputs, sides.stored, budget)
        return
    for seed, draw in enumerate(DRAWS if _takes_real(sides) else DRAWS[:1]):
        yield sides.run_drawn(draw, seed, sides.stored, budget)


def _numerics(sides: Sides, inputs: Inputs) -> Iterator[FrameworkNumerics]:
    """How far recorded frameworks are from exact arithmetic."""
    given = inputs.left, inputs.right
    for at, (side, recording) in enumerate(zip(("left", "right"), sides.recorded, strict=True)):
        if recording is not None:
            yield numerics(side, sides.graphs[at], sides.stored[at], given[at], recording)


def _takes_real(sides: Sides) -> bool:
    """Whether an input is of real numbers, of which there are several sorts."""
    values = [sides.view.left.values[pair.left].dtype or "float32" for pair in sides.twins.pairs]
    return any(each.startswith(("float", "bfloat")) for each in values)


def _furthest(left: Any, right: Any) -> tuple[float, float]:
    """The numbers of both sides where they are furthest apart."""
    import numpy as np

    if left.shape != right.shape or not left.size:
        return float("nan"), float("nan")
    gap = np.abs(np.asarray(left, "float64") - np.asarray(right, "float64"))
    at = int(np.nan_to_num(gap, nan=np.inf).argmax())
    return float(left.ravel()[at]), float(right.ravel()[at])


def _differences(outputs: Outputs, apart: dict[str, tuple[float, float]]) -> Iterator[Difference]:
    for name, why in outputs.missing:
        yield Difference(Topic.OUTPUT, Facet.OUTPUTS, name=name, unknown=Unknown(why))
    for each in outputs.final:
        if each.error.rel_l2 > outputs.rtol:
            numbers = apart[each.left]
            values = (numbers[0], each.error.rel_l2), (numbers[1], each.error.max_abs)
            yield Difference(Topic.OUTPUT, Facet.OUTPUTS, name=each.left, left_value=values[0], right_value=values[1])
