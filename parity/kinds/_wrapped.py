"""The layer inside a Keras wrapper, as a call of its own."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from parity.kinds._contract import Call, Draft


class _Inside(Mapping[str, str]):
    """The slots below a prefix, without it."""

    def __init__(self, slots: Mapping[str, str], prefix: str) -> None:
        self.slots, self.prefix = slots, prefix

    def __contains__(self, slot: object) -> bool:
        return f"{self.prefix}{slot}" in self.slots

    def __getitem__(self, slot: str) -> str:
        return self.slots[f"{self.prefix}{slot}"]

    def __iter__(self) -> Iterator[str]:
        return (slot.removeprefix(self.prefix) for slot in self.slots if slot.startswith(self.prefix))

    def __len__(self) -> int:
        return len([*self])


def inner(call: Call, slot: str = "layer") -> Call | None:
    """The call of the layer that a wrapper holds under the setting ``slot``; None where it is not Keras' own.

    Its weights are those of the wrapper whose slots begin with ``slot/``; inputs and outputs are the wrapper's.
    """
    held = call.get(slot)
    config = held.get("config") if isinstance(held, Mapping) else None
    if not isinstance(held, Mapping) or not isinstance(config, Mapping) or held.get("registered_name"):
        return None
    if str(held.get("module") or "keras").partition(".")[0] != "keras":
        return None
    weights = _Inside(call.node.weights, f"{slot}/")
    node = replace(call.node, op=str(held.get("class_name")), weights=weights, attributes=config)
    return replace(call, node=node)


def spelled(call: Call) -> tuple[Draft, ...]:
    """The layers that the call of a wrapped layer means; () where no kind says it."""
    from parity.kinds._registry import spelling  # it knows the kinds once all of them are there

    spell = spelling(call.node.dialect, call.node.op)
    return spell(call) if spell is not None else ()
