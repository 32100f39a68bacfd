"""The gates of Keras' GRU in PyTorch's."""

from tests.rules.models import changed, module, nn, seeded

SETTINGS = {"inputs": [(1, 5, 3)], "rtol": 1e-5}


def net():
    return module({"gru": seeded(nn().GRU(3, 4, batch_first=True))[0]}, lambda self, x: self.gru(x)[0])


def change(net):
    for name in ("weight_ih_l0", "weight_hh_l0"):
        tensor = getattr(net.gru, name)
        tensor.copy_(tensor.reshape(3, 4, -1)[[1, 0, 2]].reshape(12, -1))


def bad():
    return *changed(net(), change), SETTINGS


def good():
    return *changed(net()), SETTINGS
