"""Whole numbers are drawn near what layers compare with, as far as the type of the value can hold them."""

import numpy as np
import pytest

from parity.graph import Census, Evidence, Framework, Layer, LayerGraph, Value, Weight
from parity.pairing._drawn_numbers import numbers_for

HELD = [-3.4028234663852886e38, -1000.0, 2.0, 40000.0]
"""What the least single number that fills a mask stands beside."""


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8", "uint32"])
def test_they_are_of_the_type(dtype):
    graph = LayerGraph(Framework.ONNX, Evidence.GRAPH, (), {"ids": Value((40, 9), dtype=dtype)}, (), ("ids",))

    found = numbers_for([(graph, "ids")], (40, 9), "ids", 0, HELD)

    assert np.array_equal(found, np.asarray(found).astype(dtype))
    assert 3 in found
    assert (40000 in found) is (np.iinfo(dtype).max > 40000)


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize("rows", [2, 6, 50_000])
def test_numbers_of_rows_are_of_rows_that_are_there(rows, moved):
    """Also where layers between cut at positions beyond the last row."""
    table = Weight("table", (rows, 3), "float32", Census.TRAINABLE, "table", role="embeddings", axes="vocab dim")
    told = {"vocab": rows, "dim": 3, "rank": 1, "mask_zero": False}
    cut = Layer("cut", "slice", {"axes": (0,), "bounds": ((0, 8, 1),)}, (), ("ids",), ("some",))
    looked_up = Layer("rows", "embedding", told, (table,), ("some" if moved else "ids",), ("y",))
    values = {"ids": Value((40,), "int64"), "some": Value((8,), "int64"), "y": Value((None, 3), "float32")}
    layers = (cut, looked_up) if moved else (looked_up,)
    graph = LayerGraph(Framework.ONNX, Evidence.GRAPH, layers, values, (table,), ("ids",), ("y",))

    found = numbers_for([(graph, "ids")], (40,), "ids", 0, HELD)

    assert set(found.tolist()) <= set(range(rows))
    assert (40_000 in found) is (rows > 40_000)
