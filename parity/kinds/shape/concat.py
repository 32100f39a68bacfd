"""Joins tensors along an axis."""

from collections.abc import Sequence

from parity.graph import Shape
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind, Spelling
from parity.kinds._given import later
from parity.kinds._operands import leaf
from parity.kinds.source.constant import flat, held


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    shapes = [shape for shape in inputs if shape is not None]
    if not shapes or len(shapes) != len(inputs):
        return (None,)
    axis = attributes["axis"] % len(shapes[0])
    if len({len(shape) for shape in shapes}) > 1:
        return (None,)
    sizes = [shape[axis] for shape in shapes]
    known = [size for size in sizes if isinstance(size, int)]
    total = sum(known) if len(known) == len(sizes) else None
    rest = [next((dim for dim in dims if isinstance(dim, int)), dims[0]) for dims in zip(*shapes, strict=True)]
    return ((*rest[:axis], total, *rest[axis + 1 :]),)


def _spell(name: str, default: int | None) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        axis = call.get(name, default)
        constants = [name for name in call.node.attributes if name.startswith("inputs.")]
        if type(axis) is not int or not call.inputs:
            return ()
        if call.node.weights or constants:
            return _with_stored(call, axis, constants)
        return (Draft("concat", {"axis": axis}, call.inputs, call.outputs[:1]),)

    return spell


def _with_stored(call: Call, axis: int, constants: Sequence[str]) -> tuple[Draft, ...]:
    """Stored tensors and numbers between values: a class token before the patches of an image, as layers."""
    slots = sorted((*call.node.inputs, *call.node.weights, *constants), key=lambda slot: int(slot.rpartition(".")[2]))
    drafts, parts = [], []
    for slot in slots:
        if slot in call.node.inputs:
            parts.append(call.node.inputs[slot])
            continue
        made = f"{call.node.path}:{slot}"
        parts.append(made)
        if slot in constants:
            drafts.append(held(made, *flat(call.get(slot)), slot))
            continue
        drafts.append(leaf(call.stored[call.node.weights[slot]], made, slot))
    return (*drafts, Draft("concat", {"axis": axis}, tuple(parts), call.outputs[:1]))


def _appended(call: Call) -> tuple[Draft, ...]:
    """Two tensors; without an axis they are flattened first, which this does not say."""
    return _spell("axis", None)(call) if len(call.node.inputs) + len(call.node.weights) == 2 else ()


def _stacked(axis: int) -> Spelling:
    """Along an axis that all have: NumPy gives those of fewer axes more of them."""

    def spell(call: Call) -> tuple[Draft, ...]:
        shapes = [call.shape(at) for at in range(len(call.inputs))]
        if not shapes or call.node.weights or any(shape is None or len(shape) <= max(axis, 1) for shape in shapes):
            return ()
        return (Draft("concat", {"axis": axis}, call.inputs, call.outputs[:1]),)

    return spell


KIND = Kind(
    "concat",
    attributes={"axis": Attribute(is_axis=True)},
    shape=_shape,
    compute=later(__package__, "concat"),
    spellings={
        ("keras", "Concatenate"): _spell("axis", -1),
        ("keras.ops", "Concatenate"): _spell("axis", 0),
        ("keras.ops", "Append"): _appended,
        **{("keras.ops", name): _stacked(axis) for name, axis in (("Vstack", 0), ("Hstack", 1), ("Dstack", 2))},
        ("aten", "cat"): _spell("dim", 0),
        ("onnx", "Concat"): _spell("axis", None),
    },
)
