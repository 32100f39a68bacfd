"""Whatever is wrong with an archive ends in one sentence that says what, where and what would work."""

import io
import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from random import Random
from typing import Any

import h5py
import pytest

from parity.adapters import read
from parity.adapters.keras import archive
from parity.check import check
from parity.errors import ParityError, UnreadableModel
from parity.graph import Census
from parity.kinds import translate
from parity.summarise import summarise

DENSE = {
    "module": "keras.layers",
    "class_name": "Dense",
    "config": {"name": "dense", "trainable": True, "units": 2},
    "build_config": {"input_shape": [None, 3]},
}
INPUT = {
    "module": "keras.layers",
    "class_name": "InputLayer",
    "config": {"batch_shape": [None, 3], "dtype": "float32", "name": "input"},
}


def _sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "net", "layers": [INPUT, *layers]}}


def _functional(*layers: dict[str, Any]) -> dict[str, Any]:
    config = {
        "name": "net",
        "layers": [{**INPUT, "name": "input", "inbound_nodes": []}, *layers],
        "input_layers": [["input", 0, 0]],
        "output_layers": [["dense", 0, 0]],
    }
    return {"module": "keras", "class_name": "Functional", "config": config}


def _called_with(*history: Any) -> list[dict[str, Any]]:
    config = {"shape": [None, 3], "dtype": "float32", "keras_history": list(history)}
    return [{"args": [{"class_name": "__keras_tensor__", "config": config}], "kwargs": {}}]


def _weights(fill: Callable[[h5py.File], None] | None = None) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        if fill:
            fill(file)
        else:
            file.create_dataset("layers/dense/vars/0", (3, 2), "float32")
            file.create_dataset("layers/dense/vars/1", (2,), "float32")
    return buffer.getvalue()


def _archive(path: Any, config: Any, weights: bytes | None, version: str = "3.15.1") -> Any:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("metadata.json", json.dumps({"keras_version": version}))
        if config is not None:
            file.writestr("config.json", config if isinstance(config, str | bytes) else json.dumps(config))
        if weights is not None:
            file.writestr("model.weights.h5", weights)
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.keras"


def _sentence(path: Any) -> str:
    with pytest.raises(UnreadableModel) as caught:
        read(path)
    text = str(caught.value)
    assert text.startswith(f"cannot read {str(path)!r}: ")
    assert "\n" not in text
    return text


def test_sound_archive_reads(path):
    graph = read(_archive(path, _sequential(DENSE), _weights()))

    assert sum(weight.numel for weight in graph.weights.values()) == 8


def test_missing_file(path):
    assert "there is no such file" in _sentence(path)


def test_empty_file(path):
    path.write_bytes(b"")

    assert "the file is empty" in _sentence(path)


def test_text_file(path):
    path.write_text("hello, this is not a model")

    assert "it is not a Keras archive (.keras) (found text that begins 'hello" in _sentence(path)


@pytest.mark.parametrize("kept", [20, 0.3, 0.9])
def test_truncated_archive(path, kept):
    content = _archive(path, _sequential(DENSE), _weights()).read_bytes()
    path.write_bytes(content[: kept if kept > 1 else int(len(content) * kept)])

    assert "the zip archive is truncated or broken" in _sentence(path)


def test_zip_without_a_config(path):
    assert "has no config.json (found metadata.json, model.weights.h5)" in _sentence(_archive(path, None, _weights()))


def test_config_that_is_not_json(path):
    assert "its config.json is not JSON" in _sentence(_archive(path, "{'name':", _weights()))


@pytest.mark.parametrize("config", ["[]", "3", "null", '"text"', "{}", '{"class_name": 3}', '{"config": {}}'])
def test_json_that_is_no_model(path, config):
    assert "its config.json does not describe a Keras model" in _sentence(_archive(path, config, _weights()))


def test_deeply_nested_json(path):
    assert "nested too deeply" in _sentence(_archive(path, "[" * 100_000 + "]" * 100_000, _weights()))
    assert "nested too deeply" in _sentence(_archive(path, "[" * 400 + "]" * 400, _weights()))


def test_models_nested_beyond_reason(path):
    model = _sequential(DENSE)
    for _ in range(60):
        model = _sequential(model)

    assert "nested" in _sentence(_archive(path, model, _weights()))


