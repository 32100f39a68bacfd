"""Changes the type of the elements."""

from dataclasses import replace
from typing import Any

from parity.kinds._contract import Attribute, Call, Draft, Kind
from parity.kinds._given import later
from parity.kinds._operands import COMPARED, ROLES, source

WHOLE = {"int32", "int64"}
"""Types that frameworks use for the same: indices, positions and counts."""

TYPES = ("other", "target_type")
"""What ATen and ONNX call a tensor that only gives its type."""

WHOLE_NUMBER, ANY_WHOLE = "integer", "int64"
"""What they are compared by, and one that holds what each of them does."""


ONNX = dict(
    zip(
        (1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 16),
        (
            "float32",
            "uint8",
            "int8",
            "uint16",
            "int16",
            "int32",
            "int64",
            "bool",
            "float16",
            "float64",
            "uint32",
            "uint64",
            "bfloat16",
        ),
        strict=True,
    )
)
"""Names of ``TensorProto.DataType``."""


def canonical(dtype: str) -> str:
    """The type as layers are compared by it."""
    return WHOLE_NUMBER if dtype in WHOLE else dtype


def _spell(call: Call) -> tuple[Draft, ...]:
    found = source(call)
    known = call.values.get(call.outputs[0]) if call.outputs else None
    made: Any = ONNX.get(call.get("to")) or call.get("dtype") if call.node.dialect != "aten" else None
    made = made or (known.dtype if known is not None else None)
    if found is None or not isinstance(made, str):
        return ()
    before = call.values.get(found.inputs[0]) if found.inputs else None
    # Only ATen and ONNX record the type of every value. Numbers of places fit either type of whole numbers.
    same = before is not None and (before.dtype == made or WHOLE.issuperset({before.dtype, made}))
    if same and call.node.dialect != "keras.ops":
        draft = Draft("identity", {}, found.inputs, call.outputs[:1])
    elif [call.stored[use.name].dtype for use in found.weights.values()] == [made]:
        (draft,) = found.draft("expand", call, target=found.shapes[0])
    else:
        (draft,) = found.draft("cast", call, to=canonical(made))
    return (replace(draft, ignored=found.beside(call), told_by=TYPES),)


KIND = Kind(
    "cast",
    attributes={"to": Attribute(), **COMPARED},
    roles=ROLES,
    makes=True,
    compute=later(__package__, "cast"),
    spellings={
        **{("keras.ops", op): _spell for op in ("Cast", "SaturateCast")},
        **{("aten", op): _spell for op in ("to", "_to_copy", "type_as")},
        **{("onnx", op): _spell for op in ("Cast", "CastLike")},
    },
)
