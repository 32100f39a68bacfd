"""Projections are packed into one tensor on one side and stored separately on the other.

What it detects:
    A dense layer whose kernel is a range of a larger stored tensor on one side only.

Why it happens:
    ``nn.MultiheadAttention`` stores the projections of queries, keys and values as one ``in_proj_weight`` of (3E, E),
    and multiplies once; Keras and most of ``transformers`` store three.

How to fix:
    Cut or join along the units when weights are carried over: ``q, k, v = in_proj_weight.chunk(3)``.

Example:
    ``in_proj_weight`` of (192, 64) on the left, three kernels of (64, 64) on the right.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import words_of, written_on

PACKED = "packed-projections"


def claims(difference: Difference, _: View) -> bool:
    """A kernel that is a range of a larger one on one side."""
    return difference.name == PACKED


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name the ranges."""
    side, _, _ = written_on(differences[0], view)
    remedy = "split or concatenate along the units when weights are carried over"
    return Explanation(f"its weights are ranges of larger tensors on the {side}: {words_of(differences[0])}", remedy)


RULE = Rule(PACKED, Effect.CONVERSION, frozenset({Topic.WRITTEN}), claims, explain)
