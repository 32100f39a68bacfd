"""What an expression evaluates to, its code computes in each library; its shape is what it says."""

import numpy as np
import pytest

from parity.transfer import code
from parity.transfer._calculated import FoldedBias, FoldedKernel, Lengths, Normalised
from parity.transfer._expression import (
    Filled,
    Literal,
    Sum,
    Take,
    concat,
    flatten_order,
    gates,
    permute,
    reshape,
    scale,
    window,
)

STORED = {
    "kernel": np.arange(2 * 3 * 4 * 6, dtype="float32").reshape(2, 3, 4, 6),
    "matrix": np.arange(24 * 5, dtype="float32").reshape(24, 5),
    "vector": np.arange(1, 7, dtype="float32"),
}
KERNEL, MATRIX, VECTOR = (Take(array.shape, (), name) for name, array in STORED.items())
FIXED = Literal((2, 3), (), (1.0, 2.0, 3.0, 4.0, 5.0, 6.0))

CASES = {
    "as it is": KERNEL,
    "permuted": permute(KERNEL, (3, 2, 0, 1)),
    "other sizes": reshape(MATRIX, (2, 12, 5)),
    "a box": window(MATRIX, ((6, 12), (0, 5))),
    "a box of inner axes": window(KERNEL, ((0, 2), (1, 3), (0, 4), (2, 6))),
    "beside each other": concat([window(MATRIX, ((12, 24), (0, 5))), MATRIX], 0),
    "beside each other along the last axis": concat([MATRIX, MATRIX], 1),
    "lengths": Lengths((2, 1, 1, 6), (KERNEL,), (1, 2)),
    "brought to lengths": Normalised((2, 3, 4, 6), (KERNEL, reshape(VECTOR, (1, 1, 1, 6)))),
    "brought to one length": Normalised((2, 3, 4, 6), (KERNEL, Filled((), (), 3.0))),
    "added": Sum((6,), (VECTOR, VECTOR, VECTOR)),
    "a multiple": scale(VECTOR, -0.5),
    "zeros": Filled((2, 3)),
    "ones": Filled((2, 3), (), 1.0),
    "numbers": FIXED,
    "gates": gates(MATRIX, 0, (1, 0, 3, 2)),
    "gates of a later axis": gates(permute(MATRIX, (1, 0)), 1, (2, 0, 1)),
    "rows": flatten_order(MATRIX, 0, (2, 3, 4), (2, 0, 1)),
    "a folded kernel": FoldedKernel((2, 3, 4, 6), (KERNEL, VECTOR, VECTOR), 3, 1e-3),
    "a folded bias": FoldedBias((6,), (VECTOR, VECTOR, VECTOR, Filled((6,), (), 1.0), VECTOR), 1e-3),
}


@pytest.mark.parametrize("name", CASES)
def test_its_shape_is_what_it_says(name):
    assert CASES[name].array(STORED.__getitem__).shape == CASES[name].shape


@pytest.mark.parametrize("dialect", ["numpy", "torch", "keras"])
@pytest.mark.parametrize("name", CASES)
def test_its_code_computes_the_same_in_every_library(name, dialect):
    import keras
    import torch

    made = {"numpy": np.array, "torch": torch.tensor, "keras": keras.ops.array}[dialect]
    known = {"np": np, "torch": torch, "keras": keras, "weights": {key: made(each) for key, each in STORED.items()}}

    found = np.asarray(eval(code(CASES[name], dialect), known))  # noqa: S307  our own code

    np.testing.assert_allclose(found, CASES[name].array(STORED.__getitem__), rtol=1e-6)


def test_numbers_keep_their_type_where_nothing_is_calculated():
    stored = {"half": np.arange(24, dtype="float16").reshape(4, 6)}
    half = Take((4, 6), (), "half")

    for each in (permute(half, (1, 0)), gates(half, 0, (1, 0)), flatten_order(half, 1, (2, 3), (1, 0)), scale(half, 2)):
        assert each.array(stored.__getitem__).dtype == np.float16


def test_what_changes_nothing_is_left_out():
    assert permute(KERNEL, (0, 1, 2, 3)) is KERNEL
    assert reshape(KERNEL, KERNEL.shape) is KERNEL
    assert reshape(reshape(KERNEL, (6, 24)), KERNEL.shape) is KERNEL
    assert window(MATRIX, ((0, 24), (0, 5))) is MATRIX
    assert scale(VECTOR, 1.0) is VECTOR
    assert gates(MATRIX, 0, (0, 1, 2, 3)) is MATRIX
