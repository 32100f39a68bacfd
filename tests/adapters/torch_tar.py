"""Writes what ``torch.save`` wrote before PyTorch 0.2, in the layout that ``torch.load`` still reads."""

import io
import pickle
import struct
import tarfile

import torch  # noqa: TID253  only tests of PyTorch import this


def save_tar(value, path):
    """Save tensors and what holds them; each storage once, each tensor as a view of it."""
    storages, tensors = {}, {}

    class Pickler(pickle.Pickler):
        def persistent_id(self, found):
            if not torch.is_tensor(found):
                return None
            root = found.untyped_storage()._cdata
            storages.setdefault(root, found)
            tensors.setdefault(id(found), (found, root))
            return id(found)

    body = io.BytesIO()
    Pickler(body, 2).dump(value)
    with tarfile.open(path, "w:", format=tarfile.PAX_FORMAT) as archive:
        for name, data in (
            ("sys_info", pickle.dumps({}, 2)),
            ("pickle", body.getvalue()),
            ("tensors", _tensors(tensors)),
            ("storages", _storages(storages)),
        ):
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1.5
            archive.addfile(info, io.BytesIO(data))


def _storages(storages):
    data = pickle.dumps(len(storages), 2)
    for key, tensor in storages.items():
        typed = tensor.storage()
        data += pickle.dumps((key, "cpu", type(typed) if typed is None else _kind(tensor)), 2)
        data += struct.pack("<q", typed.size()) + bytes(tensor.untyped_storage())
    return data + pickle.dumps([], 2)


def _kind(tensor):
    return {torch.float32: torch.FloatStorage, torch.int64: torch.LongStorage}[tensor.dtype]


def _tensors(tensors):
    data = pickle.dumps(len(tensors), 2)
    for key, (tensor, root) in tensors.items():
        data += pickle.dumps((key, root, "torch.FloatTensor"), 2)
        data += struct.pack("<i4x", tensor.dim())
        data += struct.pack(f"<{tensor.dim()}q", *tensor.shape) + struct.pack(f"<{tensor.dim()}q", *tensor.stride())
        data += struct.pack("<q", tensor.storage_offset())
    return data
