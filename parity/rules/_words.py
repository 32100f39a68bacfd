"""Words that several rules need: frameworks, shapes, and the code that mends a missing activation."""

from collections.abc import Sequence
from typing import Any

from parity.census import counts
from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Framework, Layer, LayerGraph
from parity.rules._contract import Explanation

HOMES = {Framework.KERAS: "Keras", Framework.TORCH: "PyTorch", Framework.ONNX: "ONNX"}
SQUASHING = {"softmax", "sigmoid", "log_softmax"}


def home(graph: LayerGraph) -> str:
    """The framework's name."""
    return HOMES[graph.framework]


def total(graph: LayerGraph, layer: Layer | None) -> int:
    """The elements of a layer that its framework's headline counts."""
    return sum(counts(graph.framework, weight) for weight in layer.weights) if layer is not None else 0


def shape(sizes: Sequence[Any]) -> str:
    """A shape as a person writes it; a free size is a question of the data, so it is called free."""
    return "(" + ", ".join("free" if size is None else str(size) for size in sizes) + ")"


def plain(value: Any) -> str:
    """A value without quotes."""
    return "absent" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def listed(value: Any) -> str:
    """Names as a list."""
    return " and ".join(value) if isinstance(value, tuple) else str(value)


def one_side(difference: Difference) -> tuple[str, str]:
    """An activation's function and the side that it is on."""
    return str(difference.layer.attributes["function"]), "left" if difference.left is not None else "right"


def is_output_squashing(difference: Difference, view: View) -> bool:
    """Whether a layer is a softmax or sigmoid whose output is an output of the model."""
    graph = view.left if difference.left is not None else view.right
    layer = difference.layer
    final = any(value in graph.outputs for value in layer.outputs)
    return layer.attributes.get("function") in SQUASHING and final


def activation_code(difference: Difference, view: View) -> str:
    """How to add an activation on the side that lacks it."""
    graph = view.right if difference.left is not None else view.left
    function = str(difference.layer.attributes["function"])
    after = difference.place.source if difference.place is not None else "the layer before"
    if graph.framework is Framework.TORCH:
        call = f"torch.{function}(x, dim=-1)" if "softmax" in function else f"torch.nn.functional.{function}(x)"
        return f"add {call} after {after}"
    if graph.framework is Framework.KERAS:
        return f'add activation="{function}" to {after}'
    return f"add {function} after {after}, or export a model that has it"


def lonely(differences: Sequence[Difference], side: str, other: str) -> Explanation:
    """What there is to say of a layer that only one side has."""
    first = next((each for each in differences if each.topic is Topic.LAYER), differences[0])
    layer = first.layer
    count = sum(abs(each.delta) for each in differences)
    holds = f" with {count:,} counted elements" if count else ""
    place = f"; it would stand after {first.place.source} on the {other}" if first.place is not None else ""
    values = (layer.op, None) if side == "left" else (None, layer.op)
    message = f"{layer.op} {layer.source}{holds} on the {side} only{place}"
    if first.unknown is not None:
        return Explanation(f"{message}: {first.unknown.reason}", first.unknown.remedy, None, Effect.INFERENCE, *values)
    return Explanation(message, f"add it on the {other}", None, None, *values)


def undecided(difference: Difference, concerns: Effect) -> Explanation:
    """What there is to say of something that cannot be decided."""
    unknown = difference.unknown
    reason, remedy = (unknown.reason, unknown.remedy) if unknown is not None else ("it is not known", "")
    return Explanation(reason, remedy, concerns=concerns)
