"""BatchNorm estimates its running variance with n on one side and n - 1 on the other.

What it detects:
    Matched BatchNorms of Keras and PyTorch that are trained on few values per channel, where the difference shows:
    fewer than 32 positions per sample, as after a dense layer. Reported once for the model.

Why it happens:
    The batch variance that updates the running variance is divided by n in Keras and by n - 1 in PyTorch, where n is
    the number of values that a batch has per channel. Both normalise the batch itself by the variance divided by n.

How to fix:
    No setting changes it, and the weights are carried over correctly. Train with larger batches, or keep it in mind
    when comparing after training.

Example:
    36 values per channel: after one step from 1, 1.01357 in Keras and 1.14245 in PyTorch with a momentum that keeps
    nothing of the old value; the new term is 36/35 times as large.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.comparison.conventions import ESTIMATOR, fewest
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule

BATCH = 32


def claims(difference: Difference, _: View) -> bool:
    """The estimate of the variance that is kept."""
    return difference.name == ESTIMATOR


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say by how much the larger one is larger."""
    difference = differences[0]
    count = BATCH * fewest(view)
    message = (
        f"the moving variance takes in that of the batch {difference.left_value} on the left, "
        f"{difference.right_value} on the right: {count / (count - 1):.4f} times as much in batches of {BATCH}"
    )
    return Explanation(message, "weights carry over as they are; train with large batches", remark=True)


RULE = Rule("running-variance-estimator", Effect.TRAINING, frozenset({Topic.CONVENTION}), claims, explain)
