"""PyTorch modules, with the whole range of their settings."""

from functools import partial
from typing import Any

from differential.drawing import Draw, Op, Setting, Slot, choose, floats, kind_is, maybe
from differential.programs import Unfit


def _class(name: str) -> Any:
    import torch

    return getattr(torch.nn, name)


def module(
    name: str, *slots: Slot, group: str = "", outputs: int = 1, more: dict[str, Any] | None = None, **settings: Setting
) -> Op:
    return Op(
        f"nn.{name}",
        slots,
        settings,
        group,
        outputs=outputs,
        more={
            "module": True,
            "class": partial(_class, name),
            "freezes": bool((more or {}).get("weights")),
            **(more or {}),
        },
    )


def size(axis: int) -> Setting:
    """The size of an axis."""

    def setting(draw: Draw) -> int:
        if draw.rank() <= (axis if axis >= 0 else -axis - 1):
            raise Unfit
        return draw.shape()[axis]

    return setting


def channels(draw: Draw) -> int:
    return size(1)(draw)


def dim(draw: Draw) -> int:
    return draw.axis()


def same_or(*others: int, axis: int = 1) -> Setting:
    return lambda draw: draw.pick([size(axis)(draw), *others])


def per_axis(least: int, most: int, rank: int) -> Setting:
    """One number, or one for each axis of the image."""

    def setting(draw: Draw) -> Any:
        if draw.chance(0.6):
            return draw.between(least, most)
        return tuple(draw.between(least, most) for _ in range(rank))

    return setting


def kernel(rank: int) -> Setting:
    def setting(draw: Draw) -> Any:
        most = min(3, *draw.shape()[-rank:])
        return (
            draw.between(1, most)
            if draw.chance(0.7)
            else tuple(draw.between(1, min(3, each)) for each in draw.shape()[-rank:])
        )

    return setting


