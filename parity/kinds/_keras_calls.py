"""What a Keras layer is called with beside its inputs: masks, states, flags, and the mode."""

from collections.abc import Sequence

from parity.graph import Effect
from parity.kinds._contract import Call, Draft
from parity.kinds._registry import kind

FIRST = frozenset(("inputs", "sequences", "x"))
"""What layers call their input."""

SAYS_ITS_MODE = frozenset(("always", "statistics"))
"""Attributes of kinds that tell the mode that they are called in."""

ANY_MODE = frozenset(("activity_regularization", "embedding"))
"""Kinds that do the same in training whatever mode they are called in."""


def is_left_over(call: Call, drafts: Sequence[Draft]) -> bool:
    """Whether a call is given something that the layers which it was taken for know nothing of."""
    if call.node.dialect not in {"keras", "keras.applications"}:
        return False
    places = (str(place).partition(".")[0] for place in call.get("__inputs__") or ())
    given = {*call.get("__call__", {}), *(place for place in places if not place.isdecimal())}
    return bool(given - FIRST - call.asked) or _ignores_mode(call, drafts)


def _ignores_mode(call: Call, drafts: Sequence[Draft]) -> bool:
    """Whether the call sets a mode, and a layer does something in training and nothing says in which mode it is."""
    if call.training is None:
        return False
    attributes = ((draft, kind(draft.kind).attributes) for draft in drafts if draft.kind not in ANY_MODE)
    return any(
        found[name].effect is Effect.TRAINING and draft.attributes.get(name)
        for draft, found in attributes
        if SAYS_ITS_MODE.isdisjoint(found)
        for name in found
    )
