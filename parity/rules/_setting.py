"""What rules of one setting share: whether both sides tell it, and the code that sets it on the right."""

from typing import Any

from parity.comparison import Difference, View
from parity.graph import Effect, Framework
from parity.kinds import kind


def both_told(difference: Difference, kinds: frozenset[str], name: str) -> bool:
    """Whether a difference is of a setting of some kinds, with a value on both sides."""
    told = difference.unknown is None and None not in (difference.left_value, difference.right_value)
    return told and difference.name == name and difference.layer.kind in kinds


def acts_always(difference: Difference) -> bool:
    """Whether a layer that acts in training only does so in inference, too."""
    layers = difference.left, difference.right
    return any(layer is not None and layer.attributes.get("always") for layer in layers)


def effect_of(difference: Difference) -> Effect:
    """What a difference of a setting changes: outputs as well, where what acts in training only always acts."""
    attribute = kind(difference.layer.kind).attributes.get(difference.name)
    effect = attribute.effect if attribute is not None else Effect.INFERENCE  # a setting of an unsupported operator
    return Effect.INFERENCE if effect is Effect.TRAINING and acts_always(difference) else effect


def as_left(view: View, *, keras: str, torch: str) -> str:
    """How to make the right side what the left one is."""
    code = {Framework.KERAS: keras, Framework.TORCH: torch}.get(view.right.framework)
    return f"to match the left: {code or f'export the ONNX file again, from {torch} or {keras}'}"


def layer_code(layer_name: str, **settings: Any) -> str:
    """A call that sets some settings, the others left out.

    >>> layer_code("AvgPool2d", count_include_pad=False)
    'AvgPool2d(..., count_include_pad=False)'
    """
    return f"{layer_name}(..., {', '.join(f'{name}={value!r}' for name, value in settings.items())})"
