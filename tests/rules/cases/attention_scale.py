"""Keras' Attention does not divide by the root of the width, PyTorch's does."""

from tests.rules.models import keras_model, layers, module


def keras_one():
    import keras

    query, key = keras.Input((5, 4)), keras.Input((6, 4))
    return keras_model([query, key], layers().Attention()([query, key]))


def torch_one(**settings):
    from torch.nn import functional

    return module({}, lambda _, q, k: functional.scaled_dot_product_attention(q, k, k, **settings))


def bad():
    return keras_one(), torch_one(), {"right_inputs": [(1, 5, 4), (1, 6, 4)]}


def good():
    return keras_one(), torch_one(scale=1.0), {"right_inputs": [(1, 5, 4), (1, 6, 4)]}
