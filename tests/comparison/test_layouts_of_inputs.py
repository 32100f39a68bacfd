"""The orders of frameworks have height before width: who exchanges them has another model, if the sizes fit both ways.

What PyTorch computes is asked of the input in each order of a framework.
"""

from itertools import permutations

import keras  # noqa: TID253  only tests of Keras import this
import numpy as np
import pytest
import torch  # noqa: TID253  only tests of PyTorch import this
from torch import nn  # noqa: TID253  same

import parity
from parity.reports import Verdict
from tests.rules.models import keras_model, layers

LAST, FIRST, SPACE, BACK = (0, 3, 1, 2), (0, 1, 2, 3), (0, 1, 3, 2), (0, 2, 3, 1)
TURNED = (0, 3, 2, 1)


class Pooled(nn.Module):
    """A pooling of two sizes between permutations."""

    def __init__(self, before, after):
        super().__init__()
        self.pool, self.before, self.after = nn.MaxPool2d((2, 1), (2, 1)), before, after

    def forward(self, x):
        return self.pool(x.permute(self.before)).permute(self.after)


def compared(sizes, before, after, given):
    start = layers().Input(sizes, batch_size=2)
    left = keras_model(start, layers().MaxPooling2D((2, 1))(start))
    right = Pooled(before, after).eval()
    report = parity.compare(left, right, right_inputs=[(2, *given)])
    return left, right, report.verdict


SAME = [
    ((5, 5, 2), LAST, BACK, (5, 5, 2), FIRST),
    ((5, 5, 2), FIRST, FIRST, (2, 5, 5), LAST),
    ((3, 3, 3), FIRST, FIRST, (3, 3, 3), LAST),
    ((5, 4, 2), LAST, BACK, (5, 4, 2), FIRST),
    ((5, 4, 2), TURNED, BACK, (4, 5, 2), (0, 2, 1, 3)),
]
"""Sizes, permutations before and after, what PyTorch is given, and how that is made of what Keras is given."""

EXCHANGED = [
    ((5, 5, 2), TURNED, BACK, (5, 5, 2), FIRST),
    ((5, 5, 2), SPACE, FIRST, (2, 5, 5), LAST),
    ((3, 3, 3), SPACE, FIRST, (3, 3, 3), LAST),
]


def outputs(left, right, order):
    given = np.random.default_rng(0).normal(size=left.input_shape).astype("float32")
    made = right(torch.from_numpy(np.ascontiguousarray(given.transpose(order)))).numpy()
    return np.asarray(left(given)), made


@pytest.mark.parametrize(("sizes", "before", "after", "given", "order"), SAME)
def test_channels_move_and_sizes_tell(sizes, before, after, given, order):
    left, right, verdict = compared(sizes, before, after, given)
    mine, theirs = outputs(left, right, order)

    turned = [each for back in (FIRST, BACK) if (each := theirs.transpose(back)).shape == mine.shape]
    assert any(np.allclose(mine, each) for each in turned)
    assert verdict is Verdict.EQUIVALENT


@pytest.mark.parametrize(("sizes", "before", "after", "given", "order"), EXCHANGED)
def test_height_and_width_exchanged_are_another_model(sizes, before, after, given, order):
    left, right, verdict = compared(sizes, before, after, given)
    mine, theirs = outputs(left, right, order)

    for back in (FIRST, BACK):
        turned = theirs.transpose(back)
        assert turned.shape != mine.shape or not np.allclose(mine, turned)
    assert verdict is Verdict.DIFFERENT


class Reduced(nn.Module):
    """What remains of all positions, each of its axes kept."""

    def __init__(self, reduce, order):
        super().__init__()
        self.reduce, self.order = reduce, order

    def forward(self, x):
        return self.reduce(x, tuple(range(2, x.ndim)), keepdim=True).permute(self.order)


@pytest.mark.parametrize("rank", [3, 4, 5])
@pytest.mark.parametrize("reduce", [torch.amax, torch.mean], ids=["max", "mean"])
def test_what_turns_an_input_of_channels_first_gives_no_layout(rank, reduce):
    """Keras that brings channels to the end itself takes them first as PyTorch does: both have to give them alike."""
    name = "Max" if reduce is torch.amax else "Average"
    pool = getattr(layers(), f"Global{name}Pooling{rank - 2}D")
    last, first, shape = (0, *range(2, rank), 1), tuple(range(rank)), (2,) + (4,) * (rank - 1)
    for order in [(0, *rest, 1) for rest in permutations(range(2, rank))]:
        start = layers().Input(shape[1:], batch_size=2)
        left = keras_model(start, pool(keepdims=True)(keras.ops.transpose(start, order)))
        verdicts = {
            turned: parity.compare(left, Reduced(reduce, turned).eval(), right_inputs=[shape]).verdict
            for turned in (last, first)
        }

        given = np.random.default_rng(0).normal(size=shape).astype("float32")
        made = Reduced(reduce, last).eval()(torch.from_numpy(given)).numpy()
        np.testing.assert_allclose(np.asarray(left(given)), made, rtol=1e-5, atol=1e-6)
        assert verdicts == {last: "equivalent", first: "different"}, order
