"""What arithmetic computes: functions of each element, reductions, orders, types of number.

Sources: https://numpy.org/doc/stable/reference/routines.math.html and the operators' documents (PyTorch, ONNX, Keras),
which agree where they have the operator.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce as folded
from typing import Any

import numpy as np

from parity.graph import Unknown
from parity.kinds._contract import Attributes
from parity.kinds._erf import erf, erfc
from parity.kinds._given import Array, Given, Uncomputable, array
from parity.kinds._integers import rounded, scaled
from parity.kinds.arithmetic._reductions import norm, reduced
from parity.kinds.attention._masks import ALL, CAUSAL, MARK

COMPUTED = "computed"
"""How a grid begins that the model computes itself."""

BFLOAT16 = 16
"""Bits of single precision that the type leaves out."""


NEXT_TO = 2.0**-50
"""How far, in proportion, double precision may leave a number beside the whole or half one that it stands for.

Quotients of two numbers in single precision that are neither are at least 2^-48 away from one.
"""


def _settled(x: Array) -> Array:
    """Numbers with those next to a whole or half one at it: a product with 1/49 is no quotient to the last digit."""
    if x.dtype.kind != "f":
        return x
    with np.errstate(invalid="ignore"):
        near = np.rint(2 * x) / 2
        return np.where(np.abs(x - near) <= NEXT_TO * np.abs(x), near, x)


def _divided(x: Array, y: Array) -> Array:
    return np.trunc(x / y)


def _powers(x: Array, y: Array) -> Array:
    whole = x.dtype.kind != "f" and y.dtype.kind != "f" and not (y < 0).any()
    return np.power(x, y) if whole else np.power(x.astype("float64"), y)


ONE: Mapping[str, Callable[[Array], Array]] = {
    **{name: getattr(np, name) for name in ("abs", "negative", "sqrt", "log", "log2", "log10", "log1p", "expm1")},
    **{name: getattr(np, name) for name in ("exp2", "sin", "cos", "tan", "sinh", "cosh", "sign")},
    **{name: getattr(np, f"arc{name[1:]}") for name in ("asin", "acos", "atan", "asinh", "acosh", "atanh")},
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "reciprocal": lambda x: 1 / x,
    "erf": erf,
    "erfc": erfc,
    "floor": lambda x: np.floor(_settled(x)),
    "ceil": lambda x: np.ceil(_settled(x)),
    "truncate": lambda x: np.trunc(_settled(x)),
    "round": lambda x: np.rint(_settled(x)),
    "is_nan": np.isnan,
    "is_finite": np.isfinite,
    "is_inf": np.isinf,
    "logical_not": np.logical_not,
    "bitwise_not": np.invert,
}
TWO: Mapping[str, Callable[[Array, Array], Array]] = {
    **{name: getattr(np, name) for name in ("subtract", "divide", "remainder", "fmod", "floor_divide", "hypot")},
    **{name: getattr(np, name) for name in ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal")},
    **{name: getattr(np, name) for name in ("left_shift", "right_shift", "logaddexp")},
    "power": _powers,
    "atan2": np.arctan2,
    "truncate_divide": _divided,
}
SEVERAL: Mapping[str, Callable[[Array, Array], Array]] = {
    **{name: getattr(np, name) for name in ("add", "multiply", "maximum", "minimum")},
    **{name: getattr(np, name) for name in ("logical_and", "logical_or", "logical_xor")},
    **{name: getattr(np, name) for name in ("bitwise_and", "bitwise_or", "bitwise_xor")},
}
"""What takes any number of operands."""


BITS = {"bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not", "left_shift", "right_shift"}


def _as_bits(operand: Array) -> Array:
    """Whole numbers, which constants hold as real ones."""
    return operand.astype("int64") if operand.dtype.kind == "f" and not (operand % 1).any() else operand


def elementwise(given: Given) -> tuple[Array, ...]:
    """A function of one operand, of two, or of several."""
    name, operands = given.attributes["function"], elementwise_operands(given)
    operands = [_as_bits(each) for each in operands] if name in BITS else operands
    given.makes(*np.broadcast_shapes(*(each.shape for each in operands)))
    if name == "average":
        return (folded(np.add, operands) / len(operands),)
    if name in SEVERAL and operands:
        return (np.asarray(folded(SEVERAL[name], operands)),)
    table: Mapping[str, Callable[..., Array]] = {1: ONE, 2: TWO}.get(len(operands), {})  # type: ignore[assignment]
    if name not in table:
        raise Uncomputable(f"parity has no formula for the function {name!r} of {len(operands)} operands")
    return (np.asarray(table[name](*operands)),)


def elementwise_operands(given: Given) -> list[Array]:
    """The operands by place: values, and what is stored or held beside them, laid along its axis.

    Raises:
        Uncomputable: an operand is told by a word only.
    """
    attributes = given.attributes
    if "operands" in attributes:
        return given.operands()
    others = _stored_operands(given)
    if "operand" in attributes:
        shapes = attributes.get("operand_shapes", ())
        told = attributes["operand"]
        masks = isinstance(told, str)
        others.append(_mask(given, told) if masks else _laid(array(told), attributes, shapes[-1] if shapes else ()))
    own = list(given.inputs)
    if not own:
        own, others = others[:-1] or others, others[-1:] if others[:-1] else []
    return [*others, *own] if attributes.get("operand_first") else [*own, *others]


def _mask(given: Given, told: str) -> Array:
    """What is added to scores, told by what it lets through: nothing, or minus infinity where a key comes later.

    Raises:
        Uncomputable: the mask is of another pattern, and the graph does not keep its numbers.
    """
    pattern = told.removeprefix(MARK)
    numbers = given.attributes.get("mask")
    if numbers is not None and given.attributes["function"] == "add":
        return np.asarray(numbers)
    if given.attributes["function"] != "add" or len(given.inputs) != 1 or pattern not in {ALL, CAUSAL}:
        raise Uncomputable(f"only the pattern of its operand is known: {told}")
    if pattern == ALL:  # of as many axes as what comes out: the sum may add some of one element
        return np.zeros((1,) * len(given.shapes[0] or ()))
    queries, keys = (given.shapes[0] or given.inputs[0].shape)[-2:]
    if not isinstance(queries, int) or not isinstance(keys, int):
        raise Uncomputable("the sizes of its mask are not known")
    return np.where(np.tri(queries, keys) > 0, 0.0, -np.inf)


def _stored_operands(given: Given) -> list[Array]:
    shapes = given.attributes.get("operand_shapes", ())
    found = []
    held = [each for role, each in given.stored.items() if role.startswith("operand")]
    for at, stored in enumerate(held):
        found.append(_laid(stored.array, given.attributes, shapes[at] if at < len(shapes) else stored.array.shape))
    return found


def _laid(operand: Array, attributes: Attributes, shape: Sequence[Any]) -> Array:
    """An operand against the last axes of a value."""
    axis = attributes.get("operand_axis")
    if axis is not None and operand.ndim <= 1:
        if axis >= 0:
            raise Uncomputable("the axis of its operand is counted from the front")
        return operand.reshape(-1, *(1,) * (-axis - 1))
    sizes = tuple(shape)
    if operand.ndim and all(isinstance(size, int) for size in sizes) and operand.size == np.prod(sizes, dtype=int):
        return operand.reshape(sizes)
    return operand


def reduce(given: Given) -> tuple[Array, ...]:
    """Axes brought down to one number."""
    return reduced(given)


def cast(given: Given) -> tuple[Array, ...]:
    """Numbers of another type: cut off to whole ones, or rounded to fewer digits.

    Single and double precision are left as they are: all is computed in the latter.
    """
    x, to = given.operand(), given.attributes["to"]
    if to == "bool":
        return (x != 0,)
    if to in {"float32", "float64"}:
        return (x.astype("float64"),)
    if to == "float16":
        return (x.astype("float16").astype("float64"),)
    if to == "bfloat16":
        return (_bfloat16(x),)
    if to == "integer" or to.startswith(("int", "uint")):
        whole = np.trunc(_settled(x)).astype("int64")
        return (whole if to in {"integer", "int64", "uint64"} else whole.astype(to).astype("int64"),)
    raise Uncomputable(f"parity knows no numbers of the type {to!r}")


def _bfloat16(x: Array) -> Array:
    """The nearest numbers of which single precision has the same exponent and seven digits."""
    single = x.astype("float32")
    bits = single.view("uint32").astype("uint64")
    rounded = (bits + (1 << (BFLOAT16 - 1)) - 1 + ((bits >> BFLOAT16) & 1)) >> BFLOAT16 << BFLOAT16
    return np.where(np.isfinite(single), rounded.astype("uint32").view("float32"), single).astype("float64")


TOTALS: Mapping[str, tuple[Callable[..., Array], int]] = {"sum": (np.cumsum, 0), "prod": (np.cumprod, 1)}
"""Running totals, and what they begin with."""


def cumulate(given: Given) -> tuple[Array, ...]:
    """Running totals along an axis, from either end, with the element itself or without."""
    x, axis = given.operand(), given.attributes["axis"]
    function, neutral = TOTALS[given.attributes["function"]]
    back = given.attributes.get("reverse")
    x = np.flip(x, axis) if back else x
    made = function(x, axis=axis)
    if given.attributes.get("exclusive"):
        first = np.full_like(np.take(made, [0], axis=axis), neutral)
        made = np.concatenate([first, np.delete(made, -1, axis=axis)], axis=axis)
    return (np.flip(made, axis) if back else made,)


def sort(given: Given) -> tuple[Array, ...]:
    """The elements of an axis in order, or the first of them, and the places that they had; equals stay in order."""
    x, axis, kept = given.inputs[0], given.attributes["axis"], given.attributes["kept"]
    if isinstance(kept, Unknown):
        raise Uncomputable(f"how many it keeps is not known: {kept.reason}")
    keys = x.astype("int64") if x.dtype.kind == "b" else x
    if not given.attributes.get("ordered", True):
        raise Uncomputable("the order of what it keeps is not recorded")
    places = np.argsort(-keys if given.attributes["descending"] else keys, axis=axis, kind="stable")
    if kept is not None:
        places = np.take(places, np.arange(kept), axis=axis)
    return np.take_along_axis(x, places, axis=axis), places


def triangle(given: Given) -> tuple[Array, ...]:
    """What is above a diagonal, or below."""
    cut = np.triu if given.attributes["upper"] else np.tril
    return (cut(given.operand(), given.attributes["diagonal"]),)


def where(given: Given) -> tuple[Array, ...]:
    """The second operand where the first is true, the third elsewhere."""
    condition, chosen, other = given.operands()
    given.makes(*np.broadcast_shapes(condition.shape, chosen.shape, other.shape))
    return (np.where(condition != 0, chosen, other),)


def distance(given: Given) -> tuple[Array, ...]:
    """The cosine of two vectors, or the norm of their difference."""
    x, y = np.broadcast_arrays(*given.inputs)
    axis, epsilon = given.attributes["axis"], given.attributes["epsilon"]
    if given.attributes["function"] == "cosine":
        norms = [np.maximum(np.sqrt((each * each).sum(axis=axis, keepdims=True)), epsilon) for each in (x, y)]
        made = (x * y).sum(axis=axis, keepdims=True) / (norms[0] * norms[1])
    else:
        made = norm(x - y + epsilon, axis, given.attributes["order"])
    return (made if given.attributes["keepdims"] else np.squeeze(made, axis),)


def bucketize(given: Given) -> tuple[Array, ...]:
    """The number of boundaries that a value has passed; on one it has where that begins an interval."""
    side: Any = "right" if given.attributes["boundary_begins"] else "left"
    return (np.searchsorted(np.asarray(given.attributes["boundaries"]), given.inputs[0], side=side),)


def quantisation(given: Given) -> tuple[Array, ...]:
    """Integers of a grid for real numbers, or real numbers for integers."""
    told = given.attributes
    if "gives" in told and told["gives"][0] == COMPUTED:
        return _by_extremes(given.inputs[0])
    if "gives" in told:
        return (rounded(given.inputs[0], _grid(given, told["gives"])),)
    if "takes" not in told:
        raise Uncomputable("the grid that it rounds to is only known from the layers around it")
    ((_, grid),) = told["takes"]
    return (scaled(given.inputs[0], _grid(given, grid)),)


def _grid(given: Given, grid: Any) -> Any:
    """Scale, zero point and type, where the scale is only stored."""
    if len(grid) == 3 or not given.has("scale") or given.raw("scale").size != 1 or not given.has("zero_point"):
        return grid
    raise Uncomputable("the type of its integers is not known")


def _by_extremes(x: Array) -> tuple[Array, ...]:
    """Integers of 8 bits over the range of the numbers and 0, with their scale and zero point."""
    low, high = min(float(x.min(initial=0.0)), 0.0), max(float(x.max(initial=0.0)), 0.0)
    scale = (high - low) / 255 or 1.0
    zero = int(np.clip(np.rint(-low / scale), 0, 255))
    return rounded(x, (scale, zero, "uint8")), np.asarray(scale), np.asarray(zero)


COMPLEX: Mapping[str, Callable[..., Array]] = {
    "complex of pairs": lambda pairs: pairs[..., 0] + 1j * pairs[..., 1],
    "pairs of complex": lambda numbers: np.stack([numbers.real, numbers.imag], axis=-1),
    "real part": np.real,
    "imaginary part": np.imag,
    "conjugate": np.conj,
    "of parts": lambda real, imaginary: real + 1j * imaginary,
    "of polar coordinates": lambda sizes, angles: sizes * np.exp(1j * angles),
}


def complex_numbers(given: Given) -> tuple[Array, ...]:
    """Complex numbers made, or taken apart."""
    arrays, function = given.operands(), given.attributes["function"]
    if function == "complex of pairs" and arrays[0].shape[-1:] != (2,):
        raise Uncomputable("its last axis does not hold pairs")
    return (np.asarray(COMPLEX[function](*arrays)),)
