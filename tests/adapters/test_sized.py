"""A model is read at the sizes of the model beside it, where these are told whatever the layout."""

from dataclasses import replace

import pytest

from parity.adapters import sizes_beside
from parity.graph import Evidence, Framework, Gap, SourceGraph, Value


def taking(**shapes):
    """A source with inputs of those shapes."""
    values = {f"{name}:0": Value(shape) for name, shape in shapes.items()}
    return SourceGraph(
        Framework.KERAS,
        "keras-live",
        "m",
        "Keras",
        Evidence.GRAPH,
        (),
        (),
        values,
        {},
        tuple(values),
        (),
        tuple(shapes),
    )


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        ((None, None, None, 3), (1, 3, 64, 48), (1, 64, 48, 3)),
        ((None, None, 32), (4, 32, 10), (4, 10, 32)),
        ((None, None), (1, 10), (1, 10)),
        ((None, None, 3, 3), (1, 3, 3, 3), (1, 3, 3, 3)),
        ((None, None), ("batch", 10), (None, 10)),
        ((None, None), (1, "steps"), (None, None)),
        ((None, None, 5), (1, 3, 10), (None, None, 5)),
        ((None, None), (1, 10, 3), (None, None)),
    ],
    ids=str,
)
def test_free_sizes_are_those_that_are_left_on_the_other_side(mine, theirs, expected):
    assert sizes_beside(taking(x=mine), taking(y=theirs)) == [expected]


def test_inputs_of_equal_rank_must_agree_unless_names_tell():
    """Two lengths: nobody knows which is which, until the names do."""
    mine, theirs = taking(a=(None, None), b=(None, None)), taking(p=(1, 10), q=(1, 12))

    assert sizes_beside(mine, theirs) == [(None, None), (None, None)]
    assert sizes_beside(mine, taking(b=(1, 10), a=(1, 12))) == [(1, 12), (1, 10)]


def test_the_batch_alone_is_no_reason_to_read_again_what_could_be_read():
    mine = taking(x=(None, 10))

    assert sizes_beside(mine, taking(y=(1, 10))) == [(None, 10)]
    assert sizes_beside(replace(mine, gaps=(Gap("layer", "it was not traced"),)), taking(y=(1, 10))) == [(1, 10)]
