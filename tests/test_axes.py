import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity.axes import expand, permutation, sizes
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
