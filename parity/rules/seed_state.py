"""A model stores the state of random number generators.

What it detects:
    Seeds of random image augmentation, and of other layers that draw random numbers, which one side stores.

Why it happens:
    Keras 3 gives each such layer a seed of two integers, which is among ``variables`` and not among ``weights``; some
    layers (``RandomFlip``, but not ``Dropout``) also store it in the file. PyTorch draws from one generator for all,
    and ONNX keeps nothing.

How to fix:
    Nothing to fix; leave them out when carrying weights over.

Example:
    ``RandomFlip()`` in Keras: two elements more in the file and in ``model.variables``, none in ``count_params()``.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Census, Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._stored import more, of_sort


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say how many, on which side."""
    return Explanation(f"{more(differences[0], 'of seeds')}; no total counts them, and inference does not use them")


RULE = Rule("seed-state", Effect.BOOKKEEPING, frozenset({Topic.UNCOUNTED}), of_sort(Census.RNG.value), explain)
