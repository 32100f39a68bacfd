"""Repositories of the hub and buckets, on a server of this machine that answers as they do."""

import sys

import pytest

import parity
from parity.errors import MissingFramework, UnreadableModel
from tests.remote.buckets import COMMIT, bucket, repository
from tests.remote.serving import Resource, serving, sharded

FILES = {path.removeprefix("/model/"): each for path, each in sharded(3, 10**7, layers=2).items()}


@pytest.fixture(autouse=True)
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("PARITY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "me")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def hub(monkeypatch):
    config = {"config.json": Resource(b'{"architectures": ["LlamaForCausalLM"]}'), "README.md": Resource(b"#")}
    files = repository("some/model", {**FILES, **config, "onnx/broken.onnx": Resource(b"no model")})
    with serving(files) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


@pytest.mark.parametrize("revision", ["", "@main"])
def test_a_repository_is_read_as_the_folder_that_it_is(hub, revision):
    found = parity.summary(f"hf://some/model{revision}")

    assert found.side.headline.total == sum((each.size - len(each.head)) // 2 for each in FILES.values())
    assert found.side.source == f"hf://some/model{revision}/model.safetensors.index.json"
    assert "LlamaForCausalLM" in str(found)
    assert sum(hub.sent.values()) < 2**18
    assert all(who == "Bearer hf_secret" for path, _, who in hub.asked if COMMIT in path)
    assert not any("README" in path for path, *_ in hub.asked)


@pytest.mark.parametrize("place", ["@main/{}", "/{}@main", "/{}"])
def test_a_file_of_a_repository(hub, place):
    name = "model-00001-of-00003.safetensors"
    found = parity.summary("hf://some/model" + place.format(name))

    assert found.side.headline.total == (FILES[name].size - len(FILES[name].head)) // 2
    assert len({path for path, *_ in hub.asked if COMMIT in path}) == 1


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("hf://some/model/other.onnx", "there is no such file"),
        ("hf://some/model/onnx/broken.onnx", "it is not a ONNX model"),
        ("hf://some/model/onnx", "it is a folder"),
        ("hf://some/other", "the file cannot be fetched"),
        ("hf://some/model@other", "the file cannot be fetched"),
    ],
)
@pytest.mark.usefixtures("hub")
def test_what_is_not_in_a_repository_is_told(address, said):
    with pytest.raises(UnreadableModel) as caught:
        parity.summary(address)

    assert said in str(caught.value)
    assert "hf_secret" not in str(caught.value)


@pytest.fixture
def s3(monkeypatch):
    pytest.importorskip("s3fs", reason="needs the extra [remote]")
    files = {f"/models/llama/{name}": each for name, each in FILES.items()}
    with serving(files, bucket(files)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        yield server


@pytest.mark.parametrize("place", ["llama", "llama/", "llama/model.safetensors.index.json"])
def test_a_folder_and_an_index_in_a_bucket(s3, place):
    found = parity.summary(f"s3://models/{place}")

    assert found.side.headline.total == sum((each.size - len(each.head)) // 2 for each in FILES.values())
    assert sum(s3.sent.values()) < 2**18


@pytest.mark.usefixtures("s3")
def test_what_is_not_in_a_bucket_is_told():
    with pytest.raises(UnreadableModel, match="there is no such file"):
        parity.summary("s3://models/llama/other.onnx")


def test_an_object_that_changes_is_not_mixed_with_what_it_was(s3):
    name = "/models/llama/model-00001-of-00003.safetensors"
    graph = parity.adapters.read(f"s3:/{name}")
    before = s3.files[name]
    s3.files[name] = Resource(before.head, before.size + 2, "other")
    with pytest.raises(parity.ParityError, match="the file has changed since the model was read"):
        graph.store.read("layers.0.mlp.up_proj.weight")


@pytest.mark.parametrize(
    ("address", "package", "named"),
    [("hf://some/model", "huggingface_hub", "huggingface_hub"), ("s3://models/llama", "s3fs", "s3fs")],
)
def test_a_package_that_is_missing_is_told(address, package, named, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingFramework) as caught:
        parity.summary(address)

    assert f"the package {named} is not installed; pip install 'parity-checker[remote]'" in str(caught.value)
