"""A kernel after a Flatten that was transposed, and its rows not put in order."""

from tests.rules.models import keras_net, layers, nn, torch_net

SETTINGS = {"right_inputs": [(1, 3, 4, 4)], "rtol": 1e-5}


def pair(*, ordered):
    import keras
    import torch

    left = keras_net((4, 4, 3), layers().Conv2D(2, 1), layers().Flatten(), layers().Dense(5))
    right = torch_net(nn().Conv2d(3, 2, 1), nn().Flatten(), nn().Linear(32, 5))
    window, bias, kernel, offset = (torch.tensor(keras.ops.convert_to_numpy(each)) for each in left.weights)
    rows = kernel.reshape(4, 4, 2, 5).permute(2, 0, 1, 3).reshape(32, 5) if ordered else kernel
    with torch.no_grad():
        right[0].weight.copy_(window.permute(3, 2, 0, 1))
        right[0].bias.copy_(bias)
        right[2].weight.copy_(rows.T)
        right[2].bias.copy_(offset)
    return left, right, SETTINGS


def bad():
    return pair(ordered=False)


def good():
    return pair(ordered=True)
