"""PyTorch functions and tensor methods, with the whole range of their arguments."""

from typing import Any

import numpy as np
from differential.drawing import Draw, Op, Setting, Slot, anything, choose, floats, kind_is, maybe
from differential.onnx_elementwise import fits_beside
from differential.programs import Operand
from differential.torch_modules import EPS, TRUTH, borders, dim, groups, kernel, last_sizes, twin


def call(key: str, *slots: Slot, group: str = "", text: str = "", outputs: Any = 1, more: dict[str, Any] | None = None, **settings: Setting) -> Op:  # fmt: skip
    return Op(key, slots, settings, group, outputs=outputs, more={"text": text, **(more or {})})


def partner(draw: Draw) -> Operand:
    """Another value, a number, or a parameter."""
    array = draw.array()
    if draw.chance(0.4):
        return draw.value(lambda other: other.dtype == array.dtype and fits_beside(array.shape, other.shape))
    if array.dtype.kind != "f" or draw.chance(0.7):
        return draw.numbers(draw.number() if array.dtype.kind == "f" else draw.between(1, 3), str(array.dtype))
    return draw.weight([size if draw.chance(0.6) else 1 for size in array.shape][draw.between(0, array.ndim) :])


def same(draw: Draw) -> Operand:
    array = draw.array()
    return draw.value(lambda other: other.dtype == array.dtype and fits_beside(array.shape, other.shape))


def dims(draw: Draw) -> Any:
    return draw.axis() if draw.chance(0.5) else tuple(draw.axes())


UNARY = (
    "abs acos acosh asin asinh atan atanh ceil cos cosh erf erfc exp exp2 expm1 floor frac log log10 log1p log2 neg reciprocal relu "
    "round rsqrt sigmoid sign sin sinh sqrt square tan tanh trunc sgn clone"
)
FUNCTIONAL = "relu relu6 selu silu mish softsign hardsigmoid hardswish logsigmoid tanhshrink"
ELEMENTWISE = [
    *(call(f"torch.{name}", floats(), group="unary") for name in UNARY.split()),
    *(call(f"F.{name}", floats(), group="unary") for name in FUNCTIONAL.split()),
    call("F.gelu", floats(), group="unary", approximate=choose(None, "tanh")),
    call("F.leaky_relu", floats(), group="unary", negative_slope=choose(None, 0.2, 0.5)),
    call("F.elu", floats(), group="unary", alpha=choose(None, 0.5)),
    call("F.celu", floats(), group="unary", alpha=choose(None, 0.5)),
    call("F.softplus", floats(), group="unary", beta=choose(None, 2.0), threshold=choose(None, 1.0)),
    call("F.hardtanh", floats(), group="unary", min_val=choose(None, 0.0), max_val=choose(None, 6.0)),
    call("F.threshold", floats(), group="unary", threshold=choose(0.1, 0.5), value=choose(0.0, 1.0)),
    call("torch.clamp", floats(), group="unary", min=choose(-1.0, 0.0, -0.5), max=choose(None, 1.0, 6.0)),
    call("torch.nan_to_num", floats(), group="unary", nan=choose(None, 1.0)),
    *(call(f"torch.{name}", floats(), partner, group="binary") for name in ["add", "sub", "mul", "div"]),
    call("torch.add/alpha", floats(), same, group="binary", alpha=choose(2, 0.5)),
    call("torch.div/mode", floats(), partner, group="binary", rounding_mode=choose("floor", "trunc")),
    *(call(f"torch.{name}", floats(), same, group="binary") for name in ["maximum", "minimum", "atan2", "fmod", "remainder", "hypot", "logaddexp"]),
    call("torch.pow", floats(), lambda draw: draw.numbers(draw.pick([2.0, 3.0, 0.5, 1.0]), "float32"), group="binary"),
    call("torch.rsub", floats(), partner, group="binary"),
    *(call(name, anything(), partner, group="binary", text=f"{{0}} {name} {{1}}") for name in ("+", "-", "*")),
    call("/", floats(), partner, group="binary", text="{0} / {1}"),
    call("1-", floats(), lambda draw: draw.numbers(draw.number(), "float32"), group="binary", text="{1} - {0}"),
    *(call(f"torch.{name}", floats(), partner, group="compare") for name in ["gt", "ge", "lt", "le", "eq", "ne"]),
    *(call(f"torch.logical_{name}", lambda draw: draw.value(kind_is("b")), same, group="truths") for name in ("and", "or", "xor")),
    call("torch.logical_not", anything()),
    call("torch.lerp", floats(), twin, weight=choose(0.3, 0.5)),
    call("torch.addcmul", floats(), twin, twin, value=choose(None, 0.5)),
    call("torch.where", lambda draw: draw.value(kind_is("b")), lambda draw: draw.value(lambda a: a.dtype.kind == "f" and fits_beside(draw.shape(), a.shape)), lambda draw: draw.numbers(draw.number(), "float32") if draw.chance(0.4) else draw.value(lambda a: a.dtype == draw.array(1).dtype and fits_beside(draw.shape(1), a.shape))),
    call(".masked_fill", floats(), lambda draw: draw.value(lambda a: a.dtype.kind == "b" and fits_beside(draw.shape(), a.shape)), value=choose(0.0, -1e9, float("-inf"), 2.0)),
    call("F.dropout", floats(), group="unary", p=choose(None, 0.1, 0.5), training=choose(False, False, True)),
    call(".to", anything(), group="cast", text="{0}.to({dtype})", dtype=choose("torch.float32", "torch.float64", "torch.int64", "torch.bool")),
]  # fmt: skip

