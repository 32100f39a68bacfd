"""What the settings of a Keras layer hold of its weights in training: where they start, and what keeps them small.

Regularizers, constraints and initializers are told in one spelling, with the weight that they are of; what is of none,
as a penalty on what the layer gives, is told with the layer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from parity.graph import Weight
from parity.kinds._contract import whole

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


def _penalties(attributes: Mapping[str, Any], weights: Iterable[Weight]) -> tuple[tuple[str, str], ...]:
    """The regularizers and constraints of a layer that none of its weights has, by the name of the setting."""
    told = {each for weight in weights for each in (weight.regularizer, weight.constraint)}
    unbiased = attributes.get("use_bias") is False
    found = (each for each in _lasting(attributes) if each[1] not in told or each[0].endswith(ACTIVITY))
    return tuple((name, spelled) for name, spelled in found if not (unbiased and name.startswith("bias_")))


PENALTIES = "penalties"
"""The attribute of a layer with regularizers or constraints that none of its weights has: their names with them."""

COMPUTED_IN = "computed_in"
"""The attribute of a layer that computes in another type of number than the usual one."""

USUAL, MIXED = "float32", "mixed_"

ADAPTER_SCALE = "adapter_scale"
"""The attribute of a layer with low-rank adapters: what their product is multiplied by before it is added."""

ACTIVITY = "activity_regularizer"
BACKWARD = "/backward_layer/"


def beside(attributes: Mapping[str, Any], weights: Sequence[Weight]) -> dict[str, Any]:
    """What the settings of a layer tell of its training as a whole, as attributes of its first part."""
    rest, rank = _penalties(attributes, weights), attributes.get("lora_rank")
    alpha = attributes.get("lora_alpha", rank)
    scale = {ADAPTER_SCALE: alpha / rank} if rank and whole(rank) and isinstance(alpha, int | float) else {}
    policy = ", ".join(filter(None, (precision(attributes.get("dtype")), *_quantizers(attributes))))
    computed = {COMPUTED_IN: policy} if policy else {}
    return {**({PENALTIES: rest} if rest else {}), **scale, **computed}


def _quantizers(attributes: Mapping[str, Any]) -> Iterator[str]:
    """How a layer rounds what comes in and its kernel, where it does."""
    found = attributes.get("quantization_config")
    config = found.get("config") if isinstance(found, Mapping) else None
    for name, value in config.items() if isinstance(config, Mapping) else ():
        if value is not None:
            yield f"{name} {_spelled(value)}" if isinstance(value, Mapping) else f"{name}={value}"


def precision(policy: Any) -> str:
    """The dtype that a layer computes in under a policy of Keras; "" where that is the usual one."""
    config = policy.get("config") if isinstance(policy, Mapping) else None
    told = config if isinstance(config, Mapping) else {"name": policy}
    name = told.get("name", told.get("source_name"))
    kind = name.removeprefix(MIXED) if isinstance(name, str) else USUAL
    mode = told.get("mode")
    return f"{mode} and {kind}" if isinstance(mode, str) else kind if kind not in {USUAL, "_infer"} else ""


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
