"""Parts of two compared models that differ, taken as functions: which of the layers that trouble are looked at."""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import TypeVar

from parity.adapters import as_read
from parity.comparison import Comparison, Orders, traced_orders
from parity.evaluation import stored_in
from parity.graph import Effect, Evidence, LayerGraph, SourceGraph
from parity.graph.origin import home
from parity.pairing import EPSILON, Answers, Question, regions
from parity.policy import Judged
from parity.rules import Profile, Severity

Graphs = tuple[LayerGraph, LayerGraph]
Found = TypeVar("Found")

ROUNDS = 8
"""How often parts may show others."""


class Extent(Enum):
    """What parts are made of, from the smallest on."""

    ALONE = "layers that have no counterpart"
    PAIRED = "these, and layers that differ from their counterpart"
    WHOLE = "everything between inputs and outputs"
    """With weights only where a difference in each layer would show: what saturates or shrinks hides what is before."""


def settled_by_parts(
    start: Found,
    look: Callable[[Found, Extent, bool], Graphs | None],
    again: Callable[[Graphs], Found],
    trouble: Callable[[Found], int],
) -> Found:
    """What is found once the parts that compute the same are one layer each.

    Smaller parts are better, since what is in one is not compared layer by layer; but they may end where each side has
    its axes in another order, and leave what turns them. Parts between values of which it is told which axis is which
    are taken where that leaves less.

    Args:
        start: what was found without parts.
        look: gives the graphs with parts of an extent, between such values alone or any; None where there are none.
        again: what is found of graphs.
        trouble: how much is left to explain.
    """

    def until_done(found: Found, extents: Iterable[Extent], *, told: bool) -> Found:
        for extent in extents:
            for _ in range(ROUNDS):
                graphs = look(found, extent, told)
                if graphs is None:
                    break
                found = again(graphs)
        return found

    first = Extent.ALONE, Extent.PAIRED
    tried = [until_done(start, first, told=False)]
    if trouble(tried[0]):
        tried += [until_done(each, first, told=True) for each in {id(each): each for each in (start, *tried)}.values()]
    return until_done(min(tried, key=trouble), (Extent.WHOLE,), told=False)


def in_parts(
    sources: tuple[SourceGraph, SourceGraph],
    comparison: Comparison,
    judged: Sequence[Judged],
    question: Profile,
    extent: Extent,
    orders: Callable[[], Orders | None],
    *,
    answers: Answers,
    told: bool = False,
) -> Graphs | None:
    """The graphs with one layer for each part that differs in layers alone; None where there is no such part.

    Args:
        sources: both models.
        comparison: what was found to differ.
        judged: the same as findings, with their severity.
        question: whether what layers do in training is asked.
        extent: which layers parts may hold.
        orders: gives in which order right values have the axes of left ones; None where all have them in one order.
        answers: what is known of parts of both models, to which is added.
        told: whether parts lie between values alone of which it is told which axis is which.
    """
    view = comparison.view
    graphs = as_read(view.left, sources[0]), as_read(view.right, sources[1])
    asked = [finding for finding, severity in judged if severity is not Severity.INFO]
    disputed = [finding for finding in asked if finding.effect is not Effect.TRAINING]
    kept = [finding.layers for finding in asked if finding.effect is Effect.TRAINING]
    if not disputed or question.strict or any(graph.evidence is not Evidence.GRAPH for graph in graphs):
        return None
    troubled = {*view.alignment.left_only}, {*view.alignment.right_only}
    # A part never makes up for another epsilon: what differs in that alone is where parts end.
    for left, right in (finding.layers for finding in disputed if finding.attribute != EPSILON):
        one, other = view.left_layers.get(left), view.right_layers.get(right)
        if one is not None and other is not None and (extent is Extent.PAIRED or one.kind != other.kind):
            for paths, layer in zip(troubled, (one, other), strict=True):
                paths.update({layer.path} if layer.kind != "input" else ())
    if extent is Extent.WHOLE:
        for paths, graph in zip(troubled, graphs, strict=True):
            paths.update(layer.path for layer in graph.layers if layer.kind != "input")
    sought = Question(
        outputs=view.ends,
        troubled=troubled,
        kept=({left for left, _ in kept}, {right for _, right in kept}),
        numbers=(stored_in(sources[0]), stored_in(sources[1])),
        orders=orders(),
        inference=question.severity(Effect.TRAINING, Effect.TRAINING) is Severity.INFO,
        shown=extent is Extent.WHOLE,
        told=told,
        answers=answers,
    )
    done = regions(*graphs, [(pair.left[0], pair.right[0]) for pair in view.alignment.pairs], sought)
    return None if done[0] is graphs[0] and done[1] is graphs[1] else done


def orders_of(comparison: Comparison) -> Orders | None:
    """In which order right values have the axes of left ones; None where all have them in the same."""
    view = comparison.view
    return None if home(view.left) is home(view.right) else traced_orders(view, comparison.differences)


def unnamed_axes(graphs: Graphs) -> int | None:
    """How many axes of a value may have no name, and be in the same order on both sides; None for any.

    Models of one home take the same tensors; exporters leave axes where they are. Between two models that people have
    written for different frameworks, only batch and features are where one expects them.
    """
    return None if home(graphs[0]) is home(graphs[1]) else 2
