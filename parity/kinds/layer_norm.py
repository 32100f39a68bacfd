"""Layer normalisation over the last axes."""

from collections.abc import Mapping

from parity.graph import Effect
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind, Role, Spelling


def _sizes(attributes: Attributes, inputs: InputShapes) -> Mapping[str, int]:
    found = inputs[0] if inputs else None
    width = found[-1] if found else attributes.get("features")
    return {"c": width} if isinstance(width, int) else {}


def _draft(call: Call, epsilon: float, weights: tuple[str, str], **more: int | None) -> tuple[Draft, ...]:
    gamma, beta = weights
    shape = call.weight_shape(gamma) or call.weight_shape(beta)
    if (shape is not None and len(shape) != 1) or len(call.inputs) > 1:
        return ()
    uses = call.uses(gamma=gamma, beta=beta)
    return (Draft("layer_norm", {"epsilon": epsilon, **more}, call.inputs[:1], call.outputs[:1], uses),)


def _keras(call: Call) -> tuple[Draft, ...]:
    axis, shape = call.get("axis", -1), call.shape()
    axes = axis if isinstance(axis, list | tuple) else [axis]
    if call.get("rms_scaling") or len(axes) != 1 or (axes[0] != -1 and (shape is None or axes[0] != len(shape) - 1)):
        return ()
    slots = ("0" if call.get("scale", True) else "none", "1" if call.get("scale", True) else "0")
    return _draft(call, call.get("epsilon", 1e-3), slots)


def _torch(call: Call) -> tuple[Draft, ...]:
    normalised = call.get("normalized_shape", ())
    if len(normalised) != 1:
        return ()
    return _draft(call, call.get("eps", 1e-5), ("weight", "bias"), features=normalised[0])


def _onnx(call: Call) -> tuple[Draft, ...]:
    axis, shape = call.get("axis", -1), call.shape()
    if axis != -1 and (shape is None or axis != len(shape) - 1):
        return ()
    return _draft(call, call.get("epsilon", 1e-5), ("Scale", "B"))


def _tensors(gamma: str, beta: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        slots = {"gamma": gamma, "beta": beta}
        shapes = call.matched(**slots)
        if not shapes or not (call.node.dialect == "torch.weights" or call.may_be("LayerNormalization")):
            return ()
        vectors = set(shapes.values())
        if len(vectors) != 1 or len(next(iter(vectors))) != 1:
            return ()
        return (Draft("layer_norm", {"features": next(iter(vectors))[0]}, (), (), call.stand_for(**slots)),)

    return spell


KIND = Kind(
    "layer_norm",
    attributes={"epsilon": Attribute(Effect.INFERENCE)},
    roles={"gamma": Role("c"), "beta": Role("c")},
    sizes=_sizes,
    spellings={
        ("keras", "LayerNormalization"): _keras,
        ("torch.nn", "LayerNorm"): _torch,
        ("aten", "layer_norm"): _torch,
        ("onnx", "LayerNormalization"): _onnx,
    },
    signatures={"torch.weights": (_tensors("weight", "bias?"),), "keras.weights": (_tensors("gamma", "beta?"),)},
)
