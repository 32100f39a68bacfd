"""The places of all elements that are not zero, as many as there are: one row or column for each axis."""

from parity.kinds._contract import Attribute, Call, Draft, Kind, Spelling, unknown_axes, unknown_shape
from parity.kinds._given import later


def _spell(*, rows: bool) -> Spelling:
    """``rows``: a row for each place, as in PyTorch, or a column, as in ONNX."""

    def spell(call: Call) -> tuple[Draft, ...]:
        return (Draft("nonzero", {"rows": rows}, call.inputs[:1], call.outputs[:1]),)

    return spell


KIND = Kind(
    "nonzero",
    attributes={"rows": Attribute()},
    shape=unknown_shape,
    axes=unknown_axes,
    compute=later(__package__, "nonzero"),
    spellings={("aten", "nonzero"): _spell(rows=True), ("onnx", "NonZero"): _spell(rows=False)},
)
