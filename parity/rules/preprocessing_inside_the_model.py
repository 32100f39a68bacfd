"""One model preprocesses its input itself, the other expects preprocessed input.

What it detects:
    A rescaling or normalisation by constants between an input and the rest of the model, on one side only. Consecutive
    ones are one finding.

Why it happens:
    ``Rescaling`` and ``Normalization`` are part of a Keras model, as in ``keras.applications.EfficientNetB0``; PyTorch
    programs do it while loading data. Until it is done, all layers get different inputs than their counterparts.

How to fix:
    Apply the same preprocessing to the other model's input, or remove it from this one.

Example:
    ``Rescaling(1 / 255)`` in Keras: pass ``x / 255`` to the PyTorch port.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Census, Effect, Layer, LayerGraph
from parity.rules._contract import Explanation, Rule
from parity.rules._words import called, plain

FIXED = {Census.STATE, Census.CONSTANT, Census.NONPERSISTENT}
FEW = 4
"""Channels of an image; what has more is told in short."""

ROUNDED = 1e-6
"""By how much a product in float32 may miss 1."""
SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}


def claims(difference: Difference, view: View) -> bool:
    """A layer on one side only that works on an input by fixed numbers."""
    return _first(difference, view) is not None


def _first(difference: Difference, view: View) -> Layer | None:
    """The first layer that prepares what the given one works on, where there is nothing else before it."""
    if (difference.left is None) is (difference.right is None):
        return None
    of_left = difference.left is not None
    graph, layer = view.left if of_left else view.right, difference.layer
    seen: set[str] = set()
    while _prepares(layer) and layer.path not in seen and view.counterpart(layer, of_left=of_left) is None:
        seen.add(layer.path)
        before = graph.producers.get(layer.inputs[0])
        if before is None:
            return None
        if before.kind == "input":
            return layer if _all_of(graph, before, layer) else None
        layer = before
    return None


def _prepares(layer: Layer) -> bool:
    """Whether a layer has one input and changes it by fixed numbers alone."""
    if len(layer.inputs) != 1 or any(weight.census not in FIXED for weight in layer.weights):
        return False
    scales = layer.kind == "elementwise" and layer.attributes.get("function") in SIGNS
    return layer.kind in {"normalization", "keras_scaling"} or scales


def _all_of(graph: LayerGraph, source: Layer, layer: Layer) -> bool:
    """Whether nothing else uses an input."""
    return graph.consumers.get(source.outputs[0], ()) == (layer,)


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say what it computes, and on which side."""
    layers = list(dict.fromkeys(each.layer.path for each in differences))
    by_path = {each.layer.path: each.layer for each in differences}
    side, other = ("left", "right") if differences[0].left is not None else ("right", "left")
    formula = "x"
    for path in layers:
        formula = _applied(by_path[path], formula)
    names = " and ".join(dict.fromkeys(called(by_path[path]) for path in layers))
    count = sum(abs(each.delta) for each in differences)
    stored = [
        called(each)
        for each in by_path.values()
        if each.kind == "normalization" and each.attributes.get("mean") is None
    ]
    where = f"; mean and variance are in {' and '.join(stored)}" if stored else ""
    held = f" ({count:,} elements{where})" if count else ""
    message = f"{side} only: {names}{held}"
    values = (formula, None) if side == "left" else (None, formula)
    unknown = next((each.unknown for each in differences if each.unknown is not None), None)
    if unknown is not None:
        return Explanation(f"{message}: {unknown.reason}", unknown.remedy, None, Effect.INTERFACE, *values)
    return Explanation(message, f"pass {formula} to the {other} model, or remove it on the {side}", None, None, *values)


def _applied(layer: Layer, to: str) -> str:
    """What a layer computes, written out."""
    if layer.kind != "elementwise":
        mean, variance = (layer.attributes.get(name) for name in ("mean", "variance"))
        numbers = ("mean", "variance") if mean is None else (_number(mean), _number(variance))
        return f"({to} - {numbers[0]}) / sqrt({numbers[1]})"
    operand = layer.attributes.get("operand")
    shown = f"({to})" if " " in to else to
    told = _number(operand) if operand is not None else "stored numbers"
    function = str(layer.attributes["function"])
    if function == "multiply" and isinstance(operand, float) and (whole := _divisor(operand)):
        return f"{shown} / {whole}"
    return f"{shown} {SIGNS[function]} {told}"


def _divisor(factor: float) -> int:
    """The whole number that a factor divides by; 0 where it is none."""
    whole = round(1 / factor) if 0 < factor < 1 else 0
    return whole if whole and abs(whole * factor - 1) < ROUNDED else 0


def _number(value: object) -> str:
    if isinstance(value, tuple) and len(value) <= FEW:
        return f"({', '.join(_number(each) for each in value)})"
    return plain(value)


RULE = Rule(
    "preprocessing-inside-the-model",
    Effect.INTERFACE,
    frozenset({Topic.LAYER, Topic.LAYER_WEIGHTS}),
    claims,
    explain,
    about=_first,
)
