import json
import os
import struct
import subprocess
import sys

import pytest
import torch  # noqa: TID253  only tests of PyTorch import this
from safetensors.torch import save_file
from torch import nn  # noqa: TID253  same

from parity.adapters import read
from parity.census import headline
from parity.errors import UnreadableModel
from parity.graph import Evidence, Framework
from tests.adapters.torch_checks import check_contract
from tests.adapters.torch_models import Mixed

transformers = pytest.importorskip("transformers")


def refusal(path):
    with pytest.raises(UnreadableModel) as caught:
        read(path)
    return str(caught.value)


def untied(state):
    return {name: each.clone().contiguous() for name, each in state.items()}


def total(graph):
    return headline(Framework.TORCH, graph.weights.values()).total


@pytest.fixture
def bert():
    sizes = {"hidden_size": 32, "num_hidden_layers": 11, "num_attention_heads": 2, "intermediate_size": 64}
    return transformers.BertForMaskedLM(transformers.BertConfig(vocab_size=1000, **sizes))


def test_tensors_are_those_that_were_saved(tmp_path):
    state = untied(Mixed().state_dict())
    save_file(state, tmp_path / "net.safetensors", {"format": "pt"})
    graph = read(tmp_path / "net.safetensors")
    check_contract(graph)
    assert graph.evidence is Evidence.TENSORS
    found = {name: (each.shape, f"torch.{each.dtype}") for name, each in graph.weights.items()}
    assert found == {name: (tuple(each.shape), str(each.dtype)) for name, each in state.items()}
    assert len({each.storage for each in graph.weights.values()}) == len(state)


def test_every_type_of_number(tmp_path):
    names = ("float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu", "bfloat16", "float16", "float64", "complex64")
    names += ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
    state = {name: torch.zeros(16, dtype=torch.uint8).view(getattr(torch, name)) for name in names}
    save_file(state, tmp_path / "net.safetensors")
    assert {name: each.dtype for name, each in read(tmp_path / "net.safetensors").weights.items()} == {
        name: name for name in names
    }


def test_rows_count_as_people_do(tmp_path):
    state = nn.Sequential(*(nn.Linear(2, 2) for _ in range(12))).state_dict()
    save_file(untied(state), tmp_path / "net.safetensors")
    assert [each.path for each in read(tmp_path / "net.safetensors").layers] == [str(number) for number in range(12)]


def test_folders_shards_and_the_model_give_the_same(tmp_path, bert):
    whole, shards = tmp_path / "whole", tmp_path / "shards"
    bert.save_pretrained(whole)
    bert.save_pretrained(shards, max_shard_size="60KB")
    assert len([*shards.iterdir()]) > 4
    expected = sum(each.numel() for each in bert.parameters())
    graphs = [
        read(path) for path in (whole, whole / "model.safetensors", shards, shards / "model.safetensors.index.json")
    ]
    for graph in graphs:
        check_contract(graph)
        assert total(graph) == expected
        assert [*graph.weights] == [*graphs[0].weights]
        assert graph.layers == graphs[0].layers
    version = f"BertForMaskedLM of transformers {transformers.__version__}"
    assert [graph.producer for graph in graphs] == [
        f"PyTorch, safetensors, {version}",
        "PyTorch, safetensors",
        f"PyTorch, sharded, {version}",
        "PyTorch, sharded",
    ]


def pickled(folder, state, names):
    """A folder with pickles, in one file or in one for each of ``names``."""
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    if not names:
        torch.save(state, folder / "pytorch_model.bin")
        return folder
    table = {name: names[number % len(names)] for number, name in enumerate(state)}
    for shard in names:
        torch.save({name: state[name] for name in state if table[name] == shard}, folder / shard)
    document = {"metadata": {"total_size": 4 * sum(each.numel() for each in state.values())}, "weight_map": table}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(document))
    return folder


@pytest.mark.parametrize("names", [(), ("pytorch_model-1.bin",), ("pytorch_model-1.bin", "parts/pytorch_model-2.bin")])
def test_folders_of_pickles(tmp_path, bert, names):
    (tmp_path / "net" / "parts").mkdir(parents=True)
    folder = tmp_path / "net"
    (folder / "parts").rmdir()
    folder.rmdir()
    if "parts/pytorch_model-2.bin" in names:
        names = (names[0], "pytorch_model-2.bin")
    graph = read(pickled(folder, bert.state_dict(), names))
    assert set(graph.weights) == set(bert.state_dict())
    assert total(graph) >= sum(each.numel() for each in bert.parameters())


def test_a_missing_shard_is_named_and_what_it_lacks_is_told(tmp_path):
    state = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 5)).state_dict()
    folder = pickled(tmp_path / "net", state, ("one.bin", "two.bin"))
    (folder / "two.bin").unlink()
    graph = read(folder)
    check_contract(graph)
    (gap,) = graph.gaps[1:]
    lost = 4 * (state["0.bias"].numel() + state["1.bias"].numel())
    everything = 4 * sum(each.numel() for each in state.values())
    assert (gap.where, gap.facet) == ("two.bin", "weights")
    assert f"2 tensors are not counted ({lost} of the {everything} bytes of the model are missing in all)" in gap.reason
    assert "0.bias, 1.bias" in gap.reason


def test_shards_that_do_not_hold_what_the_index_says(tmp_path):
    state = nn.Linear(3, 4).state_dict()
    folder = pickled(tmp_path / "net", state, ("one.bin",))
    torch.save({"weight": state["weight"]}, folder / "one.bin")
    assert "1 tensor is not in the file that the index names: bias" in read(folder).gaps[1].reason
    (folder / "one.bin").unlink()
    assert "none of the files that it names exists (found one.bin)" in refusal(folder)


