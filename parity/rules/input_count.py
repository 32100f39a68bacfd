"""The models have different numbers of inputs.

What it detects:
    Another number of inputs on each side.

Why it happens:
    An optional input, such as a mask, is built in on one side. tf2onnx leaves constants that TensorFlow's optimiser has
    replaced among the inputs: nothing uses them, but onnxruntime refuses to run without them.

How to fix:
    Build or export both with the same inputs.

Example:
    ``input_ids`` and ``attention_mask`` against ``input_ids`` alone.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import number, only


def claims(_: Difference, __: View) -> bool:
    """Another number."""
    return True


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name both numbers, those that one side has alone, and those that have to be given though nothing uses them."""
    difference = differences[0]
    left, right = number(difference.left_value, "input"), number(difference.right_value, "input")
    message = f"{left} on the left, {right} on the right"
    sides = (("left", view.left, view.alignment.to_right), ("right", view.right, view.alignment.to_left))
    for side, graph, paired in sides:
        names = dict(zip(graph.inputs, graph.input_names, strict=False))
        idle = [value for value in graph.inputs if value not in graph.consumers and value not in graph.outputs]
        takes = [value for value in graph.inputs if value not in idle and value in graph.producers]
        lone = [
            names.get(value, value).removesuffix(":0") for value in takes if graph.producers[value].path not in paired
        ]
        message += only(side, lone)
        if idle:
            message += f"; nothing on the {side} uses {', '.join(idle[:SHOWN])}"
    return Explanation(message, "build or export both with the same inputs")


SHOWN = 3


RULE = Rule("input-count", Effect.INTERFACE, frozenset({Topic.INPUTS}), claims, explain)
