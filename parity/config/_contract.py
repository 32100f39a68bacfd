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
    """Two models to be compared; what is None is as for all pairs.

    Attributes:
        left, right: paths, as they are to be opened from the folder that the command runs in.
        inputs: example inputs.
        map: layers that are each other's counterpart.
        weights: the numbers of all weights are compared.
        outputs: both models are evaluated, and what comes out is compared.
        data: the path of the inputs for that; None to draw them.
        match_outputs: outputs that are each other's counterpart, by name.
        only_outputs: the names of those that are compared; none for all.
        place: where it is written.
        left_name: what the left side is called where its path is that of a copy; "" for the path.
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
    data: str | None = None
    match_outputs: Mapping[str, str] = field(default_factory=dict)
    only_outputs: tuple[str, ...] = ()
    place: Place | None = None
    left_name: str = ""


@dataclass(frozen=True)
class Settings:
    """All that a run of the gate needs to know.

    Attributes:
        file: the configuration that it comes from, "" if from none.
        profile: for pairs without one of their own; None for the strictest that both sides can answer.
        rtol: the tolerance for the numbers of weights; None where these are compared only for pairs that say so.
        numbers: those that decide a question are read, whether weights are asked for or not.
        outputs: as of a pair, for those that do not say it themselves.
        output_rtol: up to which relative error outputs are the same.
        verify: whether both models are evaluated before they are called equivalent: off, auto or full.
        jobs: pairs that are compared at the same time.
        backend: of joblib, that they are compared by; "" for processes of this machine where there are several jobs.
        baseline: the file of differences that were there before; "" for none.
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
