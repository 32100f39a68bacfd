"""How far apart, or how alike in direction, two tensors are along an axis, which goes."""

from parity.graph import Shape
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind, Spelling, unknown_axes
from parity.kinds._given import later
from parity.kinds._operands import broadcast


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    (found,) = broadcast(attributes, inputs)
    if found is None:
        return (None,)
    at = attributes["axis"] % len(found)
    return ((*found[:at], *((1,) if attributes["keepdims"] else ()), *found[at + 1 :]),)


def _spell(function: str, epsilon: float) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        axis = call.get("dim", 1) if function == "cosine" else -1
        attributes = {
            "function": function,
            "axis": axis,
            "order": float(call.get("p", call.get("norm", 2.0))),
            "epsilon": float(call.get("eps", epsilon)),
            "keepdims": bool(call.get("keepdim", False)),
        }
        return (Draft("distance", attributes, call.inputs, call.outputs[:1]),) if type(axis) is int else ()

    return spell


COSINE, POWER = _spell("cosine", 1e-8), _spell("power", 1e-6)

KIND = Kind(
    "distance",
    attributes={
        "function": Attribute(),
        "axis": Attribute(is_axis=True),
        "order": Attribute(),
        "epsilon": Attribute(),
        "keepdims": Attribute(),
    },
    shape=_shape,
    axes=unknown_axes,
    compute=later(__package__, "distance"),
    spellings={
        ("torch.nn", "CosineSimilarity"): COSINE,
        ("torch.nn", "PairwiseDistance"): POWER,
        ("aten", "cosine_similarity"): COSINE,
        ("aten", "pairwise_distance"): POWER,
    },
)
