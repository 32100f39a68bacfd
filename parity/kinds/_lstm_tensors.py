"""LSTMs in files of tensors: what their names and shapes tell."""

import re
from collections.abc import Iterable

from parity.kinds._contract import Call, Draft
from parity.kinds._lstm_parts import GATES, ROLES

TORCH = re.compile(r"(weight_ih|weight_hh|bias_ih|bias_hh)_(l\d+(?:_reverse)?)")
TORCH_ROLES = dict(zip(("weight_ih", "weight_hh", "bias_ih", "bias_hh"), ROLES, strict=True))
KERAS_WAYS = {"forward": False, "backward": True}


def torch(call: Call) -> tuple[Draft, ...]:
    """All layers and directions of PyTorch's stack, by the ends of the names; a projection is not among them."""
    parts: dict[str, dict[str, str]] = {}
    for slot in call.node.weights:
        found = TORCH.fullmatch(slot)
        if found is None:
            return ()
        parts.setdefault(found[2], {})[TORCH_ROLES[found[1]]] = slot
    return _all(_part(call, slots, part, reverse="_reverse" in part) for part, slots in parts.items())


def keras(call: Call) -> tuple[Draft, ...]:
    """Keras' layer, or its wrapper for both directions, whose slots begin with the direction."""
    if call.may_be("LSTM"):
        roles = dict(zip(ROLES[:3], ("kernel", "recurrent_kernel", "bias?"), strict=True))
        uses = call.matched(**roles)
        if uses is not None:
            return _all([_part(call, _slots(call, ""), "", reverse=None)])
    if not call.may_be("Bidirectional"):
        return ()
    parts = {way: _slots(call, way) for way in KERAS_WAYS}
    if sum(map(len, parts.values())) != len(call.node.weights):
        return ()
    return _all(_part(call, slots, way, reverse=KERAS_WAYS[way]) for way, slots in parts.items())


def _slots(call: Call, start: str) -> dict[str, str]:
    """Slots by role of one direction: numbered, or by the weights' own names."""
    order = dict(zip(("0", "1", "2"), ROLES, strict=False))
    found = {}
    for slot in call.node.weights:
        name = slot.rpartition("/")[2]
        if slot.startswith(start) and order.get(name, name) in ROLES:
            found[order.get(name, name)] = slot
    return found


def _part(call: Call, slots: dict[str, str], part: str, *, reverse: bool | None) -> Draft | None:
    """One layer and direction whose recurrent kernel has the gates of an LSTM."""
    keras = call.node.dialect == "keras.weights"
    shapes = {role: call.weight_shape(slot) or () for role, slot in slots.items()}
    kernel, recurrent = (shapes.get(role, ())[:: 1 if keras else -1] for role in ROLES[:2])
    if len(kernel) != 2 or len(recurrent) != 2 or recurrent[1] != GATES * recurrent[0] or kernel[1] != recurrent[1]:  # noqa: PLR2004  matrices
        return None
    told = {"units": recurrent[0], "in_features": kernel[0], "gate_order": "i f c o"}
    told |= {} if reverse is None else {"reverse": reverse}
    return Draft("lstm", told, (), (), call.uses(**slots), part)


def _all(drafts: Iterable[Draft | None]) -> tuple[Draft, ...]:
    found = tuple(drafts)
    return tuple(draft for draft in found if draft is not None) if None not in found else ()
