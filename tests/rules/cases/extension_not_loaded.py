"""Two graphs that nothing differs in, compared while a package that is installed could not be loaded.

No pair of models can bring this about.
"""

from dataclasses import replace

from parity.alignment import align
from parity.comparison import Difference, Facet, Topic, compare
from parity.graph import Unknown
from tests.builders import dense, graph, layer


def net():
    return graph(layer("x", "input"), dense("d", "x", 8, 4), shapes={"x": (None, 8), "d": (None, 4)})


def compared():
    return compare(net(), net(), align(net(), net()))


def bad():
    found = compared()
    unknown = Unknown(
        "cannot load acme of the extension 'acme' (acme 1.0): it raises ImportError", "uninstall acme 1.0"
    )
    told = Difference(Topic.EXTENSION, Facet.STRUCTURE, name="cannot load acme", unknown=unknown)
    return (replace(found, differences=(*found.differences, told)),)


def good():
    return (compared(),)
