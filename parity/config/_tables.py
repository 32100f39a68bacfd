"""The contract of ``parity.toml``: by these types a file is converted, its mistakes told, and its JSON Schema made.

msgspec costs 10 to 25 ms at import, so that only what reads a configuration imports this module, inside a function.
A key that is not in the file is ``UNSET``; what holds then is told by ``Settings`` and ``Pair``.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

from parity.config._contract import LEVELS
from parity.outputs import Verify
from parity.policy import NOTES
from parity.rules import PROFILES, Severity, rules


def _told(description: str, remedy: str = "") -> Meta:
    """What a key is, and what helps if it is missing or wrong."""
    return Meta(description=description, extra={"remedy": remedy})


def _in_order(names: Iterable[str]) -> Meta:
    """The names of an enumeration in the order that means something; msgspec would sort them."""
    return Meta(extra_json_schema={"enum": [str(each) for each in names]})


T = TypeVar("T")
Maybe: TypeAlias = T | UnsetType
Text = Annotated[str, Meta(pattern=r"\S")]

if TYPE_CHECKING:
    RuleName: TypeAlias = str
    ProfileName: TypeAlias = str
    Level: TypeAlias = str
else:  # what is known is known at run time only: packages bring rules of their own
    RuleName = Annotated[
        Literal[(*rules(), *NOTES)], Meta(title="a rule", extra={"remedy": "parity rule lists them all"})
    ]
    ProfileName = Annotated[StrEnum("ProfileName", list(PROFILES)), _in_order(PROFILES)]
    Level = Annotated[StrEnum("Level", LEVELS), _in_order(LEVELS)]

Layers = Annotated[
    dict[str, Text],
    Meta(extra={"remedy": 'write one line for each pair, names with a dot in quotes: "conv1" = "layer1.0"'}),
]
"""Layers matched by hand, left = right."""


class InputTable(Struct, forbid_unknown_fields=True):
    """An example input that is not float32."""

    shape: tuple[int, ...]
    dtype: Maybe[str] = UNSET


Input = Annotated[
    tuple[int, ...] | InputTable,
    Meta(title="a shape", extra={"remedy": 'write [1, 10] or {shape = [1, 10], dtype = "int64"}'}),
]
InputName = Annotated[str, Meta(pattern=r"^(?!shape$)", title="the name of an input")]
"""A table with ``shape`` is one input, which has no name yet."""


ProfileKey = Annotated[Maybe[ProfileName], _told("What the models must agree in.")]
FailOnKey = Annotated[Maybe[Level], _told("Fail if any finding has at least this severity.")]
WeightsKey = Annotated[Maybe[bool], _told("Compare the values of all weights.")]
OutputsKey = Annotated[Maybe[bool], _told("Evaluate both models on the same inputs and compare their outputs.")]


class PairTable(Struct, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """Two models."""

    label: ClassVar = ("pair", "name", "pair {!r}")
    name: Annotated[Maybe[Text], _told("Name of the pair; default: the names of its files.")] = UNSET
    left: Annotated[Text, _told("A model, relative to this file.")]
    right: Annotated[Text, _told("The other one.")]
    inputs: Annotated[
        Maybe[tuple[Input, ...] | dict[InputName, Input]],
        _told(
            'Example inputs, in a list or by name: a shape such as [1, 10], or { shape = [1, 10], dtype = "int64" }.',
            "write inputs = [[1, 3, 224, 224]], or [pair.inputs] with image = [1, 3, 224, 224]",
        ),
    ] = UNSET
    profile: ProfileKey = UNSET
    fail_on: FailOnKey = UNSET
    weights: WeightsKey = UNSET
    outputs: OutputsKey = UNSET
    map: Annotated[Maybe[Text | Layers], _told("Layers matched by hand, or a file of them.")] = UNSET
    data: Annotated[
        Maybe[Text | tuple[Text, ...]],
        _told("The inputs to evaluate both models on: .npz or .npy; or recordings of the models."),
    ] = UNSET
    match_outputs: Annotated[Maybe[dict[str, Text]], _told("Outputs matched by name.")] = UNSET
    only_outputs: Annotated[Maybe[tuple[Text, ...]], _told("Compare only these outputs.")] = UNSET


class SuppressTable(Struct, kw_only=True, forbid_unknown_fields=True):
    """A difference that is accepted."""

    label: ClassVar = ("suppression", "rule", "the suppression of {}")
    rule: RuleName
    reason: Annotated[Text, _told("Why the difference is accepted.")]
    pair: Annotated[Maybe[Text], _told("The pair it applies to; default: all.")] = UNSET
    layer: Annotated[Maybe[Text], _told("The layers it applies to, as a pattern; default: all.")] = UNSET
    delta: Annotated[Maybe[int], _told("The number of elements that the findings must add up to.")] = UNSET
    until: Annotated[Maybe[date], _told("Last day: a TOML date, or text.", "write it as 2027-03-31")] = UNSET


class ConfigFile(Struct, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """What a project wants checked."""

    version: Annotated[Literal[1], _told("Of this format.", "begin with: version = 1")]
    profile: ProfileKey = UNSET
    fail_on: FailOnKey = UNSET
    weights: WeightsKey = UNSET
    outputs: OutputsKey = UNSET
    select: Annotated[tuple[RuleName, ...], _told("Check only these rules; default: all.")] = ()
    ignore: Annotated[tuple[RuleName, ...], _told("Ignore these rules (undecided findings still count).")] = ()
    severity: Annotated[
        Maybe[dict[RuleName, Annotated[Severity, _in_order(Severity)]]],
        _told("Severity by rule, where it is not the default."),
    ] = UNSET
    jobs: Annotated[Maybe[Annotated[int, Meta(ge=1)]], _told("Pairs compared at the same time.")] = UNSET
    baseline: Annotated[Maybe[Text], _told("The file that lists known differences, which pass.")] = UNSET
    rtol: Annotated[
        Maybe[Annotated[float, Meta(ge=0)]],
        _told("With weights: tolerance of an element, relative to the largest of its weight."),
    ] = UNSET
    output_rtol: Annotated[
        Maybe[Annotated[float, Meta(ge=0)]],
        _told("With outputs: tolerance of an output, relative to its norm."),
    ] = UNSET
    verify: Annotated[
        Maybe[Annotated[Verify, _in_order(Verify)]],
        _told("Whether both models are evaluated before they are called equivalent."),
    ] = UNSET
    pair: Annotated[tuple[PairTable, ...], _told("The pairs to compare.", "begin each with [[pair]]")] = ()
    suppress: Annotated[
        tuple[SuppressTable, ...], _told("Differences that are accepted.", "begin each with [[suppress]]")
    ] = ()


def given(table: Struct) -> dict[str, Any]:
    """What a table says, by the names of attributes; a chosen word as plain text."""
    found = {name: getattr(table, name) for name in table.__struct_fields__}
    return {name: str(each) if isinstance(each, StrEnum) else each for name, each in found.items() if each is not UNSET}
