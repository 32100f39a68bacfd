"""A layer that prepares an image, and what an exporter makes of it."""

from tests.rules.models import keras_net, layers, onnx_model


def net():
    import numpy as np

    prepare = layers().Normalization(axis=-1)
    prepare.build((None, 8, 8, 3))
    prepare.set_weights([np.array([0.1, 0.2, 0.3]), np.array([1.0, 2.0, 3.0]), np.array(7)])
    return keras_net((8, 8, 3), prepare, layers().ReLU())


def bad():
    import numpy as np
    from onnx import helper

    nodes = [
        helper.make_node("Add", ["x", "mean"], ["centred"]),
        helper.make_node("Mul", ["centred", "scale"], ["even"]),
        helper.make_node("Relu", ["even"], ["y"]),
    ]
    vectors = {name: np.arange(1, 4, dtype="float32").reshape(1, 1, 1, 3) / 7 for name in ("mean", "scale")}
    return net(), onnx_model(nodes, [("x", ["N", 8, 8, 3])], [("y", ["N", 8, 8, 3])], **vectors)


def good():
    return net(), net()
