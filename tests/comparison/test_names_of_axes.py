"""An axis that goes by two names is one, where it is followed from the inputs on; another axis stays another."""

from dataclasses import replace

import pytest

from parity.alignment import align
from parity.comparison import compare
from parity.graph import Framework, Value
from tests.builders import graph, layer

NAMES = ("T", "N", "C"), ("N", "C", None), ("N", "T", "C")
SHAPE = (3, 3, 3)


def of(kind, names, **settings):
    """A layer that numbers an axis, between an input and another layer, with the axes named like this."""
    found = graph(
        layer("x", "input"),
        layer("a", kind, ("x",), **settings),
        layer("b", "activation", ("a",), function="relu"),
        shapes=dict.fromkeys("xab", SHAPE),
        framework=Framework.TORCH,
    )
    return replace(found, values={name: Value(SHAPE, axes=names) for name in found.values})


def told(left, right):
    return {(each.topic, each.name) for each in compare(left, right, align(left, right)).differences}


KINDS = [
    ("activation", {"function": "softmax"}),
    ("activation", {"function": "log_softmax"}),
    ("cumulate", {"function": "sum"}),
    ("cumulate", {"function": "product"}),
]


@pytest.mark.parametrize(("kind", "settings"), KINDS)
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("names", NAMES)
def test_an_axis_is_one_whatever_it_is_called(kind, settings, axis, names):
    assert not told(of(kind, NAMES[0], axis=axis, **settings), of(kind, names, axis=axis, **settings))


@pytest.mark.parametrize(("kind", "settings"), KINDS)
@pytest.mark.parametrize("names", NAMES)
def test_another_axis_is_another_whatever_it_is_called(kind, settings, names):
    assert told(of(kind, NAMES[0], axis=0, **settings), of(kind, names, axis=1, **settings))
    assert told(of(kind, NAMES[0], axis=-1, **settings), of(kind, names, axis=1, **settings))
