"""Functions of keras.ops, with their arguments; the batch is left where it is."""

from typing import Any

from differential.drawing import Draw, Op, Setting, Slot, anything, choose, floats, kind_is
from differential.keras_layers import axis, factors, joined, order, twin
from differential.onnx_elementwise import fits_beside
from differential.programs import Operand


def call(key: str, *slots: Slot, group: str = "", text: str = "", outputs: Any = 1, **settings: Setting) -> Op:
    return Op(f"ops.{key}", slots, settings, group, outputs=outputs, more={"text": text})


def partner(draw: Draw) -> Operand:
    array = draw.array()
    if draw.chance(0.5):
        return draw.value(
            lambda other: (
                other.dtype == array.dtype and other.ndim == array.ndim and fits_beside(array.shape, other.shape)
            )
        )
    return draw.numbers(draw.number() if array.dtype.kind == "f" else draw.between(1, 3), str(array.dtype))


def axes(draw: Draw) -> Any:
    one, other = axis(draw), axis(draw)
    return draw.pick([one, one, [one, other] if one % draw.rank() != other % draw.rank() else one])


def all_axes(draw: Draw) -> list[int]:
    return [0, *order(draw)]


def pads(draw: Draw) -> list[list[int]]:
    return [[0, 0], *([draw.between(0, 1), draw.between(0, 2)] for _ in draw.shape()[1:])]


def index(draw: Draw) -> str:
    parts = [":"]
    for size in draw.shape()[1:]:
        low = draw.between(0, size - 1)
        parts.append(draw.pick([":", ":", f"{low}:", f":{low + 1}", "::2", str(low), "-1", "::-1"]))
    return ", ".join(parts)


