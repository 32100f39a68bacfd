"""Masks of padding are drawn as people give them: tokens first, at least one, then padding."""

from dataclasses import replace

import numpy as np
import pytest

from parity.evaluation import drawn_inputs, drawn_lengths
from tests.builders import graph, layer

SHAPE = (64, 9)


def taking(name, dtype="int64"):
    """A graph with one input of that name."""
    made = graph(layer("x", "input"), layer("y", "identity", ("x",)), shapes={"x": SHAPE}, input_names=(name,))
    return replace(made, values={**made.values, "x.out": replace(made.values["x.out"], dtype=dtype)})


@pytest.mark.parametrize("name", ["attention_mask", "padding_mask", "encoder_padding_mask", "decoder_attention_mask"])
@pytest.mark.parametrize("dtype", ["int32", "int64", "bool"])
def test_a_mask_of_padding_is_a_length_for_each_row(name, dtype):
    drawn = drawn_inputs(taking(name, dtype))["x.out"]

    assert drawn.dtype == dtype
    assert set(np.unique(drawn)) == {0, 1}
    lengths = drawn.sum(-1)
    assert lengths.min() >= 1
    assert len(set(lengths)) > SHAPE[1] // 2
    assert (drawn == (np.arange(SHAPE[1]) < lengths[:, None])).all()


def test_what_is_true_for_padding_is_false_first():
    drawn = drawn_inputs(taking("src_key_padding_mask", "bool"))["x.out"]

    assert not drawn[:, 0].any()
    assert drawn.any()


@pytest.mark.parametrize(
    ("name", "dtype"), [("attn_mask", "bool"), ("src_mask", "bool"), ("input_ids", "int64"), ("mask", "float32")]
)
def test_other_inputs_are_no_lengths(name, dtype):
    """Masks of scores, tokens, and what is added to scores."""
    assert drawn_lengths([(taking(name, dtype), "x.out")], SHAPE, np.random.default_rng(0)) is None
