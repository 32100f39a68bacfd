"""Models elsewhere: what is fetched of them, and what becomes of servers that do not do their part."""

import json
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import parity
from parity.adapters.remote import _cache, _site, _transport
from parity.cli import main
from parity.errors import UnreadableModel, UsageError
from tests.remote.serving import Resource, serving, sharded

FILES = ("bn_cnn.keras", "bn_cnn.pt2", "bn_cnn_module.pt", "bn_cnn_dynamo.onnx")
INDEX = "/model/model.safetensors.index.json"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("PARITY_CACHE", str(folder))
    return folder


def safetensors(**arrays):
    """A file of tensors as float32."""
    header, end = {}, 0
    for name, array in arrays.items():
        start, end = end, end + array.nbytes
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + b"".join(array.tobytes() for array in arrays.values())


def linear(seed=0):
    rng = np.random.default_rng(seed)
    return safetensors(
        **{"fc.weight": rng.normal(size=(64, 200)).astype("f4"), "fc.bias": rng.normal(size=64).astype("f4")}
    )


def refusal(address):
    with pytest.raises(UnreadableModel) as caught:
        parity.summary(address)
    return str(caught.value)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_as_if_it_were_here_and_only_in_part(name, fixtures):
    content = (fixtures / name).read_bytes()
    here = str(parity.summary(str(fixtures / name)))
    with serving({f"/{name}": Resource(content)}) as server:
        found = str(parity.summary(f"{server.url}/{name}"))

        assert found.replace(f"{server.url}/", "") == here.replace(f"{fixtures}/", "")
        assert sum(server.sent.values()) < len(content) / 8


def test_numbers_are_read_where_they_are_asked_for():
    with serving({"/a.safetensors": Resource(linear()), "/b.safetensors": Resource(linear(1))}) as server:
        same = parity.compare(f"{server.url}/a.safetensors", f"{server.url}/a.safetensors", weights=True)
        other = parity.compare(f"{server.url}/a.safetensors", f"{server.url}/b.safetensors", weights=True)

    assert [each.state for each in same.weights] == ["same", "same"]
    assert {each.state for each in other.weights} == {"different"}


def test_an_hdf5_file_is_fetched_as_a_whole_once(tmp_path):
    import h5py

    path = tmp_path / "model.weights.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("layers/dense/vars/0", data=np.ones((300, 200), "f4"))
        file.create_group("vars")
    with serving({"/model.weights.h5": Resource(path.read_bytes())}) as server:
        first = str(parity.summary(f"{server.url}/model.weights.h5"))
        sent = sum(server.sent.values())
        second = str(parity.summary(f"{server.url}/model.weights.h5"))

        assert first == second
        assert "60,000" in first
        assert path.stat().st_size < sent < path.stat().st_size + 2 * _cache.BLOCK
        assert sum(server.sent.values()) - sent == _cache.BLOCK


