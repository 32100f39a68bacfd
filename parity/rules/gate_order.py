"""The gates of a recurrent layer are stored in another order.

What it detects:
    Matched LSTM or GRU layers whose concatenated gates follow each other differently.

Why it happens:
    LSTM: Keras (i, f, c, o) and PyTorch (i, f, g, o) agree; ONNX stores i, o, f, c.
    GRU: Keras and ONNX (z, r, h) agree; PyTorch stores r, z, n.

How to fix:
    Reorder blocks of H rows when carrying weights over: from PyTorch to ONNX take blocks 0, 3, 1, 2.

Example:
    The ``W`` of an ONNX LSTM with 64 units is four blocks of 64 rows: input, output, forget, cell.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(difference: Difference, _: View) -> bool:
    """The attribute of the gates' order."""
    return difference.name == "gate_order" and difference.unknown is None


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name both orders."""
    left, right = str(differences[0].left_value), str(differences[0].right_value)
    names = left.split()
    blocks = tuple(names.index(gate) for gate in right.split() if gate in names)
    message = f"gates are stored as {left} on the left, as {right} on the right"
    return Explanation(message, f"use the left's blocks {blocks} for the right when weights are carried over")


RULE = Rule("gate-order", Effect.CONVERSION, frozenset({Topic.ATTRIBUTE}), claims, explain)
