"""Small live models of each framework, translated, and what holds for every translation."""

import warnings

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from parity.adapters import read
from parity.graph import Census
from parity.kinds import Draft, kind, terms_of, translate, undeclared, wrong_type

LOOSE = ("operand", "direction", "magnitude")
"""Roles of tensors that take part as they are, of any size."""


def of_keras(*layers, shape, dtype="float32", batch=None):
    """A Keras model of one input; a layer may be any function."""
    import keras

    x = value = keras.Input(shape, batch_size=batch, dtype=dtype)
    for each in layers:
        value = each(value)
    return keras.Model(x, value)


def read_keras(*layers, shape, dtype="float32", batch=None):
    return read(of_keras(*layers, shape=shape, dtype=dtype, batch=batch))


def read_torch(module, *inputs, dtype="float32"):
    """A module traced with inputs of the given shapes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read(module.eval(), inputs=[(shape, dtype) for shape in inputs])


def read_onnx(op, *inputs, **options):
    """What is read of a model of one node."""
    return read(onnx_model(op, *inputs, **options))


def onnx_model(op, *inputs, stored=None, outputs=1, opset=20, **attributes):
    """A model of one node: inputs are shapes or names of stored arrays, None for one left out."""
    stored = stored or {}
    names = [(each or "") if not isinstance(each, tuple) else f"x{at}" for at, each in enumerate(inputs)]
    given = [
        helper.make_tensor_value_info(f"x{at}", TensorProto.FLOAT, each)
        for at, each in enumerate(inputs)
        if isinstance(each, tuple)
    ]
    made = [helper.make_tensor_value_info(f"y{at}", TensorProto.FLOAT, None) for at in range(outputs)]
    node = helper.make_node(op, names, [each.name for each in made], name="node", **attributes)
    tensors = [numpy_helper.from_array(np.asarray(array), name) for name, array in stored.items()]
    graph = helper.make_graph([node], "model", given, made, tensors)
    return onnx.helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


def array(*shape):
    return np.random.default_rng(7).normal(size=shape).astype("float32")


def checked(source):
    """Translate, and check the shapes, the accounting and the formulas against what the framework itself told."""
    graph = translate(source)
    assert graph.gaps == source.gaps
    check_shapes(graph)
    check_weights(source, graph)
    check_formulas(graph)
    check_plain(graph)
    check_attributes(graph)
    return graph


def check_attributes(graph):
    """Every attribute is one that its kind declares, and of the type that it has there."""
    for layer in graph.layers:
        found = kind(layer.kind)
        assert list(undeclared(layer.attributes, found)) == [], layer.path
        assert wrong_type([Draft(layer.kind, layer.attributes, (), ())], {found.name: found}) == "", layer.path


def check_shapes(graph):
    """What a shape function says is what the framework records."""
    for layer in graph.layers:
        made = kind(layer.kind).shape(layer.attributes, [graph.shape(value) for value in layer.inputs])
        for value, shape in zip(layer.outputs, made, strict=False):
            told = graph.shape(value)
            if shape is not None and told is not None:
                assert len(shape) == len(told), (layer.path, shape, told)
                assert all(a == b for a, b in zip(shape, told, strict=True) if a is not None), (layer.path, shape, told)


def check_weights(source, graph):
    """Every stored tensor belongs to the layers once, whole; nothing is lost and nothing is invented.

    What no framework counts, constants and buffers that are not saved, is in the layers that use it and nowhere else.
    """
    owned = {}
    for layer in graph.layers:
        for weight in layer.weights:
            owned.setdefault(weight.name, weight)
    uncounted = {Census.CONSTANT, Census.NONPERSISTENT}
    free = {name for name, weight in source.weights.items() if weight.census in uncounted}
    sums = dict.fromkeys(source.weights, 0)
    for name, weight in owned.items():
        sums[name if name in source.weights else name[: name.rindex("[")]] += weight.numel
    for name, total in sums.items():
        assert total == source.weights[name].numel or name in free, name
    told = {weight.name for weight in graph.weights}
    assert told >= set(owned)


def check_formulas(graph):
    """Where every weight of a layer has a role, the formula gives each of their sizes."""
    for layer in graph.layers:
        if layer.kind in {"opaque", "unused"}:
            continue
        terms = terms_of(layer, [graph.shape(value) for value in layer.inputs])
        for weight in layer.weights:
            stated = weight.role is not None and not weight.role.startswith(LOOSE)
            if stated and weight.census is not Census.CONSTANT:
                assert terms[weight.name].value == weight.numel, (layer.path, weight)


def check_plain(graph):
    """Attributes compare with ``==`` and say the same in every run."""
    for layer in graph.layers:
        for name, value in layer.attributes.items():
            assert value == value, (layer.path, name)  # noqa: PLR0124  not so for NaN
            assert " at 0x" not in repr(value), (layer.path, name)


def kinds_of(graph):
    return [layer.kind for layer in graph.layers if layer.kind != "input"]


def only(graph, name):
    """The one layer of a kind."""
    found = [layer for layer in graph.layers if layer.kind == name]
    assert len(found) == 1, [layer.kind for layer in graph.layers]
    return found[0]


def roles(layer):
    return {weight.role: (weight.shape, weight.axes) for weight in layer.weights}
