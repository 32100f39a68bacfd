"""Keras has channels last and PyTorch first, also where no layer tells what the axes of an input mean."""

import pytest

import parity
from tests.torch_nets import Called

torch = pytest.importorskip("torch")
keras = pytest.importorskip("keras")


def of_keras(function, *sizes):
    x = keras.Input(sizes, batch_size=2)
    return keras.Model(x, function(x))


def compared(left, right, *sizes, **more):
    first = (2, sizes[-1], *sizes[:-1])
    return parity.compare(of_keras(left, *sizes), Called(right), right_inputs=[(first, "float32")], **more)


def last(x):
    return x.permute(0, *range(2, x.ndim), 1)


CROP = keras.layers.Cropping2D(((0, 1), (1, 0)))

ALIKE = {
    "cut": (CROP, lambda x: torch.nn.functional.pad(x, (-1, 0, 0, -1)), (2, 2, 2)),
    "filled": (
        keras.layers.ZeroPadding2D(((0, 1), (1, 0))),
        lambda x: torch.nn.functional.pad(x, (1, 0, 0, 1)),
        (3, 3, 3),
    ),
    "places": (lambda x: keras.ops.argmax(x, 1), lambda x: torch.argmax(last(x), 1), (2, 2, 2)),
    "sums": (lambda x: keras.ops.sum(x, 1), lambda x: torch.sum(x, 2), (3, 3)),
    "part": (lambda x: x[:, 1:, :, :2], lambda x: x[:, :2, 1:], (3, 3, 3)),
    "reversed": (lambda x: keras.ops.flip(x, -2), lambda x: torch.flip(x, (-1,)), (4, 4, 4)),
    "rolled": (lambda x: keras.ops.roll(x, 1, 1), lambda x: torch.roll(x, 1, 2), (4, 4)),
    "sizes": (
        lambda x: keras.ops.argmax(keras.layers.AveragePooling2D(1)(x), 1),
        lambda x: torch.argmax(last(torch.nn.functional.avg_pool2d(x, 1)), 1),
        (1, 2, 2),
    ),
    "turned and flat": (
        lambda x: keras.layers.Flatten()(keras.layers.Permute((2, 1))(x)),
        lambda x: x.flatten(1),
        (2, 2),
    ),
    "a softmax": (lambda x: keras.ops.softmax(x, 1), lambda x: torch.softmax(x, 2), (3, 3, 3)),
    "not turned": (lambda x: keras.ops.flip(x, 1), lambda x: torch.flip(x, (1,)), (4, 4, 4)),
}


TOLD = {"not turned", "sizes"}
"""Of which the order is the same on both sides, or the sizes tell it; nothing but a guess tells that of others."""


@pytest.mark.parametrize("name", ALIKE)
def test_what_does_the_same_in_either_order_is_not_called_different(name):
    left, right, sizes = ALIKE[name]

    assert compared(left, right, *sizes).verdict == ("equivalent" if name in TOLD else "inconclusive")


def test_outputs_are_compared_in_the_order_that_the_sizes_tell():
    left, right, sizes = ALIKE["sizes"]

    found = compared(left, right, *sizes, outputs=True)

    assert found.verdict == "equivalent"
    assert found.facets["outputs"] == "same"
    assert "input-layout" in {finding.rule for finding, _ in found.findings}


APART = {
    "cut elsewhere": (CROP, lambda x: torch.nn.functional.pad(x, (-1, 0, -1, 0)), (2, 2, 2)),
    "filled elsewhere": (
        keras.layers.ZeroPadding2D(((0, 1), (1, 0))),
        lambda x: torch.nn.functional.pad(x, (1, 0, 1, 0)),
        (3, 3, 3),
    ),
    "another axis": (lambda x: keras.ops.argmax(x, 1), lambda x: torch.argmax(last(x), 2), (2, 2, 2)),
    "one turned, one not": (
        lambda x: keras.ops.flip(keras.ops.roll(x, 1, 1), 2),
        lambda x: torch.flip(torch.roll(x, 1, 2), (2,)),
        (4, 4, 4),
    ),
}


@pytest.mark.parametrize("name", APART)
def test_what_does_so_in_no_order_is_not(name):
    left, right, sizes = APART[name]

    assert compared(left, right, *sizes).verdict != "equivalent"


@pytest.mark.parametrize("sizes", [(2, 2), (2, 3), (2, 2, 2)])
@pytest.mark.parametrize("dense", [False, True])
def test_axes_that_one_side_alone_turns_before_they_are_one_are_seen(sizes, dense):
    def left(x):
        flat = keras.layers.Flatten()(keras.layers.Permute((2, 1, *range(3, len(sizes) + 1)))(x))
        return keras.layers.Dense(2)(flat) if dense else flat

    class Flat(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.dense = torch.nn.LazyLinear(2) if dense else torch.nn.Identity()

        def forward(self, x):
            return self.dense(x.reshape(x.shape[0], *sizes).flatten(1))

    right = Flat().eval()
    right(torch.zeros(2, *sizes))

    report = parity.compare(of_keras(left, *sizes), right, right_inputs=[(2, *sizes)])

    assert report.verdict != "equivalent"
