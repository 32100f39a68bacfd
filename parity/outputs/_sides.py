"""Both models evaluated on the same inputs, and their outputs beside each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from parity.adapters import as_read
from parity.comparison import Comparison, Forms, View, traced_forms
from parity.errors import ParityError
from parity.evaluation import Budget, Evaluated, Numbers, stored_in
from parity.graph import Evidence, LayerGraph, SourceGraph
from parity.kinds import translate
from parity.outputs._contract import Array, Error, FinalError, Unmatched
from parity.outputs._elements import as_right, error
from parity.outputs._inputs import BATCH, SIZES, UNUSUAL, Draw, Inputs, Twins, twins
from parity.outputs._recorded import NOTHING_RECORDED, Recorded, evaluated

Sources = tuple[SourceGraph, SourceGraph]
Both = tuple[Evaluated, Evaluated]


@dataclass(frozen=True)
class Sides:
    """Two compared models, ready to be evaluated.

    Attributes:
        comparison: of the normalised graphs.
        sources: both models as they were read.
        passed: they are evaluated as passes have left them, not as they were translated.
        recorded: what their own frameworks computed, where that is to stand in the place of evaluating them.
    """

    comparison: Comparison
    sources: Sources
    passed: bool = False
    recorded: Recorded = NOTHING_RECORDED

    @property
    def view(self) -> View:
        """Both normalised graphs."""
        return self.comparison.view

    @cached_property
    def graphs(self) -> tuple[LayerGraph, LayerGraph]:
        """Both models as they are evaluated: before any pass, what quantisation rounds is still there.

        Raises:
            Unmatched: one of them has no wiring, or other outputs than were compared.
        """
        if self.passed:
            return as_read(self.view.left, self.sources[0]), as_read(self.view.right, self.sources[1])
        found = translate(self.sources[0]), translate(self.sources[1])
        for side, graph, compared in zip(("left", "right"), found, (self.view.left, self.view.right), strict=True):
            if graph.evidence is not Evidence.GRAPH:
                raise Unmatched(f"the {side} does not record its wiring, only layers or tensors")
            if graph.inputs != compared.inputs or len(graph.outputs) != len(compared.outputs):
                raise Unmatched(f"the {side} was compared with inputs or outputs that it does not have")
        return found

    @cached_property
    def stored(self) -> tuple[Numbers, Numbers]:
        """The weights as each side stores them."""
        return stored_in(self.sources[0]), stored_in(self.sources[1])

    @cached_property
    def forms(self) -> Forms:
        """Which elements of a right value are which of a left one."""
        return traced_forms(self.view, self.comparison.differences)

    @cached_property
    def twins(self) -> Twins:
        """The inputs that are each other's counterpart.

        Raises:
            Unmatched: some have none.
        """
        return twins(self.view, self.sources)

    @cached_property
    def ends(self) -> tuple[tuple[int, int], ...]:
        """The outputs that are each other's counterpart, by their places.

        Raises:
            Unmatched: none has one.
        """
        if not self.view.alignment.outputs:
            raise Unmatched("no output of the left has a counterpart on the right")
        return tuple((end.left, end.right) for end in self.view.alignment.outputs)

    def names(self) -> list[tuple[str, str]]:
        """The outputs under both names."""
        known = [source.names_of_outputs for source in self.sources]
        return [(known[0][a], known[1][b]) for a, b in self.ends]

    @cached_property
    def normalised(self) -> "Sides":
        """The same, to be evaluated as passes have left both models: operators that have no formula may be gone."""
        return replace(self, passed=True)

    @cached_property
    def is_rounded(self) -> bool:
        """Whether a side rounds to small integers, which the passes take out."""
        return any(layer.kind == "quantisation" for graph in self.graphs for layer in graph.layers)

    def run(self, inputs: Inputs, numbers: tuple[Numbers, Numbers], budget: Budget) -> Both:
        """Evaluate both models.

        Raises:
            Unmatched: the arrays are not what a side takes.
        """
        try:
            graphs, recorded = self.graphs, self.recorded
            left = evaluated(graphs[0], numbers[0], inputs.left, recorded[0], budget=budget)
            return left, evaluated(graphs[1], numbers[1], inputs.right, recorded[1], budget=budget)
        except ParityError as failure:
            raise Unmatched(str(failure)) from failure

    def run_drawn(
        self, draw: Draw, seed: int, numbers: tuple[Numbers, Numbers], budget: Budget, given: Twins | None = None
    ) -> tuple[Inputs, Both]:
        """Evaluate both models on drawn inputs, free sizes as small as both can be computed with, or unusual ones.

        Args:
            draw: what sort of numbers.
            seed: another one gives other numbers.
            numbers: the weights of both.
            budget: what may be computed.
            given: how inputs belong together; None for as they were aligned.

        Raises:
            Unmatched: the models do not take the same inputs.
        """
        pairs = given or self.twins
        found, usual = list[tuple[Inputs, Both]](), len(SIZES) if pairs.is_free else 1
        for rows, size in (*((BATCH, size) for size in SIZES[:usual]), *(UNUSUAL if pairs.has_free_sizes else ())):
            inputs = pairs.drawn(draw, seed, rows, size)
            said = f"{inputs.said}, free sizes {size}" if pairs.is_free else inputs.said
            inputs = replace(inputs, said=said)
            both = self.run(inputs, numbers, budget)
            gaps = [gap for each in both for gap in each.gaps]
            if not gaps:
                return inputs, both
            found.append((inputs, both))
            if len(found) >= usual and not any(gap.is_of_sizes for gap in gaps):
                break
        return found[usual - 1]

    def pairs(self, both: Both) -> tuple[list[tuple[str, Array, Array]], list[tuple[str, str]]]:
        """The outputs that could be computed, in the right layout under the left name; and why others could not."""
        found, missing = [], []
        for (a, b), (name, _) in zip(self.ends, self.names(), strict=True):
            ids = self.graphs[0].outputs[a], self.graphs[1].outputs[b]
            why = next(
                (_why(gaps, value) for gaps, value in zip(both, ids, strict=True) if value not in gaps.values), ""
            )
            if why:
                missing.append((name, why))
                continue
            arrays = both[0].values[ids[0]], both[1].values[ids[1]]
            ends = self.view.left.outputs[a], self.view.right.outputs[b]
            turned = as_right(arrays[0], self.view, self.forms, *ends)
            if turned is None:
                missing.append((name, "it is not known how its axes map to the other side"))
            else:
                found.append((name, turned, arrays[1]))
        return found, missing


def _why(found: Evaluated, value: str) -> str:
    gap = next((each for each in found.gaps if value in each.outputs), None)
    return f"{gap.source} cannot be computed: {gap.reason}" if gap is not None else "it cannot be computed"


def final_errors(names: Sequence[tuple[str, str]], pairs: Sequence[tuple[str, Any, Any]]) -> list[FinalError]:
    """How far the outputs are apart."""
    known = dict(names)
    return [FinalError(name, known[name], error(left, right, scores=True)) for name, left, right in pairs]


def worse(found: Mapping[str, FinalError], more: Sequence[FinalError]) -> dict[str, FinalError]:
    """The larger errors of both, by the left name."""
    done = dict(found)
    for each in more:
        known = done.get(each.left)
        done[each.left] = each if known is None else replace(each, error=_larger(known.error, each.error))
    return done


def _larger(one: Error, other: Error) -> Error:
    shares = [each for each in (one.same_choice, other.same_choice) if each is not None]
    return Error(max(one.max_abs, other.max_abs), max(one.rel_l2, other.rel_l2), min(shares, default=None))
