"""A weight is trained on one side and frozen on the other.

What it detects:
    Matched weights of which one is trainable and the other is not: frozen, or a buffer.

Why it happens:
    ``layer.trainable = False`` in Keras or ``requires_grad_(False)`` in PyTorch was set on one side only. In Keras a
    frozen BatchNorm also stops using batch statistics; in PyTorch that takes ``.eval()``.

How to fix:
    Freeze or unfreeze the same layers on both sides.

Example:
    An encoder frozen in Keras whose PyTorch port trains all of it.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Framework
from parity.rules._contract import Explanation, Rule


def claims(_: Difference, __: View) -> bool:
    """Every weight of another class."""
    return True


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name the weights and their classes."""
    said: dict[tuple[str, str], list[str]] = {}
    for each in differences:
        said.setdefault((each.left_value, each.right_value), []).append(each.name)
    parts = (f"{', '.join(names)}: {left} on the left, {right} on the right" for (left, right), names in said.items())
    trains = any("trainable" in classes for classes in said)
    if not trains:
        return Explanation(f"{'; '.join(parts)}; neither is trained", effect=Effect.BOOKKEEPING)
    return Explanation("; ".join(parts), _remedy(differences, view))


def _remedy(differences: Sequence[Difference], view: View) -> str:
    """How to freeze the side that trains, in its own framework's words."""
    first = next(each for each in differences if "trainable" in {each.left_value, each.right_value})
    of_left = first.left_value == "trainable"
    layer, graph = (first.left, view.left) if of_left else (first.right, view.right)
    path, side = (layer.source if layer is not None else ""), "left" if of_left else "right"
    if graph.framework is Framework.KERAS:
        return f'freeze it on the {side}: model.get_layer("{path}").trainable = False; or unfreeze the other'
    if graph.framework is Framework.TORCH:
        evals = " and .eval()" if first.layer.kind == "batch_norm" else ""
        code = f'model.get_submodule("{path}").requires_grad_(False){evals}'
        return f"freeze it on the {side}: {code}; or unfreeze the other"
    return "freeze or unfreeze it on both sides"


RULE = Rule("frozen-layer", Effect.TRAINING, frozenset({Topic.CENSUS}), claims, explain)
