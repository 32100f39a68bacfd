"""Whether a claim that two models are equivalent holds when both are computed."""

from dataclasses import dataclass, field
from math import inf

from parity.comparison import Difference, Facet, Topic
from parity.evaluation import Budget, Numbers
from parity.graph import LayerGraph
from parity.outputs._carried import carried, drawn_over
from parity.outputs._contract import OUTPUT_RTOL, Array, Unmatched, Verify
from parity.outputs._elements import error, tells
from parity.outputs._inputs import DRAWS
from parity.outputs._places import stored_names
from parity.outputs._sides import Sides

OPERATIONS = 1 << 34
"""Of both models and all draws, where it is to take some seconds."""

ELEMENTS = 1 << 27
"""Elements of weights that are read for it then, on each side."""

FEW = 8
"""A draw is one of several only where it takes less than this part of what may be computed."""

LARGE = 1.0
"""Draws of larger numbers contradict nothing: a function may no longer be there what it stands for."""


@dataclass(frozen=True)
class Certificate:
    """What computing says of a claim.

    Attributes:
        how: with which weights and inputs both models have been computed, and agree; "" where they have not.
        doubt: why the claim rests on structure only; "" where it does not.
        contradictions: outputs that are not the same though everything that makes them is.
    """

    how: str = ""
    doubt: str = ""
    contradictions: tuple[Difference, ...] = ()

    @property
    def computed(self) -> bool:
        """Whether both models have been computed, and agree."""
        return not self.doubt


def certify(sides: Sides, verify: Verify) -> Certificate:
    """Compute both models, with the weights that they store, or with drawn ones that the right has from the left.

    Weights that are stored can show that models agree, never that they do not: they may be others on purpose. Drawn
    ones contradict only where it is certain what is whose counterpart.
    """
    budget = Budget() if verify is Verify.FULL else Budget(operations=OPERATIONS)
    most = max(map(stored_elements, (sides.view.left, sides.view.right)))
    if verify is not Verify.FULL and most > ELEMENTS:
        return Certificate(doubt=f"there are {most:,} elements of weights to be read, and --verify=full reads them")
    try:
        drawn = _by_drawing(sides, budget)
        if drawn.computed:
            return drawn
        found = _attempt(sides, sides.stored, budget)
        return Certificate(how=f"with the weights that both store, inputs {found.said}") if found.agrees else drawn
    except Unmatched as reason:
        return Certificate(doubt=str(reason))


@dataclass
class _Attempt:
    """What came of computing both models.

    Attributes:
        worst: the largest relative error.
        said: what the inputs were.
        missing: why an output could not be compared.
        outputs: what the right made of each draw.
        apart: the name of the output that is furthest apart in draws that are not large, with its error.
    """

    worst: float = 0.0
    said: str = ""
    missing: str = ""
    outputs: list[Array] = field(default_factory=list)
    apart: tuple[str, float] = ("", 0.0)

    @property
    def agrees(self) -> bool:
        """Whether all outputs are the same, and that shows anything."""
        return not self.missing and self.worst <= OUTPUT_RTOL and tells(self.outputs)


def _attempt(sides: Sides, numbers: tuple[Numbers, Numbers], budget: Budget) -> _Attempt:
    """Compute both models as they were translated; where something has no formula, as passes have left them."""
    found = _computed(sides, numbers, budget)
    if not found.missing or sides.is_rounded:
        return found
    again = _computed(sides.normalised, numbers, budget)
    return found if again.missing else again


def _computed(sides: Sides, numbers: tuple[Numbers, Numbers], budget: Budget) -> _Attempt:
    found = _Attempt()
    said = []
    for seed, draw in enumerate(DRAWS):
        before = budget.operations
        _, both = sides.run_drawn(draw, seed, numbers, budget)
        pairs, missing = sides.pairs(both)
        if missing:
            found.missing = f"{missing[0][0]}: {missing[0][1]}"
            break
        for name, left, right in pairs:
            apart = error(left, right).rel_l2
            found.worst = max(found.worst, apart)
            if apart > found.apart[1] and draw.scale <= LARGE:
                found.apart = name, apart
        found.outputs.append(_row([right for _, _, right in pairs]))
        said.append(draw.name)
        if found.worst > OUTPUT_RTOL or FEW * (before - budget.operations) > before:
            break  # what is left would not do, or it would take long
    found.said = f"drawn ({', '.join(said)})"
    return found


def _row(arrays: list[Array]) -> Array:
    import numpy as np

    return np.concatenate([np.asarray(each, "float64").ravel() for each in arrays])


def _by_drawing(sides: Sides, budget: Budget) -> Certificate:
    """With drawn weights on the left, and the same ones on the right."""
    numbers = drawn_weights(sides)
    return Certificate(doubt=numbers) if isinstance(numbers, str) else _said(sides, _attempt(sides, numbers, budget))


def drawn_weights(sides: Sides) -> tuple[Numbers, Numbers] | str:
    """Drawn weights of the left, and what the right has of them; or why they cannot be carried over."""
    for graph, compared in zip(sides.graphs, (sides.view.left, sides.view.right), strict=True):
        if beside := _stored_beside(graph, compared):
            return f"{beside} is stored as computed from other weights"
    left = drawn_over(sides.view.left, sides.sources[0], 0)
    right = carried(sides.comparison, sides.forms, left, sides.sources[1])
    if right.doubts:
        return f"the weights cannot be carried over: {right.doubts[0]}"
    return left, right.over(sides.sources[1])


def _said(sides: Sides, found: _Attempt) -> Certificate:
    if found.agrees:
        return Certificate(how=f"with random weights carried over from left to right, inputs {found.said}")
    if not found.missing and OUTPUT_RTOL < found.apart[1] < inf and _is_certain(sides):
        return Certificate(
            doubt="evaluating both models contradicts it", contradictions=(_contradiction(*found.apart),)
        )
    if found.worst <= OUTPUT_RTOL:
        return Certificate(doubt=found.missing or "the outputs are the same whatever the inputs are")
    return Certificate(doubt=found.missing or f"outputs are {found.worst:.1g} apart, which proves nothing either way")


def _stored_beside(graph: LayerGraph, compared: LayerGraph) -> str:
    """A tensor of real numbers that a model reads and that was not compared: an exporter has computed it beforehand."""
    seen = {name for layer in compared.layers for weight in layer.weights for name in stored_names(weight)}
    read = (weight for layer in graph.layers for weight in layer.weights if weight.numel > 1)
    real = (each for each in read if each.dtype.startswith(("float", "bfloat")))
    return next((name for weight in real for name in stored_names(weight) if name not in seen), "")


def _is_certain(sides: Sides) -> bool:
    """Whether it is told which axis of every input and output is which."""
    return sides.twins.certain and all(sides.forms(*end) is not None for end in sides.view.ends)


def _contradiction(name: str, apart: float) -> Difference:
    return Difference(Topic.CONTRADICTION, Facet.OUTPUTS, name=name, left_value=0.0, right_value=apart)


def stored_elements(graph: LayerGraph) -> int:
    """How many elements the weights of a graph have."""
    return sum(weight.numel for weight in graph.weights)
