"""Elements of PyTorch's files and live models, against the tensors that PyTorch has."""

import io
import json
import os
import pickle
import struct
import zipfile

import ml_dtypes
import numpy as np
import pytest
from adapters.torch_tar import save_tar
from elements import assert_same, assert_told, bytes_read

from parity.adapters import read
from parity.errors import UnreadableTensor

torch = pytest.importorskip("torch")


def ours(tensor):
    """A tensor as an array, by way of its bytes."""
    tensor = tensor.detach()
    if tensor.is_quantized:
        tensor = tensor.int_repr()
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    tensor = tensor.resolve_conj().resolve_neg().contiguous()
    name = str(tensor.dtype).removeprefix("torch.")
    dtype = np.dtype(getattr(ml_dtypes, name)) if hasattr(ml_dtypes, name) else np.dtype(name)
    return tensor.reshape(-1).view(torch.uint8).numpy().view(dtype).reshape(tuple(tensor.shape))


def numbers(*shape, dtype=torch.float32):
    made = torch.randn(shape, generator=torch.Generator().manual_seed(len(shape))) * 50
    return (made > 0) if dtype is torch.bool else made.to(dtype)


def state():
    base = numbers(6, 8)
    kinds = {
        str(dtype): numbers(2, 3, dtype=dtype)
        for dtype in (
            *(torch.float64, torch.float16, torch.bfloat16, torch.int8, torch.uint8, torch.int16, torch.int32),
            *(torch.int64, torch.bool, torch.float8_e4m3fn, torch.float8_e5m2, torch.uint16, torch.uint32),
            *(torch.complex64, torch.complex128),
        )
    }
    return {
        **{name.replace(".", "_"): each for name, each in kinds.items()},
        "whole": base,
        "turned": base.T,
        "window": base[1:4, 2:7:2],
        "row": base[3],
        "expanded": numbers(3, 1).expand(3, 5),
        "scalar": torch.tensor(3.5),
        "empty": torch.zeros(0, 4),
        "tied": base,
        "channels_last": numbers(2, 3, 4, 5).to(memory_format=torch.channels_last),
        "parameter": torch.nn.Parameter(numbers(4)),
    }


def assert_all(graph, tensors):
    assert set(graph.weights) == set(tensors)
    for name, tensor in tensors.items():
        assert_same(graph.store.read(name), ours(tensor))
    assert_told(graph)


@pytest.mark.parametrize("zipped", [True, False])
def test_pickles_give_the_bits_of_each_tensor(tmp_path, zipped):
    torch.save(state(), tmp_path / "a.pt", _use_new_zipfile_serialization=zipped)

    graph = read(tmp_path / "a.pt")

    assert_all(graph, state())
    assert graph.store.read("tied") is graph.store.read("whole")
    assert_same(pickle.loads(pickle.dumps(graph.store)).read("turned"), ours(state()["turned"]))


def test_sparse_quantised_and_conjugated_tensors_are_what_they_stand_for(tmp_path):
    plain = torch.diag(numbers(4))
    halves = torch.sparse_coo_tensor([[0, 0, 2], [1, 1, 3]], torch.tensor([1.0, 2.0, 3.0]).bfloat16(), (4, 4))
    tensors = {
        "coo": plain.to_sparse(),
        "hybrid": numbers(4, 3).to_sparse(1),
        "twice": halves,
        "csr": plain.to_sparse_csr(),
        "csc": plain.to_sparse_csc(),
        "bsr": plain.to_sparse_bsr((2, 2)),
        "bsc": plain.to_sparse_bsc((1, 2)),
        "bools": torch.eye(3).bool().to_sparse(),
        "int8": torch.quantize_per_tensor(numbers(5, 4), 0.1, 3, torch.qint8),
        "uint8": torch.quantize_per_channel(numbers(5, 4), torch.ones(5), torch.zeros(5), 0, torch.quint8),
        "conjugated": numbers(3, 2, dtype=torch.complex64).conj(),
        "negative": torch.complex(numbers(3), numbers(3)).conj().imag,
    }
    torch.save(tensors, tmp_path / "a.pt")

    graph = read(tmp_path / "a.pt")

    assert set(graph.weights) == set(tensors)
    for name, tensor in tensors.items():
        assert_same(graph.store.read(name), ours(tensor))


def test_tensors_without_elements_say_so(tmp_path):
    tensors = {"a": torch.zeros(3, device="meta"), "b": torch.ones(2)}
    torch.save(tensors, tmp_path / "a.pt")
    for graph in (read(tmp_path / "a.pt"), read(torch.nn.Linear(2, 3, device="meta"))):
        name = next(iter(graph.weights))
        with pytest.raises(UnreadableTensor, match="on the meta device"):
            graph.store.read(name)
    assert_same(read(tmp_path / "a.pt").store.read("b"), ours(tensors["b"]))


