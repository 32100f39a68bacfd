"""Attributes and weights of Keras' .h5 files through h5py: no link is followed and no element is read."""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from parity.adapters.keras._store import Holder, Variable, is_text, type_of
from parity.errors import UnreadableModel

SIGNATURE = b"\x89HDF\r\n\x1a\n"
MAX_TEXT = 64 << 20
MAX_NAMES = 1 << 16
MODEL_WEIGHTS = "model_weights"
TOP_LEVEL = "top_level_model_weights"
"""The group of weights that belong to the model itself and to no layer of it."""
OPTIMIZER_WEIGHTS = "optimizer_weights"
BROKEN = (OSError, RuntimeError, KeyError, ValueError, TypeError, MemoryError)
"""What h5py raises for damaged files."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A weight by the name that Keras gave it, without the number of a TensorFlow output."""

    name: str
    variable: Variable

    @property
    def folder(self) -> tuple[str, ...]:
        """The parts of the name before the last."""
        return tuple(self.name.split("/")[:-1])


@dataclass(frozen=True, slots=True)
class LayerWeights:
    """What a group of weights holds.

    Attributes:
        layers: the weights of each listed layer, in the file's order.
        top_level: those of the model itself.
        unlisted: groups that no list names.
    """

    layers: Mapping[str, tuple[Stored, ...]]
    top_level: tuple[Stored, ...]
    unlisted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """The longest text and the longest list of names that are read."""

    text: int = MAX_TEXT
    names: int = MAX_NAMES


@contextmanager
def opened(file: Path | io.IOBase, where: str, limits: Limits) -> Iterator["Group"]:
    """The root of a file, which may be a part of another.

    Raises:
        UnreadableModel: it is no HDF5 file, or a damaged one.
    """
    import h5py

    try:
        with h5py.File(file, "r", locking=False) as found:
            yield Group(h5py.h5g.open(found.id, b"/"), "", where, limits)
    except BROKEN as error:
        cause = f"it is damaged, or not an HDF5 file: {str(error)[:200]}"
        raise UnreadableModel(where, cause, remedy="copy or save the model again") from error


