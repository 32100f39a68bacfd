"""The calls in a Keras model's config, as Keras 3 and as Keras 1 and 2 wrote them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from parity.graph import Shape

NOTHING: Mapping[str, Any] = MappingProxyType({})
CONSTANT = "_CONSTANT_VALUE"
"""What Keras 2 wrote in place of a layer's name where the first argument is no tensor."""


def nothing() -> Mapping[str, Any]:
    """The default of the records' mappings."""
    return NOTHING


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor as an argument of a call: which output of which call of which layer, and what was recorded of it."""

    layer: str
    node: int
    index: int
    shape: Shape | None = None
    dtype: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A variable as an argument of a call, which only a live model has: the variable's identity."""

    variable: int


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a layer.

    Attributes:
        tensors: the tensors among its arguments in order, each with its place: ``0``, ``0.1`` or a keyword.
        constants: all other arguments that are not None, by place.
        stored: the variables among its arguments, each with its place.
        lasting: ``training`` among them holds in every run, as in Keras 2; Keras 3 overrides it where it trains.
        outputs: shapes and types of its outputs, which only a live model tells.
    """

    tensors: tuple[tuple[str, Tensor], ...] = ()
    constants: Mapping[str, Any] = field(default_factory=nothing)
    outputs: tuple[tuple[Shape | None, str | None], ...] = ()
    lasting: bool = False
    stored: tuple[tuple[str, Stored], ...] = ()

    @property
    def training(self) -> bool | None:
        """The mode that the call itself sets, whatever that of the model; Keras 3 notes False of its own accord."""
        told = self.constants.get("training")
        return bool(told) if is_flag(told) and (told or self.lasting) else None


def is_flag(value: Any) -> bool:
    """Whether a value is true or false, which old files write as 1 and 0."""
    return isinstance(value, bool | int)


def parse_call(node: Any) -> Call:
    """A call as Keras 3 writes it, or as Keras 2 did."""
    arguments = _Arguments()
    if is_new(node):
        for position, value in enumerate(node["args"]):
            arguments.add(str(position), value)
        for key, value in node["kwargs"].items():
            arguments.add(key, value)
    else:
        arguments.add_old(node)
    stored = tuple(arguments.stored)
    return Call(tuple(arguments.tensors), arguments.constants, lasting=not is_new(node), stored=stored)


def is_new(node: Any) -> bool:
    """Whether a call is written as Keras 3 does."""
    return isinstance(node, dict) and node.keys() >= {"args", "kwargs"}


class _Arguments:
    """The arguments of a call in the making."""

    def __init__(self) -> None:
        self.tensors: list[tuple[str, Tensor]] = []
        self.constants: dict[str, Any] = {}
        self.stored: list[tuple[str, Stored]] = []

    def add(self, place: str, value: Any, *, old: bool = False) -> None:
        """An argument, which may be a structure with tensors in it."""
        if isinstance(value, Stored):
            self.stored.append((place, value))
        elif not _holds_tensor(value, old=old):
            if value is not None:
                self.constants[place] = freeze(value, [])
        elif old and _is_history(value):
            self.tensors.append((place, Tensor(text(value[0]), int(value[1]), int(value[2]))))
        elif isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
            spec = value["config"]
            name, node, index = spec["keras_history"]
            tensor = Tensor(text(name), int(node), int(index), shape_of(spec["shape"]), spec.get("dtype"))
            self.tensors.append((place, tensor))
        elif isinstance(value, dict):
            for key in sorted(value):  # as Keras flattens dicts
                self.add(f"{place}.{key}", value[key], old=old)
        else:
            for position, each in enumerate(value):
                self.add(f"{place}.{position}", each, old=old)

    def add_old(self, node: Any) -> None:
        """The first argument as a structure of [layer, node, tensor, other arguments], the others with each of them."""
        single = isinstance(node, list | tuple) and len(node) == 1 and _is_entry(node[0])
        entries = list(_entries(node[0] if single else node, "0"))
        for place, entry in entries:
            if entry[0] == CONSTANT:
                if entry[2] is not None:
                    self.constants[place] = freeze(entry[2], [])
            else:
                self.tensors.append((place, Tensor(text(entry[0]), int(entry[1]), int(entry[2]))))
        others = next((entry[3] for _, entry in entries if len(entry) > 3), None) or {}  # the optional fourth
        for key, value in others.items():
            self.add(key, value, old=True)


def _entries(node: Any, place: str) -> Iterator[tuple[str, Sequence[Any]]]:
    if _is_entry(node):
        yield place, node
    elif isinstance(node, dict):
        for key in sorted(node):
            yield from _entries(node[key], f"{place}.{key}")
    elif isinstance(node, list | tuple):
        for position, each in enumerate(node):
            yield from _entries(each, f"{place}.{position}")
    else:
        raise TypeError(f"a call is {str(node)[:60]!r}")


def _is_entry(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) in (3, 4) and isinstance(value[0], str)


def _is_history(value: Any) -> bool:
    if not isinstance(value, list | tuple) or len(value) != 3:  # [layer, node, tensor]
        return False
    return isinstance(value[0], str) and all(type(each) is int for each in value[1:])


def _holds_tensor(value: Any, *, old: bool) -> bool:
    if isinstance(value, Stored) or (old and _is_history(value)):
        return True
    if isinstance(value, dict):
        tensor = value.get("class_name") == "__keras_tensor__"
        return tensor or any(_holds_tensor(each, old=old) for each in value.values())
    return isinstance(value, list | tuple) and any(_holds_tensor(each, old=old) for each in value)


def ends(structure: Any, key: str = "") -> Iterator[tuple[str, Tensor]]:
    """The inputs or outputs of a model."""
    if isinstance(structure, dict):
        for each in sorted(structure):
            yield from ends(structure[each], each)
    elif isinstance(structure, list | tuple) and len(structure) == 3 and isinstance(structure[0], str):
        # a layer, its node and the tensor
        yield key, Tensor(structure[0], int(structure[1]), int(structure[2]))
    elif isinstance(structure, list | tuple):
        for each in structure:
            yield from ends(each, key)
    else:
        raise TypeError(f"an input or output is {structure!r}")


def counted_from_zero(
    tensors: Iterable[tuple[str, Tensor]], shifted: Mapping[str, int]
) -> tuple[tuple[str, Tensor], ...]:
    """Tensors of layers whose calls are counted from another number, as counted from 0."""
    return tuple((key, replace(each, node=max(0, each.node - shifted.get(each.layer, 0)))) for key, each in tensors)


def freeze(value: Any, lambdas: list[str]) -> Any:
    """Lists as tuples, without marshalled code and without the identities of objects in some process."""
    if isinstance(value, dict):
        if value.get("class_name") == "__lambda__":
            lambdas.append("__lambda__")
            return {"lambda": True}
        return {str(key): freeze(each, lambdas) for key, each in value.items() if key != "shared_object_id"}
    if isinstance(value, list | tuple):
        return tuple([freeze(each, lambdas) for each in value])
    return value


def text(value: Any) -> str:
    """A name, which is text in any file that Keras wrote."""
    if not isinstance(value, str):
        raise TypeError(f"a name is {value!r}")
    return value


def shape_of(value: Any) -> Shape | None:
    """A recorded shape, or None if it is none."""
    if not isinstance(value, list | tuple):
        return None
    if not all(each is None or (isinstance(each, int) and not isinstance(each, bool)) for each in value):
        return None
    return tuple(value)


def table(value: Any) -> Mapping[str, Any]:
    """A record of a config; nothing where a file has something else in its place."""
    return value if isinstance(value, Mapping) else NOTHING
