"""Every field of a Keras config may be of any type in a stranger's file: a report or one sentence comes of it."""

import json
from contextlib import suppress
from random import Random

import keras  # noqa: TID253  only tests of Keras import this
import pytest

import parity
from parity.errors import ParityError
from tests.damaged import ODD

LAYERS = {
    "Dense": lambda: (keras.layers.Dense(2, "relu"), (8,)),
    "Conv2D": lambda: (keras.layers.Conv2D(4, 3, padding="same"), (8, 8, 3)),
    "Conv2DTranspose": lambda: (keras.layers.Conv2DTranspose(4, 3, strides=2), (8, 8, 3)),
    "DepthwiseConv2D": lambda: (keras.layers.DepthwiseConv2D(3), (8, 8, 3)),
    "SeparableConv1D": lambda: (keras.layers.SeparableConv1D(4, 3), (8, 3)),
    "BatchNormalization": lambda: (keras.layers.BatchNormalization(), (8,)),
    "LayerNormalization": lambda: (keras.layers.LayerNormalization(), (8,)),
    "GroupNormalization": lambda: (keras.layers.GroupNormalization(2), (8,)),
    "LSTM": lambda: (keras.layers.LSTM(3, return_sequences=True), (6, 4)),
    "GRU": lambda: (keras.layers.GRU(3), (6, 4)),
    "Bidirectional": lambda: (keras.layers.Bidirectional(keras.layers.SimpleRNN(3)), (6, 4)),
    "TimeDistributed": lambda: (keras.layers.TimeDistributed(keras.layers.Dense(3)), (6, 4)),
    "Embedding": lambda: (keras.layers.Embedding(9, 4), (6,)),
    "MaxPooling2D": lambda: (keras.layers.MaxPooling2D(2), (8, 8, 3)),
    "AveragePooling1D": lambda: (keras.layers.AveragePooling1D(2), (8, 3)),
    "Dropout": lambda: (keras.layers.Dropout(0.3), (8,)),
    "LeakyReLU": lambda: (keras.layers.LeakyReLU(0.1), (8,)),
    "PReLU": lambda: (keras.layers.PReLU(), (8,)),
    "Reshape": lambda: (keras.layers.Reshape((2, 4)), (8,)),
    "Permute": lambda: (keras.layers.Permute((2, 1)), (4, 2)),
    "ZeroPadding2D": lambda: (keras.layers.ZeroPadding2D(1), (8, 8, 3)),
    "Cropping1D": lambda: (keras.layers.Cropping1D(1), (8, 3)),
    "UpSampling2D": lambda: (keras.layers.UpSampling2D(2), (8, 8, 3)),
    "RepeatVector": lambda: (keras.layers.RepeatVector(3), (8,)),
    "Rescaling": lambda: (keras.layers.Rescaling(0.5), (8,)),
    "EinsumDense": lambda: (keras.layers.EinsumDense("abc,cd->abd", (None, 3)), (6, 4)),
    "UnitNormalization": lambda: (keras.layers.UnitNormalization(), (8,)),
}
TRIED = 5
"""Values that are tried in each field, other ones for each."""


@pytest.mark.parametrize("name", [*LAYERS, "MultiHeadAttention"])
def test_fields_of_any_type(name, tmp_path):
    text = _config(name)
    good, path = tmp_path / "good.json", tmp_path / "m.json"
    good.write_text(text)
    tried = told = 0
    for at, (place, _) in enumerate(_fields(json.loads(text), name)):
        for value in Random(f"{name} {at}").sample(ODD, TRIED):  # noqa: S311  no secret
            document = json.loads(text)
            holder = dict(_fields(document, name))[place]
            holder[place[-1]] = value
            path.write_text(json.dumps(document))
            told += _is_told(path, good)
            tried += 1

    assert told > tried / 10


def _is_told(path, good):
    """Whether a report comes of it, and not one sentence."""
    with suppress(ParityError):
        parity.summary(path)
        parity.compare(path, good, profile="exact")
        return True
    return False


def _config(name):
    if name == "MultiHeadAttention":
        x = keras.Input((6, 4))
        return keras.Model(x, keras.layers.MultiHeadAttention(2, 3)(x, x)).to_json()
    layer, shape = LAYERS[name]()
    return keras.Sequential([keras.Input(shape), layer, keras.layers.Dense(3)]).to_json()


def _fields(document, name):
    """The fields of the layer and of its record, each as a place and what holds it."""
    record = next(each for each in document["config"]["layers"] if each["class_name"] == name)
    for key in record:
        yield (key,), record
    for key in record["config"]:
        yield ("config", key), record["config"]
    inner = record["config"].get("layer")
    for key in inner["config"] if isinstance(inner, dict) else ():
        yield ("config", "layer", key), inner["config"]
