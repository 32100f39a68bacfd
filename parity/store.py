"""The elements of a source's tensors, read one by one when they are asked for."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, runtime_checkable

from parity.digests import Digest, digest_of
from parity.errors import UnreadableTensor

MOST_KEPT = 64 << 20
"""Bytes of tensors that have just been read and are kept, for those that are tied to them."""


class Absent(Exception):
    """Elements that are not there, or are not what the source says."""

    def __init__(self, cause: str, *, found: str = "", remedy: str = "") -> None:
        """The parts of the sentence, as ``ParityError`` has them."""
        super().__init__(cause)
        self.cause = cause
        self.found = found
        self.remedy = remedy


class Elements(Protocol):
    """Where the elements of one tensor are; hashable, and equal for tensors that are tied."""

    def read(self) -> Any:
        """The elements as a ``numpy.ndarray``, in the shape, layout and type of the source.

        Raises:
            Absent: they are not there, or are damaged.
            OSError: a file cannot be read.
            MemoryError: there are more than fit into memory.
        """


@runtime_checkable
class InRows(Elements, Protocol):
    """Elements that may follow each other row by row, so that some can be read without the others."""

    @property
    def rows(self) -> int:
        """The bytes of all of them; 0 where they do not stand so."""

    def stretch(self, start: int, count: int) -> Any:
        """Some of them, as a one-dimensional ``numpy.ndarray``.

        Raises:
            Absent, OSError, MemoryError: as ``read`` does.
        """


class TensorStore:
    """The elements of all tensors of one source, by name.

    Nothing is read before it is asked for, and a tensor that was read a moment ago is not read again.
    """

    def __init__(
        self,
        where: str,
        tensors: Mapping[str, Elements],
        reason: str = "",
        remedy: str = "",
        *,
        shapes: Mapping[str, tuple[int, ...]] | None = None,
        live: bool = False,
        digests: Mapping[str, Digest] | None = None,
    ) -> None:
        """Keep where the elements are.

        Args:
            where: the model, as the user named it.
            tensors: where the elements of each are.
            reason: why others are not there.
            remedy: what would help, or "".
            shapes: what the source says of their sizes elsewhere, which must be true.
            live: the elements may change at any time, so that none are kept.
            digests: those of tensors whose elements are not there.
        """
        self._where = where
        self._tensors = dict(tensors)
        self._reason = reason or "the source has no tensor of that name"
        self._remedy = remedy
        self._shapes = dict(shapes or {})
        self._live = live
        self._kept: dict[Elements, Any] = {}
        self._digests = dict(digests or {})
        self._digested: dict[Elements, Digest] = {}
        self._names: dict[str, str] = {}

    def __iter__(self) -> Iterator[str]:
        """The names of the tensors that there is something to read of."""
        return iter(self._tensors)

    def __contains__(self, name: object) -> bool:
        """Whether there is something to read under a name, though it may turn out to be damaged."""
        return name in self._tensors

    def renamed(self, names: Mapping[str, str]) -> "TensorStore":
        """The same under other names: for each new name the one that the source has."""
        made = TensorStore(self._where, {}, self._reason, self._remedy, live=self._live)
        made._tensors = {now: self._tensors[name] for now, name in names.items() if name in self._tensors}
        made._shapes = {now: self._shapes[name] for now, name in names.items() if name in self._shapes}
        made._digests = {now: self._digests[name] for now, name in names.items() if name in self._digests}
        made._digested, made._names = self._digested, dict(names)
        return made

    def own_name(self, name: str) -> str:
        """What the source itself calls a tensor."""
        return self._names.get(name, name)

    def elements(self, name: str) -> Elements | None:
        """Where the elements of a tensor are; None where nobody knows."""
        return self._tensors.get(name)

    def __getstate__(self) -> dict[str, Any]:
        """What another process gets: where the elements are, without those that have been read."""
        return {**self.__dict__, "_kept": {}}

    def read(self, name: str) -> Any:
        """The elements of a tensor.

        Args:
            name: a name among the weights of the source's graph.

        Returns:
            A ``numpy.ndarray`` that cannot be written to, in the source's own shape, layout and type; types that
            numpy has not are those of ``ml_dtypes``. Its strides are those of the source.

        Raises:
            UnreadableTensor: the elements are not there, are damaged, or have changed since the model was read.
        """
        elements = self._tensors.get(name)
        if elements is None:
            raise UnreadableTensor(name, self._where, self._reason, remedy=self._remedy)
        kept = self._kept.pop(elements, None)
        if kept is not None:
            self._kept[elements] = kept  # the last one again
            return kept
        with self._told(name):
            array = elements.read()
        told = self._shapes.get(name, array.shape)
        if array.shape != told:
            found = f"the shape {array.shape}, and {told} elsewhere in the model"
            raise UnreadableTensor(name, self._where, "the source is inconsistent", found=found)
        array.flags.writeable = False
        self._keep(elements, array)
        return array

    def has_stretches(self, name: str) -> bool:
        """Whether a tensor is better read in parts: it is too large to be kept, and they can be read alone."""
        elements = self._tensors.get(name)
        return isinstance(elements, InRows) and elements.rows > MOST_KEPT // 2

    def stretch(self, name: str, start: int, count: int) -> Any:
        """Some elements of a tensor that has stretches, row by row.

        Args:
            name: a name for which ``has_stretches``.
            start: the first of them.
            count: how many.

        Returns:
            A one-dimensional ``numpy.ndarray`` of the source's own type.

        Raises:
            UnreadableTensor: as ``read`` does.
        """
        elements = self._tensors[name]
        if not isinstance(elements, InRows):
            raise TypeError(f"{name} has no stretches")
        with self._told(name):
            return elements.stretch(start, count)

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """Name the tensor and the model where elements are not there."""
        try:
            yield
        except Absent as error:
            raise UnreadableTensor(name, self._where, error.cause, found=error.found, remedy=error.remedy) from error
        except OSError as error:
            cause = f"the operating system reports: {error.strerror or error}"
            raise UnreadableTensor(name, self._where, cause, remedy="check the files of the model") from error
        except MemoryError as error:
            raise UnreadableTensor(name, self._where, "it does not fit into memory") from error

    def digest(self, name: str) -> Digest:
        """The digest of a tensor: as the source has it, or of its elements, once for those that are tied.

        Args:
            name: a name among the weights of the source's graph.

        Raises:
            UnreadableTensor: there is none, and the elements cannot be read.
        """
        if name in self._digests:
            return self._digests[name]
        elements = self._tensors.get(name)
        known = self._digested.get(elements) if elements is not None else None
        if known is not None:
            return known
        found = digest_of(self.read(name))
        if elements is not None and not self._live:
            self._digested[elements] = found
        return found

    def _keep(self, elements: Elements, array: Any) -> None:
        if self._live or _size(array) > MOST_KEPT:
            return
        self._kept[elements] = array
        left = MOST_KEPT
        for key, each in [*self._kept.items()][::-1]:
            left -= _size(each)
            if left < 0:
                self._kept.pop(key, None)


def _size(array: Any) -> int:
    """The bytes that an array holds on to, which may be more than its own."""
    base = array.base
    return int(max(array.nbytes if 0 not in array.strides else 0, getattr(base, "nbytes", 0)))


NO_ELEMENTS = TensorStore("", {}, "the model was read without its weight values")
