"""Every layer of whole models, as their frameworks compute it: recordings beside what parity computes of the graphs."""

import numpy as np
import pytest

import parity
from parity.adapters import read
from parity.evaluation import run, stored_in
from parity.kinds import translate
from tests import keras_exports, torch_nets

CLOSE = 1e-5
"""Relative error of a layer, whatever came before it; of which the frameworks' single precision is nearly all."""


LOWEST = -1e38


def recorded(model):
    """Its graph, the numbers of it, and its inputs and what its framework made of each layer, by id."""
    source = read(model)
    graph = translate(source)
    recording = parity.record(model)
    made = {value for layer in graph.layers for value in layer.outputs}
    inputs = {value: recording.inputs[name] for value, name in source.names_of_inputs.items()}
    return graph, stored_in(source), inputs, {value: each for value, each in recording.values.items() if value in made}


def compared(model):
    """The relative error of every recorded value that the graph has, by id."""
    graph, numbers, inputs, values = recorded(model)
    found = run(graph, numbers, inputs, wanted=list(values))
    assert found.gaps == ()
    return {value: off(each, found.values[value]) for value, each in values.items()}


def compared_alone(model):
    """The same of every layer given what its framework gave it: no error grows through the depth."""
    graph, numbers, inputs, values = recorded(model)
    errors = {}
    for layer in graph.layers:
        wanted = [value for value in layer.outputs if value in values]
        before = {value: each for value, each in values.items() if value not in wanted}
        found = run(graph, numbers, inputs | before, wanted=wanted)
        assert found.gaps == ()
        errors |= {value: off(values[value], found.values[value]) for value in wanted}
    return errors


def off(expected, found):
    """The relative error, where both have the same numbers that are none; what a mask blocks is one, or the lowest."""
    assert found.shape == expected.shape
    expected, found = (np.asarray(each, "float64") for each in (expected, found))
    expected, found = (np.where(each < LOWEST, -np.inf, each) for each in (expected, found))
    odd = ~np.isfinite(expected)
    np.testing.assert_array_equal(expected[odd], found[odd])
    expected, found = expected[~odd], found[~odd]
    return np.linalg.norm(expected - found) / max(np.linalg.norm(expected), 1e-30)


@pytest.mark.parametrize("name", keras_exports.MODELS)
def test_keras(name):
    model = keras_exports.randomised(keras_exports.MODELS[name]())
    errors = compared(model)

    assert len(errors) >= len(model.layers) - len(model.inputs)
    assert max(errors.values()) < CLOSE, max(errors.items(), key=lambda each: each[1])


def applications():
    """Two that many port, and in a thorough run all that there are."""
    import inspect

    import keras

    for name, _ in inspect.getmembers(keras.applications, inspect.isfunction):
        yield name if name in ("MobileNetV2", "EfficientNetB0") else pytest.param(name, marks=pytest.mark.thorough)


@pytest.mark.parametrize("name", applications())
def test_keras_applications(name):
    """Each layer alone: random weights let an error of 1e-7 grow to 1 over the 740 layers of EfficientNetV2M."""
    model = keras_exports.randomised(keras_exports.application(name), deep=True)
    errors = compared_alone(model)

    assert len(errors) >= len(model.layers) - len(model.inputs)
    assert max(errors.values()) < CLOSE, max(errors.items(), key=lambda each: each[1])


def program(name):
    """The program of a net, and inputs for it."""
    import torch

    model, described = torch_nets.build(name)
    whole = (isinstance(each[1], str) for each in described.values())
    examples = [
        torch.zeros(each[0], dtype=torch.int64) if is_whole else torch.randn(each)
        for each, is_whole in zip(described.values(), whole, strict=True)
    ]
    return torch.export.export(model, tuple(examples), strict=False)


@pytest.mark.parametrize("name", torch_nets.NETS)
def test_torch(name):
    errors = compared(program(name))

    assert len(errors) >= 3
    assert max(errors.values()) < CLOSE, max(errors.items(), key=lambda each: each[1])


@pytest.mark.parametrize("name", ["unet", "lstm_stack_both", "encoder", "norms", "activations", "transformer"])
def test_onnx(name):
    exported = program(name)
    examples = exported.example_inputs[0]
    import torch

    model = torch.onnx.export(exported.module(), examples, dynamo=True, verbose=False).model_proto
    errors = compared(model)

    assert len(errors) >= 3
    assert max(errors.values()) < CLOSE, max(errors.items(), key=lambda each: each[1])
