"""The numbers of a damaged file are read, or refused in a sentence, and no memory is claimed for them."""

import random
import resource
import zipfile

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from parity.adapters import read
from parity.errors import ParityError, UnreadableTensor

torch = pytest.importorskip("torch")

ROUNDS = 60
TENSORS = {"a": np.arange(600, dtype="f4").reshape(20, 30), "b": np.arange(7, dtype="i8"), "c": np.ones((3, 3), "f2")}


def of_torch():
    return {name: torch.from_numpy(each) for name, each in TENSORS.items()} | {"d": torch.eye(4).to_sparse()}


def _safetensors(path):
    from safetensors.numpy import save_file

    save_file(TENSORS, path)


def _onnx(path):
    tensors = [numpy_helper.from_array(each, name) for name, each in TENSORS.items()]
    large = numpy_helper.from_array(np.ones((300, 300), "f4"), "w")
    infos = [helper.make_tensor_value_info(name, 1, None) for name in "xy"]
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])], "g", infos[:1], infos[1:], [*tensors, large]
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)]), path)


def _program(path):
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4)).eval()
    torch.export.save(torch.export.export(model, (torch.zeros(2, 3),)), path)


def _hdf5(path):
    import h5py

    with h5py.File(path, "w") as file:
        for name, each in TENSORS.items():
            how = {"compression": "gzip", "chunks": (5, 30)} if name == "a" else {}
            file.create_dataset(f"layers/{name}/vars/0", data=each, **how)
        file.create_group("vars")


WRITERS = {
    "zip.pt": lambda path: torch.save(of_torch(), path),
    "stream.pt": lambda path: torch.save(of_torch(), path, _use_new_zipfile_serialization=False),
    "model.safetensors": _safetensors,
    "model.onnx": _onnx,
    "model.pt2": _program,
    "model.weights.h5": _hdf5,
}


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    folder = tmp_path_factory.mktemp("good")
    for name, write in WRITERS.items():
        write(folder / name)
    return folder


def numbers(path):
    """How many tensors of a file are read, and how many are refused."""
    found = refused = 0
    graph = read(path)
    for name, weight in graph.weights.items():
        try:
            assert graph.store.read(name).shape == weight.shape
            found += 1
        except UnreadableTensor:
            refused += 1
    return found, refused


@pytest.mark.parametrize("name", WRITERS)
def test_damaged_files_are_read_or_refused(good, tmp_path, name):
    chance, data, path = random.Random(name), (good / name).read_bytes(), tmp_path / name  # noqa: S311  no secret
    assert numbers(good / name)[1] == 0
    before, done = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, 0
    for _ in range(ROUNDS):
        content = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            content[chance.randrange(len(content))] = chance.choice([0, 1, 255, 128, chance.randrange(256)])
        path.write_bytes(content[: chance.randrange(len(content))] if chance.random() < 0.1 else content)
        try:
            done += sum(numbers(path))
        except ParityError:
            continue
    assert done
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # KiB


def test_an_archive_whose_member_is_a_bomb(tmp_path):
    path = tmp_path / "bomb.pt"
    torch.save({"a": torch.zeros(2**22)}, tmp_path / "a.pt")
    with zipfile.ZipFile(tmp_path / "a.pt") as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))

    with pytest.raises(UnreadableTensor, match="implausibly large"):
        read(path).store.read("a")
