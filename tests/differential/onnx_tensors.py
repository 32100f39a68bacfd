"""ONNX operators that rearrange, select and reduce, with the whole range of their attributes."""

from typing import Any

import numpy as np
from differential.drawing import Draw, Op, Slot, anything, choose, floats, kind_is, maybe
from differential.programs import Operand, Unfit


def axis(first: int = 0) -> Any:
    return lambda draw: draw.axis(first=first)


def axes_of(most: int = 3) -> Slot:
    return lambda draw: draw.numbers(draw.axes(most=most))


def not_negative(draw: Draw) -> int:
    """An axis counted from the front, for operators of old sets."""
    return draw.axis() % draw.rank()


REDUCERS = "L1 L2 LogSum LogSumExp Max Mean Min Prod SumSquare"
KEEP = choose(None, 0, 1, 0)
EMPTY = choose(None, 0, 1)


def reducers() -> list[Op]:
    found = []
    for name in (f"Reduce{each}" for each in REDUCERS.split()):
        old = {"axes": lambda draw: draw.axes() if draw.chance(0.85) else None, "keepdims": KEEP}
        found.append(Op(f"{name}/a", (floats(1),), old, "reduce", 11, 17))
        new = {"keepdims": KEEP, "noop_with_empty_axes": EMPTY}
        found.append(Op(name, (floats(1), maybe(0.85, axes_of())), new, "reduce", 18))
    found.append(Op("ReduceSum/a", (floats(1),), {"axes": lambda draw: draw.axes(), "keepdims": KEEP}, "reduce", 7, 12))
    found.append(
        Op(
            "ReduceSum",
            (floats(1), maybe(0.85, axes_of())),
            {"keepdims": KEEP, "noop_with_empty_axes": EMPTY},
            "reduce",
            13,
        )
    )
    return found


def computed(draw: Draw, fits: Any) -> str | None:
    """A value of whole numbers that is fit to be a shape."""
    if not draw.chance(0.3):
        return None
    found = [name for name, array in draw.values.items() if array.dtype == "int64" and array.ndim == 1 and fits(array)]
    return draw.pick(found) if found else None


def shape_for(draw: Draw) -> Operand:
    """Another shape of as many elements, with 0 and -1, or one that is computed."""
    if found := computed(draw, lambda array: int(np.prod(array)) == draw.array().size and (array > 0).all()):
        return found
    shape = list(draw.shape())
    size = int(np.prod(shape)) if shape else 1
    if size == 0:
        raise Unfit
    first = shape[:1] if draw.options.get("free") or draw.chance(0.6) else []
    rest = size // (first[0] if first else 1)
    for _ in range(draw.between(0, 2)):
        factor = draw.split(rest)[0]
        first.append(factor)
        rest //= factor
    wanted = [*first, rest]
    if draw.chance(0.3):
        at = draw.between(0, len(wanted) - 1)
        wanted.insert(at, 1)
    zero = [at for at, each in enumerate(wanted) if at < len(shape) and shape[at] == each]
    given = list(wanted)
    if zero and draw.chance(0.5) and not draw.settings.get("allowzero"):
        given[int(draw.pick(zero))] = 0
    if draw.chance(0.5):
        given[draw.between(0, len(given) - 1)] = -1
    if draw.options.get("free") and shape and given[0] == shape[0] and -1 not in given:
        given[0] = draw.pick([0, -1])
    return draw.numbers(given)


def ones_of(draw: Draw) -> list[int]:
    """Some axes of one element."""
    ones = [at for at, size in enumerate(draw.shape()) if size == 1]
    if not ones:
        raise Unfit
    kept = sorted(draw.rng.permutation(ones)[: draw.between(1, len(ones))].tolist())
    return [at - draw.rank() if draw.chance(0.3) else at for at in kept]


def new_axes(draw: Draw) -> list[int]:
    count = draw.between(1, 2)
    rank = draw.rank() + count
    chosen = sorted(draw.rng.permutation(rank)[:count].tolist())
    return [at - rank if draw.chance(0.3) else at for at in chosen]


def plain(axes: Any) -> Any:
    """Axes counted from the front, as old sets have them."""
    return lambda draw: [at % (draw.rank() + (2 if axes is new_axes else 0)) for at in axes(draw)]


