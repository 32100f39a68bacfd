"""What the patterns of activations have in common: one function stands for all of it."""

from collections.abc import Callable, Mapping
from typing import Any

from parity.graph import Layer
from parity.patterns import Match

Attributes = Mapping[str, Any]


def activation(function: str, settings: Callable[[Match], Attributes | None] = lambda _: {}) -> Any:
    """What makes an activation of a match.

    Args:
        function: what it is called.
        settings: its other attributes; None where the numbers of the match are none that it can have.
    """

    def make(match: Match) -> tuple[Layer, ...]:
        more = settings(match)
        if more is None:
            return ()
        return match.made("activation", {"function": function, **more})

    return make
