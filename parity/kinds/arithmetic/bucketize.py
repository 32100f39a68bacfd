"""The number of the interval between rising boundaries that a value falls in."""

from parity.kinds._contract import Attribute, Call, Draft, Kind
from parity.kinds._given import later


def _keras(call: Call) -> tuple[Draft, ...]:
    """Keras' Discretization with boundaries of its own; those that are learnt from data are no part of the config."""
    boundaries = call.get("bin_boundaries")
    if not isinstance(boundaries, tuple) or not boundaries or call.get("output_mode", "int") != "int":
        return ()
    if call.get("sparse") or not all(isinstance(each, int | float) for each in boundaries):
        return ()
    # A value on a boundary belongs to the interval that the boundary begins.
    attributes = {"boundaries": tuple(float(each) for each in boundaries), "boundary_begins": True}
    return (Draft("bucketize", attributes, call.inputs[:1], call.outputs[:1]),)


KIND = Kind(
    "bucketize",
    attributes={"boundaries": Attribute(), "boundary_begins": Attribute()},
    compute=later(__package__, "bucketize"),
    spellings={("keras", "Discretization"): _keras},
)
