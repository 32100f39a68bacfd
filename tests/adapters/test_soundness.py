"""What no reader may be given, and what no graph may be, is told in a sentence at once, whatever the format."""

import json
import os
import socket
from contextlib import suppress

import pytest

import parity
from parity.adapters import read
from parity.adapters.snapshot import encode
from parity.errors import ParityError, UnreadableModel
from tests.rules.models import nn, torch_net


def sentence(path):
    with pytest.raises(UnreadableModel) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["model.onnx", "model.keras", "model.pt2", "model.h5", "model.safetensors", "model"])
def test_a_pipe_is_no_model(name, tmp_path):
    os.mkfifo(tmp_path / name)

    assert "not a regular file" in sentence(tmp_path / name)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/random", "/dev/null"])
def test_a_device_is_no_model(device, tmp_path):
    (tmp_path / "model.onnx").symlink_to(device)

    assert "not a regular file" in sentence(tmp_path / "model.onnx")


def test_a_socket_is_no_model(tmp_path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tmp_path / "s"))
        assert "not a regular file" in sentence(tmp_path / "s")


def test_a_link_to_itself_is_no_model(tmp_path):
    (tmp_path / "model.onnx").symlink_to(tmp_path / "model.onnx")

    assert sentence(tmp_path / "model.onnx")


@pytest.mark.parametrize("name", ["model.onnx", "model.keras", "model.pt2", "m.safetensors.index.json", "model.json"])
def test_a_folder_is_no_file(name, tmp_path):
    (tmp_path / name).mkdir()

    assert "folder" in sentence(tmp_path / name)


@pytest.mark.parametrize("name", ["x" * 5000 + ".onnx", "a/" * 3000, "model\0.onnx", "x" * 300])
def test_names_that_no_file_can_have(name):
    assert sentence(name)
    with pytest.raises(ParityError):
        parity.compare(name, name)


@pytest.mark.parametrize("shard", ["x" * 5000, "a\0b", ".", "x" * 300 + ".safetensors"])
def test_shards_of_names_that_no_file_can_have(shard, tmp_path):
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": {"a.weight": shard}}))

    assert sentence(index)


@pytest.mark.parametrize("location", ["x" * 5000, "a\0b", "x" * 300])
def test_data_beside_a_file_of_names_that_no_file_can_have(location, tmp_path):
    from onnx import TensorProto, helper

    tensor = TensorProto(name="w", dims=[4, 300], data_type=1, data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=location)
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in "xy"]
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g", ends[:1], ends[1:], [tensor])
    (tmp_path / "m.onnx").write_bytes(helper.make_model(graph).SerializeToString())

    with suppress(ParityError):
        assert read(tmp_path / "m.onnx").gaps


@pytest.fixture
def snapshot():
    return json.loads(encode(read(torch_net(nn().Linear(4, 4), nn().ReLU(), nn().Linear(4, 2)), [(1, 4)])))


def first_made_again(document):
    document["calls"][1]["outputs"] = document["calls"][0]["outputs"]


def input_made(document):
    document["calls"][0]["outputs"] = [document["model"]["inputs"][0]]


def circle(document):
    calls = document["calls"]
    calls[0]["inputs"] = dict.fromkeys(calls[0]["inputs"], calls[-1]["outputs"][0])


def own_input(document):
    call = document["calls"][0]
    call["inputs"] = dict.fromkeys(call["inputs"], call["outputs"][0])


def backwards(document):
    document["calls"].reverse()


def many_axes(document):
    next(iter(document["values"].values()))["shape"] = [1] * 65


def many_axes_of_a_weight(document):
    next(iter(document["weights"].values()))["shape"] = [1] * 1000


@pytest.mark.parametrize(
    "change",
    [first_made_again, input_made, circle, own_input, backwards, many_axes, many_axes_of_a_weight],
    ids=lambda each: each.__name__,
)
def test_a_graph_that_is_none(change, snapshot, tmp_path):
    change(snapshot)
    path = tmp_path / "m.parity.json"
    path.write_text(json.dumps(snapshot))

    assert str(path) in sentence(path)


@pytest.mark.parametrize("rank", [65, 100_000])
@pytest.mark.parametrize("key", ["batch_shape", "batch_input_shape"])
def test_a_config_of_many_axes(key, rank, tmp_path):
    import keras

    config = json.loads(keras.Sequential([keras.Input((8,)), keras.layers.Dense(2)]).to_json())
    first = config["config"]["layers"][0]["config"]
    first.pop("batch_shape")
    first[key] = [1] * rank
    (tmp_path / "m.json").write_text(json.dumps(config))

    assert "more than 64 axes" in sentence(tmp_path / "m.json")


def layers_in_a_circle(config):
    layers = {each["name"]: each for each in config["config"]["layers"]}
    first, last = layers["one"]["inbound_nodes"][0], layers["two"]["inbound_nodes"][0]
    first["args"], last["args"] = last["args"], json.loads(json.dumps(last["args"]).replace('"one"', '"two"'))


def test_layers_of_a_config_that_are_wired_in_a_circle(tmp_path):
    import keras

    x = keras.Input((4,))
    y = keras.layers.Dense(4, name="two")(keras.layers.Dense(4, name="one")(x))
    config = json.loads(keras.Model(x, y).to_json())
    layers_in_a_circle(config)
    (tmp_path / "m.json").write_text(json.dumps(config))

    assert sentence(tmp_path / "m.json")


def huge_size(document):
    next(iter(document["values"].values()))["shape"] = [1, 10**30]


def huge_setting(document):
    document["calls"][0]["attributes"] = {"dim": 10**400, "other": [10**30]}


@pytest.mark.parametrize("change", [huge_size, huge_setting], ids=lambda each: each.__name__)
def test_numbers_that_no_framework_holds(change, snapshot, tmp_path):
    good, path = tmp_path / "good.parity.json", tmp_path / "m.parity.json"
    good.write_text(json.dumps(snapshot))
    change(snapshot)
    path.write_text(json.dumps(snapshot))

    with suppress(ParityError):
        assert parity.compare(path, good).verdict != "equivalent"
