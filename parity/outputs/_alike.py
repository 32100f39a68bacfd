"""Models that compute the same though their layers differ: whether these say the same in other words is open then.

Parts of two models are one where they are shown to be the same function (``parity.pairing``). Where that cannot be
shown, since nothing inside one model has a counterpart inside the other, both models may still be computed as wholes.
That their outputs agree for the inputs that were drawn does not prove that they always do; but it speaks against
calling them different, where all that differs is how they are written.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from parity.comparison import Facet, home
from parity.evaluation import Budget, Numbers
from parity.graph import Effect, LayerGraph
from parity.outputs._certificate import drawn_weights
from parity.outputs._contract import Array, Unmatched
from parity.outputs._elements import is_finite, tells
from parity.outputs._inputs import Draw, Layout
from parity.outputs._sides import Sides
from parity.pairing import alike, draws_of, rounded, shows_numbers, usual_size
from parity.rules import Finding

ABSOLUTE = 2e-6
"""How far outputs may be apart, in proportion to the largest: folded weights have been rounded."""

OPERATIONS = 1 << 33
"""Of both models and all draws: some seconds."""

LAYERS = 1 << 15
"""Layers that are computed, of both models and all draws."""

MOST_READ = 64 << 20
"""Bytes of weights that are read to decide, for both sides."""

WRITING = frozenset({Facet.STRUCTURE, Facet.ATTRIBUTES, Facet.SHAPES})
"""What differs where two models are written in other words."""

GENERAL = "hyper-parameter"
"""The rule for settings that have no rule of their own: layers that are no counterparts differ in some."""

REASON = "yet both models compute the same for drawn inputs"
REMEDY = "compare the outputs for inputs of your own (--outputs --data)"


def may_be_wording(real: Sequence[Finding], findings: Sequence[Finding]) -> bool:
    """Whether what speaks against an equivalence may come of one function that is written in two ways.

    Not where one side has more elements; nor where a layer has another setting than its counterpart that outputs may
    hardly show: an epsilon, another form of a function.

    Args:
        real: the findings that speak against it.
        findings: all of them.
    """
    return bool(real) and all(map(_is_writing, real)) and (_is_balanced(real) or _is_balanced(findings))


def _is_balanced(findings: Sequence[Finding]) -> bool:
    """Whether neither side has more elements of any class, as far as findings tell."""
    balance = Counter[str]()
    for each in findings:
        balance.update({"": each.delta, **each.by_class})
    return not any(balance.values())


def _is_writing(finding: Finding) -> bool:
    shows = finding.facet is not Facet.ATTRIBUTES or (finding.rule == GENERAL and _shows(finding))
    return finding.effect is Effect.INFERENCE and finding.facet in WRITING and shows


def _shows(finding: Finding) -> bool:
    """Whether another setting would show in outputs: two real numbers may be close."""
    return not all(isinstance(each, float) for each in (finding.left_value, finding.right_value))


def computes_alike(sides: Sides, plain: Sides, *, trained: bool) -> bool:
    """Whether both models make the same of every draw, and that shows anything.

    With the weights that they store; where it is asked whether they train alike, with drawn ones that the right has
    from the left: what two layers make is the same in any order while they hold what training begins with.

    Args:
        sides: both models as they were compared.
        plain: the same before any part of them was taken as one layer.
        trained: it is asked whether both train alike.
    """
    if _stored(sides.view.left) + _stored(sides.view.right) > MOST_READ:
        return False
    try:
        numbers = drawn_weights(sides) if trained else sides.stored
    except Unmatched:
        return False
    ways = (sides,) if sides.is_rounded else (sides, plain.normalised)
    one = home(sides.view.left) is home(sides.view.right)
    layouts = (Layout.ALIGNED, Layout.GIVEN) if one else tuple(Layout)
    either = (replace(each, layout=layout) for each in ways for layout in layouts)
    return not isinstance(numbers, str) and any(_same_outputs(each, numbers) for each in either)


def _same_outputs(sides: Sides, numbers: tuple[Numbers, Numbers]) -> bool:
    """Whether both models make the same of every draw; not where it is not told which input or output is which."""
    try:
        return _agree(sides, numbers)
    except Unmatched:
        return False


def _agree(sides: Sides, numbers: tuple[Numbers, Numbers]) -> bool:
    left, right = sides.graphs
    draws = draws_of(left.layers, right.layers, left, left.inputs)
    if draws is None or len(sides.ends) < max(len(left.outputs), len(right.outputs)):
        return False
    if len(draws) * (len(left.layers) + len(right.layers)) > LAYERS:
        return False
    seen: list[list[Array]] = []
    shown = False
    for at, scale in enumerate(draws):
        budget = Budget(operations=OPERATIONS // len(draws))  # what takes longer is seen to at the first draw
        pairs = _made(sides, Draw("", 0.0, scale), at, numbers, budget)
        most = [rounded(scale, usual_size(each)) for each in (seen[0] if seen else ())] or [0.0] * len(pairs)
        same = (alike(*pair, ABSOLUTE, each) for pair, each in zip(pairs, most, strict=True))
        if not pairs or not all(same):
            return False
        seen.append([array for _, array in pairs])
        shown = shown or shows_numbers(scale, seen[-1])
    return shown and all(tells([each[at] for each in seen if is_finite(each[at])]) for at in range(len(sides.ends)))


def _made(
    sides: Sides, draw: Draw, at: int, numbers: tuple[Numbers, Numbers], budget: Budget
) -> list[tuple[Array, Array]]:
    """What both models make of a draw; nothing where some of it cannot be computed, or has other sizes.

    Its axes are in one order: whoever uses an output would see that they are not.
    """
    _, both = sides.run_drawn(draw, at, numbers, budget)
    ends = [[graph.outputs[end[side]] for end in sides.ends] for side, graph in enumerate(sides.graphs)]
    if any(value not in found.values for found, values in zip(both, ends, strict=True) for value in values):
        return []
    pairs = [(both[0].values[left], both[1].values[right]) for left, right in zip(*ends, strict=True)]
    return pairs if all(left.shape == right.shape for left, right in pairs) else []


def left_open(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings, of which those that may be wording are open."""
    return tuple(
        replace(each, effect=Effect.UNKNOWN, concerns=each.effect, message=f"{each.message}; {REASON}", remedy=REMEDY)
        if _is_writing(each)
        else each
        for each in findings
    )


def _stored(graph: LayerGraph) -> int:
    return 4 * sum(weight.numel for weight in graph.weights)