def cut(draw: Draw) -> tuple[list[int], list[int], list[int], list[int]]:
    """Starts, ends, axes and steps of a slice."""
    axes = draw.axes(most=2)
    starts, ends, steps = [], [], []
    for at in axes:
        size = draw.shape()[at]
        step = draw.pick([1, 1, 1, 2, -1, -2])
        start = draw.between(0, max(size - 1, 0))
        end = draw.between(start + 1, size + 1) if step > 0 else draw.pick([-size - 1, max(start - 2, 0) - size - 1])
        start = draw.pick([start, start - size]) if step > 0 else draw.pick([start, size, -1])
        starts.append(start)
        ends.append(draw.pick([end, 1 << 31]) if step > 0 else end)
        steps.append(step)
    return starts, ends, axes, steps


def part(at: int) -> Slot:
    """One of the four lists of a slice, drawn together."""

    def slot(draw: Draw) -> Operand:
        if at == 0:
            draw.options = {**draw.options, "cut": cut(draw)}
        lists = draw.options.get("cut") or cut(draw)
        draw.options = {**draw.options, "cut": lists}
        return draw.numbers(lists[at])

    return slot


def old_cut(at: int) -> Any:
    def setting(draw: Draw) -> list[int]:
        lists = draw.options.get("cut") or cut(draw)
        draw.options = {**draw.options, "cut": lists}
        if any(step != 1 for step in lists[3]):
            raise Unfit
        return [each % draw.rank() for each in lists[2]] if at == 2 else lists[at]

    return setting


def borders(draw: Draw) -> list[int]:
    mode = draw.settings.get("mode", "constant")
    low = -1 if mode == "constant" and draw.chance(0.2) else 0
    pads = [draw.between(low, 2) if draw.chance(0.4) else 0 for _ in range(2 * draw.rank())]
    if draw.options.get("free"):
        pads[0] = pads[draw.rank()] = 0
    return pads


def widened(draw: Draw) -> Operand:
    """A shape to expand to: axes of one element, and new ones in front."""
    if found := computed(draw, lambda array: (array > 0).all() and int(np.prod(array)) < 500):
        return found
    shape = [draw.pick([1, 2, 3]) if size == 1 else draw.pick([size, 1]) for size in draw.shape()]
    if draw.options.get("free") and shape:
        shape[0] = 1
    if draw.chance(0.4):
        shape = [draw.pick([1, 2, 3]), *shape]
    return draw.numbers(shape)


def along(draw: Draw) -> int:
    return draw.shape()[draw.settings.get("axis", 0)]


def indices(draw: Draw) -> Operand:
    """Stored places along an axis, or a value of whole numbers."""
    size = along(draw)
    if draw.chance(0.2):
        return draw.value(kind_is("i", 1, 2))
    count = draw.pick([None, 1, 2, 3])
    drawn = draw.rng.integers(-size, size, count) if count else draw.between(-size, size - 1)
    return draw.numbers(drawn)


def like_data(draw: Draw) -> Operand:
    """Indices of the rank of the data."""
    shape = draw.shape()
    sizes = [draw.between(1, size) for size in shape]
    return draw.numbers(draw.rng.integers(-along(draw), along(draw), sizes))


def updates(draw: Draw) -> Operand:
    return draw.weight(draw.shape(1))


def places(draw: Draw) -> Operand:
    shape = draw.shape()
    batch = draw.settings.get("batch_dims", 0)
    depth = draw.between(1, len(shape) - batch) if len(shape) > batch else 0
    if not depth:
        raise Unfit
    inner = shape[batch : batch + depth]
    rows = (*shape[:batch], draw.between(1, 3))
    return draw.numbers(np.stack([draw.rng.integers(0, size, rows) for size in inner], -1))


def updates_at_places(draw: Draw) -> Operand:
    at = draw.shape(1)
    return draw.weight((*at[:-1], *draw.shape()[at[-1] :]))


def sizes_of_parts(draw: Draw) -> list[int]:
    size = draw.shape()[draw.settings.get("axis", 0)]
    if size < 2:
        raise Unfit
    first = draw.between(1, size - 1)
    return [first, size - first]


def pieces(draw: Draw) -> int:
    return len(draw.array(1)) if len(draw.inputs) > 1 else len(draw.settings["split"])


def joined(draw: Draw) -> Operand:
    """Another value that differs at most in the axis along which both are joined."""
    array, at = draw.array(0), draw.settings["axis"]

    def fits(other: np.ndarray) -> bool:
        if other.dtype != array.dtype or other.ndim != array.ndim:
            return False
        return all(
            a == b for axis, (a, b) in enumerate(zip(array.shape, other.shape, strict=True)) if axis != at % array.ndim
        )

    return draw.value(fits)


