"""Layer normalisation: over the last axes, or over any."""

from typing import Any

from parity.graph import Effect
from parity.kinds._contract import Attribute, Call, Draft, Kind, Role, Spelling, Use
from parity.kinds._given import later
from parity.kinds._keras_places import named
from parity.kinds._written_out import Step, written_out
from parity.kinds.normalization import _axes as normalised
from parity.kinds.shape._skips import epsilon, sum_of, sums, tables


def _draft(
    call: Call, axes: tuple[int, ...] | None, epsilon: Any, slots: dict[str, str], *, centred: bool = True
) -> tuple[Draft, ...]:
    found = normalised.features(call, *slots.values())
    if axes is None or len(call.inputs) > 1 or (found is not None and len(found) != len(axes)):
        return ()
    layout = normalised.layout(call, axes)
    attributes = {"epsilon": epsilon, "axes": axes, "centred": centred, "layout": layout, "features": found}
    weights = {role: Use(call.node.weights[slot], layout) for role, slot in slots.items() if call.has(slot)}
    return (Draft("layer_norm", attributes, call.inputs[:1], call.outputs[:1], weights),)


def _keras(call: Call) -> tuple[Draft, ...]:
    """With ``rms_scaling`` Keras divides by the deviation and subtracts no mean, and has no beta."""
    axes, rms = normalised.from_end(call.get("axis", -1), call.shape()), bool(call.get("rms_scaling"))
    roles = [name for name, flag in (("gamma", "scale"), ("beta", "center")) if call.get(flag, True)]
    slots = {role: str(at) for at, role in enumerate(roles) if not (rms and role == "beta")}
    return _draft(call, axes, call.get("epsilon", 1e-3), slots, centred=not rms)


def _keras_operation(call: Call) -> tuple[Draft, ...]:
    """``keras.ops.layer_normalization``, whose factors are along the axes that it normalises over."""
    call = named(call, "x", "gamma", "beta")
    axes, rms = normalised.from_end(call.get("axis", -1), call.shape()), bool(call.get("rms_scaling"))
    slots = {role: role for role in ("gamma", "beta") if call.has(role) and not (rms and role == "beta")}
    given = set(call.node.inputs) == {"x"} and not {"gamma", "beta"}.intersection(call.node.attributes)
    return _draft(call, axes, _epsilon(call), slots, centred=not rms) if given else ()


def _epsilon(call: Call) -> Any:
    """Keras' own number where an operation is given none (``keras.config.epsilon``)."""
    return KERAS_EPSILON if call.get("epsilon") is None else call.get("epsilon")


KERAS_EPSILON = 1e-7


def _torch(call: Call) -> tuple[Draft, ...]:
    axes = normalised.last(len(call.get("normalized_shape", ())))
    return _draft(call, axes or None, call.get("eps", 1e-5), {"gamma": "weight", "beta": "bias"})


def _onnx(call: Call) -> tuple[Draft, ...]:
    first = normalised.from_end(call.get("axis", -1), call.shape())
    axes = normalised.last(-first[0]) if first is not None else None
    return _draft(call, axes, call.get("epsilon", 1e-5), {"gamma": "Scale", "beta": "B"})


def _fused(call: Call) -> tuple[Draft, ...]:
    """onnxruntime's, of a sum, be it of rows of tables."""
    looked_up = call.node.op == "EmbedLayerNormalization"
    steps = tables(call) if looked_up else sums(call)
    last = Step("LayerNormalization", {"X": "sum", "Scale": "gamma", "B": "beta"}, "norm", {"epsilon": epsilon(call)})
    return written_out(call, (*steps, last), sum_of(call, 2 if looked_up else 3)) if steps else ()


def _tensors(gamma: str, beta: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        slots = {"gamma": gamma, "beta": beta}
        shapes = call.matched(**slots)
        if not shapes or not (call.node.dialect == "torch.weights" or call.may_be("LayerNormalization")):
            return ()
        vectors = set(shapes.values())
        if len(vectors) != 1 or len(next(iter(vectors))) != 1:
            return ()
        attributes = {"features": next(iter(vectors)), "layout": "c"}
        return (Draft("layer_norm", attributes, (), (), call.stand_for(**slots)),)

    return spell


KIND = Kind(
    "layer_norm",
    attributes={
        "epsilon": Attribute(Effect.INFERENCE),
        "axes": Attribute(Effect.INFERENCE, is_axis=True),
        "centred": Attribute(Effect.INFERENCE),
    },
    told=("features", "layout"),
    roles={"gamma": Role("c"), "beta": Role("c")},
    sizes=normalised.sizes,
    follows=normalised.follows,
    compute=later(__package__, "layer_norm"),
    spellings={
        ("keras", "LayerNormalization"): _keras,
        ("keras.ops", "LayerNorm"): _keras_operation,
        ("torch.nn", "LayerNorm"): _torch,
        ("aten", "layer_norm"): _torch,
        ("aten", "native_layer_norm"): _torch,
        ("onnx", "LayerNormalization"): _onnx,
        ("onnx:com.microsoft", "SkipLayerNormalization"): _fused,
        ("onnx:com.microsoft", "EmbedLayerNormalization"): _fused,
    },
    signatures={"torch.weights": (_tensors("weight", "bias?"),), "keras.weights": (_tensors("gamma", "beta?"),)},
)
