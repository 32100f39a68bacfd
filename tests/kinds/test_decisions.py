"""Every layer class of the frameworks has a decision, and every class with a kind has the framework's own shapes."""

import inspect
import math

import pytest
from adapters.keras_applications import told
from kinds.keras_table import table
from kinds.translated import checked

from parity.adapters import read
from parity.kinds import spelling
from parity.kinds.neutral._listed_opaque import LISTED

SPECIAL = {
    *("Bidirectional", "TimeDistributed", "RNN", "SpectralNormalization", "LSTMCell", "GRUCell", "SimpleRNNCell"),
    *("AugMix", "CutMix", "MixUp", "RandAugment", "Equalization"),
}
"""Layers around layers and layers of chance, which have tests of their own; Keras cannot wire Equalization."""


def _classes(module, base):
    found = {each for _, each in inspect.getmembers(module, inspect.isclass) if issubclass(each, base)}
    return {each.__name__ for each in found}


def _undecided(dialect, names):
    return {name for name in names if (spelling(dialect, name) is None) == ((dialect, name) not in LISTED)}


def test_every_layer_of_keras_has_one_decision():
    import keras

    names = _classes(keras.layers, keras.layers.Layer)
    assert len(names) > 120
    # A config has GroupQueryAttention under the name that it is exported by.
    assert _undecided("keras", {name.replace("GroupedQuery", "GroupQuery") for name in names}) == set()


def _keras_operations():
    import importlib
    import pkgutil

    import keras.src.ops as package
    from keras.src.ops.operation import Operation

    modules = [each.name for each in pkgutil.iter_modules(package.__path__) if not each.name.endswith("_test")]
    modules = [name for name in modules if name not in {"function", "operation"}]
    found = set()
    for name in modules:
        module = importlib.import_module(f"{package.__name__}.{name}")
        found |= {
            each.__name__ for each in vars(module).values() if inspect.isclass(each) and issubclass(each, Operation)
        }
    return found - {"Operation"}


def test_every_operation_of_keras_has_one_decision():
    names = _keras_operations()
    assert len(names) > 300
    assert _undecided("keras.ops", names) == set()


def test_every_module_of_pytorch_has_one_decision():
    import torch

    names = _classes(torch.nn, torch.nn.Module)
    assert len(names) > 140
    assert _undecided("torch.nn", names) == set()


QUANTISED = {
    *("ConvInteger", "DequantizeLinear", "DynamicQuantizeLinear", "MatMulInteger", "QLinearConv", "QLinearMatMul"),
    "QuantizeLinear",
}


def _operators():
    import onnx

    found = {}
    for schema in onnx.defs.get_all_schemas_with_history():
        found.setdefault(f"onnx:{schema.domain}" if schema.domain else "onnx", set()).add(schema.name)
    return found


def test_every_operator_of_onnx_has_one_decision():
    found = _operators()
    assert len(found["onnx"]) > 200
    assert {each for dialect, names in found.items() for each in _undecided(dialect, names)} <= QUANTISED


def test_what_is_listed_as_opaque_exists_and_says_why():
    import keras
    import torch

    names = {
        "keras": _classes(keras.layers, keras.layers.Layer),
        "torch.nn": _classes(torch.nn, torch.nn.Module),
        **_operators(),
    }
    for (dialect, name), reason in LISTED.items():
        assert name in names.get(dialect, {name}), name
        assert reason
        assert reason[0].islower(), reason


TABLE = table()


def test_the_table_has_every_class_with_a_kind():
    import keras

    names = _classes(keras.layers, keras.layers.Layer)
    spelled = {name for name in names if spelling("keras", name)} | {"GroupQueryAttention"}
    noise = {
        name for name in spelled if name.startswith("Random") or name in {"AugMix", "CutMix", "MixUp", "RandAugment"}
    }
    assert spelled - noise - SPECIAL - set(TABLE) == OTHERS


OTHERS: set[str] = set()


@pytest.mark.parametrize("name", TABLE)
def test_shapes_and_formulas_are_those_of_keras(name):
    """The kind's shape function says what Keras says, for every setting; every weight has its formula."""
    import keras

    keras.utils.clear_session()
    inputs, outputs = {}, []
    for shapes, settings in TABLE[name]:
        given = [inputs.setdefault((at, shape), keras.Input(shape)) for at, shape in enumerate(shapes)]
        layer = getattr(keras.layers, name)(**settings)
        multiple = name in {"MultiHeadAttention", "GroupQueryAttention"}
        outputs.append(layer(*given) if multiple else layer(given if len(given) > 1 else given[0]))
    model = keras.Model(list(inputs.values()), outputs)
    source = read(model)
    graph = checked(source)

    opaque = {layer.source for layer in graph.layers if layer.kind in {"opaque", "unused"}}
    assert opaque == set()
    counts = {path: count for path, _, count, _ in told(model)["layers"]}
    for row in source.layers:
        assert sum(math.prod(source.weights[weight].shape) for weight in row.weights) == counts[row.path]
