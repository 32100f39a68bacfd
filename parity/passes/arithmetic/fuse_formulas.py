"""Layers that exporters and programs write as arithmetic are put together again: activations and normalisations."""

from functools import cache

from parity._discovery import by_name
from parity.graph import LayerGraph
from parity.passes import formulas
from parity.patterns import Pattern, recompose


@cache
def patterns() -> tuple[Pattern, ...]:
    """Parity's own and those of installed packages."""
    return tuple(each for _, each in by_name("PATTERN", Pattern, formulas).values())


def fuse_formulas(graph: LayerGraph) -> LayerGraph:
    """Let one layer stand for the arithmetic that a pattern describes."""
    return recompose(graph, patterns())