KEEP = choose(None, True, False)
REDUCING = [
    *(call(f"torch.{name}", floats(1), group="reduce", dim=dims, keepdim=KEEP) for name in ["mean", "sum", "amax", "amin", "logsumexp"]),
    *(call(f"torch.{name}", floats(1), group="reduce", dim=dims, keepdim=KEEP, correction=choose(None, 0, 1)) for name in ("std", "var")),
    *(call(f"torch.{name}", floats(1), group="reduce", dim=dim, keepdim=KEEP) for name in ("prod",)),
    *(call(f"torch.{name}", floats(1), group="arg", dim=dim, keepdim=KEEP) for name in ("argmax", "argmin")),
    *(call(f"torch.{name}/dim", floats(1), group="max", dim=dim, keepdim=KEEP, outputs=2, text=f"torch.{name}({{0}}, {{kw}})", more={"unpack": "{0}, {1}"}) for name in ("max", "min")),
    *(call(f"torch.{name}/all", floats(1), group="all", text=f"torch.{name}({{0}})") for name in ("max", "min", "mean", "sum")),
    call("torch.linalg.vector_norm", floats(1), group="reduce", ord=choose(None, 1, 2), dim=dims, keepdim=KEEP),
    call("torch.norm", floats(1), p=choose(1, 2), dim=dim, keepdim=KEEP),
    *(call(f"torch.{name}", floats(1), group="along", dim=dim) for name in ("cumsum", "cumprod")),
    *(call(f"F.{name}", floats(1), group="along", dim=dim) for name in ("softmax", "log_softmax", "softmin")),
    call("F.normalize", floats(1), group="along", p=choose(None, 1.0, 2.0), dim=dim, eps=choose(None, 1e-3)),
    call("torch.topk", floats(1), dim=dim, k=lambda draw: draw.between(1, draw.shape()[draw.settings["dim"]]), largest=TRUTH, sorted=choose(None, None, None, True), outputs=2, more={"unpack": "{0}, {1}"}),
    call("torch.sort", floats(1), dim=dim, descending=TRUTH, outputs=2, more={"unpack": "{0}, {1}"}),
    call("torch.argsort", floats(1), dim=dim, descending=TRUTH),
    *(call(f"torch.{name}", lambda draw: draw.value(kind_is("b", 1)), group="truth", dim=dim, keepdim=KEEP) for name in ("any", "all")),
    call("torch.diff", floats(1), dim=dim),
    call("F.glu", floats(1), dim=dim),
]  # fmt: skip


def factors(draw: Draw) -> tuple[int, ...]:
    """Another shape of as many elements; a free batch stays in front."""
    shape = draw.shape()
    if draw.options.get("free"):
        part = draw.split(int(np.prod(shape[1:])))
        return draw.pick([(-1, *part), (-1, part[0] * part[1]), (-1, *reversed(part))])
    first = list(shape[:1]) if draw.chance(0.6) else []
    rest = int(np.prod(shape)) // (first[0] if first else 1)
    for _ in range(draw.between(0, 2)):
        part = draw.split(rest)[0]
        first.append(part)
        rest //= part
    found = [*first, rest]
    if draw.chance(0.3):
        found[draw.between(0, len(found) - 1)] = -1
    return tuple(found)


