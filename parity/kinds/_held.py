"""What the settings of a Keras layer hold of its weights in training: where they start, and what keeps them small.

Regularizers, constraints and initializers are told in one spelling, with the weight that they are of; what is of none,
as a penalty on what the layer gives, is told with the layer.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from parity.graph import Weight

NAMES = {"recurrent_kernel": "recurrent", "slope": "alpha", "negative_slope": "alpha"}
"""What Keras calls a weight in the names of settings, where that is not its role."""

WRAPPED = ("layer", "forward_layer", "cell", "backward_layer")
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

SETTINGS = ("regularizer", "initializer", "constraint")
LASTING = ("_regularizer", "_constraint")
"""How the names of settings end that act in training, other than where it starts."""

OWN_KERNELS = ("depthwise", "pointwise")
"""Parts of a layer whose kernel is called as the part."""

CUSTOM = "custom "
"""How the spelling begins of what is not Keras' own: two of one name need not be the same."""

DEEPEST = 4


def held(attributes: Mapping[str, Any], weight: Weight, part: str = "") -> Weight:
    """The weight with what its layer's settings tell of it; ``part`` is that of a layer that is told in several."""
    name = _name(attributes, weight, part)
    order = WRAPPED[::-1] if BACKWARD in weight.name else WRAPPED
    told = (_spelled(_setting(attributes, f"{name}_{what}", order)) for what in SETTINGS)
    regularizer, initializer, constraint = told
    if not (regularizer or initializer or constraint):
        return weight
    return replace(weight, regularizer=regularizer, initializer=initializer, constraint=constraint)


def penalties(attributes: Mapping[str, Any], weights: Iterable[Weight]) -> tuple[tuple[str, str], ...]:
    """The regularizers and constraints of a layer that none of its weights has, by the name of the setting."""
    told = {each for weight in weights for each in (weight.regularizer, weight.constraint)}
    unbiased = attributes.get("use_bias") is False
    found = (each for each in _lasting(attributes) if each[1] not in told or each[0].endswith(ACTIVITY))
    return tuple((name, spelled) for name, spelled in found if not (unbiased and name.startswith("bias_")))


PENALTIES = "penalties"
"""The attribute of a layer with regularizers or constraints that none of its weights has: their names with them."""

ACTIVITY = "activity_regularizer"
BACKWARD = "/backward_layer/"


def _lasting(settings: Mapping[str, Any], path: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """All regularizers and constraints of a layer and of those inside it."""
    for name, value in settings.items():
        if name.endswith(LASTING):
            if spelled := _spelled(value):
                yield f"{path}{name}", spelled
        elif depth < DEEPEST:
            for at, each in enumerate(value if isinstance(value, tuple) else (value,)):
                config = each.get("config") if isinstance(each, Mapping) else None
                if isinstance(config, Mapping):
                    yield from _lasting(config, f"{path}{name}.{at}." if at else f"{path}{name}.", depth + 1)


def _name(attributes: Mapping[str, Any], weight: Weight, part: str) -> str:
    """What Keras calls a weight in the names of settings."""
    own = part if part in OWN_KERNELS else "depthwise" if "depthwise_initializer" in attributes else ""
    return own if own and weight.role == "kernel" else NAMES.get(weight.role or "", weight.role or "")


def _setting(attributes: Mapping[str, Any], name: str, order: tuple[str, ...], depth: int = 0) -> Any:
    """A setting of a layer, or of the one that it wraps."""
    if name in attributes or depth > DEEPEST:
        return attributes.get(name)
    for wrapped in order:
        inner = attributes.get(wrapped)
        settings = inner.get("config") if isinstance(inner, Mapping) else None
        if isinstance(settings, Mapping):
            return _setting(settings, name, order, depth + 1)
    return None


def _spelled(given: Any) -> str:
    """A serialized object, or the name of one, as its class with its settings; "" where there is none."""
    if isinstance(given, str):
        return _scaled(given, {}) or given
    if not isinstance(given, Mapping) or not isinstance(given.get("class_name"), str):
        return ""
    name, config = given["class_name"], given.get("config")
    settings = {key: each for key, each in config.items() if key not in UNTOLD} if isinstance(config, Mapping) else {}
    said = ", ".join(
        f"{key}={each:g}" if isinstance(each, float) else f"{key}={each}" for key, each in settings.items()
    )
    own = CUSTOM if str(given.get("module") or "keras").partition(".")[0] not in {"keras", "tf_keras"} else ""
    return _scaled(name, settings) or own + (f"{name}({said})" if said else name)


def _scaled(name: str, settings: Mapping[str, Any]) -> str:
    """An initializer that scales its variance, under the general name; "" for any other."""
    found = SCALED.get(name.replace("_", "").lower())
    if name == "VarianceScaling":
        found = tuple(settings.get(each) for each in SCALING)  # type: ignore[assignment]  # as a file has them
    if found is None:
        return ""
    scale, mode, distribution = found
    return f"VarianceScaling(scale={scale}, mode={mode}, distribution={distribution})"
