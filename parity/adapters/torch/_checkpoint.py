"""What of a saved object is the model: a module, a state_dict, or a part of a checkpoint that holds more."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from parity.adapters.torch._records import Global, Record, TensorRecord, is_module
from parity.graph import Gap

PARTS = (
    *("state_dict", "model_state_dict", "model_state", "model", "module", "net", "network", "weights", "params"),
    *("state_dict_ema", "ema_state_dict", "model_ema", "ema_model", "ema", "params_ema"),
)
"""What checkpoints call the model, the one that is taken first."""

OPTIMIZER = "param_groups"
"""What no state of an optimizer is without."""

DEEPEST = 8
MOST_WORK = 1_000_000
PLAIN = (str, int, float, bool, bytes, complex, type(None), Global)


@dataclass(frozen=True, slots=True)
class Part:
    """The part that was taken.

    Attributes:
        value: a module, or what holds tensors.
        path: the keys that lead to it, joined by dots; "" where all of it is the model.
        others: keys beside it that hold tensors or a module too.
        optimizers: states of optimizers beside it, by the keys that lead to them.
    """

    value: Any
    path: str = ""
    others: tuple[str, ...] = ()
    optimizers: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """What it is, for people."""
        if not self.path:
            return ""
        rest = f" (it holds {', '.join(each[:40] for each in self.others[:5])} too)" if self.others else ""
        return f" of a checkpoint, of which {self.path[:200]} was taken{rest}"


class TooMuch(ValueError):
    """More entries, or parts shared more often, than are looked at."""

    def __init__(self) -> None:
        """Say how many."""
        super().__init__(f"it has more than {MOST_WORK:,} entries")


def choose(top: Any) -> Part | None:
    """The model in what was saved, or None where there is none.

    Raises:
        TooMuch: the search would not end soon.
    """
    return _Choice().choose(top, 0)


class _Choice:
    """One search; ``left`` bounds how many entries it looks at in all."""

    def __init__(self) -> None:
        self.left = MOST_WORK

    def choose(self, top: Any, depth: int) -> Part | None:
        if is_module(top) or depth > DEEPEST:
            return Part(top) if is_module(top) else None
        held = {name: each for name, each in entries(top).items() if self.may_be_part(name, each)}
        first = min(held, key=lambda name: (not is_module(held[name]), _place(name)), default="")
        tensors = any(isinstance(each, TensorRecord) for each in entries(top).values())
        if first and (is_module(held[first]) or first in PARTS or (len(held) == 1 and not tensors)):
            part = self.choose(held[first], depth + 1)
            others = tuple(held.keys() - {first})
            states = {name: each for name, each in entries(top).items() if _is_optimizer(name, each)}
            path = f"{first}.{part.path}".rstrip(".") if part is not None else ""
            return part and Part(part.value, path, others + part.others, {**states, **part.optimizers})
        return Part(top) if tensors or held else None

    def may_be_part(self, name: Any, value: Any) -> bool:
        if not isinstance(name, str) or isinstance(value, TensorRecord):
            return False
        return is_module(value) or (not _is_optimizer(name, value) and self.holds_tensors(value))

    def holds_tensors(self, value: Any) -> bool:
        waiting, seen = [(value, 0)], {id(value)}
        while waiting:
            current, depth = waiting.pop()
            if isinstance(current, TensorRecord):
                return True
            for _, each in _items(current):
                self.left -= 1
                if self.left < 0:
                    raise TooMuch
                if depth < DEEPEST and not isinstance(each, PLAIN) and id(each) not in seen:
                    seen.add(id(each))
                    waiting.append((each, depth + 1))
        return False


def entries(value: Any) -> Mapping[Any, Any]:
    """What a dict holds, also one of a class of its own."""
    if isinstance(value, Record) and value.items:
        return value.items
    return value if isinstance(value, dict) else {}


class Flattened:
    """All tensors under a value by dotted name, in order, and what is no tensor and no plain setting."""

    def __init__(self, value: Any) -> None:
        """Walk through dicts, lists and tuples.

        Raises:
            TooMuch: the walk would not end soon.
        """
        self.tensors: dict[str, TensorRecord] = {}
        self.gaps: list[Gap] = []
        self.left = MOST_WORK
        self._walk(value, "", 0)

    def _walk(self, value: Any, name: str, depth: int) -> None:
        self.left -= 1 + len(name) // 100
        if self.left < 0:
            raise TooMuch
        if isinstance(value, TensorRecord):
            self.tensors[self._unique(name)] = value
            return
        inside = list(_items(value))
        if depth > DEEPEST:
            if any(True for _ in _items(value)):
                self.gaps.append(Gap(name, "what it holds is nested too deeply to be read"))
        elif inside:
            for key, each in inside:
                self._walk(each, f"{name}.{key}" if name else str(key), depth + 1)
        elif isinstance(value, Record):
            self.gaps.append(Gap(name, f"it is not a tensor but an object of the class {value.maker}"))

    def _unique(self, name: str) -> str:
        # "a.b" may be a name, and a path through dicts.
        found, number = name or "tensor", 1
        while found in self.tensors:
            number += 1
            found = f"{name}~{number}"
        return found


def _items(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, list | tuple):
        yield from enumerate(value)
    for name, each in entries(value).items():
        if isinstance(name, str | int):
            yield name, each


def _is_optimizer(name: Any, value: Any) -> bool:
    return isinstance(name, str) and (OPTIMIZER in entries(value) or "optim" in name)


def _place(name: str) -> int:
    return PARTS.index(name) if name in PARTS else len(PARTS)
