"""Reorders axes."""

from parity.graph import Axes, Shape
from parity.kinds._contract import Attribute, Attributes, AxisNames, Call, Draft, InputShapes, Kind, Spelling, whole
from parity.kinds._given import later
from parity.kinds._operands import COMPARED, ROLES, source
from parity.kinds.shape import _rearranged


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found = inputs[0] if inputs else None
    if found is None or len(found) != len(attributes["order"]):
        return (None,)
    return (tuple(found[axis] for axis in attributes["order"]),)


def _axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    found = inputs[0]
    return inputs, (None if found is None else tuple(found[axis] for axis in attributes["order"]),)


def _draft(call: Call, order: tuple[int, ...]) -> tuple[Draft, ...]:
    rank, found = len(order), source(call)
    if found is None or not whole(order, least=-rank) or max(order, default=0) >= rank:
        return ()
    axes = tuple(axis % rank for axis in order)
    return found.draft("permute", call, order=axes) if len(set(axes)) == rank else ()


def _keras(call: Call) -> tuple[Draft, ...]:
    return _draft(call, (0, *call.get("dims")))


def _aten(call: Call) -> tuple[Draft, ...]:
    return _draft(call, tuple(call.get("dims")))


def _rank(call: Call) -> int | None:
    found = source(call)
    return len(found.shapes[0]) if found is not None and found.shapes[0] is not None else None


def _swap(first: str, second: str, axes: tuple[int, int] = (0, 1)) -> Spelling:
    """Two axes change places, those that the call names or the given ones."""

    def spell(call: Call) -> tuple[Draft, ...]:
        rank = _rank(call)
        if not rank:
            return ()
        one, other = call.get(first, axes[0]) % rank, call.get(second, axes[1]) % rank
        order = list(range(rank))
        order[one], order[other] = other, one
        return _draft(call, tuple(order))

    return spell


def _move(sources: str, targets: str) -> Spelling:
    """Axes go to other places, the rest keeps its order."""

    def spell(call: Call) -> tuple[Draft, ...]:
        rank = _rank(call)
        given = [call.get(name) for name in (sources, targets)]
        axes = [each if isinstance(each, tuple) else (each,) for each in given]
        if rank is None or not whole(*axes, least=-rank) or len(axes[0]) != len(axes[1]):
            return ()
        places = {target % rank: axis % rank for axis, target in zip(*axes, strict=True)}
        rest = iter(axis for axis in range(rank) if axis not in places.values())
        return _draft(call, tuple(places[at] if at in places else next(rest) for at in range(rank)))

    return spell


def _reversed(name: str) -> Spelling:
    """Axes in the given order, or all of them from the last to the first."""

    def spell(call: Call) -> tuple[Draft, ...]:
        rank, order = _rank(call), call.get(name)
        found = tuple(order) if order else tuple(reversed(range(rank))) if rank else ()
        return _draft(call, found) if found else ()

    return spell


KIND = Kind(
    "permute",
    attributes={"order": Attribute(), **COMPARED},
    roles=ROLES,
    shape=_shape,
    axes=_axes,
    makes=True,
    takes_complex=True,
    compute=later(__package__, "permute"),
    spellings={
        ("keras", "Permute"): _keras,
        ("keras.ops", "Transpose"): _reversed("axes"),
        ("keras.ops", "Swapaxes"): _swap("axis1", "axis2"),
        ("keras.ops", "Moveaxis"): _move("source", "destination"),
        ("keras.ops", "Rearrange"): _rearranged.spell,
        ("aten", "permute"): _aten,
        ("aten", "transpose"): _swap("dim0", "dim1"),
        ("aten", "swapaxes"): _swap("axis0", "axis1"),
        ("aten", "movedim"): _move("source", "destination"),
        ("aten", "t"): _reversed(""),
        ("aten", "numpy_T"): _reversed(""),
        ("aten", "mT"): _swap("", "", (-2, -1)),
        ("onnx", "Transpose"): _reversed("perm"),
    },
)
