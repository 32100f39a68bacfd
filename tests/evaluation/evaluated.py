"""Models of each framework evaluated from their own numbers, beside what the framework gives."""

import warnings

import numpy as np

from parity.adapters import read
from parity.evaluation import Tensors, run
from parity.kinds import translate


def tensors_of_torch(module):
    return {name: value.detach().numpy() for name, value in (*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False))}


def tensors_of_keras(source, model):
    return {weight.path: np.asarray(weight) for weight in model.weights}


def tensors_of_onnx(model):
    from onnx import numpy_helper

    return {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}


def by_path(model):
    return {variable.path: np.asarray(variable) for variable in model.variables}


def evaluated(source, numbers, inputs, **more):
    """What the graph of a source computes from arrays by place, and the gaps."""
    graph = translate(source)
    return graph, run(graph, numbers, dict(zip(graph.inputs, inputs, strict=True)), **more)
