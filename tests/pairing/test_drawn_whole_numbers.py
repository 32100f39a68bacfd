"""Whole numbers are drawn near what layers compare with, as far as the type of the value can hold them."""

import numpy as np
import pytest

from parity.graph import Evidence, Framework, LayerGraph, Value
from parity.pairing._draws import numbers_for

HELD = [-3.4028234663852886e38, -1000.0, 2.0, 40000.0]
"""What the least single number that fills a mask stands beside."""


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8", "uint32"])
def test_they_are_of_the_type(dtype):
    graph = LayerGraph(Framework.ONNX, Evidence.GRAPH, (), {"ids": Value((40, 9), dtype=dtype)}, (), ("ids",))

    found = numbers_for([(graph, "ids")], (40, 9), "ids", 0, HELD)

    assert np.array_equal(found, np.asarray(found).astype(dtype))
    assert 3 in found
    assert (40000 in found) is (np.iinfo(dtype).max > 40000)
