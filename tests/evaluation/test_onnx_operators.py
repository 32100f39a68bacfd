"""Kinds compute what onnxruntime computes, over the settings of ONNX's operators."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.evaluation.evaluated import distance, of_onnx


def stored(*shape):
    return np.random.default_rng(5).standard_normal(shape).astype("float32")


def whole(*numbers):
    return np.array(numbers, "int64")


IMAGE = (2, 3, 8, 7)
CASES = {
    "conv": ("Conv", [IMAGE, stored(4, 3, 3, 3), stored(4)], {"pads": [1, 0, 2, 1], "strides": [2, 1]}),
    "conv same upper": ("Conv", [IMAGE, stored(4, 3, 4, 3)], {"auto_pad": "SAME_UPPER", "strides": [2, 3]}),
    "conv same lower": ("Conv", [IMAGE, stored(4, 3, 4, 3)], {"auto_pad": "SAME_LOWER", "strides": [3, 2]}),
    "conv in groups": ("Conv", [(2, 4, 6, 6), stored(6, 2, 3, 3)], {"group": 2, "dilations": [2, 1]}),
    "conv by a computed kernel": ("Conv", [IMAGE, (4, 3, 3, 3)], {}),
    "conv transpose": (
        "ConvTranspose",
        [IMAGE, stored(3, 4, 3, 3), stored(4)],
        {"strides": [2, 3], "pads": [1, 0, 0, 2]},
    ),
    "conv transpose in groups": (
        "ConvTranspose",
        [(2, 4, 5, 4), stored(4, 3, 3, 2)],
        {"group": 2, "strides": [2, 2], "output_padding": [1, 1]},
    ),
    "conv transpose to a size": (
        "ConvTranspose",
        [IMAGE, stored(3, 4, 3, 3)],
        {"strides": [2, 2], "output_shape": [17, 16]},
    ),
    "max pool": ("MaxPool", [IMAGE], {"kernel_shape": [3, 2], "strides": [2, 2], "pads": [1, 0, 1, 1]}),
    "max pool rounded up": ("MaxPool", [IMAGE], {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1}),
    "average pool": ("AveragePool", [IMAGE], {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}),
    "average pool with padding": (
        "AveragePool",
        [IMAGE],
        {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1], "count_include_pad": 1},
    ),
    "lp pool": ("LpPool", [IMAGE], {"kernel_shape": [3, 2], "strides": [2, 2], "p": 3}),
    "global": ("GlobalAveragePool", [IMAGE], {}),
    "gemm": ("Gemm", [(3, 4), stored(5, 4), stored(5)], {"transB": 1}),
    "gemm with a row": ("Gemm", [(3, 4), stored(4, 5), stored(1, 5)], {}),
    "matmul": ("MatMul", [(2, 3, 4), stored(4, 5)], {}),
    "matmul of a stored left": ("MatMul", [stored(3, 4), (2, 4, 5)], {}),
    "einsum": ("Einsum", [(2, 3, 4), (2, 5, 4)], {"equation": "bik,bjk->bij"}),
    "batch norm": ("BatchNormalization", [IMAGE, stored(3), stored(3), stored(3), abs(stored(3))], {"epsilon": 0.01}),
    "instance norm": ("InstanceNormalization", [IMAGE, stored(3), stored(3)], {}),
    "layer norm": ("LayerNormalization", [(2, 3, 4), stored(3, 4), stored(3, 4)], {"axis": 1}),
    "group norm": ("GroupNormalization", [(2, 6, 4, 5), stored(6), stored(6)], {"num_groups": 3}, 21),
    "lrn": ("LRN", [(2, 6, 4, 5)], {"size": 3, "alpha": 0.3, "beta": 0.6, "bias": 2.0}),
    "lp norm": ("LpNormalization", [(2, 3, 4)], {"axis": 1, "p": 1}),
    "gather": ("Gather", [(4, 3), whole(3, 0, -1)], {"axis": 0}),
    "gather elements": ("GatherElements", [(3, 4), whole(2, 0, 1, -1).reshape(2, 2)], {"axis": 1}),
    "gather points": ("GatherND", [(3, 4, 2), whole(2, 1, 0, 3).reshape(2, 2)], {}),
    "gather points in batches": ("GatherND", [(2, 4, 2), whole(1, 3).reshape(2, 1)], {"batch_dims": 1}),
    "scatter elements": (
        "ScatterElements",
        [(3, 4), whole(2, 0, 1, 3).reshape(2, 2), stored(2, 2)],
        {"axis": 1, "reduction": "add"},
    ),
    "scatter points": ("ScatterND", [(3, 4), whole(2, 0).reshape(2, 1), stored(2, 4)], {"reduction": "mul"}),
    "compress": ("Compress", [(3, 4), np.array([True, False, True])], {"axis": 1}),
    "nonzero": ("NonZero", [(3, 4)], {}),
    "top": ("TopK", [(3, 4), whole(2)], {"largest": 0, "axis": 1}),
    "totals": ("CumSum", [(3, 4), np.array(1)], {"exclusive": 1, "reverse": 1}),
    "triangle": ("Trilu", [(3, 4), np.array(1)], {"upper": 0}),
    "where": ("Where", [np.array([True, False, True, True]), (3, 4), stored(3, 1)], {}),
    "difference from a stored one": ("Sub", [stored(3, 1), (3, 4)], {}),
    "power": ("Pow", [(3, 4), np.array(3.0, "float32")], {}),
    "remainder": ("Mod", [(3, 4), np.array([0.3], "float32")], {"fmod": 1}),
    "slope": ("PRelu", [(2, 3, 4), stored(3, 1)], {}),
    "hard sigmoid": ("HardSigmoid", [(3, 4)], {"alpha": 0.3}),
    "hardmax": ("Hardmax", [(3, 4)], {"axis": 0}),
    "shrink": ("Shrink", [(3, 4)], {"lambd": 0.4, "bias": 0.4}),
    "softmax of an old set": ("Softmax", [(3, 4, 1)], {"axis": 1}, 11),
    "pad": ("Pad", [(3, 4), whole(1, 2, 0, -1), np.array(0.5, "float32")], {}),
    "wrap": ("Pad", [(3, 4), whole(1, 2, 0, 1)], {"mode": "wrap"}),
    "tile": ("Tile", [(3, 4), whole(2, 1)], {}),
    "expand": ("Expand", [(3, 1), whole(2, 3, 4)], {}),
    "slice": ("Slice", [(5, 6), whole(4, 1), whole(-6, 5), whole(0, 1), whole(-2, 2)], {}),
    "split": ("Split", [(7, 2), whole(3, 4)], {"axis": 0}),
    "depth to space": ("DepthToSpace", [(2, 8, 3, 4)], {"blocksize": 2, "mode": "DCR"}),
    "depth to space the other way": ("DepthToSpace", [(2, 8, 3, 4)], {"blocksize": 2, "mode": "CRD"}),
    "space to depth": ("SpaceToDepth", [(2, 2, 4, 6)], {"blocksize": 2}),
    "columns to image": (
        "Col2Im",
        [(2, 18, 28), whole(6, 7), whole(2, 3)],
        {"pads": [1, 1, 1, 1], "strides": [2, 1]},
    ),
    "reduce": ("ReduceLogSumExp", [(2, 3, 4), whole(0, 2)], {"keepdims": 0}),
    "reduce to a norm": ("ReduceL1", [(2, 3, 4), whole(-1)], {}),
    "place of the largest": ("ArgMax", [(2, 3, 4)], {"axis": 1, "keepdims": 0}),
    "half": ("Cast", [(3, 4)], {"to": TensorProto.FLOAT16}),
    "lstm": ("LSTM", [(5, 2, 4), stored(1, 12, 4), stored(1, 12, 3), stored(1, 24)], {"hidden_size": 3}),
    "lstm both ways": (
        "LSTM",
        [(5, 2, 4), stored(2, 12, 4), stored(2, 12, 3), stored(2, 24), None, stored(2, 2, 3), stored(2, 2, 3)],
        {"hidden_size": 3, "direction": "bidirectional"},
    ),
    "lstm with states": (
        "LSTM",
        [(5, 2, 4), stored(1, 12, 4), stored(1, 12, 3), None, None, (1, 2, 3), (1, 2, 3)],
        {"hidden_size": 3, "direction": "reverse"},
    ),
    "gru": (
        "GRU",
        [(5, 2, 4), stored(1, 9, 4), stored(1, 9, 3), stored(1, 18)],
        {"hidden_size": 3, "linear_before_reset": 1},
    ),
    "gru that resets before": ("GRU", [(5, 2, 4), stored(1, 9, 4), stored(1, 9, 3), stored(1, 18)], {"hidden_size": 3}),
    "rnn": ("RNN", [(5, 2, 4), stored(1, 3, 4), stored(1, 3, 3)], {"hidden_size": 3, "activations": ["Relu"]}),
    "quantise": ("QuantizeLinear", [(3, 4), np.array(0.05, "float32"), np.array(3, "uint8")], {}),
    "resize nearest": (
        "Resize",
        [(1, 2, 5, 4), None, np.array([1, 1, 1.6, 0.7], "float32")],
        {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"},
    ),
    "resize nearest rounded": (
        "Resize",
        [(1, 2, 5, 4), None, None, whole(1, 2, 7, 3)],
        {"mode": "nearest", "nearest_mode": "round_prefer_ceil"},
    ),
    "resize linear": ("Resize", [(1, 2, 5, 4), None, None, whole(1, 2, 7, 3)], {"mode": "linear"}),
    "resize with corners": (
        "Resize",
        [(1, 2, 5, 4), None, None, whole(1, 2, 7, 3)],
        {"mode": "linear", "coordinate_transformation_mode": "align_corners"},
    ),
    "resize cubic": (
        "Resize",
        [(1, 2, 5, 4), None, None, whole(1, 2, 7, 6)],
        {"mode": "cubic", "cubic_coeff_a": -0.5, "exclude_outside": 1},
    ),
    "attention": (
        "Attention",
        [(2, 4, 5, 6), (2, 2, 7, 6), (2, 2, 7, 6), (5, 7)],
        {"is_causal": 0, "scale": 0.4},
        23,
    ),
    "attention side by side": (
        "Attention",
        [(2, 5, 12), (2, 7, 12), (2, 7, 12)],
        {"q_num_heads": 3, "kv_num_heads": 3, "softcap": 2.0},
        23,
    ),
}
OUTPUTS = {"LSTM": 3, "GRU": 2, "RNN": 2, "Split": 2, "TopK": 2}


def model_of(op, inputs, settings, opset=20):
    """A model of one operator: shapes are inputs, arrays are stored, None is left out."""
    names, given, tensors = [], [], []
    for at, each in enumerate(inputs):
        names.append("" if each is None else f"x{at}")
        if isinstance(each, tuple):
            given.append(helper.make_tensor_value_info(f"x{at}", TensorProto.FLOAT, each))
        elif each is not None:
            tensors.append(numpy_helper.from_array(np.asarray(each), f"x{at}"))
    outputs = [f"y{at}" for at in range(OUTPUTS.get(op, 1))]
    node = helper.make_node(op, names, outputs, **settings)
    graph = helper.make_graph([node], "model", given, [onnx.ValueInfoProto(name=name) for name in outputs], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)


@pytest.mark.parametrize("name", CASES)
def test_what_is_computed_is_what_onnxruntime_computes(name):
    import onnxruntime

    model = model_of(*CASES[name])
    running = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(7)
    inputs = [rng.standard_normal(each.shape).astype("float32") for each in running.get_inputs()]
    theirs = running.run(None, {each.name: array for each, array in zip(running.get_inputs(), inputs, strict=True)})

    mine, gaps = of_onnx(model, *inputs)

    assert not gaps
    for one, other in zip(mine, theirs, strict=True):
        assert distance(one, other) < 1e-5
