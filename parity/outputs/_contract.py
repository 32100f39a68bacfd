"""The value types of computed outputs: how far apart they are, where that begins, and what each cause counts for."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from parity.recordings import Recording

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any

OUTPUT_RTOL = 1e-4
"""Up to this relative error outputs are the same: exporters and folded weights round in single precision."""


class Verify(StrEnum):
    """Whether two models are evaluated before they are called equivalent."""

    OFF = "off"
    AUTO = "auto"
    """Where it takes some seconds."""
    FULL = "full"
    """However long it takes."""


@dataclass(frozen=True)
class Asked:
    """What is asked of outputs.

    Attributes:
        outputs: they are compared as the stored weights make them.
        data: the inputs by name, or in the order of the left model; None to draw them.
        rtol: up to which relative error outputs are the same.
        verify: whether an answer that says equivalent is checked by computing.
        recordings: what the models' own frameworks computed, in the place of ``data``.
    """

    outputs: bool = False
    data: Any = None
    rtol: float = OUTPUT_RTOL
    verify: Verify = Verify.OFF
    recordings: "tuple[Recording, ...]" = ()


NOT_ASKED = Asked()


@dataclass(frozen=True, slots=True)
class Error:
    """How far a right array is from the left one.

    Attributes:
        max_abs: the largest difference of two elements.
        rel_l2: the norm of the difference over that of the left array; infinite where one side alone is no number.
        same_choice: the share of rows whose largest element is at the same place; None for what is no row of scores.
    """

    max_abs: float
    rel_l2: float
    same_choice: float | None = None


@dataclass(frozen=True, slots=True)
class FinalError:
    """An output under both names, and its largest errors over all draws."""

    left: str
    right: str
    error: Error


@dataclass(frozen=True, slots=True)
class Apart:
    """Two arrays that are not the same.

    Attributes:
        means, spreads: mean and standard deviation of both.
        places: of the element that is furthest off, in the layout of each side.
        numbers: the element on both sides.
    """

    means: tuple[float, float]
    spreads: tuple[float, float]
    places: tuple[tuple[int, ...], tuple[int, ...]]
    numbers: tuple[float, float]


@dataclass(frozen=True, slots=True)
class LayerError:
    """The error of what two aligned layers make.

    Attributes:
        left, right: the layers as a person knows them.
        layers: their paths as they were compared.
        rel_l2: the error.
        isolated: the right layer, given what the left one works on, still makes something else: it is at fault itself.
            None where it cannot be given that.
        apart: both arrays in numbers; None where they are the same, or have other sizes.
    """

    left: str
    right: str
    layers: tuple[str, str]
    rel_l2: float
    isolated: bool | None = None
    apart: Apart | None = None


@dataclass(frozen=True, slots=True)
class UndoneStep:
    """A cause that was undone on the right side.

    Attributes:
        rule: of the finding; ``weights`` for the numbers that the left side stores; several with a plus between them
            where the right model cannot be computed with only some of them undone.
        layers: where, as a person knows them.
        error: relative error of the outputs after it.
        moved: by how much it changed the outputs of the right side, relative to them.
        fingerprints: of the findings, none for weights.
    """

    rule: str
    layers: tuple[str, ...]
    error: float
    moved: float
    fingerprints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutputLedger:
    """From the error at the start over each cause to what is left.

    Attributes:
        start: relative error of the outputs as they are.
        steps: the causes, in the order in which they were undone.
        left_out: why findings were not undone, by fingerprint.
    """

    start: float
    steps: tuple[UndoneStep, ...]
    left_out: Mapping[str, str]

    @property
    def remainder(self) -> float:
        """The error that is left."""
        return self.steps[-1].error if self.steps else self.start


@dataclass(frozen=True, slots=True)
class FrameworkNumerics:
    """How far what a framework computed is from exact arithmetic: parity's own, in double precision.

    Attributes:
        side: ``left`` or ``right``.
        producer: the framework and its version.
        rel_l2: the largest relative error of an output; None where parity cannot compute one.
        layer: the layer whose error is the largest, as a person knows it.
        layer_rel_l2: its error; None where nothing could be compared.
        compared: how many values could be.
    """

    side: str
    producer: str
    rel_l2: float | None
    layer: str
    layer_rel_l2: float | None
    compared: int


@dataclass(frozen=True)
class Outputs:
    """What came of comparing outputs.

    Attributes:
        inputs: what both models were given, in words.
        rtol: up to which relative error outputs are the same.
        final: each output that could be compared.
        missing: why others could not, by name.
        layers: the errors of all aligned layers that could be compared, in the order of the left graph.
        first_divergence: the layer where the models part, which one side alone may have; None where they do not, or
            where that is not known.
        ledger: what each cause counts for; None where outputs are the same, or could not be compared.
        shown: the inputs that the layers and the ledger are of: the first ones with which outputs differ.
        recorded: the frameworks that computed a side, where recordings of them were given.
    """

    inputs: str
    rtol: float
    final: tuple[FinalError, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    layers: tuple[LayerError, ...] = ()
    first_divergence: LayerError | None = None
    ledger: OutputLedger | None = None
    shown: str = ""
    recorded: tuple[FrameworkNumerics, ...] = ()

    @property
    def same(self) -> bool:
        """Whether every output that could be compared is the same."""
        return all(each.error.rel_l2 <= self.rtol for each in self.final)

    @property
    def worst(self) -> FinalError | None:
        """The output that is furthest apart."""
        return max(self.final, key=lambda each: each.error.rel_l2, default=None)


class Unmatched(Exception):
    """Something of one model has no certain place in the other; says what."""
