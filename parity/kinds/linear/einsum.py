"""A sum of products over axes that an equation names; with a stored kernel it is a Dense layer over several axes."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from parity.graph import Dim, Shape
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind, Role, Use, unknown_axes
from parity.kinds._given import later
from parity.kinds._macs import Work, elements
from parity.kinds._operands import leaf
from parity.kinds.activation.activation import fused, keras_function
from parity.kinds.linear._contractions import contraction, dot, inner, tensordot
from parity.kinds.linear._products import as_outer, as_product
from parity.kinds.shape.reshape import to as reshaped

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
DOTS = "..."


def _canonical(equation: Any, ranks: list[int | None]) -> str | None:
    """The equation with an arrow, without dots, and with letters in the order in which they come; None if it is none.

    >>> _canonical("...x,xy->...y", [3, 2])
    'abc,cd->abd'
    """
    if not isinstance(equation, str):
        return None
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(ranks) or not left.replace(",", "").replace(".", "").isalpha():
        return None
    if not arrow:
        letters = left.replace(",", "").replace(".", "")
        right = DOTS * (DOTS in left) + "".join(sorted(each for each in set(letters) if letters.count(each) == 1))
    spare = [each for each in LETTERS[::-1] if each not in equation]
    filled = []
    for term, rank in zip(terms, ranks, strict=True):
        if DOTS not in term:
            filled.append(term)
            continue
        count = -1 if rank is None else rank - len(term) + len(DOTS)
        if not 0 <= count < len(spare):
            return None
        filled.append(term.replace(DOTS, "".join(spare[:count][::-1])))
    widths = (len(each) - len(term) + len(DOTS) for each, term in zip(filled, terms, strict=True) if DOTS in term)
    count = max(widths, default=0)
    return _renamed(f"{','.join(filled)}->{right.replace(DOTS, ''.join(spare[:count][::-1]))}")


def _renamed(equation: str) -> str:
    order = list(dict.fromkeys(each for each in equation if each.isalpha()))
    names = dict(zip(order, LETTERS, strict=False))
    return "".join(names.get(each, each) for each in equation)


def _known(attributes: Attributes, inputs: InputShapes) -> dict[str, Dim]:
    """The size of each letter, as far as inputs and the layer's settings tell."""
    terms = attributes["equation"].partition("->")[0].split(",")
    values = [
        term
        for term, kind in zip(terms, attributes.get("operands") or ("value",) * len(terms), strict=True)
        if kind == "value"
    ]
    found: dict[str, Dim] = dict(attributes.get("letters", {}))
    for term, shape in zip(values, inputs, strict=False):
        for letter, size in () if shape is None else zip(term, shape, strict=True):
            found[letter] = found[letter] if size == 1 and letter in found else size  # one element is repeated
    return found


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    known = _known(attributes, inputs)
    out = attributes["equation"].partition("->")[2]
    return (tuple(known[letter] for letter in out) if known.keys() >= set(out) else None,)


def _sizes(attributes: Attributes, inputs: InputShapes) -> Mapping[str, int]:
    return {letter: size for letter, size in _known(attributes, inputs).items() if isinstance(size, int)}


def _spell(call: Call) -> tuple[Draft, ...]:
    """ATen's, ONNX's and Keras' operation: values of the model, or a stored kernel among them."""
    equation = call.get("equation", call.get("subscripts"))
    slots = [*call.node.inputs, *call.node.weights]
    slots.sort(key=lambda slot: int(slot.rpartition(".")[2]) if slot.rpartition(".")[2].isdecimal() else 0)
    shapes = [_stored_or_value(call, slot) for slot in slots]
    found = _canonical(equation, [None if shape is None else len(shape) for shape in shapes])
    if found is None:
        return ()
    if len(slots) == 2 and (product := _product(call, found, slots)):
        return product
    if len(call.node.weights) > 1 or not call.inputs:
        return ()
    attributes: dict[str, Any] = {"equation": found}
    weights = {}
    terms, out = found.partition("->")[0].split(","), found.partition("->")[2]
    for at, slot in enumerate(slots):
        if call.has(slot):
            term = terms[at]
            axes = _axes_of_dense(terms[1 - at], term, out) if len(terms) == 2 else None
            if axes is not None:
                units = dict(zip(term, shapes[at] or (), strict=True))[out[-1]]
                kernel = {"kernel": Use(call.node.weights[slot], axes)}
                return (Draft("dense", {"units": units}, call.inputs, call.outputs[:1], kernel),)
            weights["kernel"] = Use(call.node.weights[slot], " ".join(term))
            attributes["operands"] = tuple("stored" if each is slot else "value" for each in slots)
            attributes["letters"] = dict(zip(term, shapes[at] or (), strict=True))
    return (Draft("einsum", attributes, call.inputs, call.outputs[:1], weights),)


