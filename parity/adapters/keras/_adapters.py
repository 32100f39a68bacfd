"""Low-rank adapters beside a kernel, which a file does not store: it holds their product merged into the kernel.

``layer.enable_lora(rank)`` freezes the kernel and adds two trainable matrices; a model that is loaded again has both
(source: ``enable_lora`` of ``Dense``, ``EinsumDense``, ``Embedding`` and the convolutions of Keras 3).
"""

from collections.abc import Mapping
from dataclasses import replace

from parity.adapters.keras._config import LayerConfig
from parity.adapters.keras._store import Variable
from parity.adapters.keras._variables import way

KERNEL = "0"
RANK = "lora_rank"
LEAST = 2
"""Axes of a kernel."""


def adapted(layer: LayerConfig, slots: Mapping[str, Variable], *, trainable: bool) -> Mapping[str, Variable]:
    """The variables of a layer with its adapters, and its kernel frozen where it has some.

    Args:
        layer: one of Keras' own.
        slots: what is stored of it, by slot.
        trainable: whether it and all around it are trained.
    """
    found: dict[str, Variable] = {}
    for slot, variable in slots.items():
        found[slot] = variable
        _, config, last = list(way(layer, slot))[-1]
        rank = config.get(RANK)
        if last != KERNEL or type(rank) is not int or rank < 1 or len(variable.shape) < LEAST:
            continue
        found[slot] = replace(variable, trainable=False)
        inside = slot.removesuffix(KERNEL)
        shapes = {"lora_a": (*variable.shape[:-1], rank), "lora_b": (rank, variable.shape[-1])}
        for name, shape in shapes.items():
            if f"{inside}{name}" in slots:  # an .h5 stores them
                continue
            storage = f"{variable.storage}/{name}"
            kind = variable.dtype if variable.dtype.startswith(("float", "bfloat")) else "float32"
            found[f"{inside}{name}"] = Variable(shape, kind, storage, trainable)
    return found