def test_numbers_of_another_byte_order_are_turned(tmp_path):
    torch.save(
        {"a": numbers(3, 4), "b": numbers(3).bfloat16(), "c": numbers(2, dtype=torch.complex64)}, tmp_path / "a.pt"
    )
    swaps = {"data/0": 4, "data/1": 2, "data/2": 4}
    with zipfile.ZipFile(tmp_path / "a.pt") as old, zipfile.ZipFile(tmp_path / "b.pt", "w") as new:
        for name in old.namelist():
            data = b"big" if name.endswith("/byteorder") else old.read(name)
            width = next((each for end, each in swaps.items() if name.endswith(end)), 0)
            new.writestr(name, np.frombuffer(data, f"u{width}").byteswap().tobytes() if width else data)

    assert_all(read(tmp_path / "b.pt"), torch.load(tmp_path / "a.pt"))


def test_arrays_of_numpy_in_a_checkpoint(tmp_path):
    arrays = {"a": np.asfortranarray(np.arange(12.0).reshape(3, 4)), "b": np.arange(5, dtype=">i4")}
    torch.save(arrays, tmp_path / "a.pt")
    store = read(tmp_path / "a.pt").store

    assert_same(store.read("a"), arrays["a"])
    assert_same(store.read("b"), arrays["b"].astype("i4"))


def test_compressed_archives_are_unpacked(tmp_path):
    tensors = {"a": numbers(30, 40), "b": numbers(7)}
    torch.save(tensors, tmp_path / "a.pt")
    with (
        zipfile.ZipFile(tmp_path / "a.pt") as old,
        zipfile.ZipFile(tmp_path / "b.pt", "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, old.read(name))

    assert_all(read(tmp_path / "b.pt"), tensors)


def test_the_tar_of_old(tmp_path):
    tensors = {"a": numbers(3, 4), "b": numbers(2, 2, dtype=torch.int64)}
    path = tmp_path / "old.pt"
    save_tar(tensors, path)

    assert_all(read(path), tensors)


def test_modules_and_their_scripts(tmp_path):
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.LSTM(5, 6))
    model[1].running_mean += 3
    torch.save(model, tmp_path / "a.pt")
    torch.jit.script(model).save(tmp_path / "b.pt")
    for source in (tmp_path / "a.pt", tmp_path / "b.pt", model):
        assert_all(read(source), model.state_dict(keep_vars=True))


def test_a_frozen_script(tmp_path):
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU()).eval()
    scripted = torch.jit.freeze(torch.jit.script(model))
    scripted.save(tmp_path / "a.pt")
    graph = read(tmp_path / "a.pt")

    found = [graph.store.read(name) for name, each in graph.weights.items() if each.shape == (4, 3, 3, 3)]
    assert len(found) == 1
    assert_same(found[0], ours(model[0].weight))


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(5, 8, dtype=torch.bfloat16)
        self.out = torch.nn.Linear(8, 5, bias=False, dtype=torch.bfloat16)
        self.out.weight = self.embed.weight
        self.norm = torch.nn.LayerNorm(8, dtype=torch.bfloat16)
        self.register_buffer("turned", numbers(8, 8).bfloat16().T)
        self.register_buffer("mask", torch.ones(8).bool(), persistent=False)
        self.register_buffer("scale", torch.tensor(2.0).bfloat16())
        self.constant = torch.arange(8)

    def forward(self, x):
        return self.out(self.norm(self.embed(x)) @ self.turned * self.mask * self.scale) + self.constant[0]


@pytest.fixture(scope="module")
def exported():
    model = Net()
    return model, torch.export.export(model, (torch.zeros(1, 3, dtype=torch.int64),))


def held(model):
    return {**model.state_dict(keep_vars=True), "mask": model.mask, "constant": model.constant}


def test_exported_programs(exported, tmp_path):
    model, program = exported
    torch.export.save(program, tmp_path / "a.pt2")
    for source in (tmp_path / "a.pt2", program):
        graph = read(source)
        for name in graph.weights:
            assert_same(graph.store.read(name), ours(held(model)[name]))
        assert_told(graph)
    assert read(tmp_path / "a.pt2").weights.keys() >= {"mask", "turned", "out.weight", "constant"}


def test_exported_programs_whose_tensors_are_pickled(exported, tmp_path):
    model, program = exported
    torch.export.save(program, tmp_path / "a.pt2")
    with zipfile.ZipFile(tmp_path / "a.pt2") as old, zipfile.ZipFile(tmp_path / "b.pt2", "w") as new:
        table = json.loads(old.read("a/data/weights/model_weights_config.json"))
        entry = table["config"]["turned"]
        entry["use_pickle"] = True
        pickled = io.BytesIO()
        torch.save(model.turned, pickled)
        changed = {
            "a/data/weights/model_weights_config.json": json.dumps(table),
            f"a/data/weights/{entry['path_name']}": pickled.getvalue(),
        }
        for name in old.namelist():
            new.writestr(name, changed.get(name, old.read(name)))

    assert_same(read(tmp_path / "b.pt2").store.read("turned"), ours(model.turned))


