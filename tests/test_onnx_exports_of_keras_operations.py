"""Single operations of Keras as tf2onnx writes them, and models that only look like them."""

import pytest

import parity
from parity import Verdict
from tests.keras_exports import randomised
from tests.rules.models import keras_model, layers


def ops():
    import keras

    return keras.ops


def held(name, x, **settings):
    return getattr(layers(), name)(**settings)(x)


def pads(mode):
    return lambda x: ops().pad(x, [[0, 0], [1, 2], [0, 1]], mode=mode)


def turned(axis, *order):
    return lambda x: ops().flip(ops().transpose(x, order), axis=axis)


OPERATIONS = {
    # one unit behind a reshape to rows, whose bias is a number like any other
    "one_unit": ((2, 3, 4), lambda x: held("Dense", x, units=1, activation="tanh", dtype="mixed_float16")),
    # one channel: a scale and a shift that cancel out where all numbers are one
    "one_channel": ((2, 3, 1), lambda x: held("BatchNormalization", x, scale=False)),
    "flipped": ((3, 4), lambda x: ops().flip(x, axis=None)),
    "flipped_samples": ((3, 4), turned(2, 1, 2, 0)),
    "symmetric": ((4, 3), pads("symmetric")),
    "symmetric_turned": ((4, 3), lambda x: pads("symmetric")(ops().transpose(x, (0, 2, 1)))),
    "bounded": ((3, 4), lambda x: held("ReLU", x, max_value=0.5, negative_slope=0.1)),
    "logsumexp": ((3, 4), lambda x: layers().PReLU()(ops().logsumexp(x, axis=1, keepdims=True))),
    # small disturbances change no place in an order
    "argsort": ((4, 3), lambda x: ops().subtract(ops().cast(ops().argsort(x, axis=1), "float32"), 2.0)),
    # numbers that count are no weights
    "sparsemax": ((3, 4), lambda x: ops().sparsemax(x, axis=1)),
    "rms_of_another_axis": ((4, 4, 4), lambda x: held("RMSNormalization", x, axis=2)),
    # places that are taken are fixed, though weights come after them
    "padded_norm": ((3, 3), lambda x: held("LayerNormalization", pads("symmetric")(x), axis=[1, 2])),
    # nothing is left of the epsilon on one side
    "turned_norm": ((4, 4), lambda x: held("BatchNormalization", ops().swapaxes(x, 1, 2))),
    "remainder": ((3, 4), lambda x: ops().mod(x, -0.3)),
    # what has a slope of its own is a channel, also where others share it
    "slopes": ((1, 4), lambda x: ops().max(held("PReLU", x), axis=2)),
    # nothing but the order tells which axes of one element a window leaves
    "one_window": ((3, 3), lambda x: [ops().sum(x, axis=1), held("Conv1D", x, filters=1, kernel_size=3)]),
}
"""By name the shape of a sample and what is done to it."""


def built(shape, call):
    x = layers().Input(shape, name="x")
    return randomised(keras_model(x, call(x)))


def exported(shape, call, path):
    import tf2onnx

    tf2onnx.convert.from_keras(built(shape, call), opset=17, output_path=str(path))
    return path


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_the_same_in_its_export(name, tmp_path):
    report = parity.compare(built(*OPERATIONS[name]), exported(*OPERATIONS[name], tmp_path / "right.onnx"))

    assert report.verdict is Verdict.EQUIVALENT, [each for each, severity in report.findings if severity != "info"]


APART = {
    "flipped": lambda x: ops().flip(x, axis=(0, 1)),
    "symmetric": pads("reflect"),
    "symmetric_turned": pads("symmetric"),
    "bounded": lambda x: held("ReLU", x, max_value=0.5, negative_slope=0.2),
    "logsumexp": lambda x: layers().PReLU()(ops().max(x, axis=1, keepdims=True)),
    "argsort": lambda x: ops().subtract(ops().cast(ops().argsort(ops().negative(x), axis=1), "float32"), 2.0),
    "sparsemax": lambda x: ops().softmax(x, axis=1),
    "rms_of_another_axis": lambda x: held("RMSNormalization", x, axis=1),
    "padded_norm": lambda x: held("LayerNormalization", pads("reflect")(x), axis=[1, 2]),
    "turned_norm": lambda x: ops().swapaxes(held("BatchNormalization", x), 1, 2),
    "remainder": lambda x: ops().mod(x, 0.3),
    "slopes": lambda x: ops().max(held("PReLU", x, shared_axes=[2]), axis=2),
    "one_window": lambda x: [ops().sum(x, axis=2), held("Conv1D", x, filters=1, kernel_size=3)],
}


@pytest.mark.parametrize("name", APART)
def test_another_operation_is_not(name, tmp_path):
    shape, call = OPERATIONS[name]
    square = (4, 4) if name == "symmetric_turned" else shape
    report = parity.compare(built(square, call), exported(square, APART[name], tmp_path / "right.onnx"))

    assert report.verdict is Verdict.DIFFERENT


@pytest.mark.parametrize(("axis", "order"), [(2, (0, 2, 1)), (1, (0, 2, 1))])
def test_repeated_positions_do_not_tell_where_channels_are(axis, order, tmp_path):
    """Another axis repeated is another model, though up-sampling of another layout would be the same."""

    def turned_first(x):
        return ops().repeat(ops().transpose(x, order), 2, axis=axis)

    plain = exported((3, 3), lambda x: ops().repeat(x, 2, axis=axis), tmp_path / "right.onnx")
    same = exported((3, 3), turned_first, tmp_path / "same.onnx")

    assert parity.compare(built((3, 3), turned_first), plain).verdict is Verdict.DIFFERENT
    assert parity.compare(built((3, 3), turned_first), same).verdict is Verdict.EQUIVALENT
