"""Two graphs that nothing is found to differ in, one of which is said to compute something else.

No pair of models that parity understands can bring this about.
"""

from dataclasses import replace

from parity.alignment import align
from parity.comparison import Difference, Facet, Topic, compare
from tests.builders import dense, graph, layer


def net():
    return graph(layer("x", "input"), dense("d", "x", 8, 4), shapes={"x": (None, 8), "d": (None, 4)})


def compared():
    return compare(net(), net(), align(net(), net()))


def bad():
    found = compared()
    told = Difference(Topic.CONTRADICTION, Facet.OUTPUTS, name="d", left_value=0.0, right_value=0.25)
    return (replace(found, differences=(*found.differences, told)),)


def good():
    return (compared(),)
