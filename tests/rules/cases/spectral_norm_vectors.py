"""One vector in Keras, two in PyTorch; how often they are renewed, no trace of inference tells."""

from tests.rules.models import IMAGE, PIXELS, keras_net, layers, nn, torch_net


def keras_one():
    return keras_net(PIXELS, layers().SpectralNormalization(layers().Conv2D(4, 3)))


def torch_one():
    return torch_net(nn().utils.parametrizations.spectral_norm(nn().Conv2d(3, 4, 3)))


def bad():
    return keras_one(), torch_one(), {"right_inputs": [IMAGE], "profile": "inference"}


def good():
    return torch_one(), torch_one(), {"inputs": [IMAGE]}
