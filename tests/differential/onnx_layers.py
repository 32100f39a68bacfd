"""ONNX operators with weights and windows, with the whole range of their attributes."""

from typing import Any

from differential.drawing import Draw, Op, choose, floats, maybe
from differential.programs import Operand, Unfit


def space(draw: Draw) -> int:
    """The number of spatial axes."""
    if draw.rank() < 3:
        raise Unfit
    return draw.rank() - 2


def kernel(draw: Draw) -> list[int]:
    same = draw.between(1, 3)
    return [min(size, same if draw.chance(0.7) else draw.between(1, 3)) for size in draw.shape()[2:]]


def strides(draw: Draw) -> list[int]:
    return [draw.pick([1, 1, 2, 3]) for _ in range(space(draw))]


def dilations(draw: Draw) -> list[int]:
    return [draw.pick([1, 1, 2]) for _ in range(space(draw))]


def pads(draw: Draw) -> list[int]:
    sizes = draw.settings.get("kernel_shape") or [2] * space(draw)
    most = [max(size - 1, 0) for size in sizes]
    ends = [draw.between(0, each) for each in most]
    begins = ends if draw.chance(0.6) else [draw.between(0, each) for each in most]
    return [*begins, *ends]


def border(share: float = 0.55) -> dict[str, Any]:
    """Padding by numbers or by name."""
    return {
        "auto_pad": choose(None, None, None, "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"),
        "pads": lambda draw: None if draw.settings.get("auto_pad", "NOTSET") != "NOTSET" else maybe(share, pads)(draw),
    }


def groups(draw: Draw) -> int | None:
    channels = draw.shape()[1]
    return draw.pick([None, None, 1, *(each for each in range(2, channels + 1) if channels % each == 0)])


