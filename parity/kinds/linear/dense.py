"""Dense (linear, fully connected): multiplies the last axis, or another, by a matrix and adds a bias, at any rank."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from parity.graph import Axes, Shape
from parity.kinds._contract import (
    Attribute,
    Attributes,
    AxisNames,
    Call,
    Draft,
    InputShapes,
    Kind,
    Role,
    Spelling,
    Use,
    whole,
)
from parity.kinds._given import later
from parity.kinds._macs import kernel_for_each_output
from parity.kinds._operands import COMPARED, ROLES, STORED, VALUE, operands
from parity.kinds._written_out import Step, written_out
from parity.kinds.activation.activation import fused, keras_function, with_optimised
from parity.kinds.linear import matmul
from parity.kinds.linear.matmul import product
from parity.sizes import fit

T = TypeVar("T")


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found = inputs[0] if inputs else None
    return (None,) if found is None else (_put(found, attributes, attributes["units"]),)


def _put(axes: tuple[T, ...], attributes: Attributes, new: T) -> tuple[T, ...]:
    """All axes as they are, but that which is multiplied."""
    at = attributes.get("axis", -1) % len(axes)
    return (*axes[:at], new, *axes[at + 1 :])


def _sizes(attributes: Attributes, inputs: InputShapes) -> Mapping[str, int]:
    found = inputs[0] if inputs else None
    rows = found[attributes.get("axis", -1)] if found else attributes.get("in_features")
    parts: Mapping[str, int] = attributes.get("parts", {})
    return {"out": attributes["units"], **parts, **({"in": rows} if isinstance(rows, int) else {})}


def _follows(sizes: Mapping[str, int], _: Shape | None) -> Attributes:
    return {"units": sizes.get("out"), "in_features": sizes.get("in")}


def _axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    found = inputs[0]
    return (found,), (None if found is None else _put(found, attributes, "C"),)


def _draft(call: Call, units: Any, weights: Mapping[str, Use], **more: Any) -> Draft:
    return Draft("dense", {"units": units, **more}, call.inputs[:1], call.outputs[:1], weights)


def _keras(call: Call) -> tuple[Draft, ...]:
    roles = ("kernel", "bias") if call.get("use_bias", True) else ("kernel",)
    if not whole(call.get("units")):
        return ()
    draft = _draft(call, call.get("units"), call.uses_in_order(*roles))
    return fused(draft, keras_function(call.get("activation")))


def _module(call: Call) -> tuple[Draft, ...]:
    weights = call.uses(kernel="weight", bias="bias")
    if not whole(call.get("out_features")):
        return ()
    return (_draft(call, call.get("out_features"), weights, in_features=call.get("in_features")),)


def _linear(call: Call) -> tuple[Draft, ...]:
    shape = call.weight_shape("weight")
    if shape is not None and len(shape) == 2 and [*call.node.inputs] == ["input", "bias"]:
        return _shifted(call, _draft(call, shape[0], call.uses(kernel="weight")), call.node.inputs["bias"])
    if shape is None or "input" not in call.node.inputs or len(call.inputs) != 1 or len(shape) != 2:
        return _computed(call)
    return (_draft(call, shape[0], call.uses(kernel="weight", bias="bias")),)


def _shifted(call: Call, draft: Draft, bias: str) -> tuple[Draft, ...]:
    """A product, and the sum with what the model computes."""
    made = f"{call.node.path}:product"
    added = Draft("elementwise", {"function": "add"}, (made, bias), call.outputs[:1], part="bias")
    return replace(draft, outputs=(made,), part="product"), added


FIRST = ("input", "A", "self")
"""What frameworks call the first factor."""


def _of_stored(
    call: Call, place: tuple[str, ...], weights: Mapping[str, Use], shape: tuple[int, ...]
) -> tuple[Draft, ...]:
    """A layer whose input is stored with the model, a table of positions; ``shape`` is (units, in)."""
    given = operands(call, place)
    if given is None or not given.weights:
        return ()
    attributes = {"units": shape[0], "in_features": shape[1], **given.attributes}
    return (Draft("dense", attributes, (), call.outputs[:1], {**given.weights, **weights}),)


def _computed(call: Call) -> tuple[Draft, ...]:
    """A matrix that is computed, or an input that is stored: a transposition, a product and a sum."""
    shape = call.weight_shape("weight")
    if not call.inputs and shape is not None and len(shape) == 2:
        return _of_stored(call, ("input",), call.uses(kernel="weight", bias="bias"), shape)
    if not call.inputs:
        return ()
    factors, names = operands(call, ("input",), ("weight",)), [f"{call.node.path}:{at}" for at in range(2)]
    weight = operands(call, ("weight",))
    bias = operands(call, ("bias",))
    if factors is None or weight is None or not factors.inputs:
        return ()
    turned = replace(weight.draft("permute", call, order=(1, 0))[0], outputs=(names[0],), part="transposed")
    left = operands(call, ("input",))
    if left is None:
        return ()
    attributes = {"operands": (STORED, VALUE)} if left.weights else {}
    last = names[1] if bias is not None else call.outputs[0]
    drafts = [turned, Draft("matmul", attributes, (*left.inputs, names[0]), (last,), left.weights, part="product")]
    if bias is not None:
        told = {"function": "add"} if bias.inputs else {"function": "add", "operand_shapes": bias.shapes}
        drafts.append(Draft("elementwise", told, (last, *bias.inputs), call.outputs[:1], bias.weights, part="bias"))
    return tuple(drafts)


def _gemm(call: Call) -> tuple[Draft, ...]:
    """ONNX's product and sum, of what the model computes or of what is stored."""
    shape, summed = call.weight_shape("B"), "C" in {*call.node.inputs, *call.node.weights, *call.node.attributes}
    alpha, beta = call.get("alpha", 1.0), call.get("beta", 1.0)
    plain = alpha == 1 and (beta == 1 or not summed) and not call.get("transA", 0)
    computed = [*call.node.inputs] == ["A", "C"]
    if shape is None or len(shape) != 2 or not plain or (len(call.inputs) > 1 and not computed):
        return _scaled_gemm(call, alpha, beta if summed else None)
    transposed = bool(call.get("transB", 0))
    units, rows = shape if transposed else shape[::-1]
    kernel = {"kernel": Use(call.node.weights["B"], "out in" if transposed else "in out")}
    if computed:
        return _shifted(call, _draft(call, units, kernel), call.node.inputs["C"])
    weights = {**kernel, **_row(call, "C", units)}
    if len(weights) < 1 + call.has("C") or "C" in call.node.attributes:
        return _scaled_gemm(call, alpha, beta)
    return (_draft(call, units, weights),) if call.inputs else _of_stored(call, ("A",), weights, (units, rows))


