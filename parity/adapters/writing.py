"""A model's file, or a model in memory, with other elements in its tensors."""

import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from parity.adapters._archive import Member
from parity.adapters._bytes import Range
from parity.adapters._elements import Strided
from parity.adapters._location import is_remote
from parity.adapters._placing import fitted, place, replaced
from parity.adapters.keras._live_values import Live as KerasVariable
from parity.adapters.keras._numbers import Dataset
from parity.adapters.onnx._numbers import Live as OnnxTensor
from parity.adapters.torch._exported import InOrder
from parity.adapters.torch._live_values import Live as TorchTensor
from parity.errors import MissingFramework, ParityError, UsageError
from parity.graph import Framework, SourceGraph
from parity.store import TensorStore

Arrays = Mapping[str, Any]

WEIGHTS_H5 = ".weights.h5"
STATE_DICT = (".pt", ".pth", ".bin")
BLOCK = 16 << 20


def write(source: SourceGraph, target: Any, arrays: Arrays, out: Path) -> None:
    """Write a model's tensors, in its own format or as tensors by name, whole or not at all.

    Args:
        source: the model.
        target: its path.
        arrays: new elements by the name of the tensor; the others are as in the model.
        out: the file; ``.npz``, ``.safetensors`` and for PyTorch ``.pt`` hold tensors by name whatever the model is.

    Raises:
        ParityError: the format cannot be written, numbers do not fit their types, or the file cannot be written.
    """
    made = {name: fitted(name, array, *_stored(source, name)) for name, array in arrays.items()}
    ending = _ending(out)
    path = None if is_remote(target) else Path(target)
    writer = _writer(source, path, ending) if path is not None else None
    if path is None and ending not in BY_NAME:
        cause = "the model that it is written like is not on this machine"
        raise UsageError(f"cannot write {str(out)!r}", cause, remedy=f"fetch it, or write {', '.join(BY_NAME)}")
    with replaced(out) as fresh:
        if writer is not None and path is not None:
            writer(source.store, path, made, fresh)
        else:
            BY_NAME[ending](_all(source, made), fresh)


def write_live(source: SourceGraph, arrays: Arrays) -> None:
    """Put elements into the tensors of a model in memory; all are checked before the first is changed.

    Raises:
        ParityError: numbers do not fit, or a tensor is none that can be assigned to.
    """
    made = {name: fitted(name, array, *_stored(source, name)) for name, array in arrays.items()}
    for name in made:
        if not isinstance(source.store.elements(name), KerasVariable | OnnxTensor | TorchTensor):
            raise ParityError(f"cannot write the tensor {name!r}", "it is not held in memory by the model")
    for name, array in made.items():
        elements: Any = source.store.elements(name)
        _assigned(elements, array)


def _assigned(elements: Any, array: Any) -> None:
    if isinstance(elements, KerasVariable):
        elements.variable.assign(array)
        return
    if isinstance(elements, OnnxTensor):
        from parity.adapters.onnx._writing import filled

        filled(elements.tensor, array)
        return
    import numpy as np
    import torch

    with torch.no_grad():
        raw = torch.from_numpy(np.ascontiguousarray(array).reshape(-1).view(np.uint8).copy())
        elements.tensor.detach().copy_(raw.view(elements.tensor.dtype).reshape(elements.tensor.shape))


def _stored(source: SourceGraph, name: str) -> tuple[str, tuple[int, ...]]:
    weight = source.weights[name]
    return weight.dtype, weight.shape


def _ending(path: Path) -> str:
    return WEIGHTS_H5 if path.name.endswith(WEIGHTS_H5) else path.suffix


def _writer(source: SourceGraph, path: Path, ending: str) -> Callable[..., None] | None:
    """What writes a file like that of the model; None where tensors by name are to be written.

    Raises:
        UsageError: nothing does.
    """
    if path.is_dir():
        raise UsageError(f"cannot write {source.source!r} anew", "it is a folder", remedy="write OUT.npz")
    kinds = {type(source.store.elements(name)) for name in source.store}
    known = [writer for kind, writer in WRITERS.items() if kind in kinds]
    if ending == _ending(path) and (known or source.framework is Framework.ONNX):
        from parity.adapters.onnx._writing import write_onnx

        return write_onnx if source.framework is Framework.ONNX else known[0]
    allowed = {".npz", ".safetensors", *(STATE_DICT if source.framework is Framework.TORCH else ())}
    if source.framework is Framework.KERAS and _ending(path) == ".keras":
        allowed.add(WEIGHTS_H5)
    if ending in allowed:
        return _weights_alone if ending == WEIGHTS_H5 else None
    told = ", ".join(sorted({*allowed, *([_ending(path)] if known else [])}))
    raise UsageError(
        f"cannot write {ending or 'a file without an ending'}",
        "it is not a format for this model",
        remedy=f"use one of {told}",
    )


def _all(source: SourceGraph, made: Arrays) -> dict[str, Any]:
    """All tensors of a model: the new ones, and the others as they are."""
    names = [name for name, weight in source.weights.items() if not weight.pieces]
    return {name: made[name] if name in made else source.store.read(name) for name in names}