EQUATIONS = {
    1: ("i->i", "i->"),
    2: ("ij->ji", "ij->i", "ij->j", "ii->i", "ij->ij"),
    3: ("ijk->ikj", "ijk->kji", "ijk->ij", "ijk->jk", "iji->ij"),
}
PRODUCTS = {(2, 2): ("ij,jk->ik", "ij,kj->ik", "ij,ij->ij", "ij,ij->i", "ji,jk->ki"), (3, 3): ("bij,bjk->bik", "bij,bkj->bik", "bij,bjk->ibk", "bij,bij->bj"), (3, 2): ("bij,jk->bik", "bij,jk->bki", "bij,kj->bik", "bij,ik->bjk"), (4, 4): ("bhij,bhkj->bhik", "bihj,bkhj->bhik", "bhij,bhjk->bihk")}  # fmt: skip


def equation(draw: Draw) -> str:
    second = draw.options.get("second", 0)
    choices = PRODUCTS.get((draw.rank(), second), ()) if second else EQUATIONS.get(draw.rank(), ())
    return draw.pick(choices)


def einsum(first: int, second: int) -> Op:
    def setting(draw: Draw) -> str:
        draw.options = {**draw.options, "second": second}
        return equation(draw)

    def other(draw: Draw) -> Operand:
        fits = kind_is("f", second, second)
        return draw.value(fits) if draw.chance(0.6) else draw.weight([draw.pick(draw.shape()) for _ in range(second)])

    slots = (floats(first, first), other) if second else (floats(first, first),)
    return Op(f"Einsum/{first}{second}", slots, {"equation": setting}, "", 12)


REARRANGING = (
    Op("Transpose", (anything(1),), {"perm": lambda draw: draw.order() if draw.chance(0.9) else None}, "unary"),
    Op("Reshape", (anything(0, 5), shape_for), {"allowzero": choose(None, None, 0)}, "shape", 14),
    Op("Reshape/5", (anything(0, 5), shape_for), {}, "shape", 7, 13),
    Op("Flatten", (floats(1),), {"axis": lambda draw: draw.between(-draw.rank(), draw.rank())}, "shape", 11),
    Op("Flatten/9", (floats(1),), {"axis": lambda draw: draw.between(0, draw.rank())}, "shape", 9, 10),
    Op("Squeeze/a", (floats(1),), {"axes": plain(ones_of)}, "shape", 7, 12),
    Op("Squeeze", (floats(1), lambda draw: draw.numbers(ones_of(draw))), {}, "shape", 13),
    Op("Unsqueeze/a", (anything(0, 3),), {"axes": plain(new_axes)}, "shape", 7, 12),
    Op("Unsqueeze", (anything(0, 3), lambda draw: draw.numbers(new_axes(draw))), {}, "shape", 13),
    Op("Expand", (floats(0, 4), widened), {}, "shape", 8),
    Op("Tile", (floats(1, 4), lambda draw: draw.numbers([draw.pick([1, 1, 2, 3]) for _ in draw.shape()])), {}, "shape", 7),
    Op("Concat", (anything(1), joined), {"axis": axis()}, "binary", 11),
    Op("Concat/3", (floats(1), joined, joined), {"axis": axis()}, "binary", 11),
    Op("Split/a", (floats(1),), {"axis": not_negative, "split": sizes_of_parts}, "", 7, 12, 2),
    Op("Split", (floats(1), lambda draw: draw.numbers(sizes_of_parts(draw))), {"axis": axis()}, "", 13, outputs=2),
    Op("Split/n", (floats(1),), {"axis": axis(), "num_outputs": choose(2, 3)}, "", 18, outputs=lambda draw: draw.settings["num_outputs"]),
    Op("Slice/a", (floats(1),), {"starts": old_cut(0), "ends": old_cut(1), "axes": old_cut(2)}, "shape", 7, 9),
    Op("Slice", (floats(1), part(0), part(1), part(2), maybe(0.9, part(3))), {}, "shape", 10),
    Op("Pad/a", (floats(1),), {"mode": choose(None, "constant", "reflect", "edge"), "pads": borders, "value": choose(None, 0.0, 1.0, -2.0)}, "shape", 7, 10),
    Op("Pad", (floats(1), lambda draw: draw.numbers(borders(draw)), maybe(0.4, lambda draw: draw.numbers(draw.number(), "float32"))), {"mode": choose(None, "constant", "reflect", "edge", "wrap")}, "shape", 11),
    Op("DepthToSpace", (floats(4, 4),), {"blocksize": choose(2, 1), "mode": choose(None, "DCR", "CRD")}, "", 11),
    Op("SpaceToDepth", (floats(4, 4),), {"blocksize": choose(2, 1)}, "", 7),
    Op("Trilu", (floats(2), maybe(0.6, lambda draw: draw.numbers(draw.between(-2, 2)))), {"upper": choose(None, 0, 1)}, "unary", 14),
    *(einsum(*ranks) for ranks in ((2, 0), (3, 0), (2, 2), (3, 3), (3, 2), (4, 4), (1, 0))),
)  # fmt: skip