def _scaled_gemm(call: Call, alpha: float, beta: float | None) -> tuple[Draft, ...]:
    """The same as transpositions, a product, factors and a sum; ``beta`` is None where nothing is added."""
    if not _fits(call):
        return ()
    steps = _product_of({slot: (1, 0) for slot in "AB" if call.get(f"trans{slot}", 0)}, alpha)
    made, added = steps[-1].made, "C"
    if beta is not None and beta != 1:
        steps.append(Step("Mul", {"A": "C"}, "share", {"B": beta}))
        added = "share"
    if beta is not None:
        steps.append(Step("Add", {"A": made, "B": added}, "sum"))
    return written_out(call, steps)


def _fits(call: Call) -> bool:
    """Whether the factors are matrices, as far as that is known, with as many columns as the other one has rows."""
    shapes = [shape for slot in "AB" if (shape := _shape_of(call)(slot)) is not None]
    if any(len(shape) != 2 for shape in shapes):
        return False
    if len(shapes) < 2:
        return True
    columns, rows = shapes[0][0 if call.get("transA", 0) else 1], shapes[1][1 if call.get("transB", 0) else 0]
    return fit(columns, rows)


def _row(call: Call, slot: str, units: int) -> dict[str, Use]:
    """A vector, or a matrix of one row, that is added to every row."""
    shape = call.weight_shape(slot)
    if shape == (units,):
        return {"bias": Use(call.node.weights[slot])}
    return {"bias": Use(call.node.weights[slot], "out", ((0, 1), (0, units)))} if shape == (1, units) else {}


