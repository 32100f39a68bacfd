"""Non-linearities of every framework: those said in the same terms give the same numbers, others do not."""

from itertools import combinations

import numpy as np
import pytest

from parity.kinds import kind
from tests.kinds.onnx_runs import run
from tests.kinds.translated import checked, kinds_of, only, read_keras, read_onnx, read_torch

POINTS = np.linspace(-7.3, 7.4, 42, dtype="float32").reshape(7, 6)
STRINGS = (
    *("celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu"),
    *("log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax"),
    *("softplus", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "tanh"),
)


def of_keras(layer):
    graph = checked(read_keras(layer, shape=(6,)))
    return graph, np.asarray(layer(POINTS))


def of_operation(name, *arguments):
    import keras

    function = getattr(keras.ops, name)
    return checked(read_keras(lambda x: function(x, *arguments), shape=(6,))), np.asarray(function(POINTS, *arguments))


def of_torch(module):
    import torch

    return checked(read_torch(module, POINTS.shape)), module(torch.tensor(POINTS)).numpy()


def of_onnx(op, opset=20, **settings):
    return checked(read_onnx(op, POINTS.shape, opset=opset, **settings)), run(op, POINTS, opset=opset, **settings)


def everything():
    import keras
    import torch

    k, nn = keras.layers, torch.nn
    for name in STRINGS:
        yield f"keras {name}", of_keras(k.Activation(name))
    for layer in (k.ReLU(5.0), k.ReLU(threshold=1.5), k.LeakyReLU(), k.ELU(0.7), k.Softmax(axis=0)):
        yield f"keras {layer.name}", of_keras(layer)
    for name in ("hard_tanh", "log_sigmoid", "gelu", "leaky_relu", "squareplus"):
        yield f"operation {name}", of_operation(name)
    for name, *arguments in (
        ("celu", 2.0),
        ("elu", 0.7),
        ("hard_shrink", 1.5),
        ("soft_shrink", 1.5),
        ("threshold", 1.5, 2.0),
        ("clip", -2.0, 3.0),
        ("log_softmax", 0),
    ):
        yield f"operation {name}", of_operation(name, *arguments)
    for module in (
        *(nn.CELU(), nn.CELU(2.0), nn.ELU(), nn.GELU(), nn.GELU("tanh"), nn.Hardshrink(), nn.Hardshrink(1.5)),
        *(nn.Hardsigmoid(), nn.Hardswish(), nn.Hardtanh(), nn.Hardtanh(-2, 3), nn.Hardtanh(0, 6), nn.LeakyReLU(0.2)),
        *(nn.LogSigmoid(), nn.LogSoftmax(1), nn.Mish(), nn.ReLU(), nn.ReLU6(), nn.RReLU().eval(), nn.SELU(), nn.SiLU()),
        *(nn.Sigmoid(), nn.Softmax(1), nn.Softplus(), nn.Softplus(2.0), nn.Softshrink(), nn.Tanh()),
        *(nn.Threshold(1.5, 2.0), nn.Threshold(1.5, 0.0), nn.Threshold(0, 0)),
    ):
        yield f"torch {module!r}", of_torch(module)
    yield "onnx shrink hard", of_onnx("Shrink", lambd=1.5)
    yield "onnx shrink soft", of_onnx("Shrink", lambd=1.5, bias=1.5)
    yield "onnx thresholded", of_onnx("ThresholdedRelu", alpha=1.5)
    yield "onnx hard sigmoid", of_onnx("HardSigmoid")
    yield "onnx hard sigmoid as torch", of_onnx("HardSigmoid", alpha=1 / 6)
    yield "onnx celu", of_onnx("Celu", alpha=2.0)
    yield "onnx hardmax", of_onnx("Hardmax")
    for op in ("Elu", "Selu", "Softplus", "Gelu", "Mish", "HardSwish", "LeakyRelu", "Softmax"):
        yield f"onnx {op}", of_onnx(op)


def said(graph):
    return {name: only(graph, "activation").attributes.get(name) for name in kind("activation").attributes}


def equal(one, other):
    numbers = {name for name, value in one.items() if isinstance(value, float) and isinstance(other[name], float)}
    return all(
        np.isclose(one[name], other[name], rtol=1e-6) if name in numbers else one[name] == other[name] for name in one
    )


def test_what_is_said_the_same_is_the_same():
    found = {name: (said(graph), made) for name, (graph, made) in everything()}

    for (name, (mine, ours)), (other, (yours, theirs)) in combinations(found.items(), 2):
        close = np.allclose(ours, theirs, atol=2e-5)
        last = {mine["axis"], yours["axis"]} == {1, -1}  # the same axis, which a comparison counts from one end
        random = "rrelu" in {mine["function"], yours["function"]}  # which is a leaky ReLU in inference
        assert equal(mine, yours) is close or (close and (last or random)), (name, other)


@pytest.mark.parametrize(
    ("name", "module", "op", "expected"),
    [
        ("tanh_shrink", "Tanhshrink", None, ["activation", "elementwise"]),
        ("softsign", "Softsign", "Softsign", ["elementwise"] * 3),
    ],
)
def test_what_is_no_single_function(name, module, op, expected, tmp_path):
    """As PyTorch exports it, so in every framework; a tree of modules shows the module."""
    import keras
    import torch

    from parity.adapters import read
    from parity.kinds import translate

    torch.save(torch.nn.Sequential(getattr(torch.nn, module)()), tmp_path / "model.pt")
    graphs = [
        checked(read_torch(getattr(torch.nn, module)(), (2, 6))),
        checked(read_keras(keras.layers.Activation(name), shape=(6,))),
        checked(read_keras(getattr(keras.ops, name), shape=(6,))),
        checked(read_keras(keras.layers.Dense(3, activation=name), shape=(6,))),
        *([checked(read_onnx(op, (2, 6)))] if op else []),
    ]

    for graph in graphs:
        assert [each for each in kinds_of(graph) if each != "dense"] == expected
    assert kinds_of(translate(read(tmp_path / "model.pt"))) == ["activation"]


@pytest.mark.parametrize("axis", [-1, 1])
def test_gated_linear_units(axis):
    import keras
    import torch

    module = torch.nn.GLU(axis)
    left = only(checked(read_torch(module, (2, 4, 6))), "glu")
    right = only(checked(read_keras(lambda x: keras.ops.glu(x, axis), shape=(4, 6))), "glu")

    assert left.attributes == right.attributes == {"axis": axis}
    assert kind("glu").shape(left.attributes, [(2, 4, 6)]) == (tuple(module(torch.zeros(2, 4, 6)).shape),)
    dense = checked(read_keras(keras.layers.Dense(8, activation="glu"), shape=(6,)))
    assert kinds_of(dense) == ["dense", "opaque"]