@pytest.mark.parametrize("place", ["../secret.bin", "/etc/passwd", "a/../../secret.bin", "C:\\secret.bin", "\0", ""])
def test_an_index_that_points_outside_its_folder(tmp_path, place):
    (tmp_path / "net").mkdir()
    torch.save({"a": torch.zeros(1)}, tmp_path / "secret.bin")
    path = tmp_path / "net" / "model.safetensors.index.json"
    path.write_text(json.dumps({"weight_map": {"a": place}}))
    assert "the index points outside its folder" in refusal(path)


def test_links_that_lead_outside_the_folder(tmp_path):
    save_file({"a": torch.zeros(1)}, tmp_path / "secret")
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "shard").symlink_to(tmp_path / "secret")
    path = tmp_path / "net" / "model.safetensors.index.json"
    path.write_text(json.dumps({"weight_map": {"a": "shard"}}))
    assert "the index points outside its folder" in refusal(path)


def test_a_snapshot_of_the_hub_links_to_its_blobs(tmp_path):
    hub = tmp_path / "models--me--net"
    (hub / "blobs").mkdir(parents=True)
    (hub / "snapshots" / "abc").mkdir(parents=True)
    save_file({"a.weight": torch.zeros(3)}, hub / "blobs" / "0123")
    (hub / "snapshots" / "abc" / "shard").symlink_to("../../blobs/0123")
    path = hub / "snapshots" / "abc" / "model.safetensors.index.json"
    path.write_text(json.dumps({"weight_map": {"a.weight": "shard"}}))
    assert total(read(path.parent)) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"weight_map": {}}', "has no weight_map"),
        ('{"weight_map": [1]}', "has no weight_map"),
        ('{"weight_map": {"a": 1}}', "has no weight_map"),
        ('{"weight_map": {"a": "b"}', "the index is not JSON"),
        ('{"weight_map": ' + "[" * 100_000, "the index is not JSON"),
    ],
)
def test_broken_indices(tmp_path, text, said):
    path = tmp_path / "model.safetensors.index.json"
    path.write_text(text)
    assert said in refusal(path)


def header(entries, data=b"", length=None):
    text = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def entry(shape=(2,), dtype="F32", offsets=(0, 8)):
    return {"a.weight": {"dtype": dtype, "shape": shape, "data_offsets": offsets}}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (header(entry(), b"12345678", 2**63), "the length of its header is implausible"),
        (header(entry(), b"12345678", 10**6), "the length of its header is implausible"),
        (header(b'{"a"', b"12345678"), "its header is not JSON"),
        (header(b'{"a":' + b"[" * 90_000), "its header is not JSON"),
        (header(b"{\xff}"), "its header is not JSON"),
        (header(entry(), b"1234"), "broken or cut off (found 4 bytes of elements"),
        (header(entry((3,)), b"12345678"), "8 bytes for the shape (3,) of float32"),
        (header(entry((-2,)), b"12345678"), "broken"),
        (header(entry((2.0,)), b"12345678"), "broken"),
        (header(entry((2**70,)), b"12345678"), "broken"),
        (header(entry([1] * 99, offsets=(0, 4)), b"12345678"), "broken"),
        (header(entry(offsets=(8, 0)), b"12345678"), "broken"),
        (header(entry(offsets=(-8, 0)), b"12345678"), "broken"),
        (header({"a": 3}), "broken"),
        (header({"a": {"dtype": []}}), "broken"),
        (header({"__metadata__": {"format": "tf"}, **entry()}, b"12345678"), "another framework than PyTorch"),
    ],
)
def test_broken_headers(tmp_path, content, said):
    path = tmp_path / "net.safetensors"
    path.write_bytes(content)
    assert said in refusal(path)


def test_what_is_no_safetensors(tmp_path):
    path = tmp_path / "net.safetensors"
    path.write_text('{"meta":{"a": 1}}')
    assert "it is not a safetensors" in refusal(path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "config.json").write_text("{}")
    assert "it is a folder (found config.json)" in refusal(tmp_path / "folder")


@pytest.mark.parametrize("config", ["", "[]", '{"architectures": 3}', "{" * 9])
def test_a_config_of_no_use(tmp_path, config):
    save_file({"a.weight": torch.zeros(3)}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(config)
    try:
        assert total(read(tmp_path)) == 3
    except UnreadableModel as error:
        assert "config.json" in str(error)  # noqa: PT017  either answer will do


def test_a_huge_sparse_file_is_hardly_read(tmp_path):
    path = tmp_path / "huge.safetensors"
    size = 10 * 2**30
    path.write_bytes(header(entry((size // 4,), offsets=(0, size))))
    os.truncate(path, path.stat().st_size + size)
    code = (
        "import sys; from parity.adapters import read\n"
        "def count(): return int(open('/proc/self/io').read().split()[1])\n"
        "read.__module__; import parity.adapters.torch.safetensors\n"
        "begin = count(); graph = read(sys.argv[1]); print(count() - begin, graph.weights['a.weight'].numel,"
        " sorted({'torch', 'numpy', 'safetensors'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    read_bytes, elements, modules = done.stdout.split(maxsplit=2)
    assert int(read_bytes) < size / 1000
    assert (int(elements), modules.strip()) == (size // 4, "[]")