def _product(call: Call, equation: str, slots: Sequence[str]) -> tuple[Draft, ...]:
    """As a matmul or an element-wise product, for which a stored operand is a value as one that comes in is."""
    stored = {slot: call.stored[call.node.weights[slot]] for slot in slots if call.has(slot)}
    made = {slot: f"{call.node.path}:{slot}" for slot in stored}
    values = [made.get(slot) or call.node.inputs[slot] for slot in slots]
    shapes = [_stored_or_value(call, slot) for slot in slots]
    rows = shapes[0]
    drafts = as_product(call, equation, values, shapes) or as_outer(call, equation, values, rows[0] if rows else None)
    return (*(leaf(stored[slot], made[slot], slot) for slot in stored), *drafts) if drafts else ()


def _outer(call: Call) -> tuple[Draft, ...]:
    """ATen's ``outer``, of two rows."""
    return _product(call, "a,b->ab", ("self", "vec2"))


def _axes_of_dense(value: str, kernel: str, out: str) -> str | None:
    """What the axes of a matrix are that leads from the last axis to a new one; None where the product is another."""
    new = out[-1:]
    if len(kernel) != 2 or new in value or out[:-1] != value[:-1] or value[-1:] in out:
        return None
    return {value[-1] + new: "in out", new + value[-1]: "out in"}.get(kernel)


def _stored_or_value(call: Call, slot: str) -> Shape | None:
    if call.has(slot):
        return call.weight_shape(slot)
    value = call.values.get(call.node.inputs[slot])
    return None if value is None else value.shape


def _layer(call: Call) -> tuple[Draft, ...]:
    """Keras' EinsumDense; where the kernel is a matrix from the last axis to a new one it is a Dense layer."""
    shape, given = call.shape(), call.get("output_shape")
    made = (given,) if type(given) is int else tuple(given)
    kernel = str(call.get("equation")).partition(",")[2].partition("->")[0]
    found = _canonical(call.get("equation"), [None if shape is None else len(shape), len(kernel)])
    if found is None or shape is None:
        return ()
    (left, right), out = found.partition("->")[0].split(","), found.partition("->")[2]
    sizes = dict(zip(out[len(out) - len(made) :], made, strict=True)) | dict(zip(left, shape, strict=True))
    function = keras_function(call.get("activation"))
    if along := _along(call, found, sizes):
        return fused(along, function)
    bias = _bias(call, found) if call.get("bias_axes") else None
    if _axes_of_dense(left, right, out) == "in out" and bias in {None, out[-1:]}:
        weights = call.uses_in_order("kernel", *(("bias",) if bias else ()))
        attributes: dict[str, Any] = {"units": sizes[out[-1]]}
        return fused(Draft("dense", attributes, call.inputs[:1], call.outputs[:1], weights), function)
    drafts = _split_units(call, found, bias, sizes) or _joined_units(call, found, bias, sizes)
    if drafts:
        return (*drafts[:-1], *fused(drafts[-1], function))
    weights = {"kernel": Use(call.node.weights["0"], " ".join(right))}
    if bias:
        weights["bias"] = Use(call.node.weights["1"], " ".join(bias))
    attributes = {"equation": found, "operands": ("value", "stored"), "letters": {each: sizes[each] for each in right}}
    return fused(Draft("einsum", attributes, call.inputs[:1], call.outputs[:1], weights), function)


def _along(call: Call, found: str, sizes: Mapping[str, Dim]) -> Draft | None:
    """A Dense layer over an axis that is not the last one, with a number for each unit as its bias: ``abc,bd->adc``."""
    (left, right), out = found.partition("->")[0].split(","), found.partition("->")[2]
    given = str(call.get("equation")).replace(" ", "").partition("->")[2]
    old, new = right[:1], right[1:]
    at = left.find(old) - len(left)
    moved = len(right) == 2 and old in left and new not in left and out == left.replace(old, new)
    if not moved or at == -1 or call.get("bias_axes") not in {None, "", given[at]}:
        return None
    weights = {"kernel": Use(call.node.weights["0"], "in out")}
    if call.get("bias_axes"):
        # TensorFlow adds along the last axis, or the second one, whatever has as many elements as that.
        if any(letter != new and sizes.get(letter) == sizes[new] for letter in (out[1:2], out[-1:])):
            return None
        weights["bias"] = Use(call.node.weights["1"], "out", parts=(("out", *"1" * (-1 - at)),))
    return Draft("dense", {"units": sizes[new], "axis": at}, call.inputs[:1], call.outputs[:1], weights)


