"""The quick reader of HDF5 metadata agrees with h5py on what it reads, and leaves the rest to it."""

import io

import h5py
import numpy as np
import pytest
import seed_models

from parity.adapters.keras import _isolated
from parity.adapters.keras._hdf5 import list_datasets


def _file(fill, **options):
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", **options) as file:
        fill(file)
    return buffer


def _many(file):
    for index in range(3000):
        file.create_dataset(f"layers/dense_{index}/vars/0", (index + 1, 2), "float32")
    group = file.create_group("layers/types/vars")
    for name in ("float16", "float32", "float64", "int8", "uint8", "int64", "uint16", ">f4"):
        group.create_dataset(name, (3,), name)
    group.create_dataset("scalar", (), "float32")
    group.create_dataset("chunked", (30, 4), "float32", chunks=(10, 4), compression="gzip")
    group.create_dataset("growing", (3, 4), "float32", maxshape=(None, 4))
    file.create_dataset("optimizer/vars/0", (7,), "float32")
    file.create_group("layers/empty/vars").attrs["name"] = "empty"
    for index in range(40):
        group.attrs[f"note_{index}"] = "x" * 200  # spills into continuation blocks


def _by_h5py(buffer):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_isolated, "read_classic", lambda _: None)
        return _isolated.read_store(buffer, "model", names=False)


def test_agrees_with_h5py_on_many_groups_and_types():
    buffer = _file(_many)

    assert list_datasets(buffer) is not None
    assert _isolated.read_store(buffer, "model", names=False).groups == _by_h5py(buffer).groups


@pytest.mark.parametrize("case", ["embedding-lstm", "bert-bilstm", "bn-cnn"])
def test_agrees_with_h5py_on_files_of_keras(case, tmp_path):
    path = tmp_path / "model.weights.h5"
    seed_models.KERAS[case](**seed_models.SMALL.get(case, {})).save_weights(path)
    buffer = io.BytesIO(path.read_bytes())

    assert list_datasets(buffer) is not None
    assert _isolated.read_store(buffer, "model", names=False).groups == _by_h5py(buffer).groups


@pytest.mark.parametrize(
    ("fill", "options"),
    [
        (lambda file: file.create_dataset("layers/dense/vars/0", (3,), "float32"), {"libver": "latest"}),
        (lambda file: file.create_dataset("layers/dense/vars/0", (3,), "bool"), {}),
        (lambda file: file.create_dataset("layers/dense/vars/0", data=np.zeros(3, "V2")), {}),
        (lambda file: file.create_dataset("layers/dense/vars/0", (3,), h5py.string_dtype()), {}),
        (lambda file: file.create_group("layers/dense/vars").create_group("0"), {}),
    ],
)
def test_leaves_the_unfamiliar_to_h5py(fill, options):
    assert list_datasets(_file(fill, **options)) is None


def test_leaves_a_cut_file_to_h5py():
    whole = _file(_many).getvalue()

    assert list_datasets(io.BytesIO(whole[:-1])) is None
    assert list_datasets(io.BytesIO(b"")) is None
