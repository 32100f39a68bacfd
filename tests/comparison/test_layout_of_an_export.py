"""tf2onnx writes means over the last axes as global pooling, which does not tell that channels come first."""

import itertools

import pytest

import parity
from parity.reports import Verdict
from tests.rules.models import keras_model, layers


def averaged(rank, order, axes, *, keepdims=False):
    import keras

    start = layers().Input((2,) * (rank - 1), batch_size=2)
    moved = layers().Permute(order)(start)
    return keras_model(start, keras.ops.mean(moved, axis=axes, keepdims=keepdims))


CASES = [(3, axes) for axes in [(1,), (2,)]] + [(4, axes) for axes in [(1,), (3,), (1, 2), (2, 3), (1, 3)]]


@pytest.mark.parametrize("keepdims", [False, True], ids=["dropped", "kept"])
@pytest.mark.parametrize(("rank", "axes"), CASES, ids=str)
def test_a_permutation_that_one_side_lacks_is_not_taken_for_another_layout(rank, axes, keepdims, tmp_path):
    import tf2onnx

    plain = tuple(range(1, rank))
    for order in itertools.permutations(plain):
        averages = sorted(order[axis - 1] for axis in axes)
        left, right = (averaged(rank, each, axes, keepdims=keepdims) for each in (plain, order))
        tf2onnx.convert.from_keras(right, opset=17, output_path=str(tmp_path / "m.onnx"))
        verdict = parity.compare(left, tmp_path / "m.onnx").verdict
        if averages != list(axes):
            assert verdict is not Verdict.EQUIVALENT, order
        elif order == plain:
            assert verdict is Verdict.EQUIVALENT
