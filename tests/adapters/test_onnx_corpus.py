"""Every model that ships with ONNX: its node tests with their own outputs, its zoo without weights, its exports."""

import warnings
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from parity.adapters import read
from parity.graph import Census
from parity.kinds import kind, translate
from parity.summarise import summarise

DATA = Path(onnx.__file__).parent / "backend" / "test" / "data"
FILES = sorted(DATA.rglob("*.onnx"))


@cache
def cases():
    """ONNX's node tests: models of one operator, or of the nodes that it stands for, with inputs and outputs."""
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [each for each in collect_testcases(None) if each.model is not None]


def named(infos, values):
    return {info.name: value for info, value in zip(infos, values, strict=False) if isinstance(value, np.ndarray)}


def fixed(case):
    """The model with every input but the first as a stored tensor, as an exporter would write weights and settings."""
    proto = onnx.ModelProto()
    proto.CopyFrom(case.model)
    values = named(proto.graph.input, case.data_sets[0][0]) if case.data_sets else {}
    for info in list(proto.graph.input)[1:]:
        if info.name in values:
            proto.graph.initializer.append(numpy_helper.from_array(values[info.name], info.name))
            proto.graph.input.remove(info)
    return proto


def check(graph, told):
    """What shape functions say is what came out of the reference implementation; how many were compared."""
    compared = 0
    for layer in graph.layers:
        if layer.kind in {"input", "opaque", "unused"}:
            continue
        made = kind(layer.kind).shape(layer.attributes, [graph.shape(value) for value in layer.inputs])
        for value, shape in zip(layer.outputs, made, strict=False):
            if shape is None or value not in told:
                continue
            pairs = zip(shape, told[value].shape, strict=True)
            assert all(size == true for size, true in pairs if isinstance(size, int)), (layer, told[value].shape)
            compared += 1
    return compared


@pytest.mark.parametrize("as_stored", [False, True], ids=["inputs", "stored"])
def test_node_tests_are_read_and_give_the_shapes_of_their_own_outputs(as_stored):
    compared = 0
    assert len(cases()) > 1800
    for case in cases():
        proto = fixed(case) if as_stored else case.model
        source = read(proto)
        graph = translate(source)
        assert source.gaps == ()
        owned = [name for row in source.layers for name in row.weights]
        # What is put together of stored tensors is in no row of its own.
        assert sorted(owned) == sorted(name for name, each in source.weights.items() if not each.pieces)
        for inputs, outputs in case.data_sets or ():
            compared += check(graph, named(case.model.graph.input, inputs) | named(proto.graph.output, outputs))
    assert compared > (1250 if as_stored else 1000)


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(path.relative_to(DATA).parts[:2]))
def test_files_are_read(path):
    table = summarise(path)

    assert table.rows
    assert sum(row.params for row in table.rows) == table.side.headline.total


COUNTS = {
    # As torchvision has them too: SqueezeNet 1.1, VGG19, and ResNet-50 with its buffers; AlexNet with groups.
    "squeezenet": 1_235_496,
    "vgg19": 143_667_240,
    "bvlc_alexnet": 60_965_224,
    "resnet50": 25_610_152,
}


@pytest.mark.parametrize("name", COUNTS)
def test_models_without_weights_count_those_that_they_stand_for(name):
    graph = translate(read(DATA / "light" / f"light_{name}.onnx"))
    classes = (Census.TRAINABLE, Census.STATE)

    assert sum(weight.numel for weight in graph.weights if weight.census in classes) == COUNTS[name]
    assert not [layer.kind for layer in graph.layers if layer.kind == "opaque"]


@pytest.mark.parametrize("path", sorted((DATA / "light").glob("*.onnx")), ids=lambda path: path.stem)
def test_every_number_to_repeat_is_counted_as_often_as_it_is_repeated(path):
    nodes = onnx.load(path).graph
    stored = {each.name: numpy_helper.to_array(each) for each in nodes.initializer}
    stored |= {
        each.output[0]: numpy_helper.to_array(each.attribute[0].t) for each in nodes.node if each.op_type == "Constant"
    }
    repeated = sum(int(np.prod(stored[each.input[0]])) for each in nodes.node if each.op_type == "ConstantOfShape")
    reals = sum(each.size for each in stored.values() if each.dtype.kind == "f")

    assert summarise(path).side.headline.total == repeated + reals


