"""What recurrent layers of every framework are made of: gates, weights, states and settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parity.graph import Axes, Census, Effect, Shape
from parity.kinds._contract import Attribute, Attributes, AxisNames, InputShapes, Kind, Role, Spelling
from parity.kinds._given import Compute
from parity.kinds._macs import weights_for_each_step

Spellings = Mapping[tuple[str, str], Spelling]
Signatures = Mapping[str, tuple[Spelling, ...]]

ROLES = ("kernel", "recurrent_kernel", "bias", "recurrent_bias")


@dataclass(frozen=True, slots=True)
class Family:
    """What tells one recurrent layer from another.

    Attributes:
        kind: of a layer that runs over a sequence; that of one step ends in ``_cell``.
        states: what it hands from step to step, the first of which is what it gives out.
        orders: the order of its gates in each framework; {} where there is one.
    """

    kind: str
    gates: int
    states: tuple[str, ...]
    orders: Mapping[str, str]

    def settings(self, framework: str, units: int, **more: Any) -> dict[str, Any]:
        """The canonical attributes of one layer and direction, with the defaults that all frameworks share."""
        gated = {"gate_order": self.orders[framework], "recurrent_activation": "sigmoid"} if self.orders else {}
        return {
            "units": units,
            "reverse": False,
            "activation": "tanh",
            **gated,
            "time_major": False,
            "stateful": False,
            "flipped": False,
            "dropout": 0.0,
            "recurrent_dropout": 0.0,
            **more,
        }

    def biases(self, name: str) -> str:
        """The layout of a bias."""
        return f"{name}*units" if self.gates > 1 else "units"


LSTM = Family("lstm", 4, ("last", "cell"), {"keras": "i f c o", "torch": "i f c o", "onnx": "i o f c"})
GRU = Family("gru", 3, ("last",), {"keras": "z r h", "torch": "r z h", "onnx": "z r h"})
SIMPLE = Family("simple_rnn", 1, ("last",), {})

FAMILIES = {family.kind: family for family in (LSTM, GRU, SIMPLE)}

RECURRENT = frozenset(FAMILIES)
"""Kinds that run over a sequence: its steps come in at the first input and go out at the first output."""


def recurrent(name: str) -> Family:
    """What the kind of that name is made of."""
    return FAMILIES[name]


def layer_kind(
    family: Family, compute: Compute, spellings: Spellings, signatures: Signatures, **more: Attribute
) -> Kind:
    """The kind of one layer and one direction."""
    return Kind(
        family.kind,
        attributes={
            "reverse": Attribute(),
            **_compared(family),
            "stateful": Attribute(),
            "flipped": Attribute(),
            **more,
        },
        told=("in_features", "state", "time_major", "units"),
        roles=_roles(family),
        shape=lambda attributes, inputs: _layer_shape(family, attributes, inputs),
        sizes=lambda attributes, inputs: _sizes(family, attributes, inputs),
        axes=lambda attributes, inputs: _layer_axes(family, attributes, inputs),
        macs=weights_for_each_step("kernel", "recurrent_kernel", "projection"),
        compute=compute,
        spellings=spellings,
        signatures=signatures,
    )


def cell_kind(
    family: Family, compute: Compute, spellings: Spellings, signatures: Signatures, **more: Attribute
) -> Kind:
    """The kind of one step: inputs are the step and the states, outputs the new states."""
    return Kind(
        f"{family.kind}_cell",
        attributes={**_compared(family), **more},
        told=("flipped", "in_features", "reverse", "state", "stateful", "time_major", "units"),
        roles=_roles(family),
        shape=lambda attributes, inputs: _cell_shape(family, attributes, inputs),
        sizes=lambda attributes, inputs: _sizes(family, attributes, inputs),
        axes=lambda _, inputs: (inputs, tuple(("N", "C") for _ in family.states)),
        macs=weights_for_each_step("kernel", "recurrent_kernel", "projection"),
        compute=compute,
        spellings=spellings,
        signatures=signatures,
    )


def _compared(family: Family) -> dict[str, Attribute]:
    gated = {"recurrent_activation": Attribute(), "gate_order": Attribute(Effect.CONVERSION)}
    return {
        "activation": Attribute(),
        **(gated if family.orders else {}),
        "dropout": Attribute(Effect.TRAINING),
        "recurrent_dropout": Attribute(Effect.TRAINING),
    }


def _roles(family: Family) -> dict[str, Role]:
    columns = family.biases("gate")
    return {
        "kernel": Role(f"in {columns}", f"{columns} in"),
        "recurrent_kernel": Role(f"hidden {columns}", f"{columns} hidden"),
        "projection": Role("units hidden", "hidden units"),
        "bias": Role(columns),
        "recurrent_bias": Role(columns),
        "initial_state": Role("", census=Census.CONSTANT),
        "initial_cell": Role("", census=Census.CONSTANT),
    }


def _widths(family: Family, attributes: Attributes) -> tuple[int, ...]:
    """Sizes of the states; a projection makes that which it gives out smaller than the cell."""
    hidden = attributes.get("projection") or attributes["units"]
    return (hidden, attributes["units"])[: len(family.states)]


def _layer_shape(family: Family, attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found = inputs[0] if inputs else None
    if found is None or len(found) != 3:
        return (None,) * (1 + len(family.states))
    widths = _widths(family, attributes)
    batch = found[1 if attributes["time_major"] else 0]
    return ((*found[:2], widths[0]), *((batch, width) for width in widths))


def _cell_shape(family: Family, attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found = inputs[0] if inputs else None
    if found is None:
        return (None,) * len(family.states)
    return tuple((*found[:-1], width) for width in _widths(family, attributes))


def _sizes(family: Family, attributes: Attributes, inputs: InputShapes) -> Mapping[str, int]:
    found, units = (inputs[0] if inputs else None), attributes["units"]
    width = found[-1] if found else attributes.get("in_features")
    sizes = {"gate": family.gates, "units": units, "hidden": attributes.get("projection") or units}
    return {**sizes, "in": width} if isinstance(width, int) else sizes


def _layer_axes(family: Family, attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    named: Axes = ("T", "N", "C") if attributes["time_major"] else ("N", "T", "C")
    return (named, *inputs[1:]), (named, *(("N", "C") for _ in family.states))
