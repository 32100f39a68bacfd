"""A mapping of layers or tensors that a project already has, against what parity finds."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from parity.adapters import Inputs, for_both
from parity.check import compared
from parity.comparison import Comparison, View
from parity.config import map_file
from parity.errors import UsageError
from parity.graph import LayerGraph, SourceGraph
from parity.transfer import Entry, Plan, plan

PREFIXES = ("model.", "module.")
"""What files put before all names, and readers take away."""


class Agreement(StrEnum):
    """What parity says to a line of a mapping."""

    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    UNDECIDED = "undecided"
    """Parity does not know what the tensor is made of."""
    UNKNOWN = "unknown"
    """A side has no layer or tensor of that name."""
    MISSING = "missing"
    """No line names a tensor that has a source."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a mapping, or one that it lacks.

    Attributes:
        source, target: the names, as they stand there.
        agreement: what parity says to it.
        told: what parity finds, or why it finds nothing; "" where they agree.
    """

    source: str
    target: str
    agreement: Agreement
    told: str = ""


def read_map(path: str) -> dict[str, str]:
    """The lines of a TOML or JSON file: a name in the source = a name in the target.

    Raises:
        UsageError: it is not there, or holds something else.
    """
    if not path.endswith(".json"):
        return map_file(Path(path))
    subject = f"cannot read the map {path!r}"
    try:
        found = json.loads(Path(path).read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(subject, str(getattr(error, "strerror", None) or error)) from error
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise UsageError(subject, "it is not an object of names", remedy='write {"conv1": "layer1.0"}')
    return found


def check_map(
    source: Any,
    target: Any,
    mapping: Mapping[str, str],
    *,
    source_inputs: Inputs | None = None,
    target_inputs: Inputs | None = None,
) -> tuple[Line, ...]:
    """Hold a mapping against what parity finds by itself.

    Args:
        source: a path, or a live model, whose weights are to be carried over.
        target: another one, which takes them.
        mapping: for layers or tensors of the source those of the target.
        source_inputs: example inputs of the source, where it is live and needs them.
        target_inputs: those of the target.

    Returns:
        Each line, and one more for each tensor of the target that has a source and that no line names.

    Raises:
        UnreadableModel: a side cannot be read.
    """
    sources, comparison = compared(source, target, for_both(None, source_inputs, target_inputs), None)
    return _Check(comparison, sources, plan(comparison, *sources), mapping).lines()


@dataclass(frozen=True)
class _Check:
    comparison: Comparison
    sources: tuple[SourceGraph, SourceGraph]
    plan: Plan
    mapping: Mapping[str, str]

    @property
    def view(self) -> View:
        return self.comparison.view

    @cached_property
    def names(self) -> tuple[dict[str, str], dict[str, str]]:
        return _tensor_names(self.sources[0], self.view.left), _tensor_names(self.sources[1], self.view.right)

    @cached_property
    def layers(self) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        return _layer_names(self.view.left), _layer_names(self.view.right)

    @cached_property
    def entries(self) -> dict[str, Entry]:
        return {entry.name: entry for entry in self.plan.entries}

    def lines(self) -> tuple[Line, ...]:
        covered: set[str] = set()
        found = []
        for one, other in self.mapping.items():
            mine, theirs = _known(one, self.names[0]), _known(other, self.names[1])
            if mine is not None and theirs is not None:
                covered.add(theirs)
                found.append(Line(one, other, *self.of_tensors(mine, theirs)))
            elif one in self.layers[0] and other in self.layers[1]:
                covered |= self.tensors_of(other)
                found.append(Line(one, other, *self.of_layers(one, other)))
            else:
                found.append(Line(one, other, Agreement.UNKNOWN, self.why_unknown(one, other)))
        return (*found, *self.missing(covered))

    def of_tensors(self, mine: str, theirs: str) -> tuple[Agreement, str]:
        entry = self.entries.get(theirs)
        if entry is None:
            return Agreement.CONTRADICTS, f"{theirs} stays as it is: it is no weight"
        if entry.value is None:
            return Agreement.UNDECIDED, entry.reason
        of = [*dict.fromkeys(entry.value.names())]
        weights = self.sources[0].weights
        if weights[mine].storage in {weights[name].storage for name in of if name in weights}:
            return Agreement.AGREES, ""
        return Agreement.CONTRADICTS, f"{theirs} is {' and '.join(of)}" if of else f"{theirs} has no source"

    def of_layers(self, mine: str, theirs: str) -> tuple[Agreement, str]:
        graph = self.view.left
        lefts = [layer for layer in graph.layers if layer.path in self.layers[0][mine]]
        lefts = [left for left in lefts if left.weights] or lefts
        others = [other for left in lefts if (other := self.view.counterpart(left, of_left=True)) is not None]
        if any(other.path in self.layers[1][theirs] for other in others):
            return Agreement.AGREES, ""
        if not others:
            return Agreement.UNDECIDED, f"parity finds no counterpart of {mine}"
        return Agreement.CONTRADICTS, f"{mine} is {' and '.join(sorted({other.source for other in others}))}"

    def tensors_of(self, layer: str) -> set[str]:
        """The stored tensors of a layer of the target."""
        paths = self.layers[1][layer]
        names = {name for name, paths_ in _users(self.view.right).items() if paths_ & paths}
        return names & {*self.entries}

    def why_unknown(self, one: str, other: str) -> str:
        swapped = (one in self.names[1] or one in self.layers[1]) and (
            other in self.names[0] or other in self.layers[0]
        )
        if swapped:
            return "the names are those of the other side: are source and target exchanged?"
        told = []
        for side, name, at in (("source", one, 0), ("target", other, 1)):
            if _known(name, self.names[at]) is None and name not in self.layers[at]:
                told.append(f"the {side} has no layer or tensor {name!r}")
        return "; ".join(told) or "one is a layer, the other a tensor"

    def missing(self, covered: set[str]) -> Iterator[Line]:
        storages = {self.sources[1].weights[name].storage for name in covered}
        for entry in self.plan.entries:
            of = [*dict.fromkeys(entry.value.names())] if entry.value is not None else []
            if of and self.sources[1].weights[entry.name].storage not in storages:
                yield Line(" + ".join(of), entry.name, Agreement.MISSING, "no line names it")


def _known(name: str, names: Mapping[str, str]) -> str | None:
    """The tensor of a name, with or without what files put before all names."""
    found = names.get(name)
    for prefix in PREFIXES:
        found = found or names.get(name.removeprefix(prefix))
    return found


def _tensor_names(source: SourceGraph, graph: LayerGraph) -> dict[str, str]:
    """Stored tensors by their names, and by layer and role as Keras calls its variables."""
    found = {name: name for name, weight in source.weights.items() if not weight.pieces}
    for layer in graph.layers:
        for weight in layer.weights:
            name = weight.whole or weight.name
            if name in found and weight.role:
                for form in (f"{layer.source}/{weight.role}", f"{layer.source}/{weight.role}:0"):
                    found.setdefault(form, name)
    return found


def _layer_names(graph: LayerGraph) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for layer in graph.layers:
        for name in {*layer.sources, layer.path}:
            found.setdefault(name, set()).add(layer.path)
    return found


def _users(graph: LayerGraph) -> dict[str, set[str]]:
    """The paths of the layers that use each stored tensor."""
    found: dict[str, set[str]] = {}
    for layer in graph.layers:
        for weight in layer.weights:
            for each in weight.joined or (weight,):
                for name in [piece.name for piece in each.pieces] or [each.whole or each.name]:
                    found.setdefault(name, set()).add(layer.path)
    return found
