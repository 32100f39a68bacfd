"""Tiny models in the real frameworks, and files of them."""

import atexit
import io
import shutil
import tempfile
from pathlib import Path


def layers():
    """``keras.layers``."""
    import keras

    return keras.layers


def nn():
    """``torch.nn``."""
    import torch

    return torch.nn


def keras_net(shape, *stack, dtype=None):
    """A Keras model of layers in a row."""
    import keras

    return keras.Sequential([keras.Input(shape, dtype=dtype), *stack])


def keras_model(inputs, outputs):
    """A functional Keras model."""
    import keras

    return keras.Model(inputs, outputs)


def torch_net(*stack):
    """PyTorch modules in a row, in inference mode."""
    return nn().Sequential(*stack).eval()


def norm(channels=4, **settings):
    """A BatchNorm2d as Keras sets it by default, of statistics that no exporter takes for an untrained one."""
    import torch

    made = torch.nn.BatchNorm2d(channels, **{"eps": 1e-3, "momentum": 0.01, **settings})
    with torch.no_grad():
        for at, tensor in enumerate((made.weight, made.bias, made.running_mean, made.running_var)):
            if tensor is not None:
                tensor.copy_(torch.arange(1, channels + 1) / (7 + at))
    return made


def module(parts, forward):
    """A module with the given parts whose ``forward`` is a function of itself and the inputs."""
    import torch

    made = type("Net", (torch.nn.Module,), {"forward": forward})()
    for name, part in parts.items():
        setattr(made, name, part)
    return made.eval()


def words_net(*, tied):
    """A projection of words back to words that is the embedding, or a copy of its size."""
    made = module(
        {"words": nn().Embedding(11, 4), "head": nn().Linear(4, 11, bias=False)},
        lambda self, x: self.head(self.words(x).relu()),
    )
    if tied:
        made.head.weight = made.words.weight
    return made


def onnx_export(model, *shapes, dtypes=(), fold=True, opset=None):
    """What the TorchScript exporter makes of a module, as a ModelProto; without ``fold`` it keeps batch norms."""
    import onnx
    import torch

    kinds = [*dtypes, *["float32"] * len(shapes)]
    example = tuple(torch.zeros(shape, dtype=getattr(torch, kind)) for shape, kind in zip(shapes, kinds, strict=False))
    mode = torch.onnx.TrainingMode.EVAL if fold else torch.onnx.TrainingMode.PRESERVE
    file = io.BytesIO()
    torch.onnx.export(model.eval(), example, file, dynamo=False, training=mode, opset_version=opset)
    return onnx.load_from_string(file.getvalue())


def onnx_model(nodes, inputs, outputs, **tensors):
    """A ModelProto of nodes; inputs and outputs are (name, shape), tensors are arrays."""
    from onnx import TensorProto, helper, numpy_helper

    ends = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in each]
        for each in (inputs, outputs)
    ]
    held = [numpy_helper.from_array(array, name) for name, array in tensors.items()]
    graph = helper.make_graph(nodes, "net", *ends, initializer=held)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def folder():
    """A folder that is gone when the tests are over."""
    made = tempfile.mkdtemp(prefix="parity-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


IMAGE = (1, 3, 8, 8)
"""An example image for PyTorch; Keras has (8, 8, 3)."""

PIXELS = (8, 8, 3)


def changed(made, change=None):
    """A module, another one with the same weights, and in that one some of them changed."""
    import copy

    import torch

    other = copy.deepcopy(made)
    with torch.no_grad():
        if change is not None:
            change(other)
    return made, other


def seeded(*stack):
    """PyTorch modules in a row that start from the same numbers each time; no two of their tensors are alike."""
    import torch

    made = torch_net(*stack)
    generator = torch.Generator().manual_seed(len(stack))
    with torch.no_grad():
        for tensor in made.state_dict().values():
            if tensor.is_floating_point():
                tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.1)
    return made