def test_shards_are_read_side_by_side_and_hardly_anything_of_them():
    files = sharded(300, 400 * 10**9 // 300)
    with serving(files) as server:
        server.together = threading.Barrier(8)
        found = parity.summary(server.url + INDEX)

        tables = [json.loads(each.head[8:]) for path, each in files.items() if path != INDEX]
        shapes = [entry["shape"] for table in tables for name, entry in table.items() if name != "__metadata__"]
        assert found.side.headline.total == sum(rows * wide for rows, wide in shapes)
        assert sum(server.sent.values()) < 300 * 2**15
        assert not server.together.broken


def test_what_is_in_the_cache_is_not_fetched_again():
    files = sharded(3, 10**9, layers=200)
    with serving(files) as server:
        first = str(parity.summary(server.url + INDEX))
        sent = sum(server.sent.values())
        server.sent.clear()

        assert str(parity.summary(server.url + INDEX)) == first
        assert sum(server.sent.values()) == 4 * _cache.BLOCK < sent


def test_a_damaged_cache_is_noticed(cache):
    files = sharded(1, 10**9, layers=300)
    with serving(files) as server:
        first = str(parity.summary(server.url + INDEX))
        kept = [each for each in cache.rglob("*") if each.is_file()]
        for at, each in enumerate(kept):
            content = each.read_bytes()
            each.write_bytes(content[:-1] + b"?" if at % 2 else content[: len(content) // 2])
        _cache._recent = _cache._Recent()

        assert len(kept) > 2
        assert str(parity.summary(server.url + INDEX)) == first

        _cache._recent = _cache._Recent()
        server.sent.clear()
        assert str(parity.summary(server.url + INDEX)) == first
        assert sum(server.sent.values()) == 2 * _cache.BLOCK


def test_a_damaged_copy_of_a_whole_file_is_fetched_anew(cache):
    with serving({"/a.safetensors": Resource(linear(), ranges=False)}) as server:
        first = str(parity.summary(f"{server.url}/a.safetensors"))
        [whole] = cache.rglob("whole")
        whole.write_bytes(whole.read_bytes()[:-1] + b"?")

        assert str(parity.summary(f"{server.url}/a.safetensors")) == first
        assert whole.read_bytes() == linear()


def test_another_version_is_another_entry():
    with serving({"/a.safetensors": Resource(linear())}) as server:
        address = f"{server.url}/a.safetensors"
        before = str(parity.summary(address))
        server.files["/a.safetensors"] = Resource(safetensors(w=np.zeros((3, 5), "f4")))

        assert "15" in str(parity.summary(address))
        assert str(parity.summary(address)) != before


def test_a_file_that_changes_while_it_is_read_is_not_mixed_with_what_it_was():
    with serving({"/a.safetensors": Resource(linear())}) as server:
        graph = parity.adapters.read(f"{server.url}/a.safetensors")
        server.files["/a.safetensors"] = Resource(linear(1))
        with pytest.raises(parity.ParityError, match="the file has changed since the model was read"):
            graph.store.read("fc.weight")


def test_without_a_place_for_a_cache_all_goes_as_well(monkeypatch, tmp_path):
    with serving({"/a.safetensors": Resource(linear()), "/b.safetensors": Resource(linear(), ranges=False)}) as server:
        for told in ("", str(tmp_path / "file" / "in")):
            (tmp_path / "file").write_bytes(b"")
            monkeypatch.setenv("PARITY_CACHE", told)
            assert "12,864" in str(parity.summary(f"{server.url}/a.safetensors"))
        monkeypatch.setenv("PARITY_CACHE", "")
        assert "12,864" in str(parity.summary(f"{server.url}/b.safetensors"))


def test_a_server_without_ranges_is_asked_for_the_whole_file(monkeypatch):
    with serving({"/a.safetensors": Resource(linear(), ranges=False)}) as server:
        assert "12,864" in str(parity.summary(f"{server.url}/a.safetensors"))

        monkeypatch.setattr(_site, "MOST_FETCHED", 100)
        server.files["/b.safetensors"] = Resource(linear(1), ranges=False)
        found = refusal(f"{server.url}/b.safetensors")
    assert "would have to be fetched, and at most 100 bytes are" in found
    assert found.endswith("fetch it yourself and name the copy")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"short": 40}, "the server does not send what it announced"),
        ({"short": 40, "ranges": False}, "the server does not send what it announced"),
        ({"shift": 16}, "the server does not send what it announced"),
        ({"length": 7}, "the server cannot be reached|the server does not send what it announced"),
        ({"coding": "gzip"}, "bytes compressed with 'gzip'"),
        ({"status": 403}, "the server refuses access"),
        ({"status": 500}, "status 500"),
        ({"redirect": "http://127.0.0.1:1/secret"}, "redirects to an unencrypted address"),
        ({"redirect": "file:///etc/passwd"}, "the server refuses"),
        ({"redirect": "/a.safetensors"}, "status 302"),
    ],
    ids=str,
)
def test_a_server_that_does_not_do_its_part_gives_one_sentence(told, said):
    with serving({"/a.safetensors": Resource(linear(), **told)}) as server:
        begin = time.monotonic()
        found = refusal(f"{server.url}/a.safetensors")

    assert re.search(said, found), found
    assert "\n" not in found
    assert time.monotonic() - begin < 10


def test_elements_that_a_server_only_claims_to_have_are_told_when_they_are_read():
    [(_, shard)] = [each for each in sharded(1, 10**9).items() if each[0] != INDEX]
    with serving({"/a.safetensors": Resource(shard.head, 50_000, total=shard.size)}) as server:
        graph = parity.adapters.read(f"{server.url}/a.safetensors")
        with pytest.raises(parity.ParityError, match="the server does not send what it announced"):
            graph.store.read("layers.0.mlp.up_proj.weight")


def test_a_server_that_is_busy_for_a_moment_is_asked_again():
    with serving({"/a.safetensors": Resource(linear(), status=503, times=1)}) as server:
        assert "12,864" in str(parity.summary(f"{server.url}/a.safetensors"))


@pytest.mark.parametrize("stall", [0.05, 5.0], ids=["slow", "silent"])
def test_a_server_that_stalls_is_not_waited_for(stall, monkeypatch):
    monkeypatch.setattr(_transport, "STALL", 0.5)
    monkeypatch.setattr(_transport, "PATIENCE", 0.5)
    with serving({"/a.safetensors": Resource(linear(), stall=stall)}) as server:
        begin = time.monotonic()
        found = refusal(f"{server.url}/a.safetensors")

    assert "the server stopped responding" in found
    assert time.monotonic() - begin < 5


def test_a_redirect_on_the_same_server_is_followed_and_elsewhere_no_password_is_sent():
    with serving({"/a": Resource(b"", redirect="/b.safetensors"), "/b.safetensors": Resource(linear())}) as server:
        assert "12,864" in str(parity.summary(f"{server.url}/a"))

    made = _transport._Redirects().redirect_request(
        _transport.request.Request("https://one.example/a", headers={"Authorization": "secret", "Range": "bytes=0-1"}),
        None,
        302,
        "",
        {},
        "https://two.example/b",
    )
    assert made.headers == {"Range": "bytes=0-1"}