def conv_kernel(draw: Draw) -> Operand:
    group, sizes = draw.settings.get("group", 1), draw.settings.get("kernel_shape") or kernel(draw)
    channels = draw.shape()[1]
    made = draw.pick([channels, group, group * 2]) if channels % group == 0 else group
    return draw.weight((made, channels // group, *sizes))


def transposed_kernel(draw: Draw) -> Operand:
    group, sizes = draw.settings.get("group", 1), draw.settings.get("kernel_shape") or kernel(draw)
    return draw.weight((draw.shape()[1], draw.pick([1, 2, draw.shape()[1] // group]), *sizes))


def bias(at: int, axis: int = 0, times: str = "") -> Any:
    return maybe(0.6, lambda draw: draw.weight((draw.shape(at)[axis] * draw.settings.get(times, 1),)))


CONV = {
    "group": groups, "kernel_shape": lambda draw: kernel(draw) if space(draw) else None, "strides": maybe(0.5, strides),
    "dilations": maybe(0.4, dilations), **border(),
}  # fmt: skip
POOL = {"kernel_shape": kernel, "strides": maybe(0.6, strides), **border(), "ceil_mode": choose(None, 0, 1)}


def channels(draw: Draw, how: str = "normal") -> Operand:
    if draw.rank() < 2:
        raise Unfit
    return draw.weight((draw.shape()[1],), how)


def positive(draw: Draw) -> Operand:
    return channels(draw, "positive")


EPSILON = choose(None, 1e-5, 1e-3, 1e-1)
MOMENTUM = choose(None, 0.9, 0.99, 0.5)


def of_last_axes(draw: Draw) -> Operand:
    return draw.weight(draw.shape()[draw.settings.get("axis", -1) :])


def normal_groups(draw: Draw) -> int:
    count = draw.shape()[1] if draw.rank() > 2 else 0
    return draw.pick([each for each in range(1, count + 1) if count % each == 0])


NORMS = (
    Op("BatchNormalization", (floats(2), channels, channels, channels, positive), {"epsilon": EPSILON, "momentum": MOMENTUM, "training_mode": choose(None, None, None, 0)}, "norm", 14),
    Op("BatchNormalization/9", (floats(2), channels, channels, channels, positive), {"epsilon": EPSILON, "momentum": MOMENTUM}, "norm", 9, 13),
    Op("BatchNormalization/7", (floats(2), channels, channels, channels, positive), {"epsilon": EPSILON, "momentum": MOMENTUM}, "norm", 7, 8),
    Op("BatchNormalization/train", (floats(3), channels, channels, channels, positive), {"epsilon": EPSILON, "training_mode": choose(1)}, "", 15, outputs=3),
    Op("InstanceNormalization", (floats(3), channels, channels), {"epsilon": EPSILON}, "norm"),
    Op("LayerNormalization", (floats(1), of_last_axes, maybe(0.7, of_last_axes)), {"axis": lambda draw: draw.axis() if draw.chance(0.8) else None, "epsilon": EPSILON}, "layernorm", 17),
    Op("RMSNormalization", (floats(1), of_last_axes), {"axis": lambda draw: draw.axis() if draw.chance(0.8) else None, "epsilon": EPSILON}, "layernorm", 23),
    Op("GroupNormalization", (floats(3), channels, channels), {"num_groups": normal_groups, "epsilon": EPSILON}, "norm", 21),
    Op("LRN", (floats(3),), {"size": choose(1, 3, 5, 2), "alpha": choose(None, 1e-4, 0.1), "beta": choose(None, 0.75, 0.5), "bias": choose(None, 1.0, 2.0)}, "unary"),
    Op("LpNormalization", (floats(1),), {"axis": lambda draw: draw.axis() if draw.chance(0.8) else None, "p": choose(None, 1, 2)}, "unary"),
    Op("Softmax", (floats(1),), {"axis": lambda draw: draw.axis() if draw.chance(0.8) else None}, "softmax", 13),
    Op("LogSoftmax", (floats(1),), {"axis": lambda draw: draw.axis() if draw.chance(0.8) else None}, "softmax", 13),
    Op("Hardmax", (floats(1),), {"axis": lambda draw: draw.axis() if draw.chance(0.8) else None}, "softmax", 13),
    Op("Softmax/1", (floats(1),), {"axis": lambda draw: draw.axis() % draw.rank() if draw.chance(0.8) else None}, "softmax", 7, 12),
    Op("LogSoftmax/1", (floats(1),), {"axis": lambda draw: draw.axis() % draw.rank() if draw.chance(0.8) else None}, "softmax", 7, 12),
    Op("Hardmax/1", (floats(1),), {"axis": lambda draw: draw.axis() % draw.rank() if draw.chance(0.8) else None}, "softmax", 7, 12),
)  # fmt: skip


def matrix(draw: Draw) -> Operand:
    inner = draw.shape()[0 if draw.settings.get("transA") else 1]
    shape = (draw.pick([inner, 3]), inner) if draw.settings.get("transB") else (inner, draw.pick([inner, 3]))
    if draw.chance(0.15):
        return draw.value(lambda other: other.dtype.kind == "f" and other.shape == shape)
    return draw.weight(shape)


def added(draw: Draw) -> Operand:
    width = draw.shape(1)[0 if draw.settings.get("transB") else 1]
    if draw.chance(0.2):
        return draw.numbers(draw.number(), "float32")
    return draw.weight(draw.pick([(width,), (1, width), (1,)]))


def right_matrix(draw: Draw) -> Operand:
    shape = draw.shape()
    if not shape:
        raise Unfit
    if draw.chance(0.35):
        return draw.value(
            lambda other: (
                other.dtype.kind == "f"
                and other.ndim == len(shape) > 1
                and other.shape[-2] == shape[-1]
                and other.shape[:-2] == shape[:-2]
            )
        )
    stacked = [shape[-3]] if len(shape) > 2 and draw.chance(0.2) else []
    return draw.weight([*stacked, shape[-1], draw.pick([shape[-1], 3, 1])])


PRODUCTS = (
    Op("Gemm", (floats(2, 2), matrix, maybe(0.7, added)), {"transA": choose(None, None, 0, 1), "transB": choose(None, 0, 1), "alpha": choose(None, None, 1.0, 0.5), "beta": choose(None, None, 1.0, 0.5, 0.0)}, "", 11),
    Op("MatMul", (floats(1), right_matrix), {}, "", 9),
    Op("MatMul/left", (lambda draw: draw.weight((draw.between(2, 4),) * 2), lambda draw: draw.value(lambda other: other.dtype.kind == "f" and other.ndim >= 2 and other.shape[-2] == draw.shape()[1])), {}, "", 9),
)  # fmt: skip


def output_padding(draw: Draw) -> list[int] | None:
    given = draw.settings.get("strides")
    return [draw.between(0, each - 1) for each in given] if given else None


WINDOWS = (
    Op("Conv", (floats(3, 5), conv_kernel, bias(1)), CONV, "", 11),
    Op("Conv/again", (floats(3, 5), conv_kernel, bias(1)), CONV, "", 7),
    Op("ConvTranspose", (floats(3, 4), transposed_kernel, bias(1, 1, "group")), {**CONV, "output_padding": maybe(0.3, output_padding)}, "", 11),
    Op("AveragePool", (floats(3, 5),), {**POOL, "count_include_pad": choose(None, 0, 1), "dilations": maybe(0.3, dilations)}, "pool", 19),
    Op("AveragePool/10", (floats(3, 5),), {**POOL, "count_include_pad": choose(None, 0, 1)}, "pool", 10, 18),
    Op("MaxPool", (floats(3, 5),), {**POOL, "dilations": maybe(0.3, dilations)}, "pool", 10),
    Op("MaxPool/indices", (floats(3, 5),), {**POOL, "storage_order": choose(None, 0, 1)}, "pool", 10, outputs=2),
    Op("LpPool", (floats(3, 4),), {"kernel_shape": kernel, "strides": maybe(0.6, strides), **border(), "p": choose(None, 1, 2, 3)}, "pool", 11, 17),
    Op("LpPool/18", (floats(3, 4),), {**POOL, "p": choose(None, 1, 2, 3), "dilations": maybe(0.3, dilations)}, "pool", 18),
    Op("GlobalAveragePool", (floats(3),), {}, "global"),
    Op("GlobalMaxPool", (floats(3),), {}, "global"),
)  # fmt: skip


def scales(draw: Draw) -> list[float]:
    return [1.0, 1.0, *(draw.pick([1.0, 2.0, 2.0, 1.5, 0.5, 3.0]) for _ in range(space(draw)))]


def sizes(draw: Draw) -> list[int]:
    shape = draw.shape()
    space(draw)
    return [*shape[:2], *(draw.pick([size, 2 * size, size + 1, max(1, size - 1)]) for size in shape[2:])]


RESIZE = {
    "mode": choose(None, "nearest", "linear", "cubic"),
    "coordinate_transformation_mode": choose(None, "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"),
    "nearest_mode": choose(None, "round_prefer_floor", "round_prefer_ceil", "floor", "ceil"),
    "cubic_coeff_a": choose(None, -0.75, -0.5),
}
LATER = {"exclude_outside": choose(None, None, 0, 1), "antialias": choose(None, None, 0, 1)}


def absent(_: Draw) -> None:
    return None


def free_batch(draw: Draw) -> None:
    """Sizes name the batch, which must not be free then."""
    if draw.options.get("free"):
        raise Unfit


IMAGES = (
    Op("Resize/scales", (floats(3, 5), absent, lambda draw: draw.numbers(scales(draw), "float32")), RESIZE, "resize", 11),
    Op("Resize/sizes", (floats(3, 5), free_batch, absent, lambda draw: draw.numbers(sizes(draw))), RESIZE, "resize", 11),
    Op("Resize/18", (floats(4, 4), absent, lambda draw: draw.numbers(scales(draw), "float32")), {**RESIZE, **LATER}, "resize", 18),
    Op("Resize/axes", (floats(4, 4), absent, lambda draw: draw.numbers(scales(draw)[2:], "float32")), {**RESIZE, "axes": choose([2, 3], [3, 2], [-1, -2], [-2, -1])}, "resize", 18),
    Op("Upsample", (floats(3, 5), lambda draw: draw.numbers(scales(draw), "float32")), {"mode": choose(None, "nearest", "linear")}, "resize", 9, 9),
    Op("Upsample/7", (floats(3, 5),), {"mode": choose(None, "nearest", "linear"), "scales": scales}, "resize", 7, 8),
    Op("Col2Im", (floats(3, 3), lambda draw: draw.numbers([3, 3]), lambda draw: draw.numbers([2, 2])), {"pads": choose(None, [0, 0, 0, 0]), "strides": choose(None, [1, 1])}, "", 18),
)  # fmt: skip

SIDES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def ways(draw: Draw) -> int:
    return 2 if draw.settings.get("direction") == "bidirectional" else 1


def gates(width: Any) -> Any:
    def slot(draw: Draw, name: str = "") -> Operand:
        return draw.weight((ways(draw), *width(draw)))

    return slot


def state(draw: Draw) -> Operand:
    batch = draw.shape()[1]
    if draw.chance(0.3):
        return draw.numbers([[[0.0] * draw.settings["hidden_size"]] * batch] * ways(draw), "float32")
    return draw.weight((ways(draw), batch, draw.settings["hidden_size"]))


def activations(name: str) -> Any:
    count = {"LSTM": 3, "GRU": 2, "RNN": 1}[name]
    return lambda draw: [draw.pick(["Sigmoid", "Tanh", "Relu"]) for _ in range(count * ways(draw))]


def recurrent(name: str) -> Op:
    times = SIDES[name]
    hidden = lambda draw: draw.settings["hidden_size"]  # noqa: E731
    settings = {
        "hidden_size": choose(2, 3, 4),
        "direction": choose(None, "forward", "reverse", "bidirectional"),
        "activations": maybe(0.2, activations(name)),
        "clip": choose(None, None, None, 0.5),
        "linear_before_reset": choose(None, 0, 1) if name == "GRU" else choose(None),
        "input_forget": choose(None, None, 0, 1) if name == "LSTM" else choose(None),
    }
    lengths = maybe(
        0.1, lambda draw: draw.numbers([draw.between(1, draw.shape()[0]) for _ in range(draw.shape()[1])], "int32")
    )
    slots = [
        floats(3, 3),
        gates(lambda draw: (times * hidden(draw), draw.shape()[2])),
        gates(lambda draw: (times * hidden(draw), hidden(draw))),
        maybe(0.7, gates(lambda draw: (2 * times * hidden(draw),))),
        lengths,
        maybe(0.2, state),
    ]
    if name == "LSTM":
        slots += [maybe(0.2, state), maybe(0.2, gates(lambda draw: (3 * hidden(draw),)))]
    return Op(name, tuple(slots), settings, "recurrent", 7, outputs=3 if name == "LSTM" else 2)


def heads(draw: Draw) -> Operand:
    rank = draw.rank()
    return draw.value(lambda other: other.dtype.kind == "f" and other.ndim == rank and other.shape[-1] == draw.shape()[-1] and other.shape[0] == draw.shape()[0] and (rank < 4 or other.shape[1] == draw.shape()[1]))  # fmt: skip


def like_keys(draw: Draw) -> Operand:
    return draw.value(lambda other: other.dtype.kind == "f" and other.shape == draw.shape(1))


def seen(draw: Draw) -> Operand:
    rows, columns = draw.shape()[-2], draw.shape(1)[-2]
    if draw.chance(0.5):
        return draw.numbers(
            [[draw.chance(0.6) or row == column for column in range(columns)] for row in range(rows)], "bool"
        )
    return draw.numbers([[draw.pick([0.0, -1e9, 0.0]) for _ in range(columns)] for _ in range(rows)], "float32")


def count_of_heads(draw: Draw) -> int | None:
    return draw.split(draw.shape()[-1])[0] if draw.rank() == 3 else None


ATTENTION = (
    Op("Attention", (floats(3, 4), heads, like_keys, maybe(0.4, seen)), {
        "is_causal": choose(None, 0, 1), "scale": choose(None, None, 1.0, 0.5), "softcap": choose(None, None, 0.0, 2.0),
        "q_num_heads": count_of_heads, "kv_num_heads": lambda draw: draw.settings.get("q_num_heads"),
    }, "", 23),
)  # fmt: skip


def stored_mask(draw: Draw) -> Operand:
    shape = draw.shape()[-2:]
    far = draw.pick([-1e9, -1e4, -3.4028234663852886e38])
    return draw.numbers(
        [[draw.pick([0.0, 0.0, far]) if column else 0.0 for column in range(shape[1])] for _ in range(shape[0])],
        "float32",
    )


MASKS = (Op("Add/mask", (floats(2), stored_mask), {}, "", 7, more={"then": ("Softmax", "Softmax/1")}),)

LAYERS = (*NORMS, *PRODUCTS, *WINDOWS, *IMAGES, *(recurrent(name) for name in SIDES), *ATTENTION, *MASKS)
