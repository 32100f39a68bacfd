"""Variables of Keras' quantised layers: which is which, and which of them are trained."""

from collections.abc import Mapping
from typing import Any

from parity.adapters.keras._store import Variable

KERNELS = {"Dense": "kernel", "EinsumDense": "kernel", "Embedding": "embeddings"}

ORDERS: Mapping[str, tuple[str, ...]] = {
    "int8": ("{}", "bias", "{}_scale"),
    "int4": ("{}", "bias", "{}_scale", "{}_zero", "g_idx"),
    "float8": (
        *("{}", "bias", "inputs_scale", "inputs_amax_history", "{}_scale", "{}_amax_history"),
        *("outputs_grad_scale", "outputs_grad_amax_history"),
    ),
    "gptq": ("bias", "{}", "{}_scale", "{}_zero", "g_idx"),
    "awq": ("bias", "{}", "{}_scale", "{}_zero", "awq_scales", "g_idx"),
}
"""What a layer stores in order, by mode; ``{}`` is its kernel.

Source: ``variable_serialization_spec`` of the layers of Keras 3.15.
"""

OPTIONAL = ("{}_zero", "g_idx")
"""Only there where blocks of a kernel have scales of their own."""

PLAIN = ("0", "1")
"""Where a layer that is not quantised has its kernel and its bias."""


def mode(config: Mapping[str, Any]) -> str:
    """How a layer is quantised, "" if it is not."""
    policy = config.get("dtype")
    inner = policy.get("config") if isinstance(policy, Mapping) else None
    found = str(inner.get("mode", "")) if isinstance(inner, Mapping) else ""
    return found.partition("/")[0]


def named(kind: str, config: Mapping[str, Any], variables: Mapping[str, Variable]) -> Mapping[str, Variable]:
    """The variables of a layer with kernel and bias in their usual places and what quantisation adds by name.

    Those of a layer that is not quantised, or in a way that is not known here, stay as they are.
    """
    order = ORDERS.get(mode(config), ())
    kernel = KERNELS.get(kind)
    biased = kernel == "kernel" and _has_bias(kind, config)
    expected = [each for each in order if each != "bias" or biased]
    short = [each for each in expected if each not in OPTIONAL]
    names = next((each for each in (expected, short) if len(each) == len(variables)), None)
    if kernel is None or not order or names is None:
        return variables
    slots = {"{}": PLAIN[0], "bias": PLAIN[1]}
    ordered = (variables[slot] for slot in sorted(variables, key=int) if slot.isdecimal())
    return {slots.get(name, name.format(kernel)): each for name, each in zip(names, ordered, strict=True)}


def trained(config: Mapping[str, Any], slot: str) -> bool:
    """Whether gradients reach a variable: of integers only the bias, with 8-bit floats everything."""
    return mode(config) in {"", "float8"} or slot == PLAIN[1]


def _has_bias(kind: str, config: Mapping[str, Any]) -> bool:
    return bool(config.get("bias_axes")) if kind == "EinsumDense" else config.get("use_bias", True) is not False
