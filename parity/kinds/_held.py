"""What the settings of a Keras layer say of its weights in training: regularizers and initializers, in one spelling."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from parity.graph import Weight

NAMES = {"recurrent_kernel": "recurrent", "slope": "alpha", "negative_slope": "alpha"}
"""What Keras calls a weight in the names of settings, where that is not its role."""

WRAPPED = ("layer", "forward_layer", "cell")
"""Settings that hold the layer whose weights a wrapper has."""

SCALED = {
    "glorotuniform": (1.0, "fan_avg", "uniform"),
    "glorotnormal": (1.0, "fan_avg", "truncated_normal"),
    "heuniform": (2.0, "fan_in", "uniform"),
    "henormal": (2.0, "fan_in", "truncated_normal"),
    "lecununiform": (1.0, "fan_in", "uniform"),
    "lecunnormal": (1.0, "fan_in", "truncated_normal"),
}
"""Initializers that are VarianceScaling with these settings: https://keras.io/api/layers/initializers"""

SCALING = ("scale", "mode", "distribution")
UNTOLD = {"seed", "dtype", "input_axes", "output_axes"}
"""Settings that change no distribution."""

SETTINGS = ("regularizer", "initializer")
DEEPEST = 4


def held(attributes: Mapping[str, Any], weight: Weight) -> Weight:
    """The weight with its regularizer and its initializer, as far as the settings of its layer tell them."""
    name = NAMES.get(weight.role or "", weight.role)
    regularizer, initializer = (_spelled(_setting(attributes, f"{name}_{what}")) for what in SETTINGS)
    return replace(weight, regularizer=regularizer, initializer=initializer) if regularizer or initializer else weight


def _setting(attributes: Mapping[str, Any], name: str, depth: int = 0) -> Any:
    """A setting of a layer, or of the one that it wraps."""
    if name in attributes or depth > DEEPEST:
        return attributes.get(name)
    for wrapped in WRAPPED:
        inner = attributes.get(wrapped)
        settings = inner.get("config") if isinstance(inner, Mapping) else None
        if isinstance(settings, Mapping):
            return _setting(settings, name, depth + 1)
    return None


def _spelled(given: Any) -> str:
    """A serialized object, or the name of one, as its class with its settings; "" where there is none."""
    if isinstance(given, str):
        return _scaled(given, {}) or given
    if not isinstance(given, Mapping) or not isinstance(given.get("class_name"), str):
        return ""
    name, config = given["class_name"], given.get("config")
    settings = {key: each for key, each in config.items() if key not in UNTOLD} if isinstance(config, Mapping) else {}
    plain = [(key, each) for key, each in settings.items() if isinstance(each, str | int | float)]
    said = ", ".join(f"{key}={each:g}" if isinstance(each, float) else f"{key}={each}" for key, each in plain)
    return _scaled(name, settings) or (f"{name}({said})" if said else name)


def _scaled(name: str, settings: Mapping[str, Any]) -> str:
    """An initializer that scales its variance, under the general name; "" for any other."""
    found = SCALED.get(name.replace("_", "").lower())
    if name == "VarianceScaling":
        found = tuple(settings.get(each) for each in SCALING)  # type: ignore[assignment]  # as a file has them
    if found is None:
        return ""
    scale, mode, distribution = found
    return f"VarianceScaling(scale={scale}, mode={mode}, distribution={distribution})"
