"""The value types of an explanation: layers side by side, with all that was looked at and what was said of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from parity.graph import Shape, Weight
from parity.outputs import LayerError
from parity.reports._contract import Report, Tensor
from parity.reports._rows import Line
from parity.reports._shown import Shown
from parity.rules import Finding, Severity


@dataclass(frozen=True, slots=True)
class Half:
    """The layer of one side.

    Attributes:
        path: as a person knows it.
        rows: the rows of its own model that it stands for, where these are several.
        kind: what it is, in neutral terms; ``op`` in its framework's.
        given, made: shapes of its inputs and outputs, None where they are not known.
        params: elements that its framework's headline counts.
        formula: the arithmetic behind that, "" where the settings do not reproduce the stored tensors.
        notes: what was done to it before it was compared.
    """

    path: str
    rows: tuple[str, ...]
    kind: str
    op: str
    given: tuple[Shape | None, ...]
    made: tuple[Shape | None, ...]
    params: int
    formula: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting on both sides, None where a side does not have it.

    Attributes:
        default_left, default_right: the value is what the framework gives a layer that says nothing of it.
        differs: it is not the same on both sides.
        compared: a difference would count.
    """

    name: str
    left: Any
    right: Any
    default_left: bool = False
    default_right: bool = False
    differs: bool = False
    compared: bool = True


@dataclass(frozen=True, slots=True)
class Carried:
    """A weight on both sides, and how it is carried from the left one to the right one: "" where it is not.

    Attributes:
        how: in words.
        code: what the right one is over the tensors of the left, as code of each library; none where that cannot be
            told.
        back: what the left one is over the tensors of the right.
        numbers: what came of comparing the values; None where that was not asked for.
    """

    role: str
    left: Weight | None
    right: Weight | None
    how: str
    code: Mapping[str, str] = field(default_factory=dict)
    back: Mapping[str, str] = field(default_factory=dict)
    numbers: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Walk:
    """Two aligned layers, or one without a counterpart.

    Attributes:
        why: what speaks for these being each other's counterpart.
        findings: what rules have said, with severities.
        silent: rules that have looked at something and said nothing of it, and what that was.
        made: how far what both make is apart; None where outputs were not asked for.
    """

    left: Half | None
    right: Half | None
    why: str
    settings: tuple[Setting, ...]
    weights: tuple[Carried, ...]
    findings: tuple[tuple[Finding, Severity], ...]
    silent: Mapping[str, tuple[str, ...]]
    made: LayerError | None = None


Walks = Callable[[Report, Sequence[Line]], tuple[Walk, ...]]
"""Makes the walks of rows of a report, in their order."""


@dataclass(frozen=True, repr=False)
class Explained(Shown):
    """An explanation.

    Attributes:
        report: the comparison; if a layer was requested, with the findings of its walks only.
        layer: the requested path; "" for a short list of all layers.
        walks: the pairs of layers at that path.
        all_layers: layers without findings are listed as well.
    """

    report: Report
    layer: str = ""
    walks: tuple[Walk, ...] = ()
    all_layers: bool = False
