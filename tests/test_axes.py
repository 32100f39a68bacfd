from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity.axes import expand, moves, permutation, sizes
from parity.errors import ParityError


def test_expand():
    assert expand("spatial in out", 3) == "kw in out"
    assert expand("out in spatial", 5) == "out in kd kh kw"
    assert expand("", 0) == ""


@pytest.mark.parametrize(("layout", "rank"), [("in out", 3), ("spatial in out", 2), ("spatial in out", 7)])
def test_a_rank_that_does_not_fit_is_refused(layout, rank):
    with pytest.raises(ParityError, match=f"rank-{rank} tensor: the layout is '{layout}'"):
        expand(layout, rank)


@given(st.permutations(["kh", "kw", "in", "out"]), st.permutations(["kh", "kw", "in", "out"]))
def test_a_permutation_turns_one_layout_into_the_other_and_back(source, target):
    shape = dict(zip(["kh", "kw", "in", "out"], (2, 3, 4, 5), strict=True))
    tensor = np.zeros([shape[axis] for axis in source])
    there, back = permutation(" ".join(source), " ".join(target)), permutation(" ".join(target), " ".join(source))

    moved = tensor.transpose(there)

    assert sizes(" ".join(target), moved.shape) == shape
    assert moved.transpose(back).shape == tensor.shape


def test_different_names_are_both_quoted():
    with pytest.raises(ParityError, match="'in out' and 'out gate' do not name the same axes"):
        permutation("in out", "out gate")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("kh kw group multiplier", "group*multiplier in kh kw"),
        ("in head*key", "head key in"),
        ("head key out", "out head*key"),
        ("kh kw in out", "out in kh kw"),
        ("in gate*units", "gate*units in"),
        ("in gate*units", "gate in units"),
        ("in out", "in out"),
    ],
)
def test_the_calls_between_two_layouts_put_each_element_where_its_names_say(source, target):
    sized = {
        "kh": 3,
        "kw": 2,
        "group": 4,
        "multiplier": 5,
        "in": 1,
        "head": 2,
        "key": 3,
        "out": 6,
        "gate": 4,
        "units": 2,
    }
    there, back = (
        tuple(prod(sized[part] for part in axis.split("*")) for axis in layout.split()) for layout in (source, target)
    )
    given = np.arange(prod(there)).reshape(there)

    made = given
    for call in moves(source, there, target, back):
        name, numbers = call.rstrip(")").split("(")
        made = getattr(made, name)(tuple(int(number) for number in numbers.split(",") if number.strip()))

    assert made.shape == back
    for at, value in np.ndenumerate(given):
        assert made[_place(target, back, _named(source, there, at, sized), sized)] == value


def _named(layout, shape, at, sized):
    """The index along each named axis."""
    found = {}
    for axis, size, index in zip(layout.split(), shape, at, strict=True):
        parts = axis.split("*")
        assert prod(sized[part] for part in parts) == size
        found |= dict(zip(parts, np.unravel_index(index, [sized[part] for part in parts]), strict=True))
    return found


def _place(layout, shape, named, sized):
    """The index of what is at the given place along each named axis; one that is not named has one element."""
    assert len(layout.split()) == len(shape)
    parts = [axis.split("*") for axis in layout.split()]
    return tuple(
        np.ravel_multi_index([named.get(part, 0) for part in axis], [sized[part] for part in axis]) for axis in parts
    )


@pytest.mark.parametrize(
    ("source", "shape", "target", "wanted"),
    [
        ("a b", (2, 3), "a c", (2, 3)),
        ("c c", (2, 2), "c", (2,)),
    ],
)
def test_there_are_no_calls_where_they_cannot_be_told(source, shape, target, wanted):
    assert moves(source, shape, target, wanted) == ()
