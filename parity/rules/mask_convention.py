"""Masks have opposite meanings, or a mask exists on one side only.

What it detects:
    Matched attention layers whose boolean masks have opposite meanings (True = attend on one side, True = masked out on
    the other), or of which one has no mask; embeddings and Masking layers that make later layers skip steps on one side
    only.

Why it happens:
    True means attend in Keras, in ``scaled_dot_product_attention``, in ONNX and in transformers; in
    ``nn.MultiheadAttention`` True means masked out, in ``attn_mask`` and ``key_padding_mask`` alike. Keras passes a
    mask from ``Embedding(mask_zero=True)`` and ``Masking`` to all later layers, and ``fit`` leaves the masked steps of
    an output out of the loss; PyTorch and ONNX have no counterpart.

How to fix:
    Negate it: ``attn_mask=~mask``. For Keras' own masks, ``pack_padded_sequence`` for recurrent layers in PyTorch, a
    ``key_padding_mask`` for attention, and a mean over the steps that count.

Example:
    An inverted causal mask: the first steps see the future, and the last row is masked out entirely, which gives NaN.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Framework, Layer
from parity.rules._contract import Explanation, Rule
from parity.rules._words import called

LOSS = "masks_loss"
MEANINGS = {"attends": "True is to attend", "blocks": "True is blocked", "adds": "its values are added"}
SETTINGS = {("attention", "mask"), ("embedding", "mask_zero"), ("embedding", LOSS), ("masking", "value")}


def claims(difference: Difference, _: View) -> bool:
    """What a mask says, or that there is one."""
    if difference.topic is Topic.LAYER:
        return difference.name == "masking"
    return (difference.layer.kind, difference.name) in SETTINGS and difference.unknown is None


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say what the mask means on either side."""
    difference = differences[0]
    if difference.topic is Topic.LAYER:
        return _alone(difference, view)
    layers = difference.left, difference.right
    if difference.layer.kind == "attention":
        values = difference.left_value, difference.right_value
        said = [MEANINGS.get(value, "it has a fixed mask") if value else "it has no mask" for value in values]
        message = f"attention on the left: {said[0]}; on the right: {said[1]}"
        negated = set(values) == {"attends", "blocks"}
        code = "negate the mask on one side: ~mask in PyTorch, keras.ops.logical_not(mask) in Keras"
        return Explanation(message, code if negated else "give both the same mask")
    if difference.layer.kind == "masking":
        message = f"steps of {difference.left_value} are skipped on the left, of {difference.right_value} on the right"
        return Explanation(message, "set the same mask_value on both sides")
    if difference.name == LOSS:
        side = "left" if difference.left_value else "right"
        message = f"an output has the mask of {called(difference.layer)} on the {side} only: fit leaves these steps out"
        return Explanation(message, "set the same mask_zero on both sides", Effect.TRAINING)
    return _skips(view, *(layer for layer in layers if layer is not None))


def _skips(view: View, left: Layer, right: Layer) -> Explanation:
    side, layer, other = ("left", left, view.right) if left.attributes["mask_zero"] else ("right", right, view.left)
    message = f"{called(layer)} makes the layers after it skip the steps of token 0 on the {side} only"
    return Explanation(message, _remedy(other.framework, side))


def _alone(difference: Difference, view: View) -> Explanation:
    side, other = ("left", view.right) if difference.left is not None else ("right", view.left)
    layer = difference.layer
    value = layer.attributes.get("value")
    message = f"{called(layer)} makes the layers after it skip the steps of {value} on the {side} only"
    if difference.unknown is not None:
        return Explanation(f"{message}: {difference.unknown.reason}", difference.unknown.remedy, None, Effect.INFERENCE)
    return Explanation(message, _remedy(other.framework, side))


def _remedy(framework: Framework, side: str) -> str:
    if framework is Framework.KERAS:
        return f"mask both sides, or neither: remove it on the {side}"
    return f"mask these steps on the other side: pack_padded_sequence, key_padding_mask; or remove it on the {side}"


RULE = Rule("mask-convention", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE, Topic.LAYER}), claims, explain)
