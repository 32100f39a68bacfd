"""Models that compute the same though their layers differ: whether these say the same in other words is open then.

Parts of two models are one where they are shown to be the same function (``parity.pairing``). Where that cannot be
shown, since nothing inside one model has a counterpart inside the other, both models may still be computed as wholes.
That their outputs agree for the inputs that were drawn does not prove that they always do; but it speaks against
calling them different, where all that differs is how they are written.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from parity.comparison import Facet, View
from parity.evaluation import Budget, Numbers
from parity.graph import Effect, Framework, Weight
from parity.graph.origin import home
from parity.kinds import Uncomputable
from parity.outputs._certificate import drawn_weights, stored_elements
from parity.outputs._contract import Array, Unmatched
from parity.outputs._elements import is_finite, tells
from parity.outputs._inputs import UNUSUAL, Draw, Layout, Twins
from parity.outputs._opaque import without_opaque
from parity.outputs._sides import Both, Sides
from parity.pairing import ABSOLUTE, COMPARES, EPSILON, MOST_READ, alike, draws_of, rounded, shows_numbers, usual_size
from parity.rules import Finding

OPERATIONS = 1 << 33
"""Of both models and all draws: some seconds."""

LAYERS = 1 << 15
"""Layers that are computed, of both models and all draws."""

WRITING = frozenset({Facet.STRUCTURE, Facet.SHAPES})
"""What differs where two models are written in other words, besides settings."""

SIZES = "output-shape"
"""The rule for sizes that are told of outputs, which are computed."""

PREPROCESSING = "preprocessing-inside-the-model"
"""The rule for what a model does to its inputs."""

GENERAL = "hyper-parameter", "activation-differs"
"""The rules for settings that have no rule of their own: layers that are no counterparts differ in some."""

EXPORTED = (*GENERAL, "padding-amount", "mask-convention")
"""The same for layers that an exporter has written: an image of one row is padded otherwise than a sequence is."""

TELLING = frozenset({Effect.INFERENCE, Effect.INTERFACE})
"""The effects of what tells models apart that take their inputs in the same order of axes."""

LIMITED = frozenset({"relu", "relu6", "clip"})
"""Functions that differ in limits, which no drawn number may reach."""

BENDING = LIMITED | COMPARES
"""Functions of which a number may be a limit."""

FAR = 0.25
"""How far two numbers are apart, as a share of the larger, that outputs show more of than rounding."""

SAME_AT_FIRST = frozenset({0.0, 1.0})
"""What weights begin with where a layer without them would do the same: while they hold it, order does not show."""

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

    Not where a layer has another setting than its counterpart that outputs may hardly show: an epsilon, another form of
    a function; nor, but for an export of which only inference is asked, where one side has more elements.

    Args:
        real: the findings that speak against it.
        findings: all of them.
        view: both models, as they were compared.
        trained: it is asked whether both train alike.
    """
    if not real or not all(is_writing(each, view, trained=trained) for each in real):
        return False
    return is_export(view, trained=trained) or any(map(_is_balanced, (real, findings)))


def is_export(view: View, *, trained: bool) -> bool:
    """Whether one model is written down for inference, and nothing else is asked: weights may be in other numbers."""
    return not trained and (view.left.inference_only or view.right.inference_only)


def _is_balanced(findings: Sequence[Finding]) -> bool:
    """Whether neither side has more elements of any class, as far as findings tell."""
    balance = Counter[str]()
    for each in findings:
        balance.update({"": each.delta, **each.by_class})
    return not any(balance.values())


def is_writing(finding: Finding, view: View, *, trained: bool) -> bool:
    """Whether a finding may come of another way to write one function."""
    export = is_export(view, trained=trained)
    if finding.effect is Effect.INTERFACE:
        return finding.rule == SIZES or (export and finding.rule == PREPROCESSING)
    if finding.facet is Facet.ATTRIBUTES:
        known = finding.effect is Effect.INFERENCE and finding.rule in (EXPORTED if export else GENERAL)
        return known and _shows(finding, view, export=export)
    facets = WRITING | {Facet.COUNTS} if export else WRITING
    return finding.effect is Effect.INFERENCE and finding.facet in facets


