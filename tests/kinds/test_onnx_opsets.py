"""Old and new forms of ONNX operators mean the same, and where they do not, they are not said to."""

import numpy as np
import onnx
import pytest
from kinds.translated import check_shapes
from onnx import TensorProto, helper, numpy_helper

from parity.adapters import read
from parity.kinds import spelling, translate

IMAGE = (1, 6, 4, 4)
MINIMUM = 7
"""The oldest opset that is promised."""


def model(form, shape=IMAGE):
    """A model of one operator of a form: the arguments of ``build``."""
    return build(shape, *form)


def build(shape, opset, op, attributes, arrays=(), outputs=1):
    """Arrays are stored tensors in the order of the inputs after the first; None is an input left out."""
    stored = {f"w{at}": np.asarray(each) for at, each in enumerate(arrays) if each is not None}
    names = [f"w{at}" if f"w{at}" in stored else "" for at in range(len(arrays))]
    made = [f"y{at}" for at in range(outputs)]
    node = helper.make_node(op, ["x", *names], made, name="node", **attributes)
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    ends = [helper.make_tensor_value_info(each, TensorProto.UNDEFINED, None) for each in made]
    tensors = [numpy_helper.from_array(array, name) for name, array in stored.items()]
    graph = helper.make_graph([node], "g", [given], ends, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


def said(form, shape=IMAGE):
    """The layers as kinds say them, with the shapes that ONNX's own inference tells."""
    graph = translate(read(model(form, shape)))
    assert not graph.gaps
    check_shapes(graph)
    layers = [each for each in graph.layers if each.kind != "input"]
    return [
        (each.kind, dict(each.attributes), [(weight.role, weight.shape) for weight in each.weights]) for each in layers
    ]


def numbers(*values):
    return np.array(values, dtype="int64")


def ones(*shape):
    return np.ones(shape, dtype="float32")


AXES = ["ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin"]
AXES += ["ReduceProd", "ReduceSum", "ReduceSumSquare"]
VECTORS = (ones(6), ones(6), ones(6), ones(6))
OLD_GRID = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
MEANING_THE_SAME = {
    "clip": ((7, "Clip", {"min": 0.5, "max": 2.0}), (13, "Clip", {}, [np.float32(0.5), np.float32(2.0)])),
    "clip to 6": ((7, "Clip", {"min": 0.0, "max": 6.0}), (13, "Clip", {}, [np.float32(0), np.float32(6)])),
    "clip below": (
        (7, "Clip", {"min": 0.0, "max": 3.4028234663852886e38}),
        (13, "Clip", {}, [np.float32(0.0)]),
        (7, "Relu", {}),
    ),
    "clip not": ((7, "Clip", {}), (13, "Clip", {}), (13, "Identity", {})),
    "squeeze": ((7, "Squeeze", {"axes": [0]}), (13, "Squeeze", {}, [numbers(0)])),
    "unsqueeze": ((7, "Unsqueeze", {"axes": [1]}), (13, "Unsqueeze", {}, [numbers(1)])),
    **{op: ((7, op, {"axes": [1], "keepdims": 0}), (18, op, {"keepdims": 0}, [numbers(1)])) for op in AXES},
    "reduce all": ((7, "ReduceSum", {}), (13, "ReduceSum", {}), (13, "ReduceSum", {}, [numbers(0, 1, 2, 3)])),
    "slice": (
        (7, "Slice", {"axes": [2, 3], "starts": [0, 1], "ends": [3, 2**31]}),
        (10, "Slice", {}, [numbers(0, 1), numbers(3, 2**62), numbers(2, 3)]),
        (13, "Slice", {}, [numbers(0, 1), numbers(3, 4), numbers(2, 3), numbers(1, 1)]),
    ),
    "pad": (
        (7, "Pad", {"pads": [0, 0, 1, 2, 0, 0, 1, 2], "value": 0.5}),
        (11, "Pad", {}, [numbers(0, 0, 1, 2, 0, 0, 1, 2), np.float32(0.5)]),
        (18, "Pad", {}, [numbers(1, 2, 1, 2), np.float32(0.5), numbers(2, 3)]),
    ),
    "dropout": ((7, "Dropout", {"ratio": 0.25}), (12, "Dropout", {}, [np.float32(0.25)])),
    "dropout by default": ((7, "Dropout", {}), (12, "Dropout", {}), (22, "Dropout", {}, [np.float32(0.5)])),
    "upsample": (
        (7, "Upsample", {"mode": "nearest", "scales": [1.0, 1.0, 2.0, 2.0]}),
        (9, "Upsample", {"mode": "nearest"}, [np.float32([1, 1, 2, 2])]),
        (10, "Resize", {"mode": "nearest"}, [np.float32([1, 1, 2, 2])]),
        (
            11,
            "Resize",
            {"mode": "nearest", **OLD_GRID},
            [np.float32([]), np.float32([1, 1, 2, 2])],
        ),
        (
            19,
            "Resize",
            {
                "mode": "nearest",
                "coordinate_transformation_mode": "asymmetric",
                "nearest_mode": "floor",
                "axes": [2, 3],
            },
            [None, np.float32([2, 2])],
        ),
    ),
    "batch norm": (
        (7, "BatchNormalization", {"spatial": 1}, VECTORS),
        (9, "BatchNormalization", {}, VECTORS),
        (14, "BatchNormalization", {"epsilon": 1e-5, "momentum": 0.5}, VECTORS),
    ),
    "batch norm that trains": (
        (9, "BatchNormalization", {}, VECTORS, 3),
        (14, "BatchNormalization", {"training_mode": 1}, VECTORS, 3),
    ),
    "group norm": (
        (18, "GroupNormalization", {"num_groups": 6}, VECTORS[:2]),
        (21, "GroupNormalization", {"num_groups": 6}, VECTORS[:2]),
    ),
    "softmax of the last axis": (
        (7, "Softmax", {"axis": 3}),
        (12, "Softmax", {"axis": 3}),
        (13, "Softmax", {"axis": 3}),
    ),
    "top k": (
        (7, "TopK", {"axis": 1, "k": 2}, (), 2),
        (10, "TopK", {"axis": 1}, [numbers(2)], 2),
        (11, "TopK", {"axis": 1, "largest": 1, "sorted": 1}, [numbers(2)], 2),
    ),
    "split": (
        (7, "Split", {"axis": 1, "split": [3, 3]}, (), 2),
        (7, "Split", {"axis": 1}, (), 2),
        (13, "Split", {"axis": 1}, [numbers(3, 3)], 2),
        (18, "Split", {"axis": 1, "num_outputs": 2}, (), 2),
    ),
    "cast": ((7, "Cast", {"to": TensorProto.DOUBLE}), (19, "Cast", {"to": TensorProto.DOUBLE, "saturate": 1})),
    "scatter": (
        (9, "Scatter", {"axis": 1}, [np.zeros((1, 2, 4, 4), "int64"), ones(1, 2, 4, 4)]),
        (11, "ScatterElements", {"axis": 1}, [np.zeros((1, 2, 4, 4), "int64"), ones(1, 2, 4, 4)]),
    ),
    "depth to space": (
        (7, "SpaceToDepth", {"blocksize": 2}),
        (28, "SpaceToDepth", {"blocksize": 2, "mode": "DCR"}),
    ),
    "max pool": (
        (7, "MaxPool", {"kernel_shape": [2, 2]}),
        (12, "MaxPool", {"kernel_shape": [2, 2], "dilations": [1, 1], "ceil_mode": 0, "storage_order": 0}),
    ),
    "average pool": (
        (7, "AveragePool", {"kernel_shape": [2, 2]}),
        (19, "AveragePool", {"kernel_shape": [2, 2], "dilations": [1, 1], "count_include_pad": 0}),
    ),
    "arg max": ((7, "ArgMax", {"axis": 1}), (13, "ArgMax", {"axis": 1, "select_last_index": 0})),
    "reshape": ((7, "Reshape", {}, [numbers(0, -1)]), (14, "Reshape", {"allowzero": 0}, [numbers(0, -1)])),
    "shape": ((7, "Shape", {}), (15, "Shape", {"start": 0})),
    "gemm": ((7, "Gemm", {}, [ones(4, 3), ones(3)]), (13, "Gemm", {"transB": 0}, [ones(4, 3), ones(3)])),
}
SHAPES = {"gemm": (2, 4)}


@pytest.mark.parametrize("name", MEANING_THE_SAME)
def test_every_form_of_an_operator_means_the_same(name):
    first, *others = (said(form, SHAPES.get(name, IMAGE)) for form in MEANING_THE_SAME[name])

    assert "opaque" not in {kind for kind, _, _ in first}
    for other in others:
        assert other == first


MEANING_SOMETHING_ELSE = {
    "softmax, which flattened what comes after its axis": (
        (12, "Softmax", {"axis": 1}),
        (13, "Softmax", {"axis": 1}),
    ),
    "softmax, whose axis was the second by default": ((12, "Softmax", {}), (13, "Softmax", {})),
    "resize, whose grid was another": (
        (10, "Resize", {"mode": "nearest"}, [np.float32([1, 1, 1.5, 1.5])]),
        (11, "Resize", {"mode": "nearest"}, [np.float32([]), np.float32([1, 1, 1.5, 1.5])]),
    ),
    "batch norm by position": (
        (7, "BatchNormalization", {"spatial": 0}, (ones(6, 4, 4),) * 4),
        (7, "BatchNormalization", {}, VECTORS),
    ),
    "group norm, whose gamma was one for each group": (
        (18, "GroupNormalization", {"num_groups": 3}, (ones(3), ones(3))),
        (21, "GroupNormalization", {"num_groups": 3}, VECTORS[:2]),
    ),
    "space to depth": (
        (28, "SpaceToDepth", {"blocksize": 2, "mode": "CRD"}),
        (28, "SpaceToDepth", {"blocksize": 2}),
    ),
    "selu with numbers of its own": ((7, "Selu", {"alpha": 2.0}), (7, "Selu", {})),
    "places of maxima, by columns": (
        (12, "MaxPool", {"kernel_shape": [2, 2], "storage_order": 1}, (), 2),
        (12, "MaxPool", {"kernel_shape": [2, 2]}, (), 2),
    ),
    "infinity of one sign": ((20, "IsInf", {"detect_negative": 0}), (20, "IsInf", {})),
    "shift of bits": (
        (11, "BitShift", {"direction": "LEFT"}, [np.uint8(1)]),
        (11, "BitShift", {"direction": "RIGHT"}, [np.uint8(1)]),
    ),
}


@pytest.mark.parametrize("name", MEANING_SOMETHING_ELSE)
def test_forms_that_differ_are_not_said_to_be_the_same(name):
    left, right = (said(form) for form in MEANING_SOMETHING_ELSE[name])

    assert left != right


def test_a_softmax_that_flattens_nothing_but_single_elements_has_one_axis():
    assert said((9, "Softmax", {"axis": 1}), (1, 6, 1, 1)) == said((13, "Softmax", {"axis": 1}), (1, 6, 1, 1))


def test_the_forms_cover_every_operator_that_has_changed():
    """Each operator with a kind whose inputs or attributes are others in a later opset, but for what adds options."""
    histories = {}
    for schema in onnx.defs.get_all_schemas_with_history():
        if not schema.domain:
            histories.setdefault(schema.name, {})[schema.since_version] = {each.name for each in schema.inputs}
    changed = set()
    for op, history in histories.items():
        oldest = max((version for version in history if version <= MINIMUM), default=min(history))
        known = [names for version, names in history.items() if version >= oldest]
        if any(not names <= known[-1] for names in known) or len({frozenset(names) for names in known}) > 1:
            changed.add(op)
    forms = {form[1] for each in (*MEANING_THE_SAME.values(), *MEANING_SOMETHING_ELSE.values()) for form in each}

    undecided = {op for op in changed - forms if spelling("onnx", op) is not None}
    assert undecided == {"Attention"}
