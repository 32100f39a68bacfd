"""Windows that are said to do the same at both ends give the same numbers in the frameworks; others do not."""

from itertools import combinations, product

import numpy as np
import pytest

from parity.kinds import window_ends

PADS = [(0, 0), (0, 1), (1, 0), (1, 1)]
WINDOWS = [(3, 2), (2, 2), (3, 1), (3, 3), (2, 3)]
SIZES = range(6, 12)


def lines(size, count=32):
    """So many that no two windows have one maximum in all of them."""
    return np.random.default_rng(size).uniform(1, 2, (count, 1, size)).astype("float32")


def of_onnx(op, size, window, stride, **settings):
    """What ONNX Runtime makes of them; None where the windows do not fit."""
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("x", (32, 1, size)), ("y", None))
    ]
    names, held = ["x"], []
    if op == "Conv":
        names, held = ["x", "w"], [numpy_helper.from_array(lines(window, 1), "w")]
    node = helper.make_node(op, names, ["y"], kernel_shape=[window], strides=[stride], **settings)
    graph = helper.make_graph([node], "net", ends[:1], ends[1:], held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"x": lines(size)})[0]


def agree(kind, size, found):
    """Attributes with the numbers of a framework: the ends are the same where the numbers are, and only there."""
    pairs = 0
    for (mine, left), (theirs, right) in combinations(found, 2):
        same = left.shape == right.shape and np.allclose(left, right, rtol=1e-5)
        ends = [window_ends(kind, each, 0, size) for each in (mine, theirs)]
        assert None not in ends
        assert (ends[0] == ends[1]) is same, (size, mine, theirs)
        pairs += same
    return pairs


def told(name, window, stride, padding, **others):
    return {name: (window,), "strides": (stride,), "dilation": (1,), "padding": (padding,), **others}


@pytest.mark.parametrize(("window", "stride"), WINDOWS)
def test_maxima(window, stride):
    found = 0
    for size in SIZES:
        table = [
            (
                told("pool_size", window, stride, pads, ceil_mode=ceil),
                of_onnx("MaxPool", size, window, stride, pads=pads, ceil_mode=int(ceil)),
            )
            for pads, ceil in product(PADS, (False, True))
        ]
        found += agree("max_pool", size, table)

    assert found


@pytest.mark.parametrize(("window", "stride"), WINDOWS)
def test_averages(window, stride):
    found = 0
    for size in SIZES:
        table = [
            (
                told("pool_size", window, stride, pads, ceil_mode=ceil, count_include_pad=counted),
                of_onnx(
                    "AveragePool", size, window, stride, pads=pads, ceil_mode=int(ceil), count_include_pad=int(counted)
                ),
            )
            for pads, ceil, counted in product(PADS, (False, True), (False, True))
        ]
        found += agree("average_pool", size, table)

    assert found


@pytest.mark.parametrize(("window", "stride"), WINDOWS)
def test_convolutions(window, stride):
    found = 0
    for size in SIZES:
        explicit = [
            (
                told("kernel_size", window, stride, pads, padding_mode="zeros"),
                of_onnx("Conv", size, window, stride, pads=pads),
            )
            for pads in PADS
        ]
        by_rule = (
            told("kernel_size", window, stride, (9, 9), padding_mode="zeros", padding_rule="same"),
            of_onnx("Conv", size, window, stride, auto_pad="SAME_UPPER"),
        )
        found += agree("conv", size, [*explicit, by_rule])

    assert found


@pytest.mark.parametrize(("window", "stride"), WINDOWS)
@pytest.mark.parametrize("kind", ["max_pool", "average_pool", "lp_pool", "conv"])
def test_pytorch(kind, window, stride):
    import torch

    functional = torch.nn.functional
    found = 0
    for size in SIZES:
        given = torch.from_numpy(lines(size))
        table = []
        if kind == "conv":
            for pads, mode in product(PADS, ("constant", "reflect", "replicate", "circular")):
                made = functional.conv1d(
                    functional.pad(given, pads, mode), torch.from_numpy(lines(window, 1)), None, stride
                )
                table.append((told("kernel_size", window, stride, pads, padding_mode=mode), made.numpy()))
        else:
            for pad, ceil, counted in product((0, 1), (False, True), (False, True)):
                settings = {"ceil_mode": ceil, "padding": pad}
                attributes = told("pool_size", window, stride, (pad, pad), ceil_mode=ceil)
                if kind == "average_pool":
                    settings["count_include_pad"] = attributes["count_include_pad"] = counted
                if kind == "lp_pool":
                    if pad:
                        continue
                    settings = {"ceil_mode": ceil, "norm_type": 2}
                name = {"max_pool": "max_pool1d", "average_pool": "avg_pool1d", "lp_pool": "lp_pool1d"}[kind]
                table.append(
                    (
                        attributes,
                        getattr(functional, name)(given, kernel_size=window, stride=stride, **settings).numpy(),
                    )
                )
        found += agree(kind, size, table)

    assert found