def said(proto):
    """What is known of a model's layers, names of weights apart."""
    graph = translate(read(proto))
    return [
        (
            layer.kind,
            layer.attributes,
            layer.inputs,
            len(layer.weights),
            [graph.shape(value) for value in layer.outputs],
        )
        for layer in graph.layers
    ]


RECORDED = {
    *(("Reshape", "shape"), ("Reshape", "allowzero"), ("Expand", "shape"), ("Flatten", "axis"), ("Cast", "to")),
    *(("Squeeze", "axes"), ("Unsqueeze", "axes"), ("Split", "split"), ("Slice", "ends"), ("Split", "num_outputs")),
    ("QuantizeLinear", "output_dtype"),
}
"""What the recorded shape or type of the output says as well."""

VALUES = {
    *(("MatMulInteger", f"{name}_zero_point") for name in "ab"),
    *(("QLinearConv", f"w_{what}") for what in ("scale", "zero_point")),
    *(("QLinearMatMul", f"{name}_{what}") for name in "aby" for what in ("scale", "zero_point")),
}
"""Scales and zero points are values of weights: what is compared is that they are there."""

NO_EFFECT = {
    *(("Cast", "saturate"), ("Cast", "round_mode"), ("CastLike", "saturate")),  # of numbers of 8 bits only
    ("ConvTranspose", "kernel_shape"),  # the kernel says it
    *((op, "hidden_size") for op in ("LSTM", "GRU", "RNN")),  # so do the kernels
    ("AveragePool", "count_include_pad"),  # nothing is padded
    ("ReduceSum", "keepdims"),  # nothing is reduced
    *(("Shape", end) for end in ("start", "end")),  # far beyond the axes, where they are cut off
    ("MaxPool", "storage_order"),  # nobody asks for the places
    ("DequantizeLinear", "axis"),  # of one scale for all
    ("Dropout", "seed"),
}


def changed(case):
    """Models in which one setting of the node is another: an attribute, or a stored tensor that is read as one."""
    proto = fixed(case)
    (node,) = proto.graph.node
    settings = set(read(proto).nodes[0].attributes)
    formals = [each.name for each in onnx.defs.get_schema(node.op_type, node.domain).inputs]
    for at, attribute in enumerate(node.attribute):
        yield attribute.name, [attempt for step in (1, -1, 7) for attempt in by_attribute(proto, at, step)]
    for slot, name in zip(formals, node.input, strict=False):
        at = next((at for at, each in enumerate(proto.graph.initializer) if each.name == name), None)
        if at is not None and slot in settings:
            yield slot, list(by_tensor(proto, at))


def by_attribute(proto, at, step):
    copy = onnx.ModelProto()
    copy.CopyFrom(proto)
    attribute = copy.graph.node[0].attribute[at]
    if attribute.type == onnx.AttributeProto.FLOAT:
        attribute.f += step
    elif attribute.type == onnx.AttributeProto.INT:
        attribute.i = 1 - attribute.i if attribute.i in {0, 1} and step == 1 else attribute.i + step
    elif attribute.ints:
        attribute.ints[0] += step
    elif attribute.floats:
        attribute.floats[0] += step
    elif attribute.s:
        attribute.s = {b"LEFT": b"RIGHT", b"NOTSET": b"VALID"}.get(attribute.s, attribute.s + b"x")
    else:
        return
    yield copy


def by_tensor(proto, at):
    array = numpy_helper.to_array(proto.graph.initializer[at])
    if array.dtype.kind not in "biuf":
        return
    for other in (~array,) if array.dtype == bool else (array + 1, array * 2, array * 0):
        if (other != array).any():
            copy = onnx.ModelProto()
            copy.CopyFrom(proto)
            copy.graph.initializer[at].CopyFrom(numpy_helper.from_array(other.astype(array.dtype), ""))
            copy.graph.initializer[at].name = proto.graph.initializer[at].name
            yield copy


def test_no_setting_of_an_operator_goes_unnoticed():
    """Of each setting in the node tests, some other value gives other layers: what a kind says, it has looked at."""
    noticed, overlooked = set(), set()
    for case in cases():
        first = said(fixed(case)) if len(case.model.graph.node) == 1 else [("opaque",)]
        if "opaque" in {kind for kind, *_ in first}:
            continue
        for name, attempts in changed(case):
            if attempts:
                same = all(said(each) == first for each in attempts)
                (overlooked if same else noticed).add((case.model.graph.node[0].op_type, name))

    assert len(noticed) > 100
    assert overlooked <= RECORDED | NO_EFFECT | VALUES
