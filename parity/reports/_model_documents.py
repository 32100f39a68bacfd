"""The documents of one model, and of the layers of two, as types."""

from typing import Any, TypedDict

from parity.reports._documents import Finding, LayerError, Paths, Profile, Shapes, Side, Tensor, Version

Weight = TypedDict(
    "Weight", {"name": str, "role": str | None, "shape": list[int], "axes": str, "dtype": str, "class": str}
)


class Totals(TypedDict):
    path: str
    type: str
    input_shapes: Shapes
    output_shapes: Shapes
    further_output_shapes: Shapes
    connected_to: Paths
    params: int
    params_with_shared: int
    trainable: int
    frozen: int
    state: int
    uncounted: str | None
    macs: int | None
    activation_bytes: int | None
    weight_bytes: int
    dtype: str | None


class Row(Totals):
    kind: str
    shape_reason: str | None
    kernel: list[int]
    strides: list[int]
    formula: str | None
    weights: list[Weight]


class Module(Totals):
    layers: int


class Memory(TypedDict):
    total: int
    trainable: int
    inputs: int | None


class Unread(TypedDict):
    where: str
    reason: str
    remedy: str


class Summary(Side):
    schema_version: Version
    batch: int
    macs: int | None
    bytes: Memory
    layers: list[Row]
    containers: list[Module]
    unread: list[Unread]


class Half(TypedDict):
    path: str
    rows: Paths
    kind: str
    type: str
    input_shapes: Shapes
    output_shapes: Shapes
    params: int
    formula: str | None
    notes: Paths


class Setting(TypedDict):
    name: str
    left: Any
    right: Any
    left_is_default: bool
    right_is_default: bool
    differs: bool
    compared: bool


class Carried(TypedDict):
    role: str
    left: Weight | None
    right: Weight | None
    carried: str | None
    expression: str | None
    code: dict[str, str] | None
    back: dict[str, str] | None
    numbers: Tensor | None


class Walk(TypedDict):
    left: Half | None
    right: Half | None
    why: str | None
    settings: list[Setting]
    weights: list[Carried]
    findings: list[Finding]
    silent: dict[str, list[str]]
    made: LayerError | None


class Line(TypedDict):
    left: str | None
    right: str | None
    result: str
    rules: Paths


class Explanation(TypedDict):
    schema_version: Version
    left: Side
    right: Side
    profile: Profile
    layer: str | None
    walks: list[Walk]
    rows: list[Line]
