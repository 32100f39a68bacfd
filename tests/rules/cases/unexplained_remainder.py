"""A weight of the model that no layer holds.

Reading, translation and passes keep every weight in a layer, so no model of a framework can bring this about.
"""

from dataclasses import replace

from tests.builders import dense, graph, layer, weight


def net():
    return graph(layer("x", "input"), dense("d", "x", 8, 4), shapes={"x": (None, 8), "d": (None, 4)})


def bad():
    return net(), replace(net(), weights=(*net().weights, weight("lost", (7,))))


def good():
    return net(), net()
