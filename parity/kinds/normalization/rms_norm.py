"""Root-mean-square normalisation: divides by the root of the mean square, and subtracts nothing."""

from typing import Any

from parity.graph import Effect, Unknown
from parity.kinds._contract import Attribute, Call, Draft, Kind, Role, Spelling, Use
from parity.kinds._given import later
from parity.kinds._keras_places import named
from parity.kinds._written_out import Step, written_out
from parity.kinds.normalization import _axes as normalised
from parity.kinds.shape._skips import epsilon, sum_of, sums

SMALLEST = {"float32": 2.0**-23, "float64": 2.0**-52}
"""What PyTorch adds if no epsilon is given: the distance from 1 to the next number (``torch.finfo(dtype).eps``)."""

EPSILON_OF_DTYPE = Unknown(
    "without an epsilon PyTorch uses one that depends on the dtype, which is not known",
    "give the layer an epsilon",
)


def _draft(call: Call, axes: tuple[int, ...] | None, epsilon: Any, slot: str) -> tuple[Draft, ...]:
    found = normalised.features(call, slot)
    if axes is None or len(call.inputs) > 1 or (found is not None and len(found) != len(axes)):
        return ()
    layout = normalised.layout(call, axes)
    weights = {"gamma": Use(call.node.weights[slot], layout)} if call.has(slot) else {}
    attributes = {"epsilon": epsilon, "axes": axes, "layout": layout, "features": found}
    return (Draft("rms_norm", attributes, call.inputs[:1], call.outputs[:1], weights),)


def _keras(call: Call) -> tuple[Draft, ...]:
    """Keras multiplies the last axes by its scale, whichever axes it takes the root over."""
    axes = normalised.from_end(call.get("axis", -1), call.shape())
    if axes is None or axes == normalised.last(len(axes)) or not call.has("0"):
        return _draft(call, axes, call.get("epsilon", 1e-6), "0")
    scale, middle = call.weight_shape("0"), f"{call.outputs[0]}:normalised"
    if scale is None or len(call.inputs) > 1:
        return ()
    attributes = {"epsilon": call.get("epsilon", 1e-6), "axes": axes, "layout": "", "features": None}
    scaled: dict[str, Any] = {"function": "multiply", "operand_shapes": (scale,)}
    scaled |= {"operand_axis": -1} if len(scale) == 1 else {}
    operand = {"operand": Use(call.node.weights["0"], "c" if len(scale) == 1 else "")}
    return (
        Draft("rms_norm", attributes, call.inputs[:1], (middle,), part="norm"),
        Draft("elementwise", scaled, (middle,), call.outputs[:1], operand, part="scale"),
    )


def _keras_operation(call: Call) -> tuple[Draft, ...]:
    """``keras.ops.rms_normalization``, whose epsilon is Keras' own, 1e-7, if it is given none."""
    call = named(call, "x", "scale")
    axes = normalised.from_end(call.get("axis", -1), call.shape())
    trailing = axes is not None and axes == normalised.last(len(axes))
    epsilon = 1e-7 if call.get("epsilon") is None else call.get("epsilon")
    given = set(call.node.inputs) == {"x"} and "scale" not in call.node.attributes
    return _draft(call, axes, epsilon, "scale") if trailing and given else ()


def _torch(call: Call) -> tuple[Draft, ...]:
    axes, epsilon = normalised.last(len(call.get("normalized_shape", ()))), call.get("eps")
    if epsilon is None:
        value = call.values.get(call.inputs[0]) if call.inputs else None
        stored = call.stored.get(call.node.weights.get("weight", ""))
        dtype = value.dtype if value is not None else stored.dtype if stored is not None else None
        epsilon = SMALLEST.get(str(dtype), EPSILON_OF_DTYPE)
    return _draft(call, axes or None, epsilon, "weight")


def _onnx(*slots: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        first = normalised.from_end(call.get("axis", -1), call.shape())
        axes = normalised.last(-first[0]) if first is not None else None
        slot = next((each for each in slots if call.has(each)), slots[0])
        return _draft(call, axes, call.get("epsilon", 1e-5), slot)

    return spell


def _fused(call: Call) -> tuple[Draft, ...]:
    """onnxruntime's, of a sum."""
    steps = sums(call)
    last = Step("RMSNormalization", {"X": "sum", "scale": "gamma"}, "norm", {"epsilon": epsilon(call)})
    return written_out(call, (*steps, last), sum_of(call, 3)) if steps else ()


def _tensors(slot: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        shapes = call.matched(gamma=slot)
        told = call.node.dialect == "torch.weights" or call.may_be("RMSNormalization")
        if not shapes or not told or len(shapes["gamma"]) != 1:
            return ()
        attributes = {"features": shapes["gamma"], "layout": "c"}
        return (Draft("rms_norm", attributes, (), (), call.stand_for(gamma=slot)),)

    return spell


KIND = Kind(
    "rms_norm",
    attributes={"epsilon": Attribute(Effect.INFERENCE), "axes": Attribute(Effect.INFERENCE, is_axis=True)},
    told=("features", "layout"),
    roles={"gamma": Role("c")},
    sizes=normalised.sizes,
    follows=normalised.follows,
    compute=later(__package__, "rms_norm"),
    spellings={
        ("keras", "RMSNormalization"): _keras,
        ("keras.ops", "RMSNorm"): _keras_operation,
        ("torch.nn", "RMSNorm"): _torch,
        ("aten", "rms_norm"): _torch,
        ("aten", "_fused_rms_norm"): _torch,
        ("onnx", "RMSNormalization"): _onnx("scale"),
        ("onnx", "SimplifiedLayerNormalization"): _onnx("scale", "1"),
        ("onnx:com.microsoft", "SimplifiedLayerNormalization"): _onnx("scale", "1"),
        ("onnx:com.microsoft", "SkipSimplifiedLayerNormalization"): _fused,
    },
    signatures={"torch.weights": (_tensors("weight"),), "keras.weights": (_tensors("scale"),)},
)
