"""What running a model in its own framework gives: the contract of what records it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any


TRUST = "--trust, if you trust it"
"""What lets a file's own code run."""


@dataclass(frozen=True)
class Feed:
    """What a model is called with.

    Attributes:
        arrays: one for each input, in the order of the graph, or as a person gave them where it has none.
        names: by which the model is called with them; none where it is called with them in order.
    """

    arrays: Sequence[Array]
    names: Sequence[str] = ()


@dataclass(frozen=True)
class Ran:
    """What came of running a model.

    Attributes:
        producer: the framework and its version, for people.
        outputs: in the order of the graph.
        values: what was computed on the way: by the ids of the graph's values where it has wiring, else by the paths of
            its rows, ``@2`` for a second call.
    """

    producer: str
    outputs: Sequence[Array]
    values: Mapping[str, Array]