def _split_units(call: Call, found: str, bias: str | None, sizes: Mapping[str, Dim]) -> tuple[Draft, ...]:
    """A Dense layer over the last axis, and its units split into several axes: ``abc,cde->abde``."""
    (left, right), out = found.partition("->")[0].split(","), found.partition("->")[2]
    new = right[1:]
    shape = tuple(sizes[each] for each in left[:-1])
    widths = [size for each in new if isinstance(size := sizes[each], int)]
    fits = right[:1] == left[-1] and out == left[:-1] + new and not {*new} & {*left} and bias in {None, new}
    if not fits or len(new) < 2 or len(widths) < len(new):
        return ()
    weights = {"kernel": Use(call.node.weights["0"], "in out", parts=((left[-1],), tuple(new)))}
    if bias:
        weights["bias"] = Use(call.node.weights["1"], "out", parts=(tuple(new),))
    units, between = prod(widths), f"{call.node.path}:units"
    settings = {"units": units, "parts": {each: sizes[each] for each in new}}
    return (
        Draft("dense", settings, call.inputs[:1], (between,), weights, part="units"),
        Draft("reshape", reshaped((*shape, units), (*shape, *widths)), (between,), call.outputs[:1]),
    )


def _joined_units(call: Call, found: str, bias: str | None, sizes: Mapping[str, Dim]) -> tuple[Draft, ...]:
    """The last axes as one, and a Dense layer over it: ``abde,dec->abc``."""
    (left, right), out = found.partition("->")[0].split(","), found.partition("->")[2]
    old, unit = right[:-1], right[-1:]
    front = left[: len(left) - len(old)]
    shape = tuple(sizes[each] for each in front)
    widths = [size for each in old if isinstance(size := sizes[each], int)]
    fits = left == front + old and out == front + unit and unit not in left and bias in {None, unit} and front
    if not fits or len(old) < 2 or len(widths) < len(old):
        return ()
    weights = {"kernel": Use(call.node.weights["0"], "in out", parts=(tuple(old), (unit,)))}
    if bias:
        weights["bias"] = Use(call.node.weights["1"], "out")
    between = f"{call.node.path}:joined"
    settings = {"units": sizes[unit], "parts": {each: sizes[each] for each in old}}
    return (
        Draft(
            "reshape", reshaped((*shape, *widths), (*shape, prod(widths))), call.inputs[:1], (between,), part="joined"
        ),
        Draft("dense", settings, (between,), call.outputs[:1], weights),
    )


def _bias(call: Call, found: str) -> str:
    """The letters of the bias, as the canonical equation has them; axes of one element between them have none.

    Raises:
        ValueError: there would be such axes.
    """
    given = str(call.get("equation")).replace(" ", "")
    out, letters = given.partition("->")[2].replace(DOTS, ""), found.partition("->")[2]
    names = dict(zip(out[::-1], letters[::-1], strict=False))
    axes = call.get("bias_axes")
    first = min(out.index(axis) for axis in axes)
    if len(out) - first != len(axes):
        raise ValueError(f"a bias along {axes} of {out} is added along another axis by some backends")
    return "".join(names[axis] for axis in out[first:])


def _macs(work: Work) -> int | None:
    """A product for each combination of indices; a single tensor is only summed."""
    terms, _, _ = work.attributes["equation"].partition("->")
    known = _known(work.attributes, work.inputs)
    return elements(tuple(known.get(letter) for letter in {*terms} - {","})) if "," in terms else 0


KIND = Kind(
    "einsum",
    attributes={"equation": Attribute(), "operands": Attribute()},
    told=("letters",),
    roles={"kernel": Role(""), "bias": Role("")},
    shape=_shape,
    sizes=_sizes,
    axes=unknown_axes,
    macs=_macs,
    compute=later(__package__, "einsum"),
    spellings={
        ("keras", "EinsumDense"): _layer,
        ("keras.ops", "Einsum"): _spell,
        ("keras.ops", "Tensordot"): contraction(tensordot, _spell),
        ("keras.ops", "Dot"): contraction(dot, _spell),
        ("keras.ops", "Inner"): contraction(inner, _spell),
        ("keras.ops", "Outer"): contraction(lambda _: ((), ()), _spell),
        ("aten", "einsum"): _spell,
        ("aten", "outer"): _outer,
        ("aten", "ger"): _outer,
        ("onnx", "Einsum"): _spell,
    },
)