def test_exported_programs_of_before(fixtures):
    graph = read(fixtures / "bn_cnn.pt2")
    tree = read(fixtures / "bn_cnn_module.pt")

    assert_told(graph)
    for name in graph.weights:
        assert_same(graph.store.read(name), tree.store.read(name))


def test_live_tensors_are_read_as_they_are(exported):
    model, _ = exported
    graph = read(model, [((1, 3), "int64")])
    before = graph.store.read("norm.bias").copy()
    with torch.no_grad():
        model.norm.bias += 1

    assert (graph.store.read("norm.bias") == before + 1).all()


def safetensors(path, tensors):
    from safetensors.torch import save_file

    save_file({name: each.contiguous().clone() for name, each in tensors.items()}, path)


def test_safetensors_and_shards(tmp_path):
    tensors = {name: each.detach() for name, each in state().items()}
    first = dict(list(tensors.items())[:9])
    rest = {name: each for name, each in tensors.items() if name not in first}
    for name in ("torch_complex128", "torch_uint32"):
        first.pop(name, None)
        rest.pop(name, None)
    safetensors(tmp_path / "a.safetensors", first)
    torch.save(rest, tmp_path / "b.bin")
    shards = {**dict.fromkeys(first, "a.safetensors"), **dict.fromkeys(rest, "b.bin")}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))

    assert_all(read(tmp_path / "a.safetensors"), first)
    assert_all(read(tmp_path / "model.safetensors.index.json"), first | rest)


def header(entries):
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text


def test_one_tensor_of_a_large_file_is_read_alone(tmp_path):
    path, size = tmp_path / "huge.safetensors", 10 * 2**30
    entries = {
        "a": {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]},
        "b": {"dtype": "F32", "shape": [4], "data_offsets": [size, size + 16]},
    }
    path.write_bytes(header(entries))
    os.truncate(path, path.stat().st_size + size)
    with path.open("ab") as file:
        file.write(np.arange(4, dtype="f4").tobytes())

    count, found = bytes_read(path, "b")

    assert (found, count < 10_000) == (16, True)


def test_tensors_of_a_type_without_a_name_are_not_guessed(tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(header({"a": {"dtype": "F4", "shape": [4], "data_offsets": [0, 2]}}) + b"12")

    with pytest.raises(UnreadableTensor, match="a type that numpy does not know"):
        read(path).store.read("a")


def test_tensors_that_overlap_are_not_read(tmp_path):
    entries = {
        "a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]},
        "b": {"dtype": "F32", "shape": [4], "data_offsets": [8, 24]},
        "c": {"dtype": "F32", "shape": [2], "data_offsets": [24, 32]},
        "d": {"dtype": "F32", "shape": [2], "data_offsets": [24, 32]},
    }
    (tmp_path / "a.safetensors").write_bytes(header(entries) + bytes(32))
    store = read(tmp_path / "a.safetensors").store

    for name in "ab":
        with pytest.raises(UnreadableTensor, match="overlap"):
            store.read(name)
    assert store.read("c") is store.read("d")


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_that_has_changed_or_is_cut_off(tmp_path, zipped):
    path = tmp_path / "a.pt"
    torch.save({"a": numbers(300)}, path, _use_new_zipfile_serialization=zipped)
    graph = read(path)
    os.truncate(path, path.stat().st_size - 800)

    with pytest.raises(UnreadableTensor, match="the file has changed"):
        graph.store.read("a")


def test_a_stream_whose_storage_has_another_size_than_its_tensor_says(tmp_path):
    path = tmp_path / "a.pt"
    torch.save({"a": numbers(300)}, path, _use_new_zipfile_serialization=False)
    data = path.read_bytes()
    path.write_bytes(data[: -1200 - 8] + (299).to_bytes(8, "little") + data[-1200:])

    with pytest.raises(UnreadableTensor, match="the elements of its storage are not in the file"):
        read(path).store.read("a")


def test_a_sparse_tensor_that_stands_for_more_than_there_is(tmp_path):
    tensors = {
        "large": torch.sparse_coo_tensor([[0]], [1.0], (2**40,)),
        "outside": torch.sparse_coo_tensor([[0], [3]], [1.0], (4, 4)),
    }
    torch.save(tensors, tmp_path / "a.pt")
    store = read(tmp_path / "a.pt").store

    assert store.read("outside")[0, 3] == 1
    with pytest.raises(UnreadableTensor, match="its dense form is too large"):
        store.read("large")


def test_a_view_that_repeats_one_element_takes_no_memory(tmp_path):
    buffer = io.BytesIO()
    torch.save({"a": torch.ones(1).expand(2**40)}, buffer)
    (tmp_path / "a.pt").write_bytes(buffer.getvalue())

    found = read(tmp_path / "a.pt").store.read("a")

    assert (found.shape, found.strides, float(found[-1])) == ((2**40,), (0,), 1.0)