def test_absurdly_large_config(path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_JSON", 10_000)
    bomb = path.with_name("bomb.keras")
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("config.json", " " * 1_000_000)

    assert "its config.json is implausibly large (found 1,000,000 bytes)" in _sentence(bomb)


def test_member_that_lies_about_its_size(path):
    content = bytearray(_archive(path, _sequential(DENSE), _weights()).read_bytes())
    entry = content.rindex(b"PK\x01\x02")  # the directory's entry of the last member, the weights
    content[entry + 20 : entry + 28] = b"\xff\xff\xff\x7f" * 2
    path.write_bytes(content)

    assert "its model.weights.h5 is cut off" in _sentence(path)


def test_archive_without_weights(path):
    assert "has no model.weights.h5" in _sentence(_archive(path, _sequential(DENSE), None))


def test_weights_that_are_no_hdf5(path):
    assert "its weights cannot be read as HDF5" in _sentence(_archive(path, _sequential(DENSE), b"nonsense" * 100))


def test_truncated_weights(path):
    assert "its weights cannot be read as HDF5" in _sentence(_archive(path, _sequential(DENSE), _weights()[:1500]))


def test_layer_without_its_weights(path):
    text = _sentence(_archive(path, _sequential(DENSE), _weights(lambda file: file.create_group("layers"))))

    assert "the weights of layer 'dense' (Dense) are missing (found no layers/dense/vars)" in text


def test_weights_without_their_layer_are_counted_and_told(path):
    def fill(file: h5py.File) -> None:
        file.create_dataset("layers/dense/vars/0", (3, 2), "float32")
        file.create_dataset("layers/dense_1/vars/0", (7,), "float32")

    graph = read(_archive(path, _sequential(DENSE), _weights(fill)))

    assert sum(weight.numel for weight in graph.weights.values()) == 13
    assert [gap.where for gap in graph.gaps] == ["layers/dense_1"]


def test_unknown_class_is_told(path):
    odd = {**DENSE, "class_name": "Odd", "module": "house", "registered_name": "house>Odd"}

    def fill(file: h5py.File) -> None:
        file.create_dataset("layers/odd/vars/0", (3, 2), "float32")

    graph = read(_archive(path, _sequential(odd), _weights(fill)))

    assert graph.nodes[0].op == "Odd"
    assert "Odd is not Keras' own" in graph.gaps[0].reason


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (("nobody", 0, 0), "names a tensor that no layer produces"),
        (("input", 3, 0), "names a tensor that no layer produces"),
        (("input", 0, 5), "names a tensor that no layer produces"),
        (("dense", 0, 10**12), "implausible index"),
        (("dense", 0, 0), "form a cycle"),
        (("dense", 0), "does not describe a Keras model"),
    ],
)
def test_impossible_wiring(path, history, expected):
    dense = {**DENSE, "name": "dense", "inbound_nodes": _called_with(*history)}

    assert expected in _sentence(_archive(path, _functional(dense), _weights()))


def test_two_layers_of_one_name(path):
    assert "two of its layers have the same name (found dense)" in _sentence(
        _archive(path, _sequential(DENSE, {**DENSE, "class_name": "ReLU"}), _weights())
    )


def test_calls_that_multiply_beyond_reason(path, monkeypatch):
    monkeypatch.setattr("parity.adapters.keras._wiring.MAX_NODES", 1000)
    model: dict[str, Any] = {**DENSE, "class_name": "ReLU"}
    for _ in range(20):
        layer = {**model, "name": "dense", "inbound_nodes": _called_with("input", 0, 0) * 2}
        model = _functional(layer)
        model["config"]["name"] = "dense"

    assert "too many calls" in _sentence(
        _archive(path, model, _weights(lambda file: file.create_dataset("layers/x/vars/0", (1,))))
    )


def test_links_are_not_followed(path, tmp_path):
    with h5py.File(tmp_path / "secret.h5", "w") as other:
        other.create_dataset("layers/dense/vars/0", (9, 9), "float32")

    def fill(file: h5py.File) -> None:
        file.create_dataset("layers/dense/vars/0", (3, 2), "float32")
        file["layers/dense/vars/1"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "layers/dense/vars/0")
        file["layers/other"] = h5py.SoftLink("/layers")
        file["layers/dense/round"] = file["layers"]

    assert "nested too deeply or contains a cycle" in _sentence(_archive(path, _sequential(DENSE), _weights(fill)))

    def fill_without_circle(file: h5py.File) -> None:
        fill(file)
        del file["layers/dense/round"]

    sentence = _sentence(_archive(path, _sequential(DENSE), _weights(fill_without_circle)))
    assert "'layers/dense/vars/1' is only a link to another location, which parity does not follow" in sentence


def test_elements_kept_elsewhere_are_not_opened(path):
    def fill(file: h5py.File) -> None:
        file.create_dataset("layers/dense/vars/0", (3, 2), "float32", external=[("/nowhere/at/all", 0, 24)])
        file.create_dataset("layers/dense/vars/1", (2,), "float32")

    def fill_with_a_view(file: h5py.File) -> None:
        layout = h5py.VirtualLayout((3, 2), "float32")
        layout[:] = h5py.VirtualSource("/nowhere/at/all.h5", "x", shape=(3, 2))
        file.create_virtual_dataset("layers/dense/vars/0", layout)

    for each in (fill, fill_with_a_view):
        sentence = _sentence(_archive(path, _sequential(DENSE), _weights(each)))
        assert "'layers/dense/vars/0' stores its elements in another file, which parity does not follow" in sentence


