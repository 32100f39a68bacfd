"""Which variables of the store belong to which layer, and what each is to training."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from parity.adapters.keras._config import LayerConfig
from parity.adapters.keras._store import Variable
from parity.graph import Census

ALWAYS_WEIGHTED = frozenset(
    {
        "Dense",
        "EinsumDense",
        "Embedding",
        "Conv1D",
        "Conv2D",
        "Conv3D",
        "Conv1DTranspose",
        "Conv2DTranspose",
        "Conv3DTranspose",
        "DepthwiseConv1D",
        "DepthwiseConv2D",
        "SeparableConv1D",
        "SeparableConv2D",
        "BatchNormalization",
        "LSTM",
        "GRU",
        "SimpleRNN",
        "ConvLSTM1D",
        "ConvLSTM2D",
        "ConvLSTM3D",
        "MultiHeadAttention",
        "GroupQueryAttention",
        "PReLU",
        "RMSNormalization",
    }
)
"""Keras' own layers that have variables whatever their arguments are, once they are built."""

FIXED = frozenset({"Normalization", "SpectralNormalization", "RNN", "LSTM", "GRU", "SimpleRNN"}) | {
    f"ConvLSTM{rank}D" for rank in (1, 2, 3)
}
"""Keras' own layers that have no trainable variables but in what they wrap: a stateful LSTM holds its states."""

TWICE = {"SpectralNormalization": ("0", "layer/0")}
"""Keras' own layers that store a variable of the layer that they wrap as their own, too."""
REAL_NAMES = {"GroupQueryAttention": "GroupedQueryAttention"}
"""Keras' own classes that go by another name in its public interface, and so in configs, but not in stores."""


class Names:
    """Names of groups as Keras gives them: the class in snake case, numbered from the second on."""

    def __init__(self) -> None:
        """A fresh one for each list of layers."""
        self._used: dict[str, int] = {}

    def next(self, class_name: str) -> str:
        """The name of the next object of this class."""
        name = snake_case(REAL_NAMES.get(class_name, class_name))
        count = self._used.get(name, -1) + 1
        self._used[name] = count
        return f"{name}_{count}" if count else name


def snake_case(class_name: str) -> str:
    """A class name as Keras puts it in paths.

    >>> snake_case("Conv2DTranspose"), snake_case("LSTM"), snake_case("ReLU")
    ('conv2d_transpose', 'lstm', 're_lu')
    """
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", class_name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()


def census(layer: LayerConfig, slot: str, variable: Variable, *, trainable: bool) -> Census:
    """What a variable is to training; ``trainable`` tells of the models around the layer.

    A live variable says it itself. For a file the flags of the layer and of the layers that it wraps decide, and
    Keras' own knowledge of which of its variables no gradient reaches.
    """
    if variable.seed:
        return Census.RNG
    if variable.trainable is not None:
        return Census.TRAINABLE if variable.trainable else Census.FROZEN
    updated = trainable and layer.trainable and _flags(layer.config, slot) and not _fixed(layer, slot)
    integer = variable.dtype.startswith(("int", "uint", "bool"))
    return Census.TRAINABLE if updated and not integer else Census.FROZEN


def untangled(layer: LayerConfig, variables: Mapping[str, Variable]) -> Mapping[str, Variable]:
    """The variables of a layer, one that is stored twice with one identity."""
    own, wrapped = TWICE.get(layer.type, ("", ""))
    if own in variables and wrapped in variables and variables[own].shape == variables[wrapped].shape:
        return {**variables, wrapped: replace(variables[wrapped], storage=variables[own].storage)}
    return variables


def _flags(config: Mapping[str, Any], slot: str) -> bool:
    """Whether all wrapped layers on the way to ``slot`` are trainable: ``forward_layer/cell/0`` of a Bidirectional."""
    for part in slot.split("/")[:-1]:
        name = "layer" if part == "forward_layer" and part not in config else part
        inner = config.get(name)
        if not isinstance(inner, Mapping) or not isinstance(inner.get("config"), Mapping):
            return True
        config = inner["config"]
        if config.get("trainable", True) is False:
            return False
    return True


def _fixed(layer: LayerConfig, slot: str) -> bool:
    """Whether a variable of one of Keras' own layers is not updated by gradients though its layer is trainable."""
    kind, config = layer.type, layer.config
    while "/" in slot and isinstance(config.get("layer"), Mapping):
        head, _, rest = slot.partition("/")
        if head not in ("layer", "forward_layer", "backward_layer"):
            break
        inner = config.get(head) or config["layer"]
        kind, config, slot = str(inner.get("class_name")), inner.get("config", {}), rest
    if not slot.isdecimal() or slot == TWICE.get(kind, ("",))[0]:
        return False
    if kind == "BatchNormalization":
        return int(slot) >= (config.get("scale") is not False) + (config.get("center") is not False)
    return kind in FIXED