def times(draw: Draw) -> tuple[int, ...]:
    return tuple(draw.pick([1, 1, 2]) for _ in draw.shape())


def wider(draw: Draw) -> tuple[int, ...]:
    found = tuple(draw.pick([1, 2, 3]) if size == 1 else draw.pick([size, -1]) for size in draw.shape())
    if draw.options.get("free"):
        found = (-1, *found[1:])
    return (draw.pick([1, 2]), *found) if draw.chance(0.3) else found


def index(draw: Draw) -> str:
    """The text of an index: slices, numbers, new axes."""
    parts = []
    for size in draw.shape():
        low = draw.between(0, max(size - 1, 0))
        parts.append(
            draw.pick([":", ":", ":", f"{low}:", f":{low + 1}", "::2", str(low), "-1", f"-{size}:", "None, :"])
        )
    while parts and parts[-1] == ":":
        parts.pop()
    return ", ".join(parts) or "..."


def joined(draw: Draw) -> Operand:
    """A value that differs at most in the axis of joining."""
    array, at = draw.array(), draw.settings["dim"] % draw.rank()
    return draw.value(lambda other: other.dtype == array.dtype and other.ndim == array.ndim and all(a == b for axis, (a, b) in enumerate(zip(array.shape, other.shape, strict=True)) if axis != at))  # fmt: skip


def stored_places(draw: Draw) -> Operand:
    size = draw.shape()[draw.settings["dim"]]
    return draw.numbers(draw.rng.integers(0, size, draw.between(1, 3)))


def places_of_all(draw: Draw) -> Operand:
    size = draw.shape()[draw.settings["dim"]]
    return draw.numbers(draw.rng.integers(0, size, [draw.between(1, each) for each in draw.shape()]))


def parts(draw: Draw) -> int:
    return 2 if draw.shape()[draw.settings["dim"]] > 1 else 1


