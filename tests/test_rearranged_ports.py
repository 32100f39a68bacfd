"""Ports that bring axes into another order on their way: what is said of them is what the numbers say."""

from math import prod
from random import Random

import numpy as np
import pytest

import parity
from parity.reports import Verdict


def carried_over(left, right):
    """A PyTorch module with the weights of a Keras model, whose layers with weights come in the same order."""
    import torch

    values = left.get_weights()
    values = [np.random.default_rng(len(values) + at).normal(size=each.shape) / 4 for at, each in enumerate(values)]
    left.set_weights(values)
    with torch.no_grad():
        for value, tensor in zip(values, right.parameters(), strict=True):
            turned = value.transpose(*range(value.ndim)[:-3:-1], *range(value.ndim - 2)) if value.ndim > 1 else value
            embeds = value.ndim == 2 and value.shape == tuple(tensor.shape) and value.shape[0] == WORDS
            tensor.copy_(torch.from_numpy(np.ascontiguousarray(value if embeds else turned)))
    return right.eval()


WORDS = 97


def returned(left, right, given):
    """What both models return, for an image that each takes in its own layout."""
    import torch

    turned = given.transpose(0, 3, 1, 2) if given.ndim == 4 else given
    with torch.no_grad():
        return left.predict(given, verbose=0), right(torch.from_numpy(np.ascontiguousarray(turned))).numpy()


def module(forward, **parts):
    """A PyTorch module of the given parts."""
    import torch

    made = type("Port", (torch.nn.Module,), {"forward": forward})()
    for name, part in parts.items():
        setattr(made, name, part)
    return made


def patches(*, turned):
    """Patches as a sequence, as a vision transformer embeds them."""
    import keras
    from torch import nn

    net = keras.Sequential([keras.Input((12, 12, 3)), keras.layers.Conv2D(9, 4, 4), keras.layers.Reshape((9, 9))])
    net.add(keras.layers.Dense(5))

    def forward(port, x):
        made = port.embed(x).flatten(2)
        return port.head(made.transpose(1, 2) if turned else made)

    return net, module(forward, embed=nn.Conv2d(3, 9, 4, 4), head=nn.Linear(9, 5))


def heads(*, turned):
    """Detection heads on two scales, of 6 numbers for each of 4 anchors."""
    import keras
    import torch
    from keras import layers
    from torch import nn

    x = image = keras.Input((16, 16, 3))
    found = []
    for channels in (8, 16):
        x = layers.MaxPooling2D()(layers.Conv2D(channels, 3, padding="same")(x))
        found.append(layers.Reshape((-1, 6))(layers.Conv2D(24, 1)(x)))
    net = keras.Model(image, layers.Concatenate(axis=1)(found))

    def forward(port, x):
        made = []
        for conv, head in ((port.first, port.head), (port.second, port.tail)):
            x = torch.nn.functional.max_pool2d(conv(x), 2)
            scores = head(x)
            made.append((scores.permute(0, 2, 3, 1) if turned else scores).reshape(len(x), -1, 6))
        return torch.cat(made, 1)

    parts = {"first": nn.Conv2d(3, 8, 3, padding=1), "second": nn.Conv2d(8, 16, 3, padding=1)}
    return net, module(forward, **parts, head=nn.Conv2d(8, 24, 1), tail=nn.Conv2d(16, 24, 1))


def words(*, turned):
    """Convolutions over the words of a text, and the greatest of each channel."""
    import keras
    from keras import layers
    from torch import nn

    stack = layers.Embedding(WORDS, 8), layers.Conv1D(8, 3), layers.GlobalMaxPooling1D(), layers.Dense(2)
    net = keras.Sequential([keras.Input((10,), dtype="int32"), *stack])

    def forward(port, x):
        made = port.conv(port.embed(x).transpose(1, 2))
        return port.head(made.max(-1 if turned else 1).values)

    parts = {"embed": nn.Embedding(WORDS, 8), "conv": nn.Conv1d(8, 8, 3)}
    return net, module(forward, **parts, head=nn.Linear(8, 2))


def mirrored(*, turned):
    """Height and width change places between two convolutions."""
    import keras
    from keras import layers
    from torch import nn

    stack = layers.Conv2D(4, (1, 3)), layers.Permute((2, 1, 3)), layers.Conv2D(4, (1, 3)), layers.Conv2D(2, (1, 5))
    net = keras.Sequential([keras.Input((8, 10, 3)), *stack, layers.GlobalAveragePooling2D()])

    def forward(port, x):
        made = port.first(x)
        return port.third(port.second(made.transpose(2, 3) if turned else made.flip(2))).mean((2, 3))

    parts = {"first": nn.Conv2d(3, 4, (1, 3)), "second": nn.Conv2d(4, 4, (1, 3)), "third": nn.Conv2d(4, 2, (1, 5))}
    return net, module(forward, **parts)


def text_lines(*, turned):
    """A line of text as a sequence of its columns, as text recognition reads it."""
    import keras
    from keras import layers
    from torch import nn

    stack = layers.Conv2D(4, 1), layers.Permute((2, 1, 3)), layers.Reshape((10, 32)), layers.Dense(32)
    net = keras.Sequential([keras.Input((8, 10, 1)), *stack, layers.Dense(3)])

    def forward(port, x):
        made = port.conv(x).permute(0, 3, 2, 1).flatten(2)
        return port.head(port.columns(made if turned else made.reshape(len(x), 32, 10).transpose(1, 2)))

    return net, module(forward, conv=nn.Conv2d(1, 4, 1), columns=nn.Linear(32, 32), head=nn.Linear(32, 3))


