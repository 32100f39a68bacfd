"""A fixed mask of attention is computed, not set.

What it detects:
    Attention whose mask one side computes of numbers alone, and that always comes out the same.

Why it happens:
    Models build the causal mask, or one that lets all through, with the operators that would make any mask; exporters
    write these down, or a setting.

How to fix:
    Nothing to fix: the mask has been computed, and both sides mask alike unless another finding says otherwise.

Example:
    ``is_causal=True`` on the left, a triangle of ones made with Trilu on the right.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Undone
from parity.rules._contract import Explanation, Rule
from parity.rules._words import words_of, written_on


def claims(difference: Difference, _: View) -> bool:
    """A mask that one side computes."""
    return difference.name == Undone.MASK


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say what the mask comes out as."""
    side, _, _ = written_on(differences[0], view)
    return Explanation(f"the {side} computes it, and {words_of(differences[0])}")


RULE = Rule(Undone.MASK.value, Effect.BOOKKEEPING, frozenset({Topic.WRITTEN}), claims, explain)
