"""The documents of ``--format json`` and ``jsonl`` as types, which the JSON Schema is made from."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired, TypeAlias, TypedDict


@dataclass(frozen=True, slots=True)
class OneOf:
    """Marks a text as one of some, in the schema."""

    values: tuple[str, ...]

    @property
    def schema(self) -> dict[str, Any]:
        """What it is in a schema."""
        return {"enum": list(self.values)}


@dataclass(frozen=True, slots=True)
class Pattern:
    """Marks a text as matching a regular expression, in the schema."""

    regex: str

    @property
    def schema(self) -> dict[str, Any]:
        """What it is in a schema."""
        return {"type": "string", "pattern": self.regex}


def _one_of(*values: str) -> OneOf:
    return OneOf(values)


Paths: TypeAlias = list[str]
Number: TypeAlias = float | str
"""A number, or in words one that JSON has none for: inf."""

Shapes: TypeAlias = list[list[int | str | None] | None]
Version: TypeAlias = Literal[1]
SCHEMA_VERSION: Version = 1
Effect = Annotated[str, _one_of("bookkeeping", "conversion", "training", "inference", "interface", "unknown")]
Severity = Annotated[str, _one_of("error", "warning", "info")]
Level = Annotated[str, _one_of("error", "warning", "info", "never")]
Profile = Annotated[str, _one_of("exact", "train", "inference", "interface")]
Verdict = Annotated[str, _one_of("equivalent", "different", "inconclusive")]
State = Annotated[str, _one_of("passed", "failed", "broken")]
FacetState = Annotated[str, _one_of("same", "explained", "different", "unchecked")]


class Headline(TypedDict):
    total: int
    trainable: int | None
    non_trainable: int | None


class Side(TypedDict):
    source: str
    framework: Annotated[str, _one_of("keras", "torch", "onnx")]
    format: str
    producer: str
    evidence: Annotated[str, _one_of("graph", "tree", "tensors")]
    headline: Headline
    census: dict[str, int]
    census_presumed: bool
    uncounted: Paths
    mode: Annotated[str, _one_of("both", "evaluation", "training")]


class Finding(TypedDict):
    rule: str
    effect: Effect
    concerns: Effect
    severity: Severity
    facet: Annotated[str, _one_of("structure", "shapes", "counts", "attributes", "weights", "outputs")]
    left: Paths
    right: Paths
    attribute: str | None
    left_value: Any
    right_value: Any
    delta: int
    message: str
    remedy: str
    caused_by: str | None
    fingerprint: Annotated[str, Pattern("^[0-9a-f]{12}$")]
    measured: Number | None
    accepted: str | None


class Step(TypedDict):
    rule: str
    effect: Effect
    layers: int
    delta: int


class ClassLedger(TypedDict):
    left_total: int
    right_total: int
    steps: list[Step]
    remainder: int


class Ledger(ClassLedger):
    classes: dict[str, ClassLedger]


class Apart(TypedDict):
    means: list[Number]
    spreads: list[Number]
    numbers: list[Number]
    places: list[list[int]]


class LayerError(TypedDict):
    left: str | None
    right: str | None
    rel_l2: Number
    isolated: bool | None
    apart: Apart | None


class OutputError(TypedDict):
    left: str
    right: str
    max_abs: Number
    rel_l2: Number
    same_choice: float | None


class Missing(TypedDict):
    output: str | None
    reason: str


class UndoneStep(TypedDict):
    rule: str
    layers: Paths
    error: Number
    moved: Number
    fingerprints: Paths


class OutputLedger(TypedDict):
    start: Number
    steps: list[UndoneStep]
    remainder: Number
    not_undone: dict[str, str]


class Recorded(TypedDict):
    side: str
    producer: str
    rel_l2: Number | None
    layer: str | None
    layer_rel_l2: Number | None
    compared: int


class Outputs(TypedDict):
    inputs: str
    rtol: float
    final: list[OutputError]
    missing: list[Missing]
    layers: list[LayerError]
    first_divergence: LayerError | None
    shown: str | None
    ledger: OutputLedger | None
    recorded: list[Recorded]


class Certificate(TypedDict):
    computed: bool
    how: str | None
    doubt: str | None


class Tensor(TypedDict):
    left: str | None
    right: str | None
    layers: Paths
    role: str
    expression: str | None
    state: Annotated[str, _one_of("same", "rounded", "close", "different", "unread")]
    max_abs: Number | None
    rel_l2: Number | None
    diagnosis: str | None


class Tensors(TypedDict):
    compared: int
    same: int
    rounded: int
    close: int
    different: int
    unread: int
    tensors: list[Tensor]


class Facets(TypedDict):
    structure: FacetState
    shapes: FacetState
    counts: FacetState
    attributes: FacetState
    weights: FacetState
    outputs: FacetState


class Match(TypedDict):
    left: Paths
    right: Paths
    why: str


class Unmatched(TypedDict):
    left: Paths
    right: Paths


class Report(TypedDict):
    schema_version: Version
    left: Side
    right: Side
    profile: Profile
    verdict: Verdict
    verified: Annotated[str, _one_of("computed", "structure")]
    facets: Facets
    alignment: list[Match]
    unmatched: Unmatched
    findings: list[Finding]
    left_out: Paths
    ledger: Ledger
    weights: NotRequired[Tensors]
    outputs: NotRequired[Outputs]
    certificate: NotRequired[Certificate]


class Place(TypedDict):
    file: str | None
    line: int | None


class Note(Place):
    rule: str
    severity: Severity
    message: str


class Pair(Place):
    name: str
    left: str
    right: str
    state: State
    fail_on: Level
    failure: str | None
    report: Report | None


class Run(TypedDict):
    schema_version: Version
    state: State
    fail_on: Level
    pairs: list[Pair]
    notes: list[Note]


class FindingLine(Finding):
    type: Literal["finding"]
    pair: str


class PairLine(Place):
    type: Literal["pair"]
    pair: str
    left: str
    right: str
    state: State
    verdict: Verdict | None
    profile: str | None
    failure: str | None


class NoteLine(Note):
    type: Literal["note"]
