"""Whatever is wrong with an .h5 file ends in one sentence, or in a gap that names the layer."""

import json
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import h5py
import numpy as np
import pytest

from parity.adapters import read
from parity.adapters.keras import _h5, h5_model
from parity.errors import ParityError, UnreadableModel

DENSE = {"class_name": "Dense", "config": {"name": "dense", "trainable": True, "units": 2}}
FIRST = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 3], "dtype": "float32", "name": "first"}}


def _sequential(*layers: dict[str, Any]) -> str:
    return json.dumps({"class_name": "Sequential", "config": {"name": "net", "layers": [FIRST, *layers]}})


def _no_change(_: h5py.File) -> None:
    """A sound file."""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.h5"


def _write(path: Any, change: Callable[[h5py.File], None] = _no_change, config: Any = None, **options: Any) -> Any:
    with h5py.File(path, "w", **options) as file:
        file.attrs["model_config"] = _sequential(DENSE) if config is None else config
        file.attrs["keras_version"] = "2.15.0"
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [b"dense"]
        group.create_group("top_level_model_weights").attrs["weight_names"] = []
        layer = group.create_group("dense")
        layer.attrs["weight_names"] = [b"dense/kernel:0", b"dense/bias:0"]
        layer.create_dataset("dense/kernel:0", (3, 2), "float32")
        layer.create_dataset("dense/bias:0", (2,), "float32")
        change(file)
    return path


def _sentence(path: Any) -> str:
    with pytest.raises(UnreadableModel) as caught:
        read(path)
    text = str(caught.value)
    assert text.startswith(f"cannot read {str(path)!r}: ")
    assert "\n" not in text
    return text


@pytest.mark.parametrize("options", [{}, {"libver": "latest"}, {"track_order": True}])
def test_sound_file_reads(path, options):
    graph = read(_write(path, **options))

    assert {name: each.shape for name, each in graph.weights.items()} == {"dense/0": (3, 2), "dense/1": (2,)}
    assert graph.gaps == ()


@pytest.mark.parametrize("suffix", [".h5", ".hdf5"])
def test_text_file(tmp_path, suffix):
    (tmp_path / f"model{suffix}").write_text("hello, this is not a model")

    assert "it is not a Keras" in _sentence(tmp_path / f"model{suffix}")


@pytest.mark.parametrize("kept", [20, 0.3, 0.9])
def test_cut_file(path, kept):
    content = _write(path).read_bytes()
    path.write_bytes(content[: kept if kept > 1 else int(len(content) * kept)])

    assert "it is damaged, or not an HDF5 file" in _sentence(path)


def test_file_of_other_software(path):
    with h5py.File(path, "w") as file:
        file["measurements"] = [1, 2, 3]

    assert "neither a model_config nor weights by layer (found measurements)" in _sentence(path)


def test_model_without_weights(path):
    def change(file: h5py.File) -> None:
        del file["model_weights"]

    assert "the file has no group model_weights" in _sentence(_write(path, change))


def test_config_that_is_not_json(path):
    assert "its model_config is not JSON" in _sentence(_write(path, config="{'class_name"))


def test_config_that_is_no_model(path):
    text = json.dumps({"class_name": "Functional", "config": {"layers": 3, "input_layers": [], "output_layers": []}})

    assert "its model_config does not describe a Keras model" in _sentence(_write(path, config=text))


def test_config_that_is_a_number(path):
    assert "its attribute model_config is not text" in _sentence(_write(path, config=np.float64(3)))


@pytest.mark.parametrize("depth", [400, 100_000])
def test_config_that_is_nested_beyond_reason(path, depth):
    text = "[" * depth + "]" * depth

    assert "its model_config is nested too deeply" in _sentence(_write(path, config=text))


def test_config_that_is_absurdly_large(path, monkeypatch):
    monkeypatch.setattr(_h5, "MAX_TEXT", 100)

    assert "its attribute model_config is implausibly large" in _sentence(_write(path))


def test_list_that_is_absurdly_long(path, monkeypatch):
    monkeypatch.setattr(_h5, "MAX_NAMES", 1)

    assert "its attribute weight_names is implausibly large (found 2 entries" in _sentence(_write(path))


def test_layer_without_weights_is_named(path):
    second = {"class_name": "Dense", "config": {"name": "second", "units": 4}}
    graph = read(_write(path, config=_sequential(DENSE, second)))

    assert [(gap.where, gap.reason) for gap in graph.gaps] == [
        ("second", "the file holds no weights of this Dense layer")
    ]
    assert sum(each.numel for each in graph.weights.values()) == 8


def test_weights_without_a_layer_are_named_and_counted(path):
    graph = read(_write(path, config=_sequential({"class_name": "Flatten", "config": {"name": "flatten"}})))

    assert [gap.where for gap in graph.gaps] == ["dense"]
    assert sum(each.numel for each in graph.weights.values()) == 8


