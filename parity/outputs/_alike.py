"""Models that compute the same though their layers differ: whether these say the same in other words is open then.

Parts of two models are one where they are shown to be the same function (``parity.pairing``). Where that cannot be
shown, since nothing inside one model has a counterpart inside the other, both models may still be computed as wholes.
That their outputs agree for the inputs that were drawn does not prove that they always do; but it speaks against
calling them different, where all that differs is how they are written.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from parity.comparison import Facet, View
from parity.evaluation import Budget, Numbers
from parity.graph import Effect
from parity.graph.origin import home
from parity.outputs._certificate import drawn_weights, stored_elements
from parity.outputs._contract import Array, Unmatched
from parity.outputs._elements import is_finite, tells
from parity.outputs._inputs import Draw, Layout, Twins
from parity.outputs._sides import Both, Sides
from parity.pairing import ABSOLUTE, MOST_READ, alike, draws_of, rounded, shows_numbers, usual_size
from parity.rules import Finding

OPERATIONS = 1 << 33
"""Of both models and all draws: some seconds."""

LAYERS = 1 << 15
"""Layers that are computed, of both models and all draws."""

WRITING = frozenset({Facet.STRUCTURE, Facet.ATTRIBUTES, Facet.SHAPES})
"""What differs where two models are written in other words."""

GENERAL = "hyper-parameter", "activation-differs"
"""The rules for settings that have no rule of their own: layers that are no counterparts differ in some."""

TELLING = frozenset({Effect.INFERENCE, Effect.INTERFACE})
"""The effects of what tells models apart that take their inputs in the same order of axes."""

LIMITED = frozenset({"relu", "relu6", "clip"})
"""Functions that differ in limits, which no drawn number may reach."""

Why = tuple[str, str]
"""Why something is open, and what would tell it."""

WORDING: Why = (
    "yet both models compute the same for drawn inputs",
    "compare the outputs for inputs of your own (--outputs --data)",
)
OTHER_ORDER: Why = (
    "yet both do the same if each takes channels where its framework has them, which no layer tells",
    "compare models for inputs whose axes have different sizes",
)


def may_be_wording(real: Sequence[Finding], findings: Sequence[Finding], view: View, *, trained: bool) -> bool:
    """Whether what speaks against an equivalence may come of one function that is written in two ways.

    Not where one side has more elements, but for tensors of one, which exporters write down as numbers; nor where a
    layer has another setting than its counterpart that outputs may hardly show: an epsilon, another form of a function.

    Args:
        real: the findings that speak against it.
        findings: all of them.
        view: both models, as they were compared.
        trained: it is asked whether both train alike.
    """
    if not real or not all(map(_is_writing, real)):
        return False
    numbers = not trained and (view.left.inference_only or view.right.inference_only)
    rest = [each for each in findings if not (numbers and _of_single_elements(each, view))]
    return any(map(_is_balanced, (real, findings, rest)))


def _of_single_elements(finding: Finding, view: View) -> bool:
    """Whether the layers of a finding have no weights but such of one element."""
    paths = zip((view.left_layers, view.right_layers), finding.layers, strict=True)
    weights = [each for layers, path in paths if path in layers for each in layers[path].weights]
    return bool(weights) and all(each.numel == 1 for each in weights)


def _is_balanced(findings: Sequence[Finding]) -> bool:
    """Whether neither side has more elements of any class, as far as findings tell."""
    balance = Counter[str]()
    for each in findings:
        balance.update({"": each.delta, **each.by_class})
    return not any(balance.values())


def _is_writing(finding: Finding) -> bool:
    shows = finding.facet is not Facet.ATTRIBUTES or (finding.rule in GENERAL and _shows(finding))
    return finding.effect is Effect.INFERENCE and finding.facet in WRITING and shows


def _shows(finding: Finding) -> bool:
    """Whether another setting would show in outputs: two real numbers may be close, and limits far away."""
    values = finding.left_value, finding.right_value
    return not (all(isinstance(each, float) for each in values) or LIMITED.issuperset(map(str, values)))


def computes_alike(sides: Sides, plain: Sides, *, trained: bool) -> bool:
    """Whether both models make the same of every draw, and that shows anything.

    With the weights that they store; where it is asked whether they train alike, with drawn ones that the right has
    from the left: what two layers make is the same in any order while they hold what training begins with.

    Args:
        sides: both models as they were compared.
        plain: the same before any part of them was taken as one layer.
        trained: it is asked whether both train alike.
    """
    if 4 * (stored_elements(sides.view.left) + stored_elements(sides.view.right)) > MOST_READ:
        return False
    try:
        numbers = drawn_weights(sides) if trained else sides.stored
        ways = (sides,) if sides.is_rounded else (sides, plain.normalised)
        given = [(each, pairs) for each in ways for pairs in _ways_to_give(each)]
    except Unmatched:
        return False  # it is not told which input is which: the layers alone tell of a difference
    return not isinstance(numbers, str) and any(_same_outputs(each, numbers, pairs) for each, pairs in given)


def _ways_to_give(sides: Sides) -> Iterable[Twins]:
    """How the right may take the arrays of the left, each order of axes once."""
    one = home(sides.view.left) is home(sides.view.right)
    found = map(sides.twins.laid_out, (Layout.ALIGNED, Layout.GIVEN) if one else Layout)
    return {tuple(pair.order for pair in each.pairs): each for each in found}.values()


def _same_outputs(sides: Sides, numbers: tuple[Numbers, Numbers], given: Twins) -> bool:
    """Whether both models make the same of every draw; not where the right does not take it like this."""
    try:
        return _agree(sides, numbers, given)
    except Unmatched:
        return False


def _agree(sides: Sides, numbers: tuple[Numbers, Numbers], given: Twins) -> bool:
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
        _, both = sides.run_drawn(Draw("", 0.0, scale), at, numbers, budget, given)
        pairs = _outputs(sides, both)
        most = [rounded(scale, usual_size(each)) for each in (seen[0] if seen else ())] or [0.0] * len(pairs)
        same = (alike(*pair, ABSOLUTE, each) for pair, each in zip(pairs, most, strict=True))
        if not pairs or not all(same):
            return False
        seen.append([array for _, array in pairs])
        shown = shown or shows_numbers(scale, seen[-1])
    return shown and all(tells([each[at] for each in seen if is_finite(each[at])]) for at in range(len(sides.ends)))


def _outputs(sides: Sides, both: Both) -> list[tuple[Array, Array]]:
    """What both models make; nothing where some of it cannot be computed, or has other sizes.

    Its axes are in one order: whoever uses an output would see that they are not.
    """
    ends = [[graph.outputs[end[side]] for end in sides.ends] for side, graph in enumerate(sides.graphs)]
    if any(value not in found.values for found, values in zip(both, ends, strict=True) for value in values):
        return []
    pairs = [(both[0].values[left], both[1].values[right]) for left, right in zip(*ends, strict=True)]
    return pairs if all(left.shape == right.shape for left, right in pairs) else []


def left_open(findings: Sequence[Finding], why: Why) -> tuple[Finding, ...]:
    """The findings, of which those that may be wording are open, or all that axes in another order explain."""
    reason, remedy = why
    return tuple(
        replace(each, effect=Effect.UNKNOWN, concerns=each.effect, message=f"{each.message}; {reason}", remedy=remedy)
        if _is_writing(each) or (why is OTHER_ORDER and each.effect in TELLING)
        else each
        for each in findings
    )