def tokens(*, turned):
    """Places of an image as a sequence, row by row or column by column, each read by the same weights."""
    import keras
    from torch import nn

    stack = keras.layers.Conv2D(4, 1), keras.layers.Reshape((36, 4)), keras.layers.Dense(5)
    net = keras.Sequential([keras.Input((6, 6, 3)), *stack])

    def forward(port, x):
        order = (0, 2, 3, 1) if turned else (0, 3, 2, 1)
        return port.head(port.conv(x).permute(order).flatten(1, 2))

    return net, module(forward, conv=nn.Conv2d(3, 4, 1), head=nn.Linear(4, 5))


def feature_maps(*, turned):
    """Features as one row, which nothing else reads."""
    import keras
    from torch import nn

    net = keras.Sequential([keras.Input((6, 6, 3)), keras.layers.Conv2D(4, 3), keras.layers.Flatten()])

    def forward(port, x):
        made = port.conv(x)
        return (made.permute(0, 2, 3, 1) if turned else made).flatten(1)

    return net, module(forward, conv=nn.Conv2d(3, 4, 3))


GIVEN = {
    patches: (2, 12, 12, 3),
    heads: (2, 16, 16, 3),
    words: (2, 10),
    mirrored: (2, 8, 10, 3),
    text_lines: (2, 8, 10, 1),
    tokens: (2, 6, 6, 3),
    feature_maps: (2, 6, 6, 3),
}


@pytest.mark.parametrize("turned", [True, False], ids=["as it should", "as it should not"])
@pytest.mark.parametrize("port", GIVEN, ids=lambda port: port.__name__)
def test_a_port_is_the_same_model_where_its_numbers_are(port, turned):
    left, right = port(turned=turned)
    right = carried_over(left, right)
    draw, shape = np.random.default_rng(7), GIVEN[port]
    given = draw.normal(size=shape).astype("float32") if len(shape) > 2 else draw.integers(0, WORDS, shape)
    sized = (shape[0], shape[3], *shape[1:3]) if len(shape) > 2 else (shape, "int64")

    report = parity.compare(left, right, right_inputs=[sized])

    a, b = returned(left, right, given)
    assert (a.shape == b.shape and np.allclose(a, b, atol=1e-4)) is turned
    assert report.verdict is (Verdict.EQUIVALENT if turned else Verdict.DIFFERENT)


def chain(draw, now, target):
    """Permutations and reshapes, without the batch, that end in a shape."""
    steps = []
    for _ in range(draw.randint(0, 2)):
        if draw.random() < 0.6 and len(now) > 1:
            order = draw.sample(range(len(now)), len(now))
            steps.append(("permute", tuple(order)))
            now = [now[at] for at in order]
        elif len(now) > 1:
            at = draw.randrange(len(now) - 1)
            now = [*now[:at], now[at] * now[at + 1], *now[at + 2 :]]
            steps.append(("reshape", tuple(now)))
    return [*steps, ("reshape", target)] if tuple(now) != target else steps


def rearranging(draw):
    """A Keras model and a PyTorch module that rearrange the same image, in the same way or another one."""
    import keras
    from torch import nn

    channels, height, width = sizes = draw.choice([(4, 2, 2), (4, 4, 4), (6, 2, 3), (4, 2, 3), (2, 2, 2)])
    target = draw.choice(
        [(height * width, channels), (prod(sizes),), (width, height * channels), (prod(sizes) // 2, 2)]
    )
    steps = chain(draw, [height, width, channels], target)
    alike = draw.random() < 0.5
    others = [("permute", (1, 2, 0)), *steps] if alike else chain(draw, [*sizes], target)
    net = keras.Sequential([keras.Input((height, width, 2)), keras.layers.Conv2D(channels, 1)])
    for name, setting in steps:
        turn = keras.layers.Permute([at + 1 for at in setting]) if name == "permute" else keras.layers.Reshape(setting)
        net.add(turn)

    def forward(port, x):
        x = port.conv(x)
        for name, setting in others:
            x = x.permute(0, *(at + 1 for at in setting)) if name == "permute" else x.reshape(len(x), *setting)
        return x

    return net, module(forward, conv=nn.Conv2d(2, channels, 1)), (1, height, width, 2)


@pytest.mark.parametrize("seed", range(8))
def test_no_rearrangement_passes_for_another_one(seed):
    draw = Random(seed)  # noqa: S311  the cases are to be the same in every run
    wrong = []
    for _ in range(6):
        left, right, shape = rearranging(draw)
        right = carried_over(left, right)
        a, b = returned(left, right, np.random.default_rng(seed).normal(size=shape).astype("float32"))
        outputs = [b, *([b.transpose(0, 2, 1)] if b.ndim == 3 else [])]
        same = any(each.shape == a.shape and np.allclose(a, each, atol=1e-4) for each in outputs)
        verdict = parity.compare(left, right, right_inputs=[(1, shape[3], *shape[1:3])]).verdict
        if verdict is Verdict.EQUIVALENT and not same:
            wrong.append((shape, [layer.name for layer in left.layers]))
    assert wrong == []
