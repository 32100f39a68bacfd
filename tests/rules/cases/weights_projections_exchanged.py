"""The keys' kernel where the queries' ought to be."""

from tests.rules.models import changed, module, nn, seeded

SETTINGS = {"inputs": [(1, 5, 8)], "rtol": 1e-5}


def net():
    made = seeded(nn().MultiheadAttention(8, 2, batch_first=True))[0]
    return module({"attention": made}, lambda self, x: self.attention(x, x, x, need_weights=False)[0])


def change(net):
    tensor = net.attention.in_proj_weight
    tensor.copy_(tensor.reshape(3, 8, 8)[[1, 0, 2]].reshape(24, 8))


def bad():
    return *changed(net(), change), SETTINGS


def good():
    return *changed(net()), SETTINGS
