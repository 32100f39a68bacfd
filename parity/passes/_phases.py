"""Named phases of rewrites, each run until nothing changes any more, and all of them until nothing changes.

A graph that is normalised is returned as it is. What a rewrite leaves without effect goes at once, so that no pass has
to look for it; what passes promise to keep is checked after each of them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from parity.errors import ParityError
from parity.graph import Gap, LayerGraph
from parity.passes._conditions import Condition
from parity.passes._verify import wiring
from parity.passes.canonical.eliminate_dead_code import eliminate_dead_code

Rewrite = Callable[[LayerGraph], LayerGraph]
"""A pure function that returns the very graph that it was given where nothing changes."""

Watch = Callable[[str, str, LayerGraph], None]
"""Called after each rewrite with the phase, the pass and the graph, and at the end of a phase without a pass."""

ROUNDS = 64
"""How often the passes of a phase, or all phases, run at most: nested structures of a model take one round a level."""


@dataclass(frozen=True, slots=True)
class Pass:
    """A pass of an installed package: it runs after parity's own passes of a phase, and again whenever these do.

    Attributes:
        phase: the name of the phase.
        run: the pass. It keeps the contract of all passes: what the model computes stays as it is.
    """

    phase: str
    run: Rewrite

    @property
    def name(self) -> str:
        """That of the function."""
        return self.run.__name__


@dataclass(frozen=True, slots=True)
class Phase:
    """A set of rewrites that is run to a fixed point.

    Attributes:
        name: what ``parity graph --after`` takes.
        passes: pure functions that return the very graph they were given when nothing changes.
        requires: what holds of a graph before it, because an earlier phase has seen to it.
        ensures: what holds of a graph after it.
    """

    name: str
    passes: tuple[Rewrite, ...]
    requires: tuple[Condition, ...] = ()
    ensures: tuple[Condition, ...] = ()


def run(graph: LayerGraph, phases: Sequence[Phase], watch: Watch | None = None) -> LayerGraph:
    """Run all phases in order, and again, until none of them changes anything.

    A graph that does not come to rest has a gap that says so: two rewrites that undo each other would run for ever.

    Raises:
        ParityError: a pass lost an input of the model, or the producer of a value; names it.
    """
    graph = _clean(graph)
    for _ in range(ROUNDS):
        before = graph
        for phase in phases:
            graph, rests = _settled(phase, graph, watch)
            if watch is not None:
                watch(phase.name, "", graph)
            if not rests:
                return _restless(graph, f"the phase {phase.name}")  # and would not the next time
        for problem in wiring(graph):
            raise ParityError("a pass is wrong", problem, remedy="report this as a bug in parity")
        if graph is before:
            return graph
    return _restless(graph, "all phases")


def _settled(phase: Phase, graph: LayerGraph, watch: Watch | None) -> tuple[LayerGraph, bool]:
    """The graph after a phase, and whether it has come to rest."""
    for _ in range(ROUNDS):
        before = graph
        for each in phase.passes:
            done = each(graph)
            if done is graph:
                continue
            if done.inputs != graph.inputs:
                raise ParityError(
                    f"the pass {each.__name__} is wrong",
                    "it changed the model's inputs",
                    found=f"in the phase {phase.name}",
                )
            graph = _clean(done)
            if watch is not None:
                watch(phase.name, each.__name__, graph)
        if graph is before:
            return graph, True
    return graph, False


def _clean(graph: LayerGraph) -> LayerGraph:
    while (done := eliminate_dead_code(graph)) is not graph:
        graph = done
    return graph


def _restless(graph: LayerGraph, what: str) -> LayerGraph:
    gap = Gap("", f"{what} did not converge after {ROUNDS} rounds", "report this as a bug in parity")
    return graph if gap in graph.gaps else replace(graph, gaps=(*graph.gaps, gap))


def broken(graph: LayerGraph, conditions: Sequence[Condition]) -> Iterator[str]:
    """What a graph breaks of the conditions of a phase, in words."""
    for condition in conditions:
        for where in condition(graph):
            yield f"{condition.__name__}: {where}"