def _shows(finding: Finding, view: View, *, export: bool) -> bool:
    """Whether another setting would show in outputs: two real numbers may be close, and limits far away.

    Layers that are not the same function are no counterparts, whatever their settings are; nor may those be that an
    exporter has written.
    """
    layers = zip((view.left_layers, view.right_layers), finding.layers, strict=True)
    functions = [known[path].attributes.get("function") for known, path in layers if path in known]
    if len({*functions}) > 1 and not LIMITED.issuperset(functions):
        return True
    values = finding.left_value, finding.right_value
    if all(isinstance(each, float) for each in values):
        apart = abs(values[0] - values[1]) > FAR * max(map(abs, values))
        return export and apart and finding.attribute != EPSILON and BENDING.isdisjoint(map(str, functions))
    return not LIMITED.issuperset(map(str, values))


def computes_alike(sides: Sides, plain: Sides, real: Sequence[Finding], *, trained: bool) -> bool:
    """Whether both models make the same of every draw, and that shows anything.

    With the weights that they store; where it is asked whether they train alike, with drawn ones that the right has
    from the left, or where it is not known which are which with stored ones that training has moved: what two layers
    make is the same in any order while they hold what training begins with.

    Args:
        sides: both models as they were compared.
        plain: the same before any part of them was taken as one layer.
        real: what speaks against an equivalence.
        trained: it is asked whether both train alike.
    """
    if 4 * (stored_elements(sides.view.left) + stored_elements(sides.view.right)) > MOST_READ:
        return False
    troubled = {path for each in real for path in each.layers}
    export = is_export(sides.view, trained=trained)
    try:
        drawn = drawn_weights(sides) if trained else ""
        numbers = sides.stored if isinstance(drawn, str) else drawn
        if trained and numbers is sides.stored and not _are_moved(sides):
            return False
        given = ((each, pairs) for each in _ways(sides, plain, troubled) for pairs in _ways_to_give(each))
        return any(_same_outputs(each, numbers, pairs, export=export) for each, pairs in given)
    except Unmatched:
        return False  # it is not told which input is which: the layers alone tell of a difference


def _ways(sides: Sides, plain: Sides, troubled: Collection[str]) -> Iterator[Sides]:
    """The ways to compute both models, those that take least first."""
    yield sides
    if not sides.is_rounded:
        yield plain.normalised
        yield from without_opaque(plain.normalised, sides.stored, troubled, Budget(operations=OPERATIONS))


def _are_moved(sides: Sides) -> bool:
    """Whether no weight is what its layer begins training with: zeros, ones, or any other number throughout."""
    graphs = zip((sides.view.left, sides.view.right), sides.stored, strict=True)
    return all(_is_moved(weight, numbers) for graph, numbers in graphs for weight in graph.weights)


def _is_moved(weight: Weight, numbers: Numbers) -> bool:
    import numpy as np

    if weight.dtype.startswith(("int", "uint", "bool")):
        return True
    try:
        array = np.asarray(numbers.read(weight))
    except Uncomputable:
        return False  # its numbers are not stored
    if array.size > 1:
        return bool((array != array.flat[0]).any())
    return SAME_AT_FIRST.isdisjoint(array.ravel().tolist())


def _ways_to_give(sides: Sides) -> Iterable[Twins]:
    """How the right may take the arrays of the left, each order of axes once."""
    one = home(sides.view.left) is home(sides.view.right)
    found = map(sides.twins.laid_out, (Layout.ALIGNED, Layout.GIVEN) if one else Layout)
    return {tuple(pair.order for pair in each.pairs): each for each in found}.values()


def _same_outputs(sides: Sides, numbers: tuple[Numbers, Numbers], given: Twins, *, export: bool) -> bool:
    """Whether both models make the same of every draw; not where the right does not take it like this."""
    try:
        return _agree(sides, numbers, given, export=export)
    except Unmatched:
        return False


