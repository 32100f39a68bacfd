"""Which slot each weight of a layer fills, for files that list weights by name instead of by the object they are in.

Slots are those of a `.keras` archive: the path of attributes to the object that owns a variable, and its number there.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from parity.adapters.keras._h5 import Stored
from parity.adapters.keras._store import Variable
from parity.adapters.keras._variables import TWICE, listed

ATTENTION = {
    "query": "query_dense",
    "key": "key_dense",
    "value": "value_dense",
    "attention_output": "output_dense",
}
"""What the parts of an attention layer are called in names of weights, and the attribute that each is in."""
OWN = "\0own"
"""The hint of the variables that a layer with parts owns itself."""
MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Part:
    """An object within a layer that may own variables.

    Attributes:
        slot: the path of attributes to it.
        hints: what the names of its variables have in them, outermost first.
    """

    slot: str
    hints: tuple[str, ...] = ()


def slots_of(kind: str, config: Mapping[str, Any], weights: Sequence[Stored]) -> dict[str, Variable] | None:
    """The weights of a layer by slot; None where their names do not fit the layer."""
    parts = list(_parts(kind, config, 0))
    folders: dict[tuple[str, ...], list[Stored]] = {}
    for each in weights:
        folders.setdefault(each.folder, []).append(each)
    if len(parts) == 1:
        return _numbered(parts[0].slot, weights)
    places = _places(list(folders), parts)
    if places is None:
        return None
    slots: dict[str, Variable] = {}
    for folder, found in folders.items():
        slots |= _numbered(places[folder].slot, found, first=_first(kind, places[folder]))
    own, wrapped = TWICE.get(kind, ("", ""))
    return {own: slots[wrapped], **slots} if wrapped in slots else slots


def names_of_parts(kind: str, config: Mapping[str, Any]) -> set[str]:
    """The layers within a wrapper by name; Keras 2 left the wrapper's own out of the names of weights."""
    if not isinstance(config.get("layer"), Mapping):
        return set()
    return {hint for part in _parts(kind, config, 0) for hint in part.hints} - {"", OWN, "forward", "backward"}


def _first(kind: str, part: Part) -> int:
    """A layer that also counts a variable of the one that it wraps as its own has that as its first."""
    return 1 if kind in TWICE and part.slot == "" else 0


def _numbered(slot: str, weights: Sequence[Stored], first: int = 0) -> dict[str, Variable]:
    prefix = f"{slot}/" if slot else ""
    adapters = {f"{prefix}{found}": each.variable for each in weights if (found := _adapter(each))}
    rest = [each for each in weights if not _adapter(each)]
    if adapters:  # what is frozen, as the kernel beside them, comes last
        rest.sort(key=lambda each: not _leaf(each).startswith(("kernel", "embeddings")))
    return {f"{prefix}{at}": each.variable for at, each in enumerate(rest, first)} | adapters


def _leaf(weight: Stored) -> str:
    return weight.name.rpartition("/")[2]


def _adapter(weight: Stored) -> str:
    """The slot of a low-rank adapter, as ``lora_a``; "" for any other weight."""
    found = re.match(r"lora_\w+_([ab])\b", _leaf(weight))
    return f"lora_{found[1]}" if found else ""


def _parts(kind: str, config: Mapping[str, Any], depth: int) -> Iterator[Part]:
    """The objects within a layer, itself last where it owns variables besides."""
    composed = COMPOSED.get(kind)
    if depth > MAX_DEPTH:
        yield Part("")
    elif composed is not None:
        yield from composed(config, depth)
    elif isinstance(config.get("layer"), Mapping):
        yield from _within("layer", (), config["layer"], depth)
        if kind in TWICE:
            yield Part("", (OWN,))
    elif isinstance(config.get("layers"), tuple):
        yield from _listed("layers", listed(kind, config["layers"]), depth)
    else:
        yield Part("")


def _recurrent(config: Mapping[str, Any], _: int) -> Iterator[Part]:
    yield Part("cell")
    if config.get("stateful"):
        yield Part("", (OWN,))


