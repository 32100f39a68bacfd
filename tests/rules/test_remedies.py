"""A setting that differs is told with the argument that sets it, as the framework of the right side calls it."""

import pytest

from parity.check import check
from tests.rules.models import keras_net, layers, nn, torch_net


def convolutions():
    keras = keras_net((16, 16, 3), layers().Conv2D(4, 3, strides=2))
    module = torch_net(nn().Conv2d(3, 4, 3, stride=(1, 2)))
    return keras, module, "to match the left: Conv2d(..., stride=2)", "to match the left: Conv2D(..., strides=(1, 2))"


def pools():
    keras = keras_net((16, 16, 3), layers().MaxPooling2D(2, strides=3))
    module = torch_net(nn().MaxPool2d(2))
    return (
        keras,
        module,
        "to match the left: MaxPool2d(..., stride=3)",
        "to match the left: MaxPooling2D(..., strides=2)",
    )


def group_norms():
    keras = keras_net((6, 6, 8), layers().GroupNormalization(4, epsilon=1e-5))
    code = "GroupNorm(..., num_groups=4)", "GroupNormalization(..., groups=2)"
    return keras, torch_net(nn().GroupNorm(2, 8)), *(f"to match the left: {each}" for each in code)


def recurrent():
    """PyTorch's LSTM has no such argument."""
    keras = keras_net((5, 3), layers().LSTM(4, activation="relu", return_sequences=True))
    code = "LSTM(..., activation='tanh')"
    return keras, nn().LSTM(3, 4, batch_first=True).eval(), f"to match the right: {code}", f"to match the left: {code}"


@pytest.mark.parametrize("case", [convolutions, pools, group_norms, recurrent], ids=lambda case: case.__name__)
def test_the_argument_is_named(case):
    keras, module, *remedies = case()
    sizes = (1, *keras.input_shape[1:])
    shape = sizes if len(sizes) == 3 else (1, sizes[-1], *sizes[1:-1])
    reports = check(keras, module, right_inputs=[shape]), check(module, keras, left_inputs=[shape])

    for report, remedy in zip(reports, remedies, strict=True):
        assert remedy in [finding.remedy for finding, _ in report.findings if finding.rule == "hyper-parameter"]
