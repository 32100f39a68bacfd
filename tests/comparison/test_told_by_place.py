"""What no name of an axis tells, and what types nobody records: told by place, by policy, or left open."""

import numpy as np
import pytest

import parity
from parity.reports import Verdict
from tests.rules.models import keras_net, layers, nn, onnx_model, torch_net

pytestmark = pytest.mark.filterwarnings("ignore")


def flattened(data_format, shape=(2, 2, 2)):
    keras = layers()
    return keras_net(shape, keras.Flatten(data_format=data_format))


def test_rows_of_an_output_run_as_a_flatten_makes_them():
    last, first = flattened("channels_last"), flattened("channels_first")
    x = np.arange(16, dtype="float32").reshape(2, 2, 2, 2)

    assert not np.array_equal(np.asarray(last(x)), np.asarray(first(x)))
    assert parity.compare(last, first).verdict is Verdict.DIFFERENT
    assert parity.compare(last, flattened("channels_last")).verdict is Verdict.EQUIVALENT


@pytest.mark.parametrize("policy", ["mixed_float16", "float64"])
def test_a_layer_that_changes_nothing_but_the_type_changes_the_type_of_an_output(policy, tmp_path):
    import keras

    def net(*order):
        made = {"dense": keras.layers.Dense(3, dtype=policy), "reshape": keras.layers.Reshape((3,))}
        model = keras.Sequential([keras.Input((3,)), *(made[name] for name in order)])
        model.save(tmp_path / f"{order[0]}.keras")
        return model, tmp_path / f"{order[0]}.keras"

    (one, left), (other, right) = net("reshape", "dense"), net("dense", "reshape")
    x = np.ones((1, 3), "float32")

    assert one(x).dtype != other(x).dtype
    report = parity.compare(left, right)
    assert "interface-type" in {finding.rule for finding, _ in report.findings}
    assert parity.compare(left, left).verdict is Verdict.EQUIVALENT


def test_a_cast_gives_numbers_of_the_type_that_it_makes(tmp_path):
    import keras

    def net(dtype):
        entry = keras.Input((2,), dtype="int32")
        path = tmp_path / f"{dtype}.h5"
        keras.Model(entry, keras.ops.cast(entry, dtype)).save(path)
        return path

    assert parity.compare(net("float64"), net("float32")).verdict is Verdict.DIFFERENT
    assert parity.compare(net("float64"), net("float64")).verdict is Verdict.EQUIVALENT


def test_functions_over_an_axis_do_not_tell_which_axis_is_which():
    import keras
    import torch

    class Most(torch.nn.Module):
        def __init__(self, axis):
            super().__init__()
            self.axis = axis

        def forward(self, x):
            return torch.amax(x, self.axis)

    entry = keras.Input((3, 3), batch_size=2)
    left = keras.Model(entry, keras.ops.max(entry, axis=1))

    assert parity.compare(left, Most(2), right_inputs=[(2, 3, 3)]).verdict is Verdict.INCONCLUSIVE
    convolved = keras_net((8, 4), layers().Conv1D(3, 3), layers().GlobalMaxPooling1D())
    pooled = torch_net(nn().Conv1d(4, 3, 3), nn().AdaptiveMaxPool1d(1), nn().Flatten())
    assert parity.compare(convolved, pooled, right_inputs=[(1, 4, 8)]).verdict is Verdict.EQUIVALENT


def scattered(torch, places):
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("places", torch.tensor(places))
            self.values = torch.nn.Parameter(torch.randn(2, 1))

        def forward(self, x):
            return torch.scatter_reduce(x, 1, self.places, self.values, reduce="amax")

    return Net().eval()


def test_indices_that_are_settings_are_accounted_for_wherever_they_are_counted(tmp_path):
    import torch

    net, path = scattered(torch, [[2], [0]]), tmp_path / "net.onnx"
    torch.onnx.export(net, (torch.zeros(2, 3),), path, dynamo=True, verbose=False)

    report = parity.compare(net, path, left_inputs=[(2, 3)])
    assert report.verdict is Verdict.EQUIVALENT, report
    assert report.ledger.remainder == 0
    other = parity.compare(scattered(torch, [[1], [0]]), path, left_inputs=[(2, 3)])
    assert other.verdict is Verdict.DIFFERENT


def test_a_norm_without_statistics_is_one_in_a_file_that_computes_them(tmp_path):
    import torch

    def exported(epsilon):
        net, path = torch.nn.BatchNorm2d(4, eps=epsilon, track_running_stats=False).eval(), tmp_path / f"{epsilon}.onnx"
        torch.onnx.export(net, (torch.zeros(2, 4, 3, 3),), path, dynamo=False)
        return net, path

    net, path = exported(1e-5)
    report = parity.compare(net, path, left_inputs=[(2, 4, 3, 3)])
    assert report.verdict is Verdict.EQUIVALENT, report
    assert parity.compare(net, exported(1e-3)[1], left_inputs=[(2, 4, 3, 3)]).verdict is Verdict.DIFFERENT


def test_a_mask_that_is_added_is_one_before_a_softmax_that_is_written_out():
    from onnx import helper

    mask = np.where(np.eye(5) > 0, -10000.0, 0.0).astype("float32")
    whole = [helper.make_node("Add", ["x", "m"], ["a"]), helper.make_node("Softmax", ["a"], ["y"], axis=1)]
    parts = [
        helper.make_node("Add", ["x", "m"], ["a"]),
        helper.make_node("Exp", ["a"], ["e"]),
        helper.make_node("ReduceSum", ["e", "axes"], ["s"]),
        helper.make_node("Div", ["e", "s"], ["y"]),
    ]
    ends = [("x", (2, 5, 5))], [("y", (2, 5, 5))]
    left = onnx_model(whole, *ends, m=mask)
    right = onnx_model(parts, *ends, m=mask, axes=np.array([1]))

    assert parity.compare(left, right).verdict is Verdict.EQUIVALENT
    moved = onnx_model(parts, *ends, m=np.roll(mask, 1, 0), axes=np.array([1]))
    assert parity.compare(left, moved).verdict is Verdict.DIFFERENT
