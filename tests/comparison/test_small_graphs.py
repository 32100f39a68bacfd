"""Graphs of one operator or two that onnxruntime computes otherwise are never the same; copies of them are."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import parity

node = helper.make_node


def model(*nodes, shape=(2, 3), dtype="float32", opset=18, made=None, **stored):
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    given = [helper.make_tensor_value_info("x", kind, shape)]
    outputs = [helper.make_tensor_value_info("y", made or TensorProto.FLOAT, None)]
    tensors = [numpy_helper.from_array(np.asarray(each), name) for name, each in stored.items()]
    graph = helper.make_graph(list(nodes), "g", given, outputs, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)


def product(zero=None, of="x"):
    zeros = {} if zero is None else {"z": np.uint8(zero)}
    places = ["x", "w", *([] if zero is None else ["z"] if of == "x" else ["", "z"])]
    weights = np.arange(12, dtype="uint8").reshape(3, 4)
    return model(
        node("MatMulInteger", places, ["y"]), dtype="uint8", opset=13, made=TensorProto.INT32, w=weights, **zeros
    )


def scaled_product(scale=0.02, zero=1):
    """A product of integers that gives real numbers."""
    weights = {"w": np.arange(12, dtype="uint8").reshape(3, 4), "b": np.float32(0.1), "v": np.uint8(1)}
    made = model(
        helper.make_node("MatMulIntegerToFloat", ["x", "w", "a", "b", "u", "v"], ["y"], domain="com.microsoft"),
        **{"dtype": "uint8", "opset": 13, "a": np.float32(scale), "u": np.uint8(zero), **weights},
    )
    made.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return made


def clipped(high=None, low=None):
    """A softmax of two numbers, before which they may be cut off."""
    ends = {"c": low, "d": high}
    stored = {name: np.float32(each) for name, each in ends.items() if each is not None}
    cut = [node("Clip", ["x", *(name if name in stored else "" for name in ends)], ["v"])] if stored else []
    return model(*cut, node("Softmax", ["v" if cut else "x"], ["y"]), shape=(1, 2), **stored)


def convolution(zero):
    weights = np.arange(9, dtype="uint8").reshape(1, 1, 3, 3)
    nodes = node("ConvInteger", ["x", "w", "z"], ["y"])
    return model(
        nodes, shape=(1, 1, 5, 5), dtype="uint8", opset=13, made=TensorProto.INT32, w=weights, z=np.uint8(zero)
    )


def cut(start, stop, step, size=5):
    names = {"a": [start], "b": [stop], "c": [1], "d": [step]}
    stored = {name: np.array(each) for name, each in names.items()}
    return model(node("Slice", ["x", *names], ["y"]), shape=(2, size), **stored)


def cast(*kinds, dtype="float32"):
    ends = ["x", *(f"v{at}" for at in range(len(kinds) - 1)), "y"]
    nodes = [node("Cast", [a], [b], to=kind) for a, b, kind in zip(ends, ends[1:], kinds, strict=False)]
    return model(*nodes, dtype=dtype, made=kinds[-1])


def pooled(strides):
    nodes = node("MaxPool", ["x"], ["y"], kernel_shape=[1, 2], strides=strides, ceil_mode=1)
    return model(nodes, shape=(2, 2, 1, 3))


def turned(order, *shape):
    """A free batch and an axis of one element are brought into another order, and then to a shape."""
    nodes = node("Unsqueeze", ["x", "u"], ["v"]), node("Transpose", ["v"], ["w"], perm=order)
    more = {"u": np.array([3]), "s": np.array(shape)}
    return model(*nodes, node("Expand", ["w", "s"], ["y"]), shape=("n", 4, 4), opset=22, **more)


def repeated(order, *times):
    nodes = node("Unsqueeze", ["x", "u"], ["v"]), node("Transpose", ["v"], ["w"], perm=order)
    more = {"u": np.array([2]), "t": np.array(times)}
    return model(*nodes, node("Tile", ["w", "t"], ["y"]), shape=("n", 4), **more)


def cut_rows(stop):
    """Rows of free number, of which the first may be taken alone."""
    stored = {"a": np.array([0]), "b": np.array([stop]), "c": np.array([0])} if stop else {}
    flat = node("Flatten", ["x"], ["v" if stop else "y"], axis=2)
    nodes = (flat, node("Slice", ["v", *stored], ["y"])) if stop else (flat,)
    return model(*nodes, shape=("n", 8, 2), **stored)


def selu(**settings):
    return model(node("Selu", ["x"], ["y"], **settings))


def padded(order):
    nodes = node("Unsqueeze", ["x", "u"], ["v"]), node("Transpose", ["v"], ["w"], perm=order)
    more = {"u": np.array([2]), "p": np.array([0, 1, 0, 0, 1, 0])}
    return model(*nodes, node("Pad", ["w", "p"], ["y"]), shape=("n", 4), **more)


INT32, INT64, DOUBLE, FLOAT = TensorProto.INT32, TensorProto.INT64, TensorProto.DOUBLE, TensorProto.FLOAT
PAIRS = {
    "the zero point of a product": (product, lambda: product(3)),
    "another zero point of a product": (lambda: product(2), lambda: product(3)),
    "the zero point of a product's kernel": (product, lambda: product(3, of="w")),
    "the zero point of what a scaled product takes": (scaled_product, lambda: scaled_product(zero=0)),
    "the scale of what a scaled product takes": (scaled_product, lambda: scaled_product(scale=0.5)),
    "what is cut off above before a softmax": (clipped, lambda: clipped(1.0)),
    "what is cut off below before a softmax": (clipped, lambda: clipped(low=-1.0)),
    "what is cut off elsewhere before a softmax": (lambda: clipped(2.5), lambda: clipped(0.5)),
    "the zero point of a convolution": (lambda: convolution(0), lambda: convolution(3)),
    "to before the first position, and to the last": (lambda: cut(-1, -7, -2), lambda: cut(-1, -1, -2)),
    "to before the first position, and to the second": (lambda: cut(4, -9, -1), lambda: cut(4, 1, -1)),
    "to the first position, and past it": (lambda: cut(3, 0, -1), lambda: cut(3, -6, -1)),
    "every third from the end": (lambda: cut(4, -8, -3), lambda: cut(4, 1, -3)),
    "whole numbers of another size": (lambda: cast(INT64, dtype="int32"), lambda: cast(INT32, dtype="int32")),
    "real numbers of another size": (lambda: cast(DOUBLE), lambda: cast(FLOAT)),
    "numbers made whole": (lambda: cast(INT32, FLOAT), lambda: cast(FLOAT)),
    "truth values": (lambda: cast(TensorProto.BOOL, FLOAT), lambda: cast(FLOAT)),
    "the place of an axis that is expanded": (
        lambda: turned([3, 1, 0, 2], 2, 1, 4, 1, 4),
        lambda: turned([1, 0, 3, 2], 2, 1, 4, 1, 4),
    ),
    "the place of an axis that is repeated": (
        lambda: repeated([1, 0, 2], 1, 2, 1),
        lambda: repeated([1, 2, 0], 1, 2, 1),
    ),
    "the place of an axis that is padded": (lambda: padded([1, 0, 2]), lambda: padded([1, 2, 0])),
    "rows of free number that are cut off": (lambda: cut_rows(0), lambda: cut_rows(25)),
    "rows of free number that are cut off elsewhere": (lambda: cut_rows(31), lambda: cut_rows(29)),
    "alpha of a function with two numbers": (selu, lambda: selu(alpha=0.5)),
    "gamma of a function with two numbers": (lambda: selu(alpha=0.5), lambda: selu(alpha=0.5, gamma=1.0)),
    "strides of a pool that rounds up": (lambda: pooled([1, 3]), lambda: pooled([1, 2])),
}


def outputs(made, scale):
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    shape = [each if isinstance(each, int) else 4 for each in given.shape]
    numbers = np.random.default_rng(0).standard_normal(shape) * scale
    values = np.full(shape, 2.0) if not scale else numbers
    whole = given.type in {"tensor(uint8)", "tensor(int32)"}
    dtype = {"tensor(uint8)": "uint8", "tensor(int32)": "int32"}.get(given.type, "float32")
    (found,) = session.run(None, {given.name: (np.abs(values) * 5 if whole else values).astype(dtype)})
    return found


@pytest.mark.parametrize("name", PAIRS)
def test_what_a_runtime_computes_otherwise_never_passes(name):
    left, right = (make() for make in PAIRS[name])
    found = [(outputs(left, scale), outputs(right, scale)) for scale in (1, 30, 0)]
    assert any(a.shape != b.shape or a.dtype != b.dtype or not np.array_equal(a, b) for a, b in found)
    assert parity.compare(left, right).verdict.value != "equivalent"
    for each in (left, right):
        assert parity.compare(each, each).verdict.value == "equivalent"


SPELLED = {
    "gamma at its default": (lambda: selu(alpha=0.5), lambda: selu(alpha=0.5, gamma=1.0507010221481323)),
    "an ELU that is multiplied": (
        lambda: selu(alpha=0.5, gamma=2.0),
        lambda: model(node("Elu", ["x"], ["v"], alpha=0.5), node("Mul", ["v", "c"], ["y"]), c=np.float32(2)),
    ),
}


@pytest.mark.parametrize("name", SPELLED)
def test_what_a_runtime_computes_alike_is_the_same(name):
    left, right = (make() for make in SPELLED[name])
    assert all(np.allclose(outputs(left, scale), outputs(right, scale), rtol=1e-6) for scale in (1, 30, 0))
    assert parity.compare(left, right).verdict.value == "equivalent"