def _agree(sides: Sides, numbers: tuple[Numbers, Numbers], given: Twins, *, export: bool) -> bool:
    """Whether outputs are the same, each in one order of its axes, and one moves; of an export, whether or not."""
    left, right = sides.graphs
    draws = draws_of(left.layers, right.layers, left, left.inputs)
    if draws is None or len(sides.ends) < max(len(left.outputs), len(right.outputs)):
        return False
    if len(draws) * (len(left.layers) + len(right.layers)) > LAYERS:
        return False
    seen: list[list[Array]] = []
    shown = False
    turns = [[*_turns(sides, given, len(left.shape(left.outputs[a]) or ()))] for a, _ in sides.ends]
    for at, scale in enumerate(draws):
        budget = Budget(operations=OPERATIONS // len(draws))  # what takes longer is seen to at the first draw
        _, both = sides.run_drawn(Draw("", 0.0, scale), at, numbers, budget, given)
        pairs = _outputs(sides, both)
        most = [rounded(scale, usual_size(each)) for each in (seen[0] if seen else ())] or [0.0] * len(pairs)
        known = zip(pairs, most, turns, strict=True) if pairs else ()
        turns = [[turn for turn in kept if _same(mine, theirs, each, turn)] for (mine, theirs), each, kept in known]
        if not turns or not all(turns):
            return False
        seen.append([array for _, array in pairs])
        shown = shown or shows_numbers(scale, seen[-1])
    moving = (tells([each[at] for each in seen if is_finite(each[at])]) for at in range(len(sides.ends)))
    return shown and (export or any(moving)) and _agree_at_other_sizes(sides, numbers, given, turns)


def _agree_at_other_sizes(
    sides: Sides, numbers: tuple[Numbers, Numbers], given: Twins, turns: Sequence[Sequence[Sequence[int]]]
) -> bool:
    """Whether outputs are the same for each other size of what both leave free that both take."""
    for rows, size in UNUSUAL if given.has_free_sizes else ():
        inputs = given.drawn(Draw("", 1.0), 0, rows, size)
        pairs = _outputs(sides, sides.run(inputs, numbers, Budget(operations=OPERATIONS // len(UNUSUAL))))
        known = zip(pairs, turns, strict=True) if pairs else ()
        if not all(any(_same(mine, theirs, 0.0, turn) for turn in kept) for (mine, theirs), kept in known):
            return False
    return True


def _turns(sides: Sides, given: Twins, rank: int) -> Iterator[tuple[int, ...]]:
    """In which order the right may give the axes of an output: as the left has them, or as its framework does.

    Whoever uses an output would see that they are not in one order, where both take inputs in one.
    """
    yield tuple(range(rank))
    taken_alike = any(len(pair.order) > 2 and pair.order == tuple(range(len(pair.order))) for pair in given.pairs)
    if home(sides.view.left) is not home(sides.view.right) and rank > 2 and not taken_alike:
        first = (0, rank - 1, *range(1, rank - 1)), (0, *range(2, rank), 1)
        yield first[home(sides.view.right) is Framework.KERAS]


def _same(mine: Array, theirs: Array, most: float, turn: Sequence[int]) -> bool:
    if mine.ndim != len(turn) or (turned := mine.transpose(turn)).shape != theirs.shape:
        return False
    return alike(turned, theirs, ABSOLUTE, most)


def _outputs(sides: Sides, both: Both) -> list[tuple[Array, Array]]:
    """What both models make; nothing where some of it cannot be computed."""
    ends = [[graph.outputs[end[side]] for end in sides.ends] for side, graph in enumerate(sides.graphs)]
    if any(value not in found.values for found, values in zip(both, ends, strict=True) for value in values):
        return []
    return [(both[0].values[left], both[1].values[right]) for left, right in zip(*ends, strict=True)]


def left_open(findings: Sequence[Finding], why: Why | None, view: View, *, trained: bool) -> tuple[Finding, ...]:
    """The findings, of which those that may be wording are open, or all that axes in another order explain.

    Args:
        findings: of both models.
        why: why they are open; None where they are not.
        view: both models, as they were compared.
        trained: it is asked whether both train alike.
    """
    if why is None:
        return tuple(findings)
    reason, remedy = why
    return tuple(
        replace(each, effect=Effect.UNKNOWN, concerns=each.effect, message=f"{each.message}; {reason}", remedy=remedy)
        if is_writing(each, view, trained=trained) or (why is OTHER_ORDER and each.effect in TELLING)
        else each
        for each in findings
    )
