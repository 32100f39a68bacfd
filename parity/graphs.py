"""A model's layer graph, as reading or any phase leaves it."""

from typing import Any

from parity.adapters import Inputs, read
from parity.errors import UsageError
from parity.graph import LayerGraph
from parity.kinds import translate
from parity.passes import Phase, normalise, phases

READING = "reading"


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