def half(rank: int) -> Setting:
    """Padding of at most half the kernel."""

    def setting(draw: Draw) -> Any:
        given = draw.settings["kernel_size"]
        sizes = given if isinstance(given, tuple) else (given,) * rank
        return (
            tuple(draw.between(0, each // 2) for each in sizes)
            if draw.chance(0.3)
            else draw.between(0, min(sizes) // 2)
        )

    return setting


def groups(draw: Draw) -> int:
    count = draw.shape()[1]
    return draw.pick([each for each in range(1, count + 1) if count % each == 0])


def multiple(draw: Draw) -> int:
    return draw.settings["groups"] * draw.pick([1, 2]) if draw.chance(0.5) else draw.shape()[1]


TRUTH = choose(None, True, False)
WEIGHTS = {"weights": True}


def conv(rank: int, transposed: bool) -> Op:  # noqa: FBT001  two names of one kind
    form = "Transpose" if transposed else ""
    settings: dict[str, Setting] = {
        "in_channels": channels, "groups": groups, "out_channels": multiple, "kernel_size": kernel(rank),
        "stride": maybe(0.5, per_axis(1, 3, rank)), "dilation": maybe(0.3, per_axis(1, 2, rank)), "bias": choose(None, None, False),
    }  # fmt: skip
    if transposed:
        settings |= {"padding": maybe(0.5, per_axis(0, 1, rank)), "output_padding": maybe(0.2, per_axis(0, 1, rank))}
    else:
        strings = maybe(0.15, choose("same", "valid"))
        settings |= {
            "padding": lambda draw: strings(draw) or maybe(0.5, per_axis(0, 2, rank))(draw),
            "padding_mode": choose(None, None, None, "zeros", "reflect", "replicate", "circular"),
        }
    return module(f"Conv{form}{rank}d", floats(rank + 2, rank + 2), more=WEIGHTS, **settings)


def pools(rank: int) -> list[Op]:
    data = floats(rank + 2, rank + 2)
    window = {"kernel_size": kernel(rank), "stride": maybe(0.6, per_axis(1, 3, rank))}
    padded = {**window, "padding": maybe(0.5, half(rank)), "ceil_mode": TRUTH}
    average = {**padded, "count_include_pad": TRUTH}
    if rank > 1:
        average["divisor_override"] = choose(None, None, None, 2, 3)
    sizes = maybe(1, per_axis(1, 3, rank))
    return [
        module(f"MaxPool{rank}d", data, group=f"pool{rank}", **padded, dilation=maybe(0.3, per_axis(1, 2, rank))),
        module(f"AvgPool{rank}d", data, group=f"pool{rank}", **average),
        module(f"LPPool{rank}d", data, group=f"pool{rank}", norm_type=choose(1, 2, 3), **window, ceil_mode=TRUTH),
        module(f"AdaptiveAvgPool{rank}d", data, group=f"adaptive{rank}", output_size=sizes),
        module(f"AdaptiveMaxPool{rank}d", data, group=f"adaptive{rank}", output_size=sizes),
    ]


def borders(rank: int, most: int = 2) -> Setting:
    def setting(draw: Draw) -> Any:
        limit = min(most, min(draw.shape()[-rank:]) - 1)
        return draw.between(0, limit) if draw.chance(0.3) else tuple(draw.between(0, limit) for _ in range(2 * rank))

    return setting


def pads(rank: int) -> list[Op]:
    data = floats(rank + 2, rank + 2)
    names = [f"{name}Pad{rank}d" for name in ("Reflection", "Replication", "Circular", "Zero")]
    found = [module(name, data, group=f"pad{rank}", padding=borders(rank)) for name in names]
    return [
        *found,
        module(f"ConstantPad{rank}d", data, group=f"pad{rank}", padding=borders(rank), value=choose(0.0, 1.0, -2.0)),
    ]


EPS = choose(None, 1e-5, 1e-3, 0.1)


def norms(rank: int) -> list[Op]:
    data = floats(rank + 2, rank + 2)
    training = {"weights": True, "training": ("momentum",)}
    statistics = choose(None, None, None, True, False)
    return [
        module(f"BatchNorm{rank}d", data, group=f"norm{rank}", more=training, num_features=channels, eps=EPS, momentum=choose(None, 0.1, 0.01, 0.5), affine=TRUTH, track_running_stats=statistics),
        module(f"InstanceNorm{rank}d", data, group=f"norm{rank}", more=WEIGHTS, num_features=channels, eps=EPS, affine=TRUTH, track_running_stats=choose(None, None, False, True)),
    ]  # fmt: skip


def last_sizes(draw: Draw) -> tuple[int, ...]:
    return draw.shape()[-draw.between(1, max(1, draw.rank() - 1)) :]


def plain(names: str, **settings: Setting) -> list[Op]:
    return [module(name, floats(), group="unary", **settings) for name in names.split()]


ACTIVATIONS = [
    *plain("ReLU ReLU6 SELU SiLU Mish Sigmoid Tanh Softsign Hardsigmoid Hardswish LogSigmoid Tanhshrink Identity"),
    *plain("ELU CELU", alpha=choose(None, 1.0, 0.5, 2.0)),
    *plain("LeakyReLU", negative_slope=choose(None, 0.01, 0.2, 1.5, -0.5)),
    *plain("GELU", approximate=choose(None, "none", "tanh")),
    *plain("Softplus", beta=choose(None, 1.0, 2.0), threshold=choose(None, 20.0, 1.0)),
    *plain("Softshrink Hardshrink", lambd=choose(None, 0.5, 1.0)),
    *plain("Hardtanh", min_val=choose(None, -1.0, 0.0), max_val=choose(None, 1.0, 6.0)),
    *plain("Threshold", threshold=choose(0.1, 0.5, 0.0), value=choose(0.0, 20.0)),
    *plain("RReLU", lower=choose(None, 0.1), upper=choose(None, 0.3, 0.5)),
    module("PReLU", floats(2), group="unary", more=WEIGHTS, num_parameters=same_or(1)),
    *(module(name, floats(1), group="softmax", dim=dim) for name in ("Softmax", "LogSoftmax", "Softmin")),
    module("Softmax2d", floats(4, 4), group="softmax"),
    module("GLU", floats(1), dim=maybe(0.9, dim)),
    *(module(name, floats(), group="unary", more={"training": ("p",)}, p=choose(None, 0.1, 0.5, 0.9)) for name in ("Dropout", "AlphaDropout")),
    *(module(f"Dropout{rank}d", floats(rank + 2, rank + 2), group="drop", more={"training": ("p",)}, p=choose(None, 0.1, 0.5)) for rank in (1, 2, 3)),
]  # fmt: skip


def hidden(draw: Draw) -> int:
    return draw.pick([2, 3, draw.shape()[-1]])


def recurrent(name: str, outputs: int) -> Op:
    unpack = {"LSTM": "{0}, ({1}, {2})", "GRU": "{0}, {1}", "RNN": "{0}, {1}"}[name]
    more: dict[str, Setting] = {"nonlinearity": choose(None, "tanh", "relu")} if name == "RNN" else {}
    if name == "LSTM":
        more = {"proj_size": lambda draw: 1 if draw.chance(0.1) and draw.settings["hidden_size"] > 1 else None}
    return module(
        name, floats(2, 3), outputs=outputs, more={"weights": True, "unpack": unpack, "training": ("dropout",)}, group="recurrent",
        input_size=size(-1), hidden_size=hidden, num_layers=choose(None, None, 1, 2), bias=choose(None, None, False), batch_first=choose(None, True, False),
        bidirectional=choose(None, None, True), dropout=lambda draw: draw.pick([0.1, 0.5]) if draw.settings.get("num_layers") == 2 and draw.chance(0.3) else None, **more,
    )  # fmt: skip


def heads(draw: Draw) -> int:
    return draw.split(draw.shape()[-1])[0]


def twin(draw: Draw) -> str:
    """Another value of the same shape, or the same."""
    return draw.value(lambda other: other.shape == draw.shape() and other.dtype == draw.array().dtype)


ATTENTION = {"weights": True, "unpack": "{0}, {1}", "training": ("dropout",)}
SEQUENCES = [
    recurrent("LSTM", 3),
    recurrent("GRU", 2),
    recurrent("RNN", 2),
    module("GRUCell", floats(2, 2), more=WEIGHTS, input_size=size(-1), hidden_size=choose(2, 3), bias=choose(None, False)),
    module("RNNCell", floats(2, 2), more=WEIGHTS, input_size=size(-1), hidden_size=choose(2, 3), bias=choose(None, False), nonlinearity=choose(None, "relu")),
    module("LSTMCell", floats(2, 2), outputs=2, more={"weights": True, "unpack": "{0}, {1}"}, input_size=size(-1), hidden_size=choose(2, 3)),
    module("MultiheadAttention", floats(3, 3), twin, twin, outputs=2, more=ATTENTION, embed_dim=size(-1), num_heads=heads, batch_first=choose(None, True, False), bias=choose(None, None, False), add_zero_attn=choose(None, None, None, True), add_bias_kv=choose(None, None, None, True), dropout=choose(None, None, 0.1, 0.5)),
    module("TransformerEncoderLayer", floats(3, 3), more={"weights": True, "training": ("dropout",)}, d_model=size(-1), nhead=heads, dim_feedforward=choose(4, 6), batch_first=choose(None, True), norm_first=choose(None, True, False), activation=choose(None, "relu", "gelu"), layer_norm_eps=EPS, dropout=choose(None, 0.1, 0.3)),
    module("Embedding", lambda draw: draw.value(kind_is("i", 0, 3)), more=WEIGHTS, num_embeddings=choose(4, 6), embedding_dim=choose(2, 3, 4), padding_idx=choose(None, None, 0, 1), max_norm=choose(None, None, None, None, 1.0)),
    module("EmbeddingBag", lambda draw: draw.value(kind_is("i", 2, 2)), more=WEIGHTS, num_embeddings=choose(4, 6), embedding_dim=choose(2, 3), mode=choose(None, "mean", "sum", "max")),
]  # fmt: skip


def factor(draw: Draw) -> int:
    return draw.pick([each for each in (1, 2, 3) if draw.shape()[1] % (each * each) == 0])


IMAGES = [
    *(module("Upsample", floats(rank + 2, rank + 2), group="up", scale_factor=choose(2, 2.0, 3, 1.5), mode=choose(*modes), align_corners=lambda draw: draw.pick([None, True, False]) if "linear" in str(draw.settings.get("mode")) or draw.settings.get("mode") == "bicubic" else None) for rank, modes in ((2, ("nearest", "bilinear", "bicubic", "nearest-exact")),)),
    module("UpsamplingNearest2d", floats(4, 4), group="up", scale_factor=choose(2, 3)),
    module("UpsamplingBilinear2d", floats(4, 4), group="up", scale_factor=choose(2, 3)),
    module("PixelShuffle", floats(4, 4), upscale_factor=factor),
    module("PixelUnshuffle", floats(4, 4), downscale_factor=choose(2, 1)),
    module("ChannelShuffle", floats(3), groups=groups),
    module("Unfold", floats(4, 4), kernel_size=kernel(2), stride=maybe(0.5, per_axis(1, 2, 2)), padding=maybe(0.4, per_axis(0, 1, 2)), dilation=maybe(0.3, per_axis(1, 2, 2))),
    module("LocalResponseNorm", floats(3), group="unary", size=choose(1, 2, 3), alpha=choose(None, 1e-4, 0.1), beta=choose(None, 0.75, 0.5), k=choose(None, 1.0, 2.0)),
]  # fmt: skip

DENSE = [
    module("Linear", floats(1), more=WEIGHTS, in_features=size(-1), out_features=same_or(3, 1, axis=-1), bias=choose(None, None, False)),
    module("Bilinear", floats(1, 3), twin, more=WEIGHTS, in1_features=size(-1), in2_features=size(-1), out_features=choose(2, 3)),
    module("LayerNorm", floats(1), group="layernorm", more=WEIGHTS, normalized_shape=last_sizes, eps=EPS, elementwise_affine=TRUTH, bias=choose(None, None, False)),
    module("RMSNorm", floats(1), group="layernorm", more=WEIGHTS, normalized_shape=last_sizes, eps=EPS, elementwise_affine=TRUTH),
    module("GroupNorm", floats(3), more=WEIGHTS, num_groups=groups, num_channels=channels, eps=EPS, affine=TRUTH),
    module("Flatten", floats(1), start_dim=lambda draw: draw.pick([None, 0, 1, draw.between(0, draw.rank() - 1)]), end_dim=choose(None, None, -1, -2)),
    module("Unflatten", floats(1), dim=dim, unflattened_size=lambda draw: draw.split(draw.shape()[draw.settings["dim"]])),
    module("CosineSimilarity", floats(1), twin, dim=dim, eps=choose(None, 1e-8, 1e-3)),
    # TorchScript's exporter drops the epsilon, which shows where it is no smaller than rounding.
    module("PairwiseDistance", floats(1), twin, p=choose(None, 1.0, 2.0), keepdim=TRUTH, eps=lambda _: 0.01),
]  # fmt: skip

MODULES = [
    *DENSE, *ACTIVATIONS, *SEQUENCES, *IMAGES, *(conv(rank, transposed) for rank in (1, 2, 3) for transposed in (False, True)),
    *(op for rank in (1, 2, 3) for op in (*pools(rank), *pads(rank), *norms(rank))),
]  # fmt: skip