def _ranges(store: TensorStore, path: Path, made: Arrays, out: Path) -> None:
    """A copy of a file with bytes replaced."""
    import numpy as np

    shutil.copyfile(path, out)
    with out.open("r+b") as file:
        for name, array in made.items():
            elements = _of(Strided, store.elements(name), name)
            source = _of(Range, elements.source, name)
            if source.file.path.resolve() != path.resolve():
                raise ParityError(
                    f"cannot write the tensor {name!r}", f"it is in {source.file.path.name!r}, another file"
                )
            held = source.read(0, source.size)
            place(name, elements, array, held)
            file.seek(source.start)
            file.write(np.ascontiguousarray(held).tobytes())


def _members(store: TensorStore, path: Path, made: Arrays, out: Path) -> None:
    """A copy of an archive with members replaced."""
    new: dict[str, Any] = {}
    for name, array in made.items():
        elements = store.elements(name)
        view = elements.view() if isinstance(elements, InOrder) else _of(Strided, elements, name)
        member = _of(Member, view.source, name)
        held = new.setdefault(member.name, member.read(0, member.size))
        place(name, view, array, held)
    _archived(path, {name: held.tobytes() for name, held in new.items()}, out)


def _archived(path: Path, new: Mapping[str, bytes], out: Path) -> None:
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as made:
        for info in old.infolist():
            entry = zipfile.ZipInfo(info.filename, info.date_time)
            entry.compress_type = info.compress_type
            if info.filename in new:
                made.writestr(entry, new[info.filename])
                continue
            with old.open(info) as content, made.open(entry, "w", force_zip64=True) as file:
                shutil.copyfileobj(content, file, BLOCK)


def _datasets(store: TensorStore, path: Path, made: Arrays, out: Path) -> None:
    """A copy of an HDF5 file, or of the archive that it is a member of, with datasets replaced."""
    paths, inside = _paths(store, made)
    if inside is None:
        shutil.copyfile(path, out)
        _filled(out, paths)
        return
    plain = out.with_name(f"{out.name}.h5")
    try:
        _weights_alone(store, path, made, plain)
        _archived(path, {inside.name: plain.read_bytes()}, out)
    finally:
        plain.unlink(missing_ok=True)


def _weights_alone(store: TensorStore, _: Path, made: Arrays, out: Path) -> None:
    """The HDF5 file that an archive of Keras holds, with datasets replaced."""
    paths, inside = _paths(store, made)
    if inside is None:
        raise ParityError(f"cannot write {str(out)!r}", "the model has no weights in an archive")
    out.write_bytes(inside.read(0, inside.size).tobytes())
    _filled(out, paths)


def _paths(store: TensorStore, made: Arrays) -> tuple[dict[str, Any], Member | None]:
    """New elements by dataset, and the member of an archive that the datasets are in."""
    found = {}
    inside: Member | None = None
    for name, array in made.items():
        elements = _of(Dataset, store.elements(name), name)
        found[elements.path] = array
        inside = elements.file.source if isinstance(elements.file.source, Member) else None
    return found, inside


def _filled(path: Path, paths: Mapping[str, Any]) -> None:
    import h5py
    import numpy as np

    with h5py.File(path, "r+") as file:
        for name, array in paths.items():
            dataset = file[name]
            same = dataset.dtype.kind != "V" and dataset.dtype.itemsize == array.dtype.itemsize
            dataset[...] = array if same and array.dtype.kind in "fiucb" else np.asarray(array).view(dataset.dtype)


def _of(kind: type[Any], value: Any, name: str) -> Any:
    if not isinstance(value, kind):
        raise ParityError(
            f"cannot write the tensor {name!r}", "its elements are not stored as plain bytes", remedy="write OUT.npz"
        )
    return value


def _npz(arrays: Arrays, out: Path) -> None:
    import numpy as np

    with out.open("wb") as file:
        np.savez(file, **arrays)


def _safetensors(arrays: Arrays, out: Path) -> None:
    import numpy as np
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    try:
        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, out, {"format": "pt"})
    except SafetensorError as error:
        raise OSError(str(error)) from error


def _state_dict(arrays: Arrays, out: Path) -> None:
    import numpy as np

    try:
        import torch
    except ImportError as error:
        raise MissingFramework("torch", "torch", "write a state_dict") from error
    made = {}
    for name, array in arrays.items():
        raw = torch.from_numpy(np.ascontiguousarray(array).reshape(-1).view(np.uint8).copy())
        made[name] = raw.view(getattr(torch, str(array.dtype))).reshape(array.shape)
    with out.open("wb") as file:
        kept = _Kept(file)
        try:
            torch.save(made, kept)
        except RuntimeError as error:
            raise kept.failure or error from error


class _Kept:
    """A file that PyTorch writes to, which tells that writing failed and not why."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.failure: OSError | None = None

    def write(self, piece: bytes) -> int:
        try:
            return self.file.write(piece)
        except OSError as error:
            self.failure = error
            raise

    def flush(self) -> None:
        self.file.flush()


def _strided(store: TensorStore, path: Path, made: Arrays, out: Path) -> None:
    elements = [store.elements(name) for name in made]
    inside = any(isinstance(each, Strided) and isinstance(each.source, Member) for each in elements)
    (_members if inside else _ranges)(store, path, made, out)


WRITERS: Mapping[type, Callable[..., None]] = {Dataset: _datasets, Strided: _strided, InOrder: _members}
"""How a copy of a model's file is written, by how its elements are held."""

BY_NAME: Mapping[str, Callable[[Arrays, Path], None]] = {
    ".npz": _npz,
    ".safetensors": _safetensors,
    **dict.fromkeys(STATE_DICT, _state_dict),
}
