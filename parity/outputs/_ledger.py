"""What each cause counts for: undone one after the other on the right model, the error measured after each."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import inf

from parity.errors import ParityError
from parity.evaluation import Numbers
from parity.graph import Effect
from parity.kinds import Uncomputable
from parity.outputs._carried import NO_WEIGHT, carried, is_drawn
from parity.outputs._contract import Array, OutputLedger, UndoneStep, Unmatched
from parity.outputs._elements import as_right, error
from parity.outputs._inputs import Inputs
from parity.outputs._recorded import evaluated
from parity.outputs._sides import Sides
from parity.outputs._undone import Kept, Undone
from parity.recordings import Recording
from parity.rules import Finding

WEIGHTS = "weights"
"""What the step is called that gives the right side the numbers of the left."""

CHANGING = {Effect.INFERENCE, Effect.INTERFACE}
"""Effects of findings that change what comes out."""

ROUNDED = 1e-6
"""Up to this relative error a weight is the one that it is to be, stored in single precision."""

Arrays = list[Array]


def output_ledger(sides: Sides, inputs: Inputs, findings: Sequence[Finding]) -> OutputLedger | None:
    """From the error at the start to what no finding accounts for; None where the outputs cannot be compared.

    Args:
        sides: both models, compared before any part of them was taken as one.
        inputs: what both are given.
        findings: what was found in that comparison.
    """
    expected = _expected(sides, inputs)
    state = Undone.start(sides)
    now = _outputs(state, inputs, sides.recorded[1]) if expected is not None else None
    if expected is None or now is None:
        return None
    course = _Course(sides, inputs, expected, state, now)
    start = _error(expected, now)
    causes = _in_order(sides, findings)
    course.with_left_weights(causes)
    course.without(causes, findings)
    return OutputLedger(start, tuple(course.steps), course.left_out)


@dataclass
class _Course:
    """The right model on its way to the left one.

    Attributes:
        expected: the outputs of the left.
        state: the right model by now.
        now: its outputs when they could last be computed.
    """

    sides: Sides
    inputs: Inputs
    expected: Arrays
    state: Undone
    now: Arrays
    steps: list[UndoneStep] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)

    def with_left_weights(self, causes: Sequence[Finding]) -> None:
        """Let the right have the numbers of the left, where it stores others."""
        given = _left_weights(self.sides, {each.layers[0] for each in causes if not each.layers[1]})
        if given is not None:
            self.state = replace(self.state, base=given[0])
            self.measured(WEIGHTS, given[1], ())

    def measured(self, rule: str, layers: tuple[str, ...], marks: tuple[str, ...]) -> bool:
        """Take down what the right comes to by now; False where it cannot be computed."""
        after = _outputs(self.state, self.inputs)
        if after is not None:
            errors = _error(self.expected, after), _error(self.now, after)
            self.steps.append(UndoneStep(rule, layers, *errors, marks))
            self.now = after
        return after is not None

    def without(self, causes: Sequence[Finding], every: Sequence[Finding]) -> None:
        """Undo one cause after the other; sizes may fit again only once those that go together are undone."""
        waiting: list[Finding] = []
        for finding in causes:
            try:
                self.state = _without(self.state, finding, every)
            except Kept as reason:
                self.left_out[finding.fingerprint] = str(reason)
                continue
            waiting.append(finding)
            rules = " + ".join(dict.fromkeys(each.rule for each in waiting))
            layers = [path for each in waiting for path in (each.left if each.layers[0] else each.right)]
            marks = tuple(each.fingerprint for each in waiting)
            waiting = [] if self.measured(rules, tuple(dict.fromkeys(layers)), marks) else waiting
        self.left_out |= {each.fingerprint: "the right model cannot be computed without it" for each in waiting}


def _without(state: Undone, finding: Finding, every: Sequence[Finding]) -> Undone:
    """The right model without a cause, and without what follows from it in settings and weights.

    Raises:
        Kept: the cause cannot be undone.
    """
    undone = state.without(finding)
    for each in every:
        if each.caused_by == finding.fingerprint and all(each.layers) and each.attribute:
            with suppress(Kept):  # a size that is what comes of the cause
                undone = undone.without(each)
    return undone.loosened(_changed(state, undone))


def _in_order(sides: Sides, findings: Sequence[Finding]) -> list[Finding]:
    """The findings that change outputs and follow from no other, in the order of the graph."""
    view = sides.view
    asked = [
        each
        for each in findings
        if (each.effect in CHANGING or _is_lone_weight(sides, each)) and each.caused_by is None and any(each.layers)
    ]

    def place(finding: Finding) -> tuple[int, int]:
        left, right = finding.layers
        if left in view.left.places:
            return view.left.places[left], 0
        return _place_on_left(sides, right), 1

    return sorted(asked, key=place)


def _is_lone_weight(sides: Sides, finding: Finding) -> bool:
    """Whether a finding is of a weight that one of two layers has, which training takes out again and inference not."""
    left = sides.view.left_layers.get(finding.layers[0])
    right = sides.view.right_layers.get(finding.layers[1])
    if left is None or right is None:
        return False
    pairs = [(left.weight(role), right.weight(role)) for role in (finding.attribute or "").split(", ")]
    return any((a is None) != (b is None) and is_drawn(a or b or NO_WEIGHT) for a, b in pairs)


def _place_on_left(sides: Sides, path: str) -> int:
    """Where a layer of the right alone would stand on the left: after the last layer before it that has a place."""
    view = sides.view
    before = view.right.layers[: view.right.places.get(path, 0)]
    places = (view.left.places.get(view.alignment.to_left.get(layer.path, ""), -1) for layer in before)
    return max(places, default=-1)


def _changed(before: Undone, after: Undone) -> list[str]:
    """The layers that an undone cause has changed, or that get something else by it."""
    known = {layer.path: layer for layer in before.graph.layers}
    return [layer.path for layer in after.graph.layers if known.get(layer.path) != layer]


def _expected(sides: Sides, inputs: Inputs) -> Arrays | None:
    """The outputs of the left in the layout of the right."""
    try:
        found = evaluated(sides.view.left, sides.stored[0], inputs.left, sides.recorded[0])
    except ParityError:
        return None
    ends = sides.view.ends
    turned = [as_right(found.values[a], sides.view, sides.forms, a, b) if a in found.values else None for a, b in ends]
    known = [each for each in turned if each is not None]
    return known if len(known) == len(turned) else None


def _outputs(state: Undone, inputs: Inputs, recording: Recording | None = None) -> Arrays | None:
    """The outputs of the right as it is by now, or as they are recorded; None where they cannot be computed."""
    try:
        found = evaluated(state.graph, state, inputs.right, recording)
    except ParityError:
        return None
    ends = [state.graph.outputs[end.right] for end in state.sides.view.alignment.outputs]
    return [found.values[value] for value in ends] if all(value in found.values for value in ends) else None


def _error(expected: Arrays, found: Arrays) -> float:
    """The largest relative error of an output."""
    return max((error(a, b).rel_l2 for a, b in zip(expected, found, strict=True)), default=inf)


def _left_weights(sides: Sides, missing: Collection[str]) -> tuple[Numbers, tuple[str, ...]] | None:
    """The right's numbers with those of the left in their place, and where they differ; None where they do not.

    What the right lacks for certain is put in later, and none of its weights stands for that.
    """
    import numpy as np

    try:
        found = carried(sides.comparison, sides.forms, sides.stored[0], sides.sources[1], missing)
    except Unmatched:
        return None
    numbers = found.over(sides.sources[1])
    names = []
    for _, right in sides.view.pairs:
        for weight in right.weights:
            try:
                own, other = sides.stored[1].read(weight), numbers.read(weight)
            except Uncomputable:
                continue
            if own.dtype.kind == "f" and error(np.asarray(other), np.asarray(own)).rel_l2 > ROUNDED:
                names.append(right.source)
    return (numbers, tuple(dict.fromkeys(names))) if names else None