def half_size(draw: Draw) -> int:
    return -(-draw.shape()[draw.settings["dim"]] // 2)


def flat_pads(draw: Draw) -> tuple[int, ...]:
    count = draw.between(1, min(3, draw.rank()))
    return tuple(draw.between(-1 if draw.chance(0.2) else 0, 2) for _ in range(2 * count))


def image_pads(draw: Draw) -> Any:
    found = borders(draw.pick([1, 2]))(draw)
    return found if isinstance(found, tuple) else (found, found)


LAYOUT = [
    call("torch.permute", anything(1), group="unary", dims=lambda draw: tuple(draw.order())),
    call(".permute", anything(1), group="unary", text="{0}.permute({dims})", dims=lambda draw: tuple(draw.order())),
    call("torch.transpose", anything(2), group="unary", dim0=dim, dim1=dim),
    call("torch.movedim", anything(2), group="unary", source=dim, destination=dim),
    call("torch.swapaxes", anything(2), group="unary", axis0=dim, axis1=dim),
    call(".mT", floats(2), group="unary", text="{0}.mT"),
    call("torch.reshape", anything(1, 5), group="shape", shape=factors),
    call(".view", anything(1, 5), group="shape", text="{0}.contiguous().view({shape})", shape=factors),
    call("torch.flatten", anything(1), group="shape", start_dim=lambda draw: draw.pick([None, 1, draw.between(0, draw.rank() - 1)]), end_dim=choose(None, None, -1, -2)),
    call(".unflatten", floats(1, 4), dim=dim, sizes=lambda draw: draw.split(draw.shape()[draw.settings["dim"]])),
    call("torch.squeeze", anything(1), group="shape", dim=lambda draw: draw.pick([at for at, size in enumerate(draw.shape()) if size == 1])),
    call("torch.unsqueeze", anything(0, 4), group="shape", dim=lambda draw: draw.between(-draw.rank() - 1, draw.rank())),
    call(".expand", floats(1, 4), group="shape", text="{0}.expand({sizes})", sizes=wider),
    call(".repeat", floats(1, 4), group="shape", text="{0}.repeat({sizes})", sizes=times),
    call("torch.tile", floats(1, 4), group="shape", dims=times),
    call("torch.repeat_interleave", floats(1), group="along", repeats=choose(1, 2), dim=dim),
    call("torch.flip", floats(1), group="along", dims=lambda draw: tuple(draw.axes())),
    call("torch.roll", floats(1), group="along", shifts=choose(1, -1, 2), dims=dim),
    call("torch.cat", anything(1), joined, text="torch.cat([{0}, {1}], {kw})", dim=dim),
    call("torch.stack", anything(0, 4), twin, text="torch.stack([{0}, {1}], {kw})", dim=lambda draw: draw.between(-draw.rank() - 1, draw.rank())),
    call("torch.chunk", floats(1), dim=dim, chunks=choose(2), outputs=parts, text="torch.chunk({0}, {kw})", more={"unpack": "list"}),
    call("torch.split", floats(1), dim=dim, split_size_or_sections=half_size, outputs=parts, more={"unpack": "list"}),
    call("torch.unbind", floats(1), dim=dim, outputs=lambda draw: draw.shape()[draw.settings["dim"]], more={"unpack": "list"}),
    call("torch.narrow", floats(1), dim=dim, start=choose(0), length=lambda draw: draw.between(1, draw.shape()[draw.settings["dim"]])),
    call("torch.select", floats(1), dim=dim, index=lambda draw: draw.between(-draw.shape()[draw.settings["dim"]], draw.shape()[draw.settings["dim"]] - 1)),
    call("[]", floats(1), text="{0}[{index}]", index=index),
    call("torch.tril", floats(2), group="unary", diagonal=choose(None, 1, -1)),
    call("torch.triu", floats(2), group="unary", diagonal=choose(None, 1, -1)),
    call(".index_select", floats(1), stored_places, text="torch.index_select({0}, {dim}, {1})", dim=dim),
    call("torch.gather", floats(1, 3), places_of_all, text="torch.gather({0}, {dim}, {1})", dim=dim),
    call("torch.take_along_dim", floats(1, 3), places_of_all, text="torch.take_along_dim({0}, {1}, {dim})", dim=dim),
    call("F.pad", floats(1), group="unary", pad=flat_pads, value=choose(None, 0.0, 1.0)),
    call("F.pad/mode", floats(3, 4), group="unary", pad=image_pads, mode=choose("reflect", "replicate", "circular")),
    call("F.one_hot", lambda draw: draw.value(kind_is("i", 0, 2)), num_classes=choose(4, 5)),
]  # fmt: skip


def columns(draw: Draw) -> Operand:
    return draw.weight((draw.pick([draw.shape()[-1], 3]), draw.shape()[-1]))


def right(draw: Draw) -> Operand:
    shape = draw.shape()
    if draw.chance(0.5):
        return draw.value(
            lambda other: (
                other.dtype == draw.array().dtype
                and other.ndim == len(shape) > 1
                and other.shape[-2] == shape[-1]
                and other.shape[:-2] == shape[:-2]
            )
        )
    return draw.weight((shape[-1], draw.pick([shape[-1], 3])))


def keys(draw: Draw) -> Operand:
    return draw.value(lambda other: other.dtype == draw.array().dtype and other.ndim == draw.rank() and other.shape[-1] == draw.shape()[-1] and other.shape[:-2] == draw.shape()[:-2])  # fmt: skip


def like_keys(draw: Draw) -> Operand:
    return draw.value(lambda other: other.dtype == draw.array().dtype and other.shape == draw.shape(1))


def mask(draw: Draw) -> Operand:
    rows, wide = draw.shape()[-2], draw.shape(1)[-2]
    if draw.settings.get("is_causal"):
        return None
    if draw.chance(0.5):
        return draw.numbers(
            [[draw.chance(0.6) or row == column for column in range(wide)] for row in range(rows)], "bool"
        )
    return draw.numbers([[draw.pick([0.0, -1e9, 0.0]) for _ in range(wide)] for _ in range(rows)], "float32")


def bias(at: int = 1) -> Slot:
    return maybe(0.6, lambda draw: draw.weight(draw.shape(at)[:1]))


def own_kernel(draw: Draw) -> Operand:
    count, each = draw.shape()[1], draw.settings.get("groups", 1)
    sizes = [min(size, draw.between(1, 3)) for size in draw.shape()[2:]]
    return draw.weight((each * draw.pick([1, 2]), count // each, *sizes))


def statistic(draw: Draw) -> Operand:
    return draw.weight((draw.shape()[1],), "positive")


def of_last(draw: Draw) -> Operand:
    return draw.weight(draw.settings["normalized_shape"])


EQUATIONS = {(2, 2): ("ij,jk->ik", "ij,kj->ik", "ij,ij->i"), (3, 3): ("bij,bjk->bik", "bij,bkj->bik", "bij,bij->bj", "bij,bjk->ibk"), (4, 4): ("bhij,bhkj->bhik", "bihj,bkhj->bhik")}  # fmt: skip


def einsum(rank: int) -> Op:
    return call(
        f"torch.einsum/{rank}",
        floats(rank, rank),
        lambda draw: draw.value(kind_is("f", rank, rank)),
        text="torch.einsum({equation}, {0}, {1})",
        equation=lambda draw: draw.pick(EQUATIONS[rank, rank]),
    )


PRODUCTS = [
    call("torch.matmul", floats(1), right, group="product"),
    call("@", floats(2), right, group="product", text="{0} @ {1}"),
    call("torch.bmm", floats(3, 3), lambda draw: draw.value(lambda other: other.dtype == draw.array().dtype and other.ndim == 3 and other.shape[0] == draw.shape()[0] and other.shape[1] == draw.shape()[2]), group="product"),
    call("torch.addmm", lambda draw: draw.weight((3,)), floats(2, 2), lambda draw: draw.weight((draw.shape(1)[1], 3)), beta=choose(None, 0.5), alpha=choose(None, 2.0)),
    *(einsum(rank) for rank in (2, 3, 4)),
    call("F.linear", floats(1), columns, bias()),
    *(call(f"F.conv{rank}d", floats(rank + 2, rank + 2), own_kernel, bias(), group="", groups=groups, stride=choose(None, 1, 2), padding=choose(None, 0, 1, "same"), dilation=choose(None, None, 2)) for rank in (1, 2)),
    call("F.layer_norm", floats(1), maybe(0.7, of_last), text="F.layer_norm({0}, {normalized_shape}, {rest}{kw})", normalized_shape=last_sizes, eps=EPS),
    call("F.batch_norm", floats(2), statistic, statistic, eps=EPS, training=choose(None, None, False, True)),
    call("F.instance_norm", floats(3), eps=EPS),
    call("F.group_norm", floats(3), num_groups=groups, eps=EPS),
    call("F.embedding", lambda draw: draw.value(kind_is("i", 0, 2)), lambda draw: draw.weight((5, 3))),
    call("F.scaled_dot_product_attention", floats(3, 4), keys, like_keys, maybe(0.4, mask), is_causal=choose(None, None, True), scale=choose(None, None, 0.5, 1.0), dropout_p=choose(None, None, None, 0.0, 0.3)),
    call("F.interpolate", floats(4, 4), group="up", scale_factor=choose(2, 1.5, 3.0, 0.5), mode=choose("nearest", "bilinear", "bicubic", "area", "nearest-exact"), align_corners=lambda draw: draw.pick([None, True, False]) if draw.settings["mode"] in {"bilinear", "bicubic"} else None, antialias=lambda draw: draw.pick([None, None, True]) if draw.settings["mode"] in {"bilinear", "bicubic"} else None),
    call("F.interpolate/size", floats(4, 4), group="up", size=lambda draw: tuple(draw.pick([each, 2 * each, each + 1]) for each in draw.shape()[2:]), mode=choose("nearest", "bilinear", "nearest-exact")),
    *(call(f"F.{name}", floats(4, 4), group="pool2", kernel_size=kernel(2), stride=choose(None, 1, 2), padding=choose(None, 0, 1), ceil_mode=TRUTH) for name in ("max_pool2d", "avg_pool2d")),
    call("F.adaptive_avg_pool2d", floats(4, 4), group="adaptive2", output_size=choose(1, 2, (1, 2), 3)),
    call("F.unfold", floats(4, 4), kernel_size=kernel(2), padding=choose(None, 1), stride=choose(None, 2)),
    call("F.pixel_shuffle", floats(4, 4), upscale_factor=choose(1, 2)),
]  # fmt: skip

FUNCTIONS = [*ELEMENTWISE, *REDUCING, *LAYOUT, *PRODUCTS]
