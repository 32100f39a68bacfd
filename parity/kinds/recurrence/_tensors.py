"""Recurrent layers in files of tensors: what their names and shapes tell."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from parity.kinds._contract import Call, Draft, Spelling, Use
from parity.kinds.recurrence._parts import GRU, ROLES, Family

TORCH = re.compile(r"(weight_ih|weight_hh|bias_ih|bias_hh|weight_hr)_(l\d+(?:_reverse)?)")
TORCH_ROLES = dict(
    zip(("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"), (*ROLES, "projection"), strict=True)
)
CELL_SLOTS = {role: f"{slot}{'?' * slot.startswith('bias')}" for slot, role in list(TORCH_ROLES.items())[:4]}
KERAS_WAYS = {"forward": False, "backward": True}


def signatures(family: Family, name: str) -> Mapping[str, tuple[Spelling, ...]]:
    """How a layer's tensors look; ``name`` is that of Keras' class."""
    return {
        "torch.weights": (lambda call: _torch(family, call),),
        "keras.weights": (lambda call: _keras(family, name, call),),
    }


def cell_signatures(family: Family, name: str) -> Mapping[str, tuple[Spelling, ...]]:
    """How a single cell's tensors look; ``name`` is that of Keras' class."""
    kind = f"{family.kind}_cell"

    def torch(call: Call) -> tuple[Draft, ...]:
        slots = call.stand_for(**CELL_SLOTS) if call.matched(**CELL_SLOTS) else {}
        return _all([_part(family, call, {role: use.name for role, use in slots.items()}, "", kind=kind)])

    def keras(call: Call) -> tuple[Draft, ...]:
        return _all([_part(family, call, _named(call, ""), "", kind=kind)]) if call.node.op == name else ()

    return {"torch.weights": (torch,), "keras.weights": (keras,)}


def _torch(family: Family, call: Call) -> tuple[Draft, ...]:
    """All layers and directions of PyTorch's stack, by the ends of the names."""
    parts: dict[str, dict[str, str]] = {}
    for slot, name in call.node.weights.items():
        found = TORCH.fullmatch(slot)
        if found is None:
            return ()
        parts.setdefault(found[2], {})[TORCH_ROLES[found[1]]] = name
    return _all(_part(family, call, names, part, reverse="_reverse" in part) for part, names in parts.items())


def _keras(family: Family, name: str, call: Call) -> tuple[Draft, ...]:
    """Keras' layer, or its wrapper for both directions, whose slots begin with the direction."""
    if call.may_be(name):
        roles = dict(zip(ROLES[:3], ("kernel", "recurrent_kernel", "bias?"), strict=True))
        if call.matched(**roles) is not None:
            return _all([_part(family, call, _named(call, ""), "")])
    if not call.may_be("Bidirectional"):
        return ()
    parts = {way: _named(call, way) for way in KERAS_WAYS}
    if sum(map(len, parts.values())) != len(call.node.weights):
        return ()
    return _all(_part(family, call, names, way, reverse=KERAS_WAYS[way]) for way, names in parts.items())


def _named(call: Call, start: str) -> dict[str, str]:
    """Weights by role of one direction, whose slots are numbered or called as the weights themselves."""
    order = dict(zip(("0", "1", "2"), ROLES, strict=False))
    found = {}
    for slot, weight in call.node.weights.items():
        name = slot.rpartition("/")[2]
        if slot.startswith(start) and order.get(name, name) in ROLES:
            found[order.get(name, name)] = weight
    return found


def _part(
    family: Family, call: Call, names: Mapping[str, str], part: str, *, reverse: bool | None = None, kind: str = ""
) -> Draft | None:
    """One layer and direction whose recurrent kernel has as many gates as the family's."""
    framework = call.node.dialect.partition(".")[0]
    keras = framework == "keras"
    shapes = {role: call.stored[name].shape for role, name in names.items()}
    kernel, recurrent, projection = (shapes.get(role, ())[:: 1 if keras else -1] for role in (*ROLES[:2], "projection"))
    if len(kernel) != 2 or len(recurrent) != 2 or kernel[1] != recurrent[1]:
        return None
    units = projection[0] if projection else recurrent[0]
    if recurrent[1] != family.gates * units or (projection and projection != (units, recurrent[0])):
        return None
    told: dict[str, Any] = {"units": units, "in_features": kernel[0]}
    told |= {"gate_order": family.orders[framework]} if family.orders else {}
    told |= {"projection": recurrent[0] if projection else None} if family.kind == "lstm" and not kind else {}
    told |= {} if reverse is None else {"reverse": reverse}
    uses = {role: Use(name) for role, name in names.items()}
    if family is GRU:
        bias = shapes.get("bias", ())
        told |= {"reset_after": True} if not keras else {"reset_after": len(bias) == 2} if bias else {}
        if len(bias) == 2:
            rows = (0, recurrent[1])
            uses["bias"] = Use(names["bias"], GRU.biases("gate"), ((0, 1), rows))
            uses["recurrent_bias"] = Use(names["bias"], GRU.biases("gate"), ((1, 2), rows))
    return Draft(kind or family.kind, told, (), (), uses, part)


def _all(drafts: Iterable[Draft | None]) -> tuple[Draft, ...]:
    found = tuple(drafts)
    return tuple(draft for draft in found if draft is not None) if None not in found else ()
