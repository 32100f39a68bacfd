"""Weights of one model in the design of another: planned, written, and verified by reading them back."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity.adapters import Inputs, for_both, read, writing
from parity.adapters._placing import fitted
from parity.check import compared
from parity.comparison import Comparison
from parity.errors import ParityError, UsageError
from parity.graph import SourceGraph
from parity.rules import PROFILES, Severity, explain
from parity.transfer import Entry, Plan, State, compare_weights, plan, script

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any

Read = Callable[[str], Array]

NAMED = 5
"""Tensors that a failure names."""


@dataclass(frozen=True, repr=False)
class Ported:
    """The result of carrying weights over.

    Attributes:
        source, target: the models, as they were named.
        out: the file that was written; "" where the target is in memory.
        plan: for every tensor of the target its expression over the source.
        kept: tensors of the target that stay as they are, since they are not weights or have no source.
        rounded: tensors that the target stores in a narrower type.
        differs: rules that found a difference between the designs, or could not rule one out: outputs may differ
            whatever the weights are.
    """

    source: str
    target: str
    out: str
    plan: Plan
    kept: tuple[str, ...]
    rounded: tuple[str, ...]
    differs: tuple[str, ...] = ()

    @property
    def carried(self) -> int:
        """How many tensors were carried over."""
        return len(self.plan.entries) - len(self.plan.missing)

    def __repr__(self) -> str:
        """One line: from where to where, and how many tensors."""
        return (
            f"<Ported: {self.carried:,} tensors, {self.source} -> {self.out or self.target}, {len(self.kept):,} kept>"
        )


def port(
    source: Any,
    target: Any,
    out: str | os.PathLike[str] | None = None,
    *,
    inputs: Inputs | None = None,
    source_inputs: Inputs | None = None,
    target_inputs: Inputs | None = None,
    map: Mapping[str, str] | None = None,  # noqa: A002  the word of the command line
    partial: bool = False,
) -> Ported:
    """Carry the weights of one model over into the design of another.

    Args:
        source: a path, or a live model, whose weights are taken.
        target: a path, or a live model, which takes them. A live one is changed in place; a file stays as it is.
        out: the file to write: in the target's own format, or tensors by name (``.npz``, ``.safetensors``, for PyTorch
            ``.pt``).
        inputs: example inputs for live models that need them, for both sides.
        source_inputs: for the source only.
        target_inputs: for the target only.
        map: layers that are each other's counterpart, by the paths of their own sources.
        partial: tensors without a source stay as they are in the target.

    Raises:
        UnreadableModel: a side cannot be read.
        ParityError: a tensor of the target has no source, values do not fit its dtype, or the file cannot be written.
        UsageError: the arguments make no sense.
    """
    live = not isinstance(target, str | os.PathLike)
    _check_out(source, target, out, live=live)
    sources, comparison = compared(source, target, for_both(inputs, source_inputs, target_inputs), map)
    planned = plan(comparison, *sources)
    _check_plan(planned, sources, partial=partial)
    arrays = {entry.name: _array(entry, sources) for entry in planned.entries if entry.value is not None}
    if live:
        writing.write_live(sources[1], arrays)
        rounded = _verified(arrays, sources[1], sources[1].store.read)
    else:
        writing.write(sources[1], target, arrays, Path(str(out)))
        rounded = _verified(arrays, sources[1], _read_back(sources[1], Path(str(out))))
    kept = (*planned.kept, *(entry.name for entry in planned.missing))
    names = sources[0].source, sources[1].source
    return Ported(*names, "" if live else str(out), planned, kept, rounded, _differs(comparison))


def port_script(
    source: Any,
    target: Any,
    *,
    map: Mapping[str, str] | None = None,  # noqa: A002  same
    partial: bool = False,
) -> str:
    """A Python script that carries the weights over, for people to read and to run where the frameworks are.

    Args:
        source: as ``port`` takes it.
        target: as ``port`` takes it.
        map: as ``port`` takes it.
        partial: as ``port`` takes it.

    Raises:
        ParityError: a tensor of the target has no source, or a side is neither of Keras nor of PyTorch.
    """
    sources, comparison = compared(source, target, (None, None), map)
    planned = plan(comparison, *sources)
    _check_plan(planned, sources, partial=partial)
    return script(planned, *sources)


def _differs(comparison: Comparison) -> tuple[str, ...]:
    """The rules by which the outputs of both models may differ though their weights are the same."""
    inference = PROFILES["inference"]
    found = ((each.rule, inference.severity(each.effect, each.concerns)) for each in explain(comparison))
    return tuple(dict.fromkeys(rule for rule, severity in found if severity is not Severity.INFO))


def _check_out(source: Any, target: Any, out: Any, *, live: bool) -> None:
    if live and out is not None:
        cause = "the target is a live model, which is changed in place"
        raise UsageError(f"cannot write {str(out)!r}", cause, remedy="leave it out, or name a file as target")
    if not live and out is None:
        raise UsageError("cannot port", "there is no file to write", remedy="name one with -o")
    for each in (source, target):
        path = Path(each) if isinstance(each, str | os.PathLike) and not live else None
        if path is not None and path.exists() and Path(out).exists() and path.samefile(out):
            raise UsageError(f"cannot write {str(out)!r}", "it is read", remedy="name another file")


def _check_plan(planned: Plan, sources: tuple[SourceGraph, SourceGraph], *, partial: bool) -> None:
    """Make sure that everything has a source, that what is shared is the same, and that nothing is lost.

    Raises:
        ParityError: it is not so.
    """
    where = f"cannot port {sources[0].source!r} into {sources[1].source!r}"
    if not planned.entries or len(planned.missing) == len(planned.entries):
        raise ParityError(where, "no weight of the target has a source", remedy="parity compare shows what is paired")
    if planned.missing and not partial:
        cause = f"{len(planned.missing):,} of {len(planned.entries):,} tensors of the target have no source"
        remedy = "match layers with --map, or leave them as they are with --partial"
        raise ParityError(where, cause, found=_named(planned.missing), remedy=remedy)
    for entry in planned.entries:
        for other in entry.also:
            if not _equal(_array(entry, sources), other.array(sources[0].store.read)):
                cause = f"the target shares {entry.name!r} where the source has different values"
                raise ParityError(where, cause, found=" and ".join(other.names()))
    lost = compare_weights(planned.lost, sources[0].store, sources[1].store, 0.0)
    gone = [each.left for each in lost if each.state is not State.SAME]
    if gone and not partial:
        cause = "the target has no weights for some that change what the source computes"
        raise ParityError(where, cause, found=", ".join(gone[:NAMED]), remedy="leave them out with --partial")


def _named(missing: Sequence[Entry]) -> str:
    told = []
    for entry in missing[:NAMED]:
        near = f", nearest {' or '.join(entry.nearest)}" if entry.nearest else ""
        told.append(f"{entry.name}: {entry.reason}{near}")
    rest = f" and {len(missing) - NAMED:,} more" if len(missing) > NAMED else ""
    return "; ".join(told) + rest


def _array(entry: Entry, sources: tuple[SourceGraph, SourceGraph]) -> Array:
    if entry.value is None:
        raise ValueError(entry.name)
    return entry.value.array(sources[0].store.read)


def _read_back(target: SourceGraph, out: Path) -> Read:
    """Reads what was written."""
    if out.suffix == ".npz":
        import numpy as np

        with np.load(out, allow_pickle=False) as loaded:
            return {name: loaded[name] for name in loaded.files}.__getitem__
    if out.name.endswith(".weights.h5"):
        return _by_place(target, out).__getitem__
    return read(str(out)).store.read


def _by_place(target: SourceGraph, out: Path) -> Mapping[str, Array]:
    """The datasets of a file of weights by the names that the target has for them."""
    import h5py

    with h5py.File(out, "r") as file:
        return {name: file[each.storage][()] for name, each in target.weights.items() if each.storage in file}


def _verified(arrays: Mapping[str, Array], target: SourceGraph, back: Read) -> tuple[str, ...]:
    """The tensors that were rounded when they were stored.

    Raises:
        ParityError: what is read back is not what was written.
    """
    rounded = []
    for name, array in arrays.items():
        weight = target.weights[name]
        wanted = fitted(name, array, weight.dtype, weight.shape)
        if not _bits(back(name), wanted):
            raise ParityError(f"cannot rely on the tensor {name!r}", "what was read back is not what was written")
        if not _equal(array.astype("float64"), wanted.astype("float64")):
            rounded.append(name)
    return tuple(rounded)


def _bits(one: Array, other: Array) -> bool:
    import numpy as np

    return one.shape == other.shape and np.ascontiguousarray(one).tobytes() == np.ascontiguousarray(other).tobytes()


def _equal(one: Array, other: Array) -> bool:
    import numpy as np

    return bool(np.array_equal(one, other, equal_nan=True))