def test_a_password_and_a_signature_are_sent_and_never_told():
    with serving({"/a.safetensors": Resource(linear())}) as server:
        address = f"http://me:secret@127.0.0.1:{server.port}/a.safetensors?signature=secret"
        found = str(parity.summary(address))
        done = CliRunner().invoke(main, ["check", address, address, "--format", "json"])

        assert server.asked[0][0].endswith("?signature=secret")
        assert server.asked[0][2].startswith("Basic ")
    assert "secret" not in found + done.output
    assert done.exit_code in {0, 1}


@pytest.mark.parametrize("name", ["../s.safetensors", "/s.safetensors", "a/../../s.safetensors", "..\\s"])
def test_an_index_does_not_point_outside_its_folder(name):
    index = json.dumps({"weight_map": {"w": name}}).encode()
    with serving(
        {"/in/model.safetensors.index.json": Resource(index), "/secret.safetensors": Resource(linear())}
    ) as server:
        assert "the index points outside its folder" in refusal(f"{server.url}/in/model.safetensors.index.json")
        assert {path for path, *_ in server.asked} == {"/in/model.safetensors.index.json"}


@pytest.mark.parametrize("name", ["%2e%2e/secret.safetensors", "https://evil.example/x", "a?b#c.safetensors"])
def test_a_name_in_an_index_is_meant_as_it_stands(name):
    index = json.dumps({"weight_map": {"w": name, "v": "here.safetensors"}}).encode()
    files = {"/in/m.index.json": Resource(index), "/in/here.safetensors": Resource(safetensors(v=np.zeros(3, "f4")))}
    with serving({**files, "/secret.safetensors": Resource(linear())}) as server:
        assert parity.summary(f"{server.url}/in/m.index.json").gaps
        assert all(path.startswith("/in/") and "/../" not in path for path, *_ in server.asked)


def test_a_header_that_is_absurdly_long_is_not_fetched():
    with serving({"/a.safetensors": Resource((2**40).to_bytes(8, "little") + b"{", 2**50)}) as server:
        assert "the length of its header is implausible" in refusal(f"{server.url}/a.safetensors")
        assert sum(server.sent.values()) == _cache.BLOCK


def test_an_address_may_have_any_letters():
    with serving({"/m%20%C3%A9.safetensors": Resource(linear())}) as server:
        assert "12,864" in str(parity.summary(f"{server.url}/m é.safetensors?a b"))
        assert server.asked[0][0] == "/m%20%C3%A9.safetensors?a%20b"


def test_an_empty_file_and_one_that_is_not_there():
    with serving({"/empty.onnx": Resource(b"")}) as server:
        assert "the file is empty" in refusal(f"{server.url}/empty.onnx")
        assert "there is no such file" in refusal(f"{server.url}/other.onnx")
    assert "the server cannot be reached" in refusal(f"{server.url}/empty.onnx")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://example.com/a.onnx", "only https is supported, and http on this machine"),
        ("ftp://example.com/a.onnx", "parity does not read this kind of address"),
        ("https://", "parity does not read this kind of address"),
        ("https://[/a", "it is not a valid address"),
        ("hf://alone", "it is not an address of that kind"),
        ("hf://a/b@1/c@2", "it is not an address of that kind"),
        ("s3://", "it is not an address of that kind"),
    ],
)
def test_an_address_that_nobody_reads_is_told(address, said):
    assert said in refusal(address)


def test_writing_a_model_like_one_elsewhere_is_refused_where_it_would_be_copied(tmp_path):
    with serving({"/a.safetensors": Resource(linear())}) as server:
        address = f"{server.url}/a.safetensors"
        parity.port(address, address, tmp_path / "out.safetensors")
        with pytest.raises(UsageError, match="not on this machine"):
            parity.port(address, address, tmp_path / "out.onnx")

    assert "12,864" in str(parity.summary(tmp_path / "out.safetensors"))


def test_pairs_of_a_configuration_are_read_by_processes_of_their_own(tmp_path, fixtures):
    with serving({"/bn_cnn.pt2": Resource((fixtures / "bn_cnn.pt2").read_bytes())}) as server:
        address = f"{server.url}/bn_cnn.pt2"
        pair = f'[[pair]]\nname = "NAME"\nleft = "{address}"\nright = "{address}"\nweights = true\n'
        pairs = "".join(pair.replace("NAME", str(at)) for at in range(2))
        (tmp_path / "parity.toml").write_text(f"version = 1\n{pairs}")
        done = CliRunner().invoke(main, ["check", "--config", str(tmp_path / "parity.toml"), "--jobs", "2"])

    assert done.exit_code == 0, done.output


def test_nothing_of_it_is_loaded_for_files_here(fixtures):
    code = (
        "import sys, parity\n"
        f"parity.compare({str(fixtures / 'bn_cnn.keras')!r}, {str(fixtures / 'bn_cnn.pt2')!r})\n"
        "names = {'fsspec', 'huggingface_hub', 's3fs', 'http.client', 'ssl', 'parity.adapters.remote'}\n"
        "print(sorted(names & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )

    assert done.stdout == "[]\n"