SELECTING = (
    Op("Gather", (floats(1), indices), {"axis": lambda draw: draw.axis() if draw.chance(0.9) else None}, "gather", 11),
    Op("Gather/table", (lambda draw: draw.weight((draw.between(4, 6), draw.between(2, 5))), lambda draw: draw.value(kind_is("i", 0, 2))), {"axis": choose(None, 0, 1)}, "", 11),
    Op("GatherElements", (floats(1, 3), like_data), {"axis": axis()}, "gather", 11),
    Op("GatherND", (floats(1, 4), places), {"batch_dims": choose(None, 0, 1)}, "", 12),
    Op("ScatterElements", (floats(1, 3), like_data, updates), {"axis": axis(), "reduction": choose(None, "none", "add", "mul")}, "", 16),
    Op("Scatter", (floats(1, 3), like_data, updates), {"axis": axis()}, "", 9, 10),
    Op("ScatterND", (floats(1, 4), places, updates_at_places), {"reduction": choose(None, "none", "add", "mul")}, "", 16),
    Op("OneHot", (lambda draw: draw.value(kind_is("i", 0, 2)), lambda draw: draw.numbers(draw.pick([4, 5])), lambda draw: draw.numbers([draw.pick([0.0, -1.0]), draw.pick([1.0, 2.0])], "float32")), {"axis": choose(None, -1, 0, 1)}, "", 11),
    Op("ArgMax", (floats(1),), {"axis": axis(), "keepdims": KEEP, "select_last_index": choose(None, 0, 1)}, "arg", 12),
    Op("ArgMin", (floats(1),), {"axis": axis(), "keepdims": KEEP, "select_last_index": choose(None, 0, 1)}, "arg", 12),
    Op("TopK", (floats(1), lambda draw: draw.numbers([draw.between(1, along(draw))])), {"axis": axis(), "largest": choose(None, 0, 1), "sorted": choose(None, 1, 1, 0)}, "", 11, outputs=2),
    Op("Compress", (floats(1), lambda draw: draw.numbers([True, False, True][: max(1, min(3, draw.shape()[draw.settings.get("axis", 0)]))], "bool")), {"axis": lambda draw: draw.axis() if draw.chance(0.8) else None}, "", 11),
    Op("NonZero", (floats(1, 3),), {}, "", 9),
    Op("Shape", (anything(1),), {"start": choose(None, 0, 1, -1), "end": choose(None, 2, -1)}, "", 15),
    Op("Size", (anything(0),), {}, "", 7),
    Op("ConstantOfShape", (lambda draw: draw.value(lambda array: array.dtype == "int64" and array.ndim == 1 and (array > 0).all() and int(np.prod(array)) < 500),), {}, "", 9),
    Op("Range", (lambda draw: draw.numbers(draw.pick([0, 1])), lambda draw: draw.value(lambda array: array.dtype == "int64" and array.ndim == 0 and 0 < int(array) < 50), lambda draw: draw.numbers(draw.pick([1, 2]))), {}, "", 11),
    Op("CumSum", (floats(1), lambda draw: draw.numbers(draw.axis())), {"exclusive": choose(None, 0, 1), "reverse": choose(None, 0, 1)}, "unary", 11),
    Op("CumProd", (floats(1), lambda draw: draw.numbers(draw.axis())), {"exclusive": choose(None, 0, 1), "reverse": choose(None, 0, 1)}, "unary", 26),
)  # fmt: skip

TENSORS = (*reducers(), *REARRANGING, *SELECTING)
