"""Models of each framework evaluated from their own numbers, beside what the framework gives."""

import warnings

import numpy as np

from parity.adapters import read
from parity.evaluation import Tensors, run
from parity.kinds import translate


def tensors_of_torch(module):
    """The tensors of a module under every name that they have."""
    named = (*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False))
    return {name: tensor.detach().numpy() for name, tensor in named}


def tensors_of_onnx(model):
    """The initializers of a model, and the tensors of its constants."""
    from onnx import numpy_helper

    found = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    for node in model.graph.node:
        for attribute in node.attribute:
            if node.op_type == "Constant" and attribute.name == "value":
                found[node.output[0]] = numpy_helper.to_array(attribute.t)
    return found


def tensors_of_keras(source, model):
    """The variables of a model by the names of the source, which finds them where saving would put them."""
    from keras.src.saving import saving_lib

    places = {}

    class Recorder(saving_lib.H5IOStore):
        def __init__(self):
            self.group = ""

        def __bool__(self):
            return True

        def make(self, path, metadata=None):  # noqa: ARG002  as Keras calls it
            self.group = path
            return self

        def __setitem__(self, key, value):
            places[f"{self.group}/vars/{key}" if self.group else f"vars/{key}"] = value

    saving_lib._save_state(model, Recorder(), None, "", set())
    return {
        name: np.asarray(places[weight.storage]) for name, weight in source.weights.items() if weight.storage in places
    }


def read_torch(module, examples):
    """A module traced with arrays."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read(module.eval(), inputs=[(tuple(each.shape), str(each.dtype)) for each in examples])


def evaluated(source, tensors, inputs, **more):
    """What the graph of a source computes of arrays by place: the outputs by place, and the gaps."""
    graph = translate(source)
    done = run(graph, Tensors(tensors), dict(zip(graph.inputs, inputs, strict=True)), **more)
    return [done.values.get(name) for name in graph.outputs], done.gaps


def of_torch(module, *inputs):
    """The same for a live module."""
    return evaluated(read_torch(module, inputs), tensors_of_torch(module), inputs)


def of_keras(model, *inputs):
    """The same for a live model."""
    source = read(model)
    return evaluated(source, tensors_of_keras(source, model), inputs)


def of_onnx(model, *inputs):
    """The same for a model of ONNX."""
    return evaluated(read(model), tensors_of_onnx(model), inputs)


def distance(mine, theirs):
    """How far two arrays are apart, as a share of the largest number; infinite for another shape."""
    theirs = np.asarray(theirs)
    if mine.shape != theirs.shape:
        return float("inf")
    mine, theirs = (np.asarray(each, "float64") for each in (mine, theirs))
    finite = np.isfinite(theirs)
    if not np.array_equal(mine[~finite], theirs[~finite], equal_nan=True):
        return float("inf")
    most = np.abs(theirs[finite]).max(initial=0.0)
    return float(np.abs(mine[finite] - theirs[finite]).max(initial=0.0) / max(most, 1e-6))