def test_group_that_no_list_names(path):
    graph = read(_write(path, lambda file: file.create_group("model_weights/stray")))

    assert [gap.where for gap in graph.gaps] == ["stray"]


def test_weight_that_is_listed_but_missing(path):
    def change(file: h5py.File) -> None:
        del file["model_weights/dense/dense/bias:0"]

    assert "'model_weights/dense/dense/bias:0' is missing" in _sentence(_write(path, change))


def test_group_in_place_of_a_weight(path):
    def change(file: h5py.File) -> None:
        del file["model_weights/dense/dense/bias:0"]
        file.create_group("model_weights/dense/dense/bias:0")

    assert "is not a dataset" in _sentence(_write(path, change))


@pytest.mark.parametrize(
    "link",
    [
        h5py.SoftLink("/model_weights"),
        h5py.SoftLink("/model_weights/dense/dense/kernel:0"),
        h5py.ExternalLink("other.h5", "/secret"),
    ],
)
@pytest.mark.parametrize("place", ["model_weights/dense/dense/bias:0", "model_weights/dense/dense", "model_weights"])
def test_links_are_not_followed(path, link, place):
    def change(file: h5py.File) -> None:
        del file[place]
        file[place] = link

    assert "is only a link to another location, which parity does not follow" in _sentence(_write(path, change))


def test_elements_in_another_file(path, tmp_path):
    def change(file: h5py.File) -> None:
        del file["model_weights/dense/dense/bias:0"]
        outside = [(str(tmp_path / "secret"), 0, 8)]
        file["model_weights/dense"].create_dataset("dense/bias:0", (2,), "float32", external=outside)

    assert "stores its elements in another file, which parity does not open" in _sentence(_write(path, change))


def test_group_that_contains_itself(path):
    def change(file: h5py.File) -> None:
        file["model_weights/dense/again"] = file["model_weights"]

    assert len(read(_write(path, change)).weights) == 2


def test_long_lists_are_cut_into_several_attributes(path):
    def change(file: h5py.File) -> None:
        layer = file["model_weights/dense"]
        del layer.attrs["weight_names"]
        layer.attrs["weight_names0"] = [b"dense/kernel:0"]
        layer.attrs["weight_names1"] = np.array(["dense/bias:0"], dtype=h5py.string_dtype())

    assert len(read(_write(path, change)).weights) == 2


def test_lambda_is_neither_decoded_nor_kept(path):
    code = {"name": "twice", "trainable": True, "function": ["4wEAAAA=", None, None], "function_type": "lambda"}
    graph = read(_write(path, config=_sequential(DENSE, {"class_name": "Lambda", "config": code})))

    assert graph.nodes[1].attributes["function"] == {"lambda": True}
    assert [gap.where for gap in graph.gaps] == ["twice"]


def test_class_that_is_not_of_keras(path):
    custom = {"class_name": "house>Dense", "config": {"name": "dense", "units": 2}}
    graph = read(_write(path, config=_sequential(custom)))

    assert [gap.where for gap in graph.gaps] == ["dense"]
    assert graph.nodes[0].attributes["__registered_name__"] == "house>Dense"
    assert all(each.presumed for each in graph.weights.values())


def test_names_that_do_not_fit_the_layer(path):
    both = {"class_name": "Bidirectional", "config": {"name": "dense", "layer": {"class_name": "LSTM", "config": {}}}}
    graph = read(_write(path, config=_sequential(both)))

    assert [gap.where for gap in graph.gaps] == ["dense"]
    assert "do not have the names that Keras gives" in graph.gaps[0].reason
    assert sum(each.numel for each in graph.weights.values()) == 8


def test_arguments_of_any_type_end_in_no_traceback(path):
    random = Random(3)  # noqa: S311  a fuzzer's dice
    values = [None, 3, "x", [], {}, [1], [None], {"config": 3}, [{"config": []}], {"class_name": [], "config": {}}]
    kinds = ["RNN", "StackedRNNCells", "Bidirectional", "TimeDistributed", "Sequential", "LSTM", "MultiHeadAttention"]
    for _ in range(150):
        config = {key: random.choice(values) for key in ("layer", "layers", "cell", "cells", "backward_layer")}
        layer = {"class_name": random.choice(kinds), "config": {**config, "name": "dense"}, "name": "dense"}
        with suppress(ParityError):
            read(_write(path, config=_sequential(layer)))


def test_damaged_bytes_end_in_no_traceback(path):
    content = _write(path).read_bytes()
    random = Random(5)  # noqa: S311  a fuzzer's dice
    for _ in range(40):
        damaged = bytearray(content)
        for _ in range(random.randrange(1, 6)):
            damaged[random.randrange(len(damaged))] = random.randrange(256)
        path.write_bytes(bytes(damaged))
        with suppress(ParityError):
            read(path)


def test_module_names_are_those_of_the_format():
    assert h5_model.FORMAT.suffixes == (".h5", ".hdf5")
