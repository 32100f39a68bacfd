"""A fixed attention mask is computed instead of set.

What it detects:
    An attention mask that one side computes from constants only, so that it is always the same.

Why it happens:
    Models build the causal mask, or one that masks nothing, with general mask operators; exporters write these
    operators, or a setting.

How to fix:
    Nothing to fix: the mask was evaluated, and both sides mask alike unless another finding says otherwise.

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
