"""Weights of each kind of layer, carried over there and back: both frameworks compute the same, with the same bits."""

import numpy as np
import pytest

import parity
from tests.transfer.test_port import agree, filled

pytestmark = pytest.mark.filterwarnings("ignore")

IMAGE, SERIES, VOLUME, TOKENS = (9, 9, 4), (9, 4), (5, 6, 7, 4), (5, 8)


def stack(shape, *layers):
    import keras

    return keras.Sequential([keras.Input(shape), *layers])


def keras_layers():
    import keras

    return keras.layers


def torch_layers():
    from torch import nn

    return nn


def normed(**flags):
    """A convolution and a normalisation, which may have no scale or no offset, in both frameworks."""
    layers, nn = keras_layers(), torch_layers()
    model = stack(IMAGE, layers.Conv2D(5, 3), layers.BatchNormalization(epsilon=1e-5, **flags))
    return model, nn.Sequential(nn.Conv2d(4, 5, 3), nn.BatchNorm2d(5, affine=any(flags.values())))


def attention(**sizes):
    """Attention of several heads, whose projections PyTorch packs unless sizes are given."""
    import keras

    nn = torch_layers()

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.MultiheadAttention(8, 2, batch_first=True, **sizes)

        def forward(self, query, value=None):
            value = query if value is None else value
            return self.inner(query, value, value, need_weights=False)[0]

    query = keras.Input(TOKENS)
    if not sizes:
        return keras.Model(query, keras_layers().MultiHeadAttention(2, 4)(query, query)), Attention()
    value = keras.Input((7, 6))
    return keras.Model([query, value], keras_layers().MultiHeadAttention(2, 4)(query, value)), Attention()


def recurrent(name, *, both=False, count=1):
    """Recurrent layers of one kind, in both directions or on top of each other."""
    layers, nn = keras_layers(), torch_layers()
    inside = [getattr(layers, {"RNN": "SimpleRNN"}.get(name, name))(5, return_sequences=True) for _ in range(count)]

    class Recurrent(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = getattr(nn, name)(4, 5, count, batch_first=True, bidirectional=both)

        def forward(self, x):
            return self.inner(x)[0]

    return stack(SERIES, *(layers.Bidirectional(each) if both else each for each in inside)), Recurrent()


def separable():
    layers, nn = keras_layers(), torch_layers()
    parts = nn.Conv2d(4, 8, 3, groups=4, bias=False), nn.Conv2d(8, 5, 1)
    return stack(IMAGE, layers.SeparableConv2D(5, 3, depth_multiplier=2)), nn.Sequential(*parts)


def tied():
    """A table of embeddings that also makes the outputs."""
    import keras
    import torch

    nn = torch_layers()

    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.inner, self.head = nn.Embedding(11, 8), nn.Linear(8, 8), nn.Linear(8, 11, bias=False)
            self.head.weight = self.embed.weight

        def forward(self, ids):
            return self.head(torch.tanh(self.inner(self.embed(ids))))

    ids, embed = keras.Input((5,), dtype="int64"), keras.layers.ReversibleEmbedding(11, 8, tie_weights=True)
    hidden = keras.layers.Dense(8, activation="tanh")(embed(ids))
    return keras.Model(ids, embed(hidden, reverse=True)), Tied()


def plain(shape, kind, module, *sizes, other=None, **settings):
    """One layer of each framework, of the same sizes."""
    layer = getattr(keras_layers(), kind)(*sizes, **settings)
    return stack(shape, layer), getattr(torch_layers(), module)(*(other or (4, *sizes)))


CASES = {
    "conv 1d": lambda: plain(SERIES, "Conv1D", "Conv1d", 5, 3, 2),
    "conv in groups": lambda: plain(IMAGE, "Conv2D", "Conv2d", 6, 3, groups=2, other=(4, 6, 3, 1, 0, 1, 2)),
    "conv 3d": lambda: plain(VOLUME, "Conv3D", "Conv3d", 5, (1, 2, 3)),
    "transposed conv 1d": lambda: plain(SERIES, "Conv1DTranspose", "ConvTranspose1d", 5, 3, 2),
    "transposed conv 2d": lambda: plain(IMAGE, "Conv2DTranspose", "ConvTranspose2d", 5, 3, 2),
    "transposed conv 3d": lambda: plain(VOLUME, "Conv3DTranspose", "ConvTranspose3d", 5, 3),
    "depthwise": lambda: plain(IMAGE, "DepthwiseConv2D", "Conv2d", 3, depth_multiplier=2, other=(4, 8, 3, 1, 0, 1, 4)),
    "depthwise 1d": lambda: plain(SERIES, "DepthwiseConv1D", "Conv1d", 3, other=(4, 4, 3, 1, 0, 1, 4)),
    "separable": separable,
    "batch norm": lambda: normed(scale=True, center=True),
    "batch norm without offset": lambda: normed(scale=True, center=False),
    "batch norm without scale": lambda: normed(scale=False, center=True),
    "batch norm without both": lambda: normed(scale=False, center=False),
    "layer norm": lambda: plain(TOKENS, "LayerNormalization", "LayerNorm", epsilon=1e-5, other=(8,)),
    "group norm": lambda: plain(IMAGE, "GroupNormalization", "GroupNorm", 2, epsilon=1e-5, other=(2, 4)),
    "packed attention": attention,
    "attention of three matrices": lambda: attention(kdim=6, vdim=6),
    "lstm": lambda: recurrent("LSTM"),
    "gru": lambda: recurrent("GRU"),
    "rnn": lambda: recurrent("RNN"),
    "lstm in both directions": lambda: recurrent("LSTM", both=True),
    "two gru in both directions": lambda: recurrent("GRU", both=True, count=2),
    "tied embeddings": tied,
}


def moved(array, start, stop):
    """Channels elsewhere, in an image, a series or a volume."""
    return np.ascontiguousarray(np.moveaxis(array, start, stop)) if array.ndim > 2 else array


def turns(module):
    """Whether a module has channels first."""
    kinds = ("Conv", "GroupNorm")
    return any(type(each).__name__.startswith(kinds) for each in module.modules())


@pytest.mark.parametrize("name", CASES)
def test_both_frameworks_compute_the_same_there_and_back(name):
    import torch

    model, module = CASES[name]()
    filled(model)
    random = np.random.default_rng(0)
    given = [
        random.integers(0, 9, (2, *each.shape[1:]))
        if each.dtype == "int64"
        else random.standard_normal((2, *each.shape[1:])).astype("float32")
        for each in model.inputs
    ]
    first = turns(module)
    turned = [moved(each, -1, 1) if first else each for each in given]
    examples = [(each.shape, str(each.dtype)) for each in turned]

    def outputs():
        with torch.no_grad():
            theirs = module.eval()(*map(torch.from_numpy, turned)).numpy()
        mine = model(given if len(given) > 1 else given[0], training=False)
        return [np.asarray(mine)], [moved(theirs, 1, -1) if first else theirs]

    before = [np.asarray(each) for each in model.weights]
    parity.port(model, module, target_inputs=examples)
    agree(*outputs())

    for each in model.weights:
        each.assign(np.zeros(each.shape))
    parity.port(module, model, source_inputs=examples)
    agree(*outputs())
    assert all(np.array_equal(np.asarray(now), then) for now, then in zip(model.weights, before, strict=True))