KEEP = choose(None, None, True, False)
UNARY = (
    "abs arctan ceil cos cosh erf exp expm1 floor log1p negative relu relu6 round rsqrt selu sigmoid sign silu sin sinh softplus "
    "softsign sqrt square tan tanh log_sigmoid hard_tanh tanh_shrink hard_silu hard_sigmoid arcsinh log reciprocal exp2 copy squareplus"
)
FUNCTIONS = [
    *(call(name, floats(2), group="unary") for name in UNARY.split()),
    call("gelu", floats(2), group="unary", approximate=choose(None, True, False)),
    call("elu", floats(2), group="unary", alpha=choose(None, 1.0, 0.5)),
    call("celu", floats(2), group="unary", alpha=choose(None, 1.0, 0.5)),
    call("leaky_relu", floats(2), group="unary", negative_slope=choose(None, 0.2, 0.3)),
    call("clip", floats(2), group="unary", x_min=choose(-1.0, 0.0), x_max=choose(1.0, 6.0)),
    call("hard_shrink", floats(2), group="unary", threshold=choose(None, 0.5, 1.0)),
    call("soft_shrink", floats(2), group="unary", threshold=choose(None, 0.5, 1.0)),
    call("threshold", floats(2), group="unary", threshold=choose(0.5, 0.1), default_value=choose(0.0, 1.0)),
    *(call(name, floats(2), partner, group="binary") for name in ["add", "subtract", "multiply", "divide", "maximum", "minimum", "arctan2", "logaddexp", "hypot"]),
    *(call(name, anything(2), partner, group="binary", text=f"{{0}} {name} {{1}}") for name in ("+", "-", "*")),
    call("power", floats(2), lambda draw: draw.numbers(draw.pick([2.0, 3.0, 0.5]), "float32"), group="binary"),
    call("floor_divide", floats(2), partner, group="binary"),
    call("mod", floats(2), partner, group="binary"),
    *(call(name, floats(2), partner, group="compare") for name in ["greater", "greater_equal", "less", "less_equal", "equal", "not_equal"]),
    call("logical_not", anything(2)),
    call("cast", anything(2), dtype=choose("float32", "int32", "float64", "bool", "float16")),
    call("where", lambda draw: draw.value(kind_is("b", 2)), lambda draw: draw.value(lambda a: a.dtype.kind == "f" and a.shape == draw.shape()), lambda draw: draw.numbers(draw.number(), "float32")),
    *(call(name, floats(2), group="reduce", axis=axes, keepdims=KEEP) for name in ["mean", "sum", "max", "min", "prod", "std", "var", "logsumexp"]),
    call("norm", floats(2), group="reduce", ord=choose(None, None, 2), axis=axis, keepdims=KEEP),
    *(call(name, floats(2), group="arg", axis=axis, keepdims=KEEP) for name in ("argmax", "argmin")),
    *(call(name, floats(2), group="along", axis=axis) for name in ("softmax", "log_softmax", "cumsum", "cumprod", "flip", "sort", "argsort", "sparsemax")),
    call("normalize", floats(2), group="along", axis=axis, order=choose(None, 1, 2)),
    call("glu", floats(2), axis=axis),
    call("top_k", floats(2), k=lambda draw: draw.between(1, draw.shape()[-1]), sorted=choose(None, True), outputs=2),
    call("transpose", floats(3), group="unary", axes=all_axes),
    call("swapaxes", floats(3), group="unary", axis1=axis, axis2=axis),
    call("moveaxis", floats(3), group="unary", source=axis, destination=axis),
    call("reshape", floats(2, 5), group="shape", newshape=lambda draw: (-1, *(abs(each) if each > 0 else 1 for each in factors(draw)))),
    call("squeeze", floats(3), group="shape", axis=lambda draw: draw.pick([at for at, size in enumerate(draw.shape()) if at and size == 1])),
    call("expand_dims", floats(2, 4), group="shape", axis=lambda draw: draw.between(1, draw.rank())),
    call("concatenate", floats(2), joined, text="keras.ops.concatenate([{0}, {1}], {kw})", axis=axis),
    call("stack", floats(2, 4), twin, text="keras.ops.stack([{0}, {1}], {kw})", axis=axis),
    call("split", floats(2), axis=axis, indices_or_sections=lambda draw: draw.pick([2, [1]]), outputs=2),
    call("unstack", floats(3), axis=axis, outputs=lambda draw: draw.shape()[draw.settings["axis"]]),
    call("repeat", floats(2), group="along", repeats=choose(1, 2), axis=axis),
    call("tile", floats(2, 4), group="shape", repeats=lambda draw: (1, *(draw.pick([1, 1, 2]) for _ in draw.shape()[1:]))),
    call("roll", floats(2), group="along", shift=choose(1, -1, 2), axis=axis),
    call("pad", floats(2), group="unary", pad_width=pads, mode=choose(None, "constant", "reflect", "symmetric")),
    call("getitem", floats(2), text="{0}[{index}]", index=index),
    call("take", floats(2), axis=axis, indices=lambda draw: [draw.between(0, draw.shape()[draw.settings["axis"]] - 1) for _ in range(draw.pick([1, 2, 3]))], text="keras.ops.take({0}, {indices}, axis={axis})"),
    call("tril", floats(3), group="unary", k=choose(None, 1, -1)),
    call("triu", floats(3), group="unary", k=choose(None, 1, -1)),
    call("matmul", floats(3), lambda draw: draw.value(lambda other: other.dtype == draw.array().dtype and other.ndim == draw.rank() and other.shape[-2] == draw.shape()[-1] and other.shape[:-2] == draw.shape()[:-2])),
    call("einsum/3", floats(3, 3), lambda draw: draw.value(kind_is("f", 3, 3)), text="keras.ops.einsum({subscripts}, {0}, {1})", subscripts=choose("bij,bjk->bik", "bij,bkj->bik", "bij,bij->bj", "bij,bij->bi", "bji,bjk->bki")),
    *(call(name, floats(2), group="reduce", axis=axes, keepdims=KEEP) for name in ("amax", "amin")),
    *(call(name, lambda draw: draw.value(kind_is("b", 2)), group="truth", axis=axis, keepdims=KEEP) for name in ("all", "any")),
    *(call(name, floats(2), group="unary") for name in ("zeros_like", "ones_like", "stop_gradient", "trunc", "log2", "log10", "sparse_plus", "sparse_sigmoid", "arctanh", "erfc")),
    *(call(name, floats(2), group="test") for name in ("isfinite", "isnan", "isinf")),
    *(call(name, lambda draw: draw.value(kind_is("b", 2)), lambda draw: draw.value(kind_is("b", 2)), group="truths") for name in ("logical_and", "logical_or", "logical_xor")),
    *(call(name, lambda draw: draw.value(kind_is("i", 2)), lambda draw: draw.numbers(draw.between(1, 2), "int32"), group="bits") for name in ("bitwise_and", "bitwise_or", "bitwise_xor", "left_shift")),
    call("true_divide", floats(2), partner, group="binary"),
    call("fmod", floats(2), partner, group="binary"),
    call("take_along_axis", floats(2, 3), axis=axis, text="keras.ops.take_along_axis({0}, keras.ops.argsort({0}, axis={axis}), axis={axis})"),
    call("broadcast_to", floats(2, 3), text="keras.ops.broadcast_to({0}[:, None], {shape})", shape=lambda draw: (draw.shape()[0], draw.pick([1, 2]), *draw.shape()[1:])),
    call("depth_to_space", floats(4, 4), block_size=choose(2, 1)),
    call("space_to_depth", floats(4, 4), block_size=choose(2, 1)),
    call("one_hot", lambda draw: draw.value(kind_is("i", 2, 2)), num_classes=choose(4, 5), axis=choose(None, -1)),
    call("max_pool", floats(4, 4), group="pool", pool_size=choose(1, 2), strides=choose(None, 1, 2), padding=choose(None, "same")),
    call("average_pool", floats(4, 4), group="pool", pool_size=choose(1, 2), strides=choose(None, 1, 2), padding=choose(None, "same")),
]  # fmt: skip
