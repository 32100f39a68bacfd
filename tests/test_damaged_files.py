"""Damaged files of every format end in a report or in one sentence, within 20 seconds and a gigabyte.

``PARITY_MUTANTS=10000 pytest tests/test_damaged_files.py`` tries so many in all instead of a few; ``PARITY_SEED`` other
ones.
"""

import contextlib
import io
import json
import os
import random
import warnings

import pytest

from tests.damaged import Judge, damaged, folder_with

MUTANTS, SEED = int(os.environ.get("PARITY_MUTANTS", "300")), int(os.environ.get("PARITY_SEED", "0"))

pytestmark = [pytest.mark.filterwarnings(f"ignore::{each}") for each in ("UserWarning", "DeprecationWarning")]


def keras_model():
    import keras

    layers = keras.layers
    image, steps = keras.Input((8, 8, 3), name="image"), keras.Input((6, 4), name="steps")
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(image)
    x = layers.BatchNormalization()(layers.DepthwiseConv2D(3, strides=2)(x))
    inner = keras.Sequential([keras.Input((3, 3, 4)), layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(5)])
    y = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(steps)
    y = layers.MultiHeadAttention(2, 2)(y, y)
    y = layers.TimeDistributed(layers.Dense(2))(layers.LayerNormalization()(y))
    z = layers.Concatenate()([inner(x), layers.GRU(2)(y), layers.Dropout(0.2)(layers.Dense(3, "gelu")(inner(x)))])
    return keras.Model([image, steps], layers.Dense(2, "softmax")(keras.ops.reshape(z, (-1, 10))))


def torch_model():
    from torch import nn

    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2)).eval()


def write_keras(folder):
    import keras

    model = keras_model()
    for name in ("m.keras", "m.h5", "m.weights.h5"):
        (model.save_weights if "weights" in name else model.save)(folder / name)
    (folder / "m.json").write_text(model.to_json())
    plain = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4, "relu"), keras.layers.Dense(2)])
    plain.export(folder / "saved", verbose=False)
    return ["m.keras", "m.h5", "m.weights.h5", "m.json", "saved"]


def write_torch(folder):
    import torch
    from safetensors.torch import save_file

    model, example = torch_model(), (torch.zeros(1, 1, 4, 4),)
    torch.export.save(torch.export.export(model, example), folder / "m.pt2")
    torch.save(model, folder / "module.pt")
    torch.save(model.state_dict(), folder / "state.pth")
    torch.save(model.state_dict(), folder / "legacy.pth", _use_new_zipfile_serialization=False)
    torch.jit.save(torch.jit.script(model), folder / "script.pt")
    save_file(model.state_dict(), folder / "m.safetensors")
    index = {"metadata": {}, "weight_map": dict.fromkeys(model.state_dict(), "m.safetensors")}
    (folder / "m.safetensors.index.json").write_text(json.dumps(index))
    torch.onnx.export(model, example, folder / "m.onnx", dynamo=False)
    return [
        *("m.pt2", "module.pt", "state.pth", "legacy.pth", "script.pt", "m.safetensors", "m.safetensors.index.json"),
        "m.onnx",
    ]


def write_snapshots(folder):
    from parity.adapters import read
    from parity.adapters.snapshot import encode

    for name in ("m.pt2", "m.onnx", "m.keras"):
        (folder / f"{name}.parity.json").write_text(encode(read(folder / name)))
    return [f"{name}.parity.json" for name in ("m.pt2", "m.onnx", "m.keras")]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("good")
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        names = [*write_keras(folder), *write_torch(folder)]
    return {name: folder / name for name in (*names, *write_snapshots(folder))}


@pytest.fixture(scope="module")
def judge():
    made = Judge()
    yield made
    made.end()


NAMES = (
    *("m.keras", "m.h5", "m.weights.h5", "m.json", "saved", "m.pt2", "module.pt", "state.pth", "legacy.pth"),
    *("script.pt", "m.safetensors", "m.safetensors.index.json", "m.onnx"),
    *("m.pt2.parity.json", "m.onnx.parity.json", "m.keras.parity.json"),
)


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_ends_in_a_report_or_a_sentence(name, files, judge, tmp_path):
    good = files[name]
    content = (good / "saved_model.pb" if good.is_dir() else good).read_bytes()
    assert judge.verdict(good, good) == "report"
    if "index" in name:
        (tmp_path / "m.safetensors").write_bytes(files["m.safetensors"].read_bytes())

    faults = []
    for number in range(max(1, MUTANTS // len(NAMES))):
        rng = random.Random(f"{SEED} {name} {number}")  # noqa: S311  no secret
        path = folder_with(tmp_path / name, damaged(content, rng), good)
        said = judge.verdict(path, good)
        if said not in {"report", "refused"}:
            kept = tmp_path.parent / f"fault-{number}-{name}"
            path.rename(kept)
            faults.append((number, str(kept), said))

    assert not faults, "\n\n".join(f"{number} {kept}\n{said}" for number, kept, said in faults)