def _matmul(slot: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        shape = call.weight_shape(slot)
        if shape is not None and len(shape) == 2 and not call.inputs:
            return _of_stored(call, FIRST, {"kernel": Use(call.node.weights[slot], "in out")}, shape[::-1])
        if shape is None or len(shape) != 2 or len(call.inputs) != 1:
            return product(call)
        return (_draft(call, shape[1], {"kernel": Use(call.node.weights[slot], "in out")}),)

    return spell


def _fused_product(call: Call) -> tuple[Draft, ...]:
    """A product of tensors that it may turn first, and what comes out times a number."""
    stored, ranks = call.weight_shape("B"), {}
    for slot, shape in zip("AB", map(_shape_of(call), "AB"), strict=True):
        ranks[slot] = len(shape) if shape is not None else None
    turned = {slot: bool(call.get(f"trans{slot}", 0)) for slot in "AB"}
    batched = {slot: bool(call.get(f"transBatch{slot}", 0)) for slot in "AB"}
    alone = stored is not None and len(stored) == 2 and not turned["A"] and "A" in call.node.inputs
    alpha = float(call.get("alpha", 1.0))
    moved = [slot for slot in "AB" if turned[slot] or batched[slot]]
    if any(not ranks[slot] for slot in moved):
        return ()
    if alone and stored is not None and alpha == 1 and not any(batched.values()):
        units = stored[0 if turned["B"] else 1]
        kernel = Use(call.node.weights["B"], "out in" if turned["B"] else "in out")
        return (_draft(call, units, {"kernel": kernel}),)
    orders = {slot: _order(ranks[slot] or 0, batch=batched[slot], matrix=turned[slot]) for slot in moved}
    return written_out(call, _product_of(orders, alpha))


def _product_of(orders: Mapping[str, tuple[int, ...]], alpha: float) -> list[Step]:
    """A product of ``A`` and ``B``, of which those with an order of axes are turned first, times a number."""
    steps = [Step("Transpose", {"data": slot}, f"turned{slot}", {"perm": order}) for slot, order in orders.items()]
    steps.append(Step("MatMul", {slot: f"turned{slot}" if slot in orders else slot for slot in "AB"}, "product"))
    return [*steps, Step("Mul", {"A": "product"}, "scaled", {"B": alpha})] if alpha != 1 else steps


def _shape_of(call: Call) -> Callable[[str], Shape | None]:
    def find(slot: str) -> Shape | None:
        value = call.values.get(call.node.inputs.get(slot, ""))
        return value.shape if value is not None else call.weight_shape(slot)

    return find


def _order(rank: int, *, batch: bool, matrix: bool) -> tuple[int, ...]:
    """The order of axes in which onnxruntime takes a factor: the first one behind the batch, the last two exchanged."""
    order = (*range(1, rank - 1), 0, rank - 1) if batch else tuple(range(rank))
    return (*order[:-2], order[-1], order[-2]) if matrix else order


def _tensors(kernel: str, *, out: int) -> Spelling:
    """A matrix whose axis ``out`` is that of the units, with a bias for each of them if there is one."""

    def spell(call: Call) -> tuple[Draft, ...]:
        slots = {"kernel": kernel, "bias": "bias?"}
        shapes = call.matched(**slots)
        matrix = shapes["kernel"] if shapes else ()
        plain = len(matrix) == 2 and (call.node.dialect == "torch.weights" or call.may_be("Dense"))
        if not plain or not shapes or shapes.get("bias", (matrix[out],)) != (matrix[out],):
            return ()
        return (
            Draft("dense", {"units": matrix[out], "in_features": matrix[1 - out]}, (), (), call.stand_for(**slots)),
        )

    return spell


def _turned_tensors(call: Call) -> tuple[Draft, ...]:
    """A matrix that is stored the other way round, as its bias shows (``Conv1D`` of GPT-2)."""
    shapes = call.matched(kernel="weight", bias="bias")
    matrix = shapes["kernel"] if shapes else ()
    if not shapes or len(matrix) != 2 or matrix[0] == matrix[1] or shapes["bias"] != (matrix[1],):
        return ()
    weights = {"kernel": Use(call.node.weights["weight"], "in out"), "bias": Use(call.node.weights["bias"])}
    return (Draft("dense", {"units": matrix[1], "in_features": matrix[0]}, (), (), weights),)


def _addmm(call: Call) -> tuple[Draft, ...]:
    """A vector plus a product with a stored matrix, either of which may be multiplied by a number first."""
    shape, factors = call.weight_shape("mat2"), {name: call.get(name, 1) for name in ("alpha", "beta")}
    if shape is None or len(shape) != 2:
        return ADDED(call)
    if len(call.inputs) != 1 or {*factors.values()} != {1}:
        places = {"A": "mat1", "B": "mat2", "C": "self"}
        return written_out(call, (Step("Gemm", places, "sum", {name: float(each) for name, each in factors.items()}),))
    weights = {"kernel": Use(call.node.weights["mat2"], "in out"), **_row(call, "self", shape[1])}
    return (_draft(call, shape[1], weights),) if "bias" in weights else ()


ADDED = matmul.KIND.spellings["aten", "baddbmm"]

KIND = Kind(
    "dense",
    attributes={"axis": Attribute(is_axis=True, default=-1), **COMPARED},
    told=("in_features", "parts", "units"),
    roles={"kernel": Role("in out", "out in"), "bias": Role("out"), **ROLES},
    makes=True,
    shape=_shape,
    sizes=_sizes,
    axes=_axes,
    follows=_follows,
    macs=kernel_for_each_output("units"),
    compute=later(__package__, "dense"),
    spellings={
        ("keras", "Dense"): _keras,
        ("torch.nn", "Linear"): _module,
        ("aten", "linear"): _linear,
        ("keras.ops", "Matmul"): _matmul("1"),
        ("aten", "matmul"): _matmul("other"),
        ("aten", "mm"): _matmul("mat2"),
        ("aten", "addmm"): _addmm,
        ("onnx", "Gemm"): _gemm,
        ("onnx:com.microsoft", "FusedGemm"): with_optimised(_gemm),
        ("onnx", "MatMul"): _matmul("B"),
        ("onnx:com.microsoft", "FusedMatMul"): _fused_product,
    },
    signatures={
        "torch.weights": (_tensors("weight", out=0), _turned_tensors),
        "keras.weights": (_tensors("kernel", out=1),),
    },
)
