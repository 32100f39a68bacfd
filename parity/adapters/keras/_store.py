"""The variables of a Keras weight store: ``layers/dense/vars/0`` -> shape and type, without their elements."""

import io
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from parity.adapters.keras._hdf5 import list_datasets
from parity.errors import UnreadableModel
from parity.graph import Census, Weight

MAX_DEPTH = 64
REMEDY = "save the model again"
OLD_LAYERS = "_layer_checkpoint_dependencies"
OPTIMIZER, METRICS = "optimizer", "metrics"
"""The groups of a model's optimizer and of its metrics, which are not the model."""

OPAQUE = {2: "bfloat16"}
"""The one type of its size that numpy has not and Keras has variables of; 8 bits may be one of several."""

LISTS = frozenset(("layers", "cells"))
"""Groups whose members are called after their classes."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A stored variable: what can be said of it without its elements.

    Attributes:
        storage: identity of its elements.
        trainable: whether it is updated by gradients, or None where the store does not say.
        seed: it is the state of a seed generator.
        identity: of the variable of a live model.
    """

    shape: tuple[int, ...]
    dtype: str
    storage: str
    trainable: bool | None = None
    seed: bool = False
    identity: int | None = None


@dataclass(frozen=True)
class Store:
    """Variables by group.

    Attributes:
        groups: for each group with a ``vars`` member (``layers/dense``, "" for the model's own) its variables by key.
        names: the names of the objects that wrote the groups, as far as they were looked at.
        notes_builds: the config that the store belongs to tells which layers have been built.
        slots: variables of the optimizer, by name; they are not the model's.
        live: the variables themselves by storage, of a model in memory.
    """

    groups: Mapping[str, Mapping[str, Variable]]
    names: Mapping[str, str]
    notes_builds: bool = True
    slots: Mapping[str, Variable] = field(default_factory=dict)
    live: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def _sorted(self) -> tuple[str, ...]:
        return tuple(sorted(group + "/" for group in self.groups))

    def under(self, path: str) -> list[str]:
        """The group at ``path`` and all below it, in natural order."""
        prefix = path + "/"
        first = bisect_left(self._sorted, prefix)
        last = bisect_left(self._sorted, prefix[:-1] + "0")  # "0" follows "/"
        return sorted((group[:-1] for group in self._sorted[first:last]), key=natural)

    def holds(self, path: str) -> bool:
        """Whether anything was stored at ``path`` or below, be it without variables."""
        return bool(self.under(path))

    def variables(self, path: str) -> Iterator[tuple[str, Variable]]:
        """The variables at ``path`` and below, each with its path from there: ``cell/0``."""
        for group in self.under(path):
            inner = group[len(path) + 1 :]
            for key in sorted(self.groups[group], key=natural):
                yield f"{inner}/{key}" if inner else key, self.groups[group][key]


