"""Outputs were left out of the comparison, as requested or because they are not tensors.

What it detects:
    Outputs that ``--only-outputs`` does not name. They were not compared, nor were layers and inputs that serve nothing
    else, whose weights are accounted for here. Outputs of a live PyTorch module that are objects of classes which
    PyTorch does not look into: a cache of keys and values.

Why it happens:
    Only one side has a pooler or an auxiliary head, and nobody asks for it. Decoders of ``transformers`` return their
    cache beside the hidden state, unless they are called with ``use_cache=False``.

How to fix:
    Nothing to fix; name them as well to compare them.

Example:
    ``parity compare bert.keras bert.pt2 --only-outputs last_hidden_state``.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(_: Difference, __: View) -> bool:
    """Everything that was left out."""
    return True


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name them."""
    sides = (differences[0].left_value, differences[0].right_value)
    told = [f"{', '.join(names)} of the {side}" for names, side in zip(sides, ("left", "right"), strict=True) if names]
    left, right = (", ".join(names) for names in sides)
    message = "left out, with the layers that nothing else uses"
    return Explanation(message, f"not compared: {'; '.join(told)}", left_value=left, right_value=right)


RULE = Rule("outputs-left-out", Effect.BOOKKEEPING, frozenset({Topic.LEFT_OUT}), claims, explain)
