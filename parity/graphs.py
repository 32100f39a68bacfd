"""A model's layer graph, as reading or any phase leaves it."""

from typing import Any

from parity.adapters import Inputs, read
from parity.errors import UsageError
from parity.graph import LayerGraph
from parity.kinds import translate
from parity.passes import Phase, normalise, patterns, phases
from parity.patterns import readable, why_not

READING = "reading"

BEFORE_PATTERNS = "batches"
"""The phase before the one in which arithmetic is put together."""


def graph_of(model: Any, *, inputs: Inputs | None = None, after: str | None = None) -> LayerGraph:
    """The graph of a model in the common form.

    Args:
        model: a path, or a live model.
        inputs: example inputs for a live model that needs them.
        after: the phase to stop after, ``reading`` for the graph as it was translated; None for the whole of it.

    Raises:
        UnreadableModel: the model cannot be read.
        UsageError: there is no such phase.
    """
    until = _until(after)
    graph = translate(read(model, inputs))
    return normalise(graph, until=until)


def _until(after: str | None) -> tuple[Phase, ...]:
    names = [READING, *(phase.name for phase in phases())]
    if after is not None and after not in names:
        raise UsageError(
            "cannot stop there", f"there is no phase named {after!r}", remedy=f"name one of {', '.join(names)}"
        )
    return phases()[: names.index(after)] if after is not None else phases()


def why(model: Any, pattern: str, *, inputs: Inputs | None = None, after: str = BEFORE_PATTERNS) -> list[str]:
    """For each layer that arithmetic of a model ends in, why it is not what a pattern describes, or that it is.

    Args:
        model: a path, or a live model.
        pattern: its name.
        inputs: example inputs for a live model that needs them.
        after: the phase whose graph is looked at; by default the last one before patterns are looked for.

    Raises:
        UnreadableModel: the model cannot be read.
        UsageError: there is no such phase or pattern.
    """
    known = {each.name: each for each in patterns()}
    if pattern not in known:
        remedy = f"name one of {', '.join(known)}"
        raise UsageError("cannot look for it", f"there is no pattern named {pattern!r}", remedy=remedy)
    graph = graph_of(model, inputs=inputs, after=after)
    ends = (layer for layer in graph.layers if readable(graph, layer))
    return [why_not(known[pattern], graph, each) or f"{each.path} is the end of a {pattern}" for each in ends]