def natural(path: str) -> list[tuple[int, int, str]]:
    """A sort key that puts 2 before 10."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in path.split("/")]


def is_seed(group: str, name: str, shape: tuple[int, ...], dtype: str) -> bool:
    """Whether a variable is the state of a seed generator: a pair of integers in a group of that name."""
    called = re.sub(r"(_\d+)?$", "", group.rpartition("/")[2])
    integer = dtype.startswith(("int", "uint"))
    return shape == (2,) and integer and (called == "seed_generator" or name.startswith("seed_generator"))


def without_optimizer(store: Store) -> Store:
    """The store with the variables of optimizers apart, and without those of metrics, also of models in the model."""
    own: dict[str, Mapping[str, Variable]] = {}
    slots: dict[str, Variable] = {}
    for group, variables in store.groups.items():
        beside = _beside(group)
        if beside == OPTIMIZER:
            slots |= {f"{group}/{key}": each for key, each in variables.items()}
        elif not beside:
            own[group] = variables
    names = {group: name for group, name in store.names.items() if group in own}
    return replace(store, groups=own, names=names, slots=slots) if slots or len(own) < len(store.groups) else store


def _beside(group: str) -> str:
    """What a group is of, where that is no layer; "" where it is one."""
    parts = group.split("/")
    found = (each for before, each in zip(["", *parts], parts, strict=False) if before not in LISTS)
    return next((each for each in found if each in {OPTIMIZER, METRICS}), "")


def slot_weights(slots: Mapping[str, Variable]) -> tuple[Weight, ...]:
    """The variables of an optimizer as stored tensors."""
    return tuple(Weight(name, each.shape, each.dtype, Census.OPTIMIZER, each.storage) for name, each in slots.items())


def renamed(store: Store) -> Store:
    """With the paths of today: those of Keras 2.12 and of files written on Windows read otherwise."""
    if not any("\\" in group or OLD_LAYERS in group for group in store.groups):
        return store
    groups = {_today(group): variables for group, variables in store.groups.items()}
    return replace(store, groups=groups, names={_today(group): name for group, name in store.names.items()})


def _today(group: str) -> str:
    return group.replace("\\", "/").replace(OLD_LAYERS, "layers")


def read_any(file: io.IOBase, where: str, *, names: bool) -> Store:
    """The store of a file in any layout, through HDF5's own code.

    Raises:
        UnreadableModel: it is no HDF5 file, or a damaged one.
    """
    import h5py

    reader = _Reader(where, names=names)
    try:
        with h5py.File(file, "r", locking=False) as opened:
            reader.walk(h5py.h5g.open(opened.id, b"/"), "", 0)
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise UnreadableModel(where, f"its weights cannot be read as HDF5: {error}", remedy=REMEDY) from error
    return Store(reader.groups, reader.names)


def read_classic(file: io.IOBase) -> Store | None:
    """The store if it has the common layout and nothing in it depends on a name."""
    found = list_datasets(file)
    if found is None or any(
        _may_be_seed(each.shape, each.dtype) for group in found.values() for each in group.values()
    ):
        return None
    groups = {
        group: {key: Variable(each.shape, each.dtype, _storage(group, key)) for key, each in members.items()}
        for group, members in found.items()
    }
    return Store(groups, {})


def _may_be_seed(shape: tuple[int, ...], dtype: str) -> bool:
    return shape == (2,) and "int" in dtype


def _storage(group: str, key: str) -> str:
    return f"{group}/vars/{key}" if group else f"vars/{key}"


class _Reader:
    """Walks the groups of an open HDF5 file through the low-level interface, several times faster than the other."""

    def __init__(self, where: str, *, names: bool) -> None:
        self.where = where
        self._name_all = names
        self.groups: dict[str, dict[str, Variable]] = {}
        self.names: dict[str, str] = {}
        self._types: dict[bytes, str] = {}
        self._seen: set[int] = set()

    def walk(self, group: Any, path: str, depth: int) -> None:
        from h5py import h5g, h5o

        address = h5o.get_info(group).addr
        if depth > MAX_DEPTH or address in self._seen:
            raise UnreadableModel(self.where, "its weight store is nested too deeply or contains a cycle")
        self._seen.add(address)
        for index in range(group.get_num_objs()):
            name = group.get_objname_by_idx(index)
            if self._kind(group, index, name, path) != h5g.GROUP:
                continue
            child = h5g.open(group, name)
            if name == b"vars":
                self.groups[path] = self._variables(child, path)
            else:
                text = name.decode("utf-8", "replace")
                self.walk(child, f"{path}/{text}" if path else text, depth + 1)

    def _variables(self, group: Any, path: str) -> dict[str, Variable]:
        from h5py import h5d, h5g

        found = {}
        if self._name_all:
            self.names[path] = _text_attribute(group, b"name")
        for index in range(group.get_num_objs()):
            name = group.get_objname_by_idx(index)
            if self._kind(group, index, name, f"{path}/vars") != h5g.DATASET:
                continue
            dataset = h5d.open(group, name)
            properties = dataset.get_create_plist()
            if properties.get_layout() == h5d.VIRTUAL or properties.get_external_count():
                raise self._elsewhere(name, f"{path}/vars", "stores its elements in another file")
            key, shape, dtype = name.decode("utf-8", "replace"), dataset.shape, type_of(dataset, self._types)
            seed = False
            if _may_be_seed(shape, dtype):
                self.names[path] = _text_attribute(group, b"name")
                seed = is_seed(path, self.names[path], shape, dtype)
            found[key] = Variable(shape, dtype, _storage(path, key), seed=seed)
        return found

    def _kind(self, group: Any, index: int, name: bytes, path: str) -> int:
        from h5py import h5l

        if group.links.get_info(name).type != h5l.TYPE_HARD:
            raise self._elsewhere(name, path, "is only a link to another location")
        return int(group.get_objtype_by_idx(index))

    def _elsewhere(self, name: bytes, path: str, cause: str) -> UnreadableModel:
        member = f"{path}/{name.decode('utf-8', 'replace')}".lstrip("/")
        return UnreadableModel(self.where, f"its {member!r} {cause}, which parity does not follow", remedy=REMEDY)


def type_of(dataset: Any, known: dict[bytes, str]) -> str:
    """The name of an open dataset's type; ``known`` remembers those seen before."""
    from h5py import h5t

    kind = dataset.get_type()
    code = kind.encode()
    if code not in known:
        known[code] = kind.dtype.name if kind.get_class() != h5t.OPAQUE else ""
    # Types that HDF5 has no name for are stored as opaque bytes, since Keras 3 with the name beside them.
    return (
        known[code] or _text_attribute(dataset, b"dtype") or OPAQUE.get(kind.get_size(), f"opaque{8 * kind.get_size()}")
    )


def _text_attribute(owner: Any, name: bytes) -> str:
    import h5py

    if not h5py.h5a.exists(owner, name) or not is_text(h5py.h5a.open(owner, name)):
        return ""
    value = h5py.AttributeManager(Holder(owner)).get(name.decode())
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else ""


def is_text(attribute: Any) -> bool:
    """Whether an open attribute is of text; a damaged one of another type crashes h5py when it is read."""
    from h5py import h5t

    return bool(attribute.get_type().get_class() == h5t.STRING)


class Holder:
    """What h5py's AttributeManager asks of an object: its id."""

    def __init__(self, identifier: Any) -> None:
        self.id = identifier