class Group:
    """A group of an open file."""

    def __init__(self, identifier: Any, path: str, where: str, limits: Limits) -> None:
        """``path`` is from the root, ``where`` the file as the user named it."""
        self._id = identifier
        self._limits = limits
        self._path = path
        self._where = where
        self._groups: dict[str, Any] = {"": identifier}
        self._types: dict[bytes, str] = {}

    def text(self, name: str) -> str:
        """A text attribute, or "" where there is none."""
        return next(iter(self._attribute(name, 1) or ()), "")

    def names(self, name: str) -> list[str] | None:
        """A list of names, or None where there is none; Keras cuts a long one into several attributes."""
        whole = self._attribute(name, self._limits.names)
        if whole is not None:
            return whole
        parts: list[str] = []
        for number in count():
            part = self._attribute(f"{name}{number}", self._limits.names)
            if part is None:
                return parts if number else None
            parts.extend(part)
        return None

    def has(self, name: str) -> bool:
        """Whether there is an attribute of that name."""
        from h5py import h5a

        return bool(h5a.exists(self._id, name.encode()))

    def members(self) -> list[str]:
        """The names of what is in it."""
        return [self._id.get_objname_by_idx(each).decode("utf-8", "replace") for each in range(self._id.get_num_objs())]

    def group(self, path: str) -> "Group":
        """A group in it.

        Raises:
            UnreadableModel: there is none, or only a link to another place.
        """
        from h5py import h5g

        found = self._open(path)
        if not isinstance(found, h5g.GroupID):
            raise self._unreadable(path, "is not a group")
        return Group(found, self._joined(path), self._where, self._limits)

    def variable(self, path: str) -> Variable:
        """What can be said of a dataset in it without its elements.

        Raises:
            UnreadableModel: there is none, or its elements are in another file.
        """
        dataset = self.dataset(path)
        shape = tuple(int(each) for each in dataset.shape or ())
        return Variable(shape, type_of(dataset, self._types), self._joined(path))

    def dataset(self, path: str) -> Any:
        """An open dataset in it, through h5py's low-level interface.

        Raises:
            UnreadableModel: there is none, or its elements are in another file.
        """
        from h5py import h5d

        dataset = self._open(path)
        if not isinstance(dataset, h5d.DatasetID):
            raise self._unreadable(path, "is not a dataset")
        properties = dataset.get_create_plist()
        if properties.get_layout() == h5d.VIRTUAL or properties.get_external_count():
            raise self._unreadable(path, "stores its elements in another file, which parity does not open")
        return dataset

    def _open(self, path: str) -> Any:
        parent, _, name = path.rpartition("/")
        if parent not in self._groups:
            self._groups[parent] = self._open(parent)
        return self._step(self._groups[parent], name, path) if name else self._groups[parent]

    def _step(self, parent: Any, name: str, path: str) -> Any:
        from h5py import h5g, h5l, h5o

        key = name.encode()
        if not isinstance(parent, h5g.GroupID) or not parent.links.exists(key):
            raise self._unreadable(path, "is missing")
        if parent.links.get_info(key).type != h5l.TYPE_HARD:
            raise self._unreadable(path, "is only a link to another location, which parity does not follow")
        return h5o.open(parent, key)

    def _joined(self, path: str) -> str:
        return f"{self._path}/{path}" if self._path else path

    def _unreadable(self, path: str, cause: str) -> UnreadableModel:
        return UnreadableModel(self._where, f"its {self._joined(path)!r} {cause}", remedy="save the model again")

    def _attribute(self, name: str, limit: int) -> list[str] | None:
        """The texts of an attribute, at most ``limit``: one for a scalar."""
        import h5py

        if not self.has(name):
            return None
        attribute = h5py.h5a.open(self._id, name.encode())
        entries, size = attribute.get_space().get_simple_extent_npoints(), attribute.get_type().get_size()
        if entries > limit or entries * size > self._limits.text:
            raise self._large(name, f"{entries:,} entries of {size:,} bytes")
        if not entries:
            return []
        if not is_text(attribute):
            raise TypeError(f"its attribute {name} is not text")
        value = h5py.AttributeManager(Holder(self._id)).get(name)
        texts = [_text(each) for each in (value.flat if hasattr(value, "flat") else (value,))]
        length = sum(len(each) for each in texts)
        if length > self._limits.text:
            raise self._large(name, f"{length:,} characters")
        return texts

    def _large(self, name: str, found: str) -> UnreadableModel:
        return UnreadableModel(self._where, f"its attribute {name} is implausibly large", found=found)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if not isinstance(value, str):
        raise TypeError(f"a text is {type(value).__name__}")
    return value


def read_layers(group: Group) -> LayerWeights:
    """The weights of a group that Keras wrote layer by layer.

    Raises:
        UnreadableModel: a weight that the file lists is missing, or elsewhere.
    """
    names = dict.fromkeys(group.names("layer_names") or ())
    layers = {name: _weights(group.group(name)) for name in names}
    members = group.members()
    listed = {name.split("/")[0] for name in names} | {TOP_LEVEL}
    return LayerWeights(
        layers,
        _weights(group.group(TOP_LEVEL)) if TOP_LEVEL in members else (),
        tuple(name for name in members if name not in listed),
    )


def read_optimizer(root: Group) -> dict[str, Variable]:
    """The variables of the optimizer, by name; none where the file was saved without."""
    if OPTIMIZER_WEIGHTS not in root.members():
        return {}
    return {each.name: each.variable for each in _weights(root.group(OPTIMIZER_WEIGHTS))}


def _weights(group: Group) -> tuple[Stored, ...]:
    names = dict.fromkeys(group.names("weight_names") or ())
    return tuple(Stored(name.rsplit(":", 1)[0], group.variable(name)) for name in names)
