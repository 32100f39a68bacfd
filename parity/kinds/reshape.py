"""Changes the shape, not the order of the elements."""

from parity.graph import Axes, Shape
from parity.kinds._contract import Attribute, Attributes, AxisNames, Call, Draft, InputShapes, Kind, whole
from parity.kinds._layouts import product


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found, target = (inputs[0] if inputs else None), attributes["target"]
    if found is None or target is None or -1 not in target:
        first = attributes.get("first", found[0] if found else None)
        return ((first, *target) if target is not None else None,)
    total, rest = product(found[1:]), product([size for size in target if size != -1])
    missing = total // rest if total is not None and rest and total % rest == 0 else None
    return ((found[0], *(missing if size == -1 else size for size in target)),)


def _axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    """A dropped or added axis of one element leaves the others what they were."""
    found, kept = inputs[0], attributes.get("kept")
    if found is None or kept is None:
        return inputs, (None,)
    return inputs, (tuple(found[at] if at is not None and at < len(found) else None for at in kept),)


def _flat(source: Shape | None, target: Shape | None) -> bool:
    """Whether the reshape merges every axis but the first."""
    return (
        source is not None
        and target is not None
        and len(source) > 2 == len(target)  # noqa: PLR2004
        and (source[0] == target[0] or product(source[1:]) == target[1])
        and product(source[1:]) in {target[1], None}
    )


def _kept(source: Shape | None, target: Shape | None) -> tuple[int | None, ...] | None:
    """For each target axis the source axis that it is, where only axes of one element come or go."""
    if source is None or target is None:
        return None
    wide = [at for at, size in enumerate(source) if size != 1 or at == 0]
    places = [at for at, size in enumerate(target) if size != 1 or at == 0]
    if [source[at] for at in wide] != [target[at] for at in places]:
        return None
    back = dict(zip(places, wide, strict=True))
    return tuple(back.get(at) for at in range(len(target)))


def recorded(call: Call) -> tuple[Draft, ...]:
    """What changes the shape to that which the source records of the output, as ATen and ONNX do of every one."""
    source, target = call.shape(), call.output_shape()
    if _flat(source, target):
        return (Draft("flatten", {}, call.inputs[:1], call.outputs[:1]),)
    if not target or not call.inputs:
        return ()
    attributes = {"target": tuple(target[1:]), "first": target[0], "kept": _kept(source, target)}
    return (Draft("reshape", attributes, call.inputs[:1], call.outputs[:1]),)


def _keras(call: Call) -> tuple[Draft, ...]:
    target, source = tuple(call.get("target_shape")), call.shape()
    if not whole(target, least=-1):
        return ()
    if len(target) == 1 and len(source or ()) > 2:  # noqa: PLR2004
        return (Draft("flatten", {}, call.inputs[:1], call.outputs[:1]),)
    made = _shape({"target": target}, [source])[0]
    if source is not None and made is not None and all(isinstance(size, int) for size in made[1:]):
        attributes = {"target": made[1:], "kept": _kept(source, made)}
    else:
        attributes = {"target": target, "kept": None}
    return (Draft("reshape", attributes, call.inputs[:1], call.outputs[:1]),)


ATEN = ("view", "reshape", "_unsafe_view", "squeeze", "unsqueeze", "unflatten")

KIND = Kind(
    "reshape",
    attributes={"target": Attribute()},
    shape=_shape,
    axes=_axes,
    spellings={
        ("keras", "Reshape"): _keras,
        **{("aten", op): recorded for op in ATEN},
        **{("onnx", op): recorded for op in ("Reshape", "Squeeze", "Unsqueeze")},
    },
)
