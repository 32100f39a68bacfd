"""Which variables of the store belong to which layer, and what each is to training."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from parity.adapters.keras._classes import LAYERS
from parity.adapters.keras._config import LayerConfig
from parity.adapters.keras._quantised import trained
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


REAL_CLASSES = {real: public for public, real in REAL_NAMES.items()}


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


@cache
def _classes() -> Mapping[str, str]:
    return {snake_case(name): REAL_CLASSES.get(name, name) for name in (*LAYERS, *REAL_NAMES.values())}


def class_of(group: str) -> str:
    """Keras' own class whose objects' groups have such names, "" if there is none: ``conv2d_3`` is a Conv2D's."""
    classes = _classes()
    return classes.get(group) or classes.get(re.sub(r"_\d+$", "", group), "")


def census(layer: LayerConfig, slot: str, variable: Variable, *, trainable: bool) -> Census:
    """What a variable is to training; ``trainable`` tells of the models around the layer.

    A live variable says it itself. For a file the flags of the layer and of the layers that it wraps decide, and
    Keras' own knowledge of which of its variables no gradient reaches.
    """
    if variable.seed:
        return Census.RNG
    if variable.trainable is not None:
        return Census.TRAINABLE if variable.trainable else Census.FROZEN
    updated = trainable and layer.trainable and _flags(layer, slot) and not _fixed(layer, slot)
    updated = updated and (not layer.built_in or trained(layer.config, slot))
    integer = variable.dtype.startswith(("int", "uint", "bool"))
    return Census.TRAINABLE if updated and not integer else Census.FROZEN


def untangled(layer: LayerConfig, variables: Mapping[str, Variable]) -> Mapping[str, Variable]:
    """The variables of a layer, one that is stored twice with one identity."""
    own, wrapped = TWICE.get(layer.type, ("", ""))
    if own in variables and wrapped in variables and variables[own].shape == variables[wrapped].shape:
        return {**variables, wrapped: replace(variables[wrapped], storage=variables[own].storage)}
    return variables


def _flags(layer: LayerConfig, slot: str) -> bool:
    """Whether all wrapped layers on the way to ``slot`` are trainable: ``forward_layer/cell/0`` of a Bidirectional."""
    return all(config.get("trainable", True) is not False for _, config, _ in way(layer, slot))


def _fixed(layer: LayerConfig, slot: str) -> bool:
    """Whether a variable of one of Keras' own layers is not updated by gradients though its layer is trainable."""
    kind, config, slot = list(way(layer, slot))[-1]
    if not slot.isdecimal() or slot == TWICE.get(kind, ("",))[0]:
        return False
    if kind == "BatchNormalization":
        return int(slot) >= (config.get("scale") is not False) + (config.get("center") is not False)
    return kind in FIXED


def way(layer: LayerConfig, slot: str) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """The layers within a layer on the way to a variable, itself first: class, arguments, and the way from there."""
    kind, config = layer.type, layer.config
    while True:
        yield kind, config, slot
        head, _, rest = slot.partition("/")
        inner = config.get(head)
        if head in ("layers", "cells"):
            name, _, rest = rest.partition("/")
            inner = dict(listed(kind, inner)).get(name)
        elif inner is None and head in ("forward_layer", "backward_layer"):
            inner = config.get("layer")
        found = inner.get("config") if isinstance(inner, Mapping) else None
        if not isinstance(inner, Mapping) or not isinstance(found, Mapping) or not rest:
            return
        kind, config, slot = str(inner.get("class_name")), found, rest


def listed(kind: str, layers: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The layers in a list among the arguments of a class, by the names that Keras gives their groups."""
    names = Names()
    for index, each in enumerate(layers if isinstance(layers, tuple) else ()):
        if not isinstance(each, Mapping):
            continue
        if index or kind != "Sequential" or each.get("class_name") != "InputLayer":
            yield names.next(str(each.get("class_name"))), each
