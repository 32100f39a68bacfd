"""Modules of which no part is called: branches that are used in training only, or left over."""

from parity.comparison import Difference, View
from parity.graph import Layer

LEAST = 2
"""Layers that a branch has."""


def branch(difference: Difference, view: View) -> tuple[Layer, ...]:
    """The layers of the outermost module around an unused layer of which nothing is called."""
    return view.uncalled.get(difference.layer.path, ())


def is_branch(difference: Difference, view: View) -> bool:
    """Whether a layer that no call uses is one of several in such a module."""
    return difference.name == "unused" and len(branch(difference, view)) >= LEAST


def first(difference: Difference, view: View) -> Layer | None:
    """The layer that all of a branch is told of."""
    return branch(difference, view)[0]
