"""Brings features to mean 0 and variance 1 by statistics of the data, which are stored or given as settings."""

from collections.abc import Mapping
from typing import Any

from parity.graph import Census, Effect
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind, Role, Use
from parity.kinds._given import later
from parity.kinds.normalization._axes import from_end


def _sizes(attributes: Attributes, inputs: InputShapes) -> Mapping[str, int]:
    found = inputs[0] if inputs else None
    if found is None:
        return {}
    names = str(attributes["layout"]).split()
    given = [found[axis] for axis in attributes["axes"]]
    return {name: size for name, size in zip(names, given, strict=True) if isinstance(size, int)}


def _numbers(given: Any) -> Any:
    """Nested lists as nested tuples."""
    return tuple(_numbers(each) for each in given) if isinstance(given, list | tuple) else given


def _keras(call: Call) -> tuple[Draft, ...]:
    axis = call.get("axis", -1)
    axes = () if axis is None or axis in ((), []) else from_end(axis, call.shape())
    if axes is None or len(call.inputs) > 1:
        return ()
    layout = "c" if len(axes) == 1 else " ".join(f"axis{-each}" for each in axes)
    given = {name: _numbers(call.get(name)) for name in ("mean", "variance")}
    slots = call.uses_in_order("mean", "variance", "count") if given["mean"] is None else {}
    weights = {role: use if role == "count" else Use(use.name, layout) for role, use in slots.items()}
    attributes = {"axes": axes, "invert": bool(call.get("invert", False)), "layout": layout, **given}
    return (Draft("normalization", attributes, call.inputs[:1], call.outputs[:1], weights),)


def _tensors(call: Call) -> tuple[Draft, ...]:
    slots = {"mean": "mean", "variance": "variance", "count": "count"}
    shapes = call.matched(**slots)
    if shapes is None or not call.may_be("Normalization") or shapes["mean"] != shapes["variance"]:
        return ()
    layout = "c" if len(shapes["mean"]) == 1 else " ".join(f"axis{at}" for at in range(len(shapes["mean"])))
    uses = call.stand_for(**slots)
    weights = {role: use if role == "count" else Use(use.name, layout) for role, use in uses.items()}
    return (Draft("normalization", {"layout": layout}, (), (), weights),)


KIND = Kind(
    "normalization",
    attributes={
        "axes": Attribute(Effect.INFERENCE, is_axis=True),
        "invert": Attribute(Effect.INFERENCE),
        "mean": Attribute(Effect.INFERENCE),
        "variance": Attribute(Effect.INFERENCE),
    },
    told=("layout",),
    roles={name: Role("", census=Census.STATE) for name in ("mean", "variance", "count")},
    sizes=_sizes,
    compute=later(__package__, "normalization"),
    spellings={("keras", "Normalization"): _keras},
    signatures={"keras.weights": (_tensors,)},
)
