"""What a project wants checked: ``parity.toml`` -> Settings.

The checks are written by hand on purpose. Models of msgspec 0.19 (pydantic 2.14) cost 34 (161) ms of CPU at import, and
would save about 120 of the 480 lines here; of the 26 mistakes that tests/config writes into a table, 6 are no matter of
types, and the errors for the others say neither what would work nor which suppression it is.
"""

from parity.config._contract import LEVELS, Pair, Settings
from parity.config._file import find, load
from parity.config._layers import map_file, read_layer_pairs
from parity.config._schema import schema
from parity.config._show import show
from parity.config._suppressions import suppressions
from parity.config._template import template

__all__ = [
    "LEVELS",
    "Pair",
    "Settings",
    "find",
    "load",
    "map_file",
    "read_layer_pairs",
    "schema",
    "show",
    "suppressions",
    "template",
]
