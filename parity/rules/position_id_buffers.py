"""Position ids (0, 1, 2, ...) are stored as a tensor.

What it detects:
    Tensors of integers that count up from 0 and that one side stores more of.

Why it happens:
    ``register_buffer("position_ids", torch.arange(512))`` is in the ``state_dict`` of older models, and is not a
    parameter. Keras generates position ids at run time, and so do newer versions of the same models.

How to fix:
    Nothing to fix; leave it out when carrying weights over, or load with ``strict=False``.

Example:
    ``embeddings.position_ids`` of BERT, 512 elements.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.comparison.uncounted import POSITIONS
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._stored import more, of_sort


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say how many, on which side."""
    return Explanation(f"{more(differences[0], 'that are position ids')}; they can be generated again")


RULE = Rule("position-id-buffers", Effect.BOOKKEEPING, frozenset({Topic.UNCOUNTED}), of_sort(POSITIONS), explain)
