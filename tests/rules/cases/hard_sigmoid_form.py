"""x / 6 + 0.5 in PyTorch, 0.2 * x + 0.5 in ONNX by default."""

from tests.rules.models import nn, onnx_model, torch_net


def nets(**settings):
    from onnx import helper

    node = helper.make_node("HardSigmoid", ["x"], ["y"], **settings)
    return (
        torch_net(nn().Hardsigmoid()),
        onnx_model([node], [("x", [1, 8])], [("y", [1, 8])]),
        {"left_inputs": [(1, 8)]},
    )


def bad():
    return nets()


def good():
    return nets(alpha=1 / 6)