def _around_cell(config: Mapping[str, Any], depth: int) -> Iterator[Part]:
    yield from _within("cell", (), config.get("cell"), depth)


def _cells(config: Mapping[str, Any], depth: int) -> Iterator[Part]:
    yield from _listed("cells", listed("StackedRNNCells", config.get("cells")), depth)


def _bidirectional(config: Mapping[str, Any], depth: int) -> Iterator[Part]:
    yield from _within("forward_layer", ("forward",), config.get("layer"), depth)
    yield from _within("backward_layer", ("backward",), config.get("backward_layer") or config.get("layer"), depth)


def _attention(config: Mapping[str, Any], _: int) -> Iterator[Part]:
    gate = {"gate": "gate_dense"} if config.get("use_gate") else {}
    yield from (Part(slot, (hint,)) for hint, slot in (ATTENTION | gate).items())


def _grouped_attention(config: Mapping[str, Any], depth: int) -> Iterator[Part]:
    """The class that keeps its parts in private attributes."""
    yield from (replace(part, slot=f"_{part.slot}") for part in _attention(config, depth))


COMPOSED: Mapping[str, Callable[[Mapping[str, Any], int], Iterator[Part]]] = {
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), _recurrent),
    "MultiHeadAttention": _attention,
    "GroupQueryAttention": _grouped_attention,
    "RNN": _around_cell,
    "StackedRNNCells": _cells,
    "Bidirectional": _bidirectional,
}


def _listed(slot: str, layers: Iterable[tuple[str, Mapping[str, Any]]], depth: int) -> Iterator[Part]:
    for name, layer in layers:
        yield from _within(f"{slot}/{name}", (_name(layer),), layer, depth)


def _within(slot: str, hints: tuple[str, ...], data: Any, depth: int) -> Iterator[Part]:
    config = data.get("config") if isinstance(data, Mapping) else None
    config = {"layers": config} if isinstance(config, tuple) else config
    if not isinstance(config, Mapping):
        yield Part(slot, hints)
        return
    for part in _parts(str(data.get("class_name")), config, depth + 1):
        yield Part(f"{slot}/{part.slot}" if part.slot else slot, hints + part.hints)


def _name(data: Mapping[str, Any]) -> str:
    config = data.get("config")
    return str(config.get("name", "")) if isinstance(config, Mapping) else ""


def _places(folders: Sequence[tuple[str, ...]], parts: Sequence[Part]) -> dict[tuple[str, ...], Part] | None:
    """The part that each folder of names belongs to: by its hints, or else by the order."""
    places: dict[tuple[str, ...], Part] = {}
    for folder in folders:
        fitting = [part for part in parts if _fits(folder, part.hints, folders)]
        if len(fitting) == 1:
            places[folder] = fitting[0]
    if len(places) == len(folders) == len(set(places.values())):
        return places
    return dict(zip(folders, parts, strict=True)) if len(folders) == len(parts) else None


def _fits(folder: tuple[str, ...], hints: Sequence[str], folders: Sequence[tuple[str, ...]]) -> bool:
    outer = any(other[: len(folder)] == folder and other != folder for other in folders)
    if (OWN in hints) != outer:
        return False
    left = iter(folder)
    return all(any(_matches(part, hint) for part in left) for hint in hints if hint != OWN)


def _matches(part: str, hint: str) -> bool:
    if hint in ("forward", "backward"):
        return part.startswith(hint)
    return part == hint or re.sub(r"_\d+$", "", part) == hint


def loose_slots(weights: Sequence[Stored]) -> dict[str, Variable]:
    """Slots for the weights of a layer of which nothing is known: its parts as they are called in the names."""
    folders: dict[tuple[str, ...], list[Stored]] = {}
    for each in weights:
        folders.setdefault(each.folder, []).append(each)
    common = 0
    for parts in zip(*folders, strict=False):
        if len(set(parts)) > 1:
            break
        common += 1
    slots: dict[str, Variable] = {}
    for folder, found in folders.items():
        slots |= _numbered("/".join(folder[common:]), found)
    return slots
