"""The routes: two sides that parity compares, each a way from a program to what is given to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from differential.absorbing import absorbable
from differential.changes import changed
from differential.generating import Family, evaluated, random_program
from differential.judging import Outcome, compared, judged
from differential.programs import Pair, Program, Refused, Unfit
from differential.truth import NORMAL, SAME, Run, feeds, gives_places, nearly_equal, truth, typed

KINDS = ("copy", "rewriting", "rewriting", "change", "change", "change")


@dataclass(frozen=True)
class Built:
    """One side.

    Attributes:
        model: what parity is given.
        run: what it computes, with axes in the order of the other side.
        readings: what it computes, with axes in other orders that an interface may have them in.
        input_readings: the same with what it is given in another order, which a report has to say.
    """

    model: Any
    run: Run
    given: Mapping[str, Any] = field(default_factory=dict)
    framework_count: Callable[[], tuple[int, int]] | None = None
    readings: tuple[Run, ...] = ()
    input_readings: tuple[Run, ...] = ()


PRECISION = "computed-in-other-precision"
"""What a report says where a policy rounds what a layer computes: named, and a difference for ``exact`` only."""

DTYPE = "dtype (info)"
"""The same of a file, which keeps no policies but weights in another precision."""

INPUT_LAYOUT = "input-layout"
"""What a report says where the models take their inputs in different layouts."""

MASKS = "mask-convention"
"""What a report says where one side alone tells fit which steps to leave out: functions of Keras drop masks."""

Side = Callable[[Program], Built]


@dataclass(frozen=True)
class Route:
    """Two sides of one family of programs.

    Attributes:
        sides: what is made of each program.
        script: what a stand-alone script says after the sources ``left`` and ``right``, to make what is compared.
        most: layers of its programs.
        attempts: to make a failure smaller.
        share: pairs in a turn of all routes.
        trains: whether both sides tell how they are trained.
        typed: whether both sides say themselves of what type their inputs are.
    """

    name: str
    family: Family
    sides: tuple[Side, Side]
    script: str = ""
    most: int = 12
    attempts: int = 200
    share: int = 10
    trains: bool = True
    typed: bool = True
    kinds: tuple[str, ...] = KINDS

    def pair(self, seed: int, index: int) -> Pair:
        """The pair of a number."""
        rng = np.random.default_rng((seed, index, *self.name.encode()))
        return self._drawn(rng)

    def _drawn(self, rng: np.random.Generator) -> Pair:
        kind = self.kinds[int(rng.integers(len(self.kinds)))]
        program = random_program(self.family, rng, self.most)
        program, values = evaluated(self.family, program)
        if kind == "change":
            new, label = changed(self.family, program, values, rng)
            if "type of an input" in label and not self.typed:
                raise Unfit
            if label.startswith("training ") and " and " not in label:
                return _training(Pair(program, new, kind, label), rng, trains=self.trains)
            return Pair(program, new, kind, label)
        if kind == "rewriting":
            wanted, label, new = 1 + int(rng.random() < 0.25), [], program
            for _ in range(16):
                rewrite = self.family.rewritings[int(rng.integers(len(self.family.rewritings)))]
                try:
                    new, values = evaluated(self.family, rewrite(new, values, rng))
                except (Unfit, Refused, KeyError):
                    continue
                label.append(rewrite)
                if len(label) == wanted:
                    break
            if label:
                profile = next((each.profile for each in label if hasattr(each, "profile")), None)
                return Pair(program, new, kind, ", ".join(each.__name__ for each in label), profile)
        return Pair(program, program, "copy")

    def check(self, pair: Pair) -> Outcome:
        """What parity says of a pair, judged."""
        try:
            left, right = (side(program) for side, program in zip(self.sides, pair.sides(), strict=True))
        except Refused as error:
            return Outcome("skipped", "", str(error))
        given = {**left.given, **right.given}
        if pair.profile:
            given["profile"] = pair.profile
        verdict, note, seconds = compared(left.model, right.model, **given)
        if pair.kind == "copy" and (wrong := miscounted(left)):
            return Outcome("miscount", verdict, wrong, seconds)
        fixed = any(name.endswith("_inputs") for name in given)
        status = judged(pair.kind, verdict, lambda: truth(pair, (left.run, right.run), fixed=fixed))
        if status == "false alarm" and MASKS in note and pair.profile is None:
            answer = compared(left.model, right.model, **given, profile="inference")
            status = "ok" if answer[0] == "equivalent" else status
        if status == "false pass" and (absorbable(self.family, pair) or _says_precision(pair, note)):
            status = "skipped"
        readings = (*right.readings, *(right.input_readings if INPUT_LAYOUT in note else ()))
        if status == "false pass" and any(truth(pair, (left.run, each), fixed=fixed) == SAME for each in readings):
            status = "neutral"  # the model gives what the other one gives, as it is, or all of it in the other layout
        if status == "false pass" and (self._is_of_frameworks(pair) or self._hangs_on_last_digits(pair)):
            status = "skipped"
        if status == "false pass" and _of_weights_alone(compared(left.model, right.model, **given, weights=True)):
            status = "neutral"  # the models are one design: an export holds ones where the original has trained numbers
        return Outcome(status, verdict, note, seconds)

    def _is_of_frameworks(self, pair: Pair) -> bool:
        """Whether a change does nothing in either framework: what differs is how they compute the very same model.

        TensorFlow gives wrong numbers for some contractions whose axes are all of one size (two heads of size one).
        """
        try:
            return all(truth(pair, (side(pair.left).run, side(pair.right).run)) == SAME for side in self.sides)
        except Refused:
            return False

    def _hangs_on_last_digits(self, pair: Pair) -> bool:
        """Whether places are told of numbers that are equal but for rounding: of a softmax over one element, say."""
        for side, program in zip(self.sides, pair.sides(), strict=True):
            made = {name for node in program.nodes for name in node.names()}
            keys = {node.inputs[0] for node in program.nodes if gives_places(node)} & made
            if not keys:
                continue
            built = side(replace(program, outputs=tuple(keys)))
            given = [typed(each, program, [one.name for one in pair.left.inputs]) for each in feeds(pair)]
            found = [feed for at, feed in enumerate(built.run(given)) if at in NORMAL and isinstance(feed, list)]
            if any(nearly_equal(np.asarray(key)) for feed in found for key in feed):
                return True
        return False


def _says_precision(pair: Pair, note: str) -> bool:
    """Whether a report says that numbers are rounded more on one side: by a policy, or by the type of its weights."""
    return PRECISION in note or ("dtype" in pair.label and DTYPE in note.split("; "))


def _of_weights_alone(answer: tuple[str, str, float]) -> bool:
    """Whether a comparison with weights finds other weights, and nothing else that is a difference."""
    verdict, note, _ = answer
    errors = [each.removesuffix(" (error)") for each in note.split("; ") if each.endswith(" (error)")]
    return verdict == "different" and bool(errors) and all(each.startswith("weights-") for each in errors)


def _training(pair: Pair, rng: np.random.Generator, *, trains: bool) -> Pair:
    """A pair that differs in training only: different in that profile, and the same for inference."""
    if trains and rng.random() < 0.6:
        return replace(pair, profile="train", known="differ")
    return replace(pair, kind="rewriting", profile="inference", known="same")


def miscounted(built: Built) -> str:
    """What parity counts other than the framework; nothing where both agree."""
    import parity

    if built.framework_count is None:
        return ""
    inputs = next((each for name, each in built.given.items() if name.endswith("inputs")), None)
    told = parity.summary(built.model, inputs=inputs).side.headline
    total, trainable = built.framework_count()
    if told.total == total and told.trainable in {None, trainable}:
        return ""
    return f"the framework counts {total} and {trainable} trainable, parity {told.total} and {told.trainable}"


@cache
def routes() -> dict[str, Route]:
    """All routes by name."""
    from differential.export_routes import ROUTES as EXPORT_ROUTES
    from differential.keras_routes import ROUTES as KERAS_ROUTES
    from differential.onnx_routes import ROUTES as ONNX_ROUTES
    from differential.port_routes import ROUTES as PORT_ROUTES
    from differential.torch_routes import ROUTES as TORCH_ROUTES

    return {route.name: route for route in (*ONNX_ROUTES, *TORCH_ROUTES, *KERAS_ROUTES, *PORT_ROUTES, *EXPORT_ROUTES)}