@pytest.mark.parametrize("prefix", ["layers", "_layer_checkpoint_dependencies", "layers\\"])
def test_paths_of_older_stores(path, prefix):
    def fill(file: h5py.File) -> None:
        group = f"{prefix}dense" if prefix.endswith("\\") else f"{prefix}/dense"
        file.create_dataset(f"{group}/vars/0", (3, 2), "float32")
        file.create_dataset(f"{group}/vars/1", (2,), "float32")

    assert sorted(read(_archive(path, _sequential(DENSE), _weights(fill))).weights) == ["dense/0", "dense/1"]


def test_seed_of_a_dropout_is_no_parameter(path):
    dropout = {"module": "keras.layers", "class_name": "Dropout", "config": {"name": "drop", "trainable": True}}

    def fill(file: h5py.File) -> None:
        file.create_dataset("layers/dropout/seed_generator/vars/0", (2,), "int64")

    graph = read(_archive(path, _sequential(dropout), _weights(fill)))
    assert graph.weights["drop/seed_generator/0"].census is Census.RNG


def test_wiring_of_keras_2(path):
    inner = _functional({**DENSE, "name": "dense", "inbound_nodes": [[["input", 0, 0, {}]]]})
    inner["config"]["name"] = "inner"
    outer = _functional({**inner, "name": "inner", "inbound_nodes": [[["input", 0, 0, {}]], [["inner", 1, 0, {}]]]})
    outer["config"]["output_layers"] = [["inner", 2, 0]]
    graph = read(
        _archive(
            path, outer, _weights(lambda file: file.create_dataset("layers/functional/layers/dense/vars/0", (3, 3)))
        )
    )

    assert [(node.path, node.inputs["0"]) for node in graph.nodes] == [
        ("inner/dense", "input:0"),
        ("inner/dense@2", "inner/dense:0"),
    ]
    assert graph.outputs == ("inner/dense@2:0",)


def _random_part(value: Any, rng: Random) -> tuple[Any, Any]:
    """A container somewhere in ``value`` and a key of it."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = rng.choice(keys)
        if not isinstance(value[key], dict | list) or not value[key] or rng.random() < 0.2:
            return value, key
        value = value[key]


@pytest.mark.parametrize("seed", range(300))
def test_random_change_of_a_config_ends_in_a_graph_or_a_sentence(path, seed):
    rng = Random(seed)  # noqa: S311  damage, not secrets
    config = deepcopy(_functional({**DENSE, "name": "dense", "inbound_nodes": _called_with("input", 0, 0)}))
    for _ in range(rng.randint(1, 3)):
        owner, key = _random_part(config, rng)
        owner[key] = rng.choice([None, 7, -1, "x", [], {}, [None], {"a": 1}, True, 0.5, [["dense", 1, 0]]])

    with suppress(ParityError):
        assert read(_archive(path, config, _weights())).layers is not None


@pytest.mark.parametrize("seed", range(200))
def test_random_damage_ends_in_a_graph_or_a_sentence(path, seed):
    rng = Random(seed)  # noqa: S311  damage, not secrets
    content = bytearray(_archive(path, _sequential(DENSE), _weights()).read_bytes())
    for _ in range(rng.randint(1, 8)):
        content[rng.randrange(len(content))] = rng.randrange(256)
    path.write_bytes(content)

    with suppress(ParityError):
        assert read(path).layers is not None


@pytest.mark.parametrize("name", ["config.json", "metadata.json", "model.weights.h5"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_archive_with_two_entries_of_one_name(path, name):
    _archive(path, _sequential(DENSE), _weights())
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(name, file.read(name))
    assert f"the archive holds {name} 2 times" in _sentence(path)


def test_a_weight_that_the_settings_ask_for(path):
    def fill(file: h5py.File) -> None:
        file.create_dataset("layers/dense/vars/0", (3, 2), "float32")

    graph = translate(read(_archive(path, _sequential(DENSE), _weights(fill))))
    assert [(gap.where, gap.reason) for gap in graph.gaps] == [("dense", "its bias is not stored")]
    assert check(path, path).verdict == "inconclusive"
    assert [gap.where for gap in summarise(path).gaps] == ["dense"]


def test_weights_that_contradict_the_config(path):
    def fill(file: h5py.File) -> None:
        file.create_dataset("layers/dense/vars/0", (3, 5), "float32")
        file.create_dataset("layers/dense/vars/1", (2,), "float32")

    graph = translate(read(_archive(path, _sequential(DENSE), _weights(fill))))
    assert [(gap.where, gap.reason) for gap in graph.gaps] == [
        ("dense", "its kernel has the shape (3, 5), and its settings imply (3, 2)")
    ]
    assert check(path, path).verdict == "inconclusive"
