"""The value types of a configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from parity.adapters import Inputs
from parity.outputs import OUTPUT_RTOL
from parity.policy import NOTHING, Policy
from parity.reports import Place
from parity.suppression import Suppression

LEVELS = ("error", "warning", "info", "never")
"""From which severity on a gate stays closed; what could not be decided counts as error."""


@dataclass(frozen=True)
class Pair:
    """Two models to compare; None means the setting of all pairs.

    Attributes:
        left, right: paths, relative to the folder that the command runs in.
        inputs: example inputs.
        map: layers that are matched by hand, left to right.
        weights: compare the values of all weights.
        outputs: evaluate both models and compare their outputs.
        data: path of the inputs for that, or those of recordings; none for random inputs.
        match_outputs: outputs that are matched by hand, by name.
        only_outputs: names of the outputs to compare; empty for all.
        place: where it is configured.
        left_name: display name of the left side if its path is that of a copy; "" for the path.
    """

    name: str
    left: str
    right: str
    inputs: Inputs | None = None
    profile: str | None = None
    map: Mapping[str, str] = field(default_factory=dict)
    fail_on: str | None = None
    weights: bool | None = None
    outputs: bool | None = None
    data: tuple[str, ...] = ()
    match_outputs: Mapping[str, str] = field(default_factory=dict)
    only_outputs: tuple[str, ...] = ()
    place: Place | None = None
    left_name: str = ""


@dataclass(frozen=True)
class Settings:
    """All that a run of the gate needs to know.

    Attributes:
        file: the configuration that it comes from, "" if from none.
        profile: of pairs without their own; None for the strictest that both sides can answer.
        rtol: the tolerance for weight values; None if they are only compared for pairs that ask for it.
        numbers: read the values that decide a question, whether or not weights are compared.
        outputs: of pairs that do not set it themselves.
        output_rtol: the relative error up to which outputs are the same.
        verify: whether both models are evaluated before they are called equivalent: off, auto or full.
        jobs: pairs that are compared at the same time.
        backend: the joblib backend that compares them; "" for processes on this machine if there are several jobs.
        baseline: the file of known differences; "" for none.
        partial: not all pairs of the file, so that a suppression for any pair may be of use in another one.
    """

    file: str = ""
    pairs: tuple[Pair, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    profile: str | None = None
    fail_on: str = "error"
    policy: Policy = NOTHING
    rtol: float | None = None
    numbers: bool = True
    outputs: bool = False
    output_rtol: float = OUTPUT_RTOL
    verify: str = "auto"
    jobs: int | None = None
    backend: str = ""
    baseline: str = ""
    partial: bool = False
