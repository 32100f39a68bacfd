"""What layers do in training beside what they compute."""

from parity.graph import Layer
from parity.kinds._held import PENALTIES
from parity.kinds._registry import kind


def acts_in_training(layer: Layer) -> bool:
    """Whether a layer does something in training that its result in inference does not show."""
    held = any(weight.regularizer or weight.constraint for weight in layer.weights)
    held = held or bool(layer.attributes.get(PENALTIES))
    rates = [value for name, value in layer.attributes.items() if "dropout" in name or name == "rate"]
    idle = bool(rates) and all(rate == 0 for rate in rates)
    alone = layer.kind == "batch_norm" or (kind(layer.kind).training_only and not idle)
    return held or alone or any(rate != 0 for rate in rates)
