"""Keras layers, with the whole range of their settings and call arguments."""

from functools import partial
from typing import Any

from differential.drawing import Draw, Op, Setting, Slot, choose, floats, kind_is, maybe
from differential.programs import Unfit

ACTIVATION = choose(None, None, "relu", "tanh", "sigmoid", "softmax", "gelu", "elu", "leaky_relu", "hard_sigmoid", "silu", "swish", "softplus", "relu6", "selu", "mish", "linear", "hard_swish", "celu", "softsign", "log_softmax", "exponential")  # fmt: skip
BIAS = choose(None, None, False)
REGULARIZER = choose(None, None, None, None, None, "l1", "l2")
CONSTRAINT = choose(None, None, None, None, None, "non_neg", "unit_norm")
INITIALIZER = choose(None, None, None, None, "zeros", "he_normal", "ones")
DTYPE = choose(*[None] * 12, "float64", "mixed_float16", "float16")
TRAINABLE = choose(*[None] * 6, False)

TRAINING = (
    "kernel_regularizer", "bias_regularizer", "activity_regularizer", "kernel_constraint", "bias_constraint", "kernel_initializer", "trainable", "rate",
    "momentum", "dropout", "recurrent_dropout", "seed", "stddev", "gamma_regularizer", "beta_constraint", "embeddings_constraint", "embeddings_regularizer",
    "recurrent_regularizer", "l1", "l2", "alpha_constraint", "factor", "mode", "recurrent_constraint",
)  # fmt: skip
"""Settings that change training only."""

KERNEL = {"kernel_regularizer": REGULARIZER, "kernel_constraint": CONSTRAINT, "kernel_initializer": INITIALIZER,
          "bias_constraint": CONSTRAINT, "activity_regularizer": REGULARIZER, "trainable": TRAINABLE, "dtype": DTYPE}  # fmt: skip


def layer(
    name: str, *slots: Slot, group: str = "", outputs: Any = 1, more: dict[str, Any] | None = None, **settings: Setting
) -> Op:
    return Op(
        f"layers.{name}",
        slots,
        settings,
        group,
        outputs=outputs,
        more={"layer": True, "training": TRAINING, "class": partial(_class, name), **(more or {})},
    )


def _class(name: str) -> Any:
    """The class of a layer; of one that wraps another one, its own."""
    import keras

    return getattr(keras.layers, name.partition("/")[0])


WEIGHTS = {"weights": True}


def units(draw: Draw) -> int:
    return draw.pick([draw.shape()[-1], 3, 1, 2])


def per_axis(least: int, most: int, rank: int) -> Setting:
    return lambda draw: (
        draw.between(least, most) if draw.chance(0.6) else tuple(draw.between(least, most) for _ in range(rank))
    )


def window(rank: int) -> Setting:
    def setting(draw: Draw) -> Any:
        shape = draw.shape()[1 : rank + 1]
        if len(shape) < rank:
            raise Unfit
        return (
            draw.between(1, min(3, *shape))
            if draw.chance(0.7)
            else tuple(draw.between(1, min(3, each)) for each in shape)
        )

    return setting


PADDING = choose(None, "valid", "same", "same")


def stride(rank: int) -> Setting:
    return lambda draw: draw.pick([None, 1, 2, 3, 2]) if "dilation_rate" not in draw.settings else None


def convs(rank: int) -> list[Op]:
    data = floats(rank + 2, rank + 2)

    def groups(draw: Draw) -> int | None:
        count = draw.shape()[-1]
        return draw.pick([None, None, *(each for each in range(1, count + 1) if count % each == 0)])

    def filters(draw: Draw) -> int:
        return draw.settings.get("groups", 1) * draw.pick([1, 2])

    common = {
        "kernel_size": window(rank),
        "dilation_rate": maybe(0.2, per_axis(1, 2, rank)),
        "strides": stride(rank),
        "use_bias": BIAS,
        "activation": ACTIVATION,
        **KERNEL,
    }
    padding = choose(None, "valid", "same", "causal") if rank == 1 else PADDING
    found = [
        layer(
            f"Conv{rank}D",
            data,
            group=f"conv{rank}",
            more=WEIGHTS,
            groups=groups,
            filters=filters,
            padding=padding,
            **common,
        )
    ]
    if rank < 3:
        found.append(
            layer(f"Conv{rank}DTranspose", data, more=WEIGHTS, filters=choose(1, 2, 3), padding=PADDING, **common)
        )
        found.append(
            layer(
                f"DepthwiseConv{rank}D",
                data,
                more=WEIGHTS,
                depth_multiplier=choose(None, 1, 2),
                padding=PADDING,
                **{
                    **common,
                    "kernel_initializer": choose(None),
                    "kernel_constraint": choose(None),
                    "kernel_regularizer": choose(None),
                },
            )
        )
        found.append(
            layer(
                f"SeparableConv{rank}D",
                data,
                more=WEIGHTS,
                filters=choose(1, 2, 3),
                depth_multiplier=choose(None, 1, 2),
                padding=PADDING,
                **{
                    **common,
                    "kernel_initializer": choose(None),
                    "kernel_constraint": choose(None),
                    "kernel_regularizer": choose(None),
                },
            )
        )
    return found  # fmt: skip


def pools(rank: int) -> list[Op]:
    data = floats(rank + 2, rank + 2)
    found = [
        layer(
            f"{name}Pooling{rank}D",
            data,
            group=f"pool{rank}",
            pool_size=window(rank),
            strides=choose(None, 1, 2),
            padding=PADDING,
        )
        for name in ("Max", "Average")
    ]
    found += [
        layer(f"Global{name}Pooling{rank}D", data, group=f"global{rank}", keepdims=choose(None, True, False))
        for name in ("Max", "Average")
    ]
    found += [
        layer(f"Adaptive{name}Pooling{rank}D", data, group=f"adaptive{rank}", output_size=choose(1, 2))
        for name in ("Max", "Average")
    ]
    found += [
        layer(
            f"UpSampling{rank}D",
            data,
            size=choose(None, 1, 2, 3) if rank == 1 else per_axis(1, 2, rank),
            **({"interpolation": choose(None, "nearest", "bilinear", "bicubic")} if rank == 2 else {}),
        ),
        layer(
            f"ZeroPadding{rank}D",
            data,
            padding=lambda draw: draw.pick(
                [
                    None,
                    1,
                    tuple((draw.between(0, 2), draw.between(0, 2)) for _ in range(rank))
                    if rank > 1
                    else (draw.between(0, 2), 1),
                ]
            ),
        ),
        layer(
            f"Cropping{rank}D",
            data,
            cropping=lambda draw: (
                tuple((draw.between(0, 1), draw.between(0, 1)) for _ in range(rank))
                if rank > 1
                else (draw.between(0, 1), 1)
            ),
        ),
        layer(f"SpatialDropout{rank}D", data, group="drop", rate=choose(0.1, 0.5)),
    ]
    return found  # fmt: skip


def axis(draw: Draw) -> int:
    if draw.rank() < 2:
        raise Unfit
    return draw.axis(first=1)


def some_axes(draw: Draw) -> Any:
    return draw.pick([None, None, axis(draw), [-1], sorted({each % draw.rank() for each in (axis(draw), axis(draw))})])


EPSILON = choose(None, 1e-3, 1e-5, 0.1)
TRUTH = choose(None, None, True, False)
NORMS = [
    layer("BatchNormalization", floats(2), group="norm", more=WEIGHTS, axis=maybe(0.4, axis), epsilon=EPSILON, momentum=choose(None, 0.99, 0.9), center=TRUTH, scale=TRUTH, trainable=TRAINABLE, **{"call.training": choose(*[None] * 8, True, False)}),
    layer("LayerNormalization", floats(2), group="norm", more={**WEIGHTS, "without weights": ("center", "scale")}, axis=some_axes, epsilon=EPSILON, center=TRUTH, scale=TRUTH, trainable=TRAINABLE),
    layer("GroupNormalization", floats(3), group="norm", more=WEIGHTS, groups=lambda draw: draw.pick([1, -1, *(each for each in range(1, draw.shape()[-1] + 1) if draw.shape()[-1] % each == 0)]), epsilon=EPSILON, center=TRUTH, scale=TRUTH),
    layer("RMSNormalization", floats(2), group="norm", more=WEIGHTS, axis=maybe(0.3, axis), epsilon=EPSILON),
    layer("UnitNormalization", floats(2), group="norm", axis=some_axes),
]  # fmt: skip


def plain(name: str, **settings: Setting) -> Op:
    return layer(name, floats(2), group="unary", **settings)


def factors(draw: Draw) -> tuple[int, ...]:
    """Another shape of as many elements, the batch apart."""
    rest = 1
    for size in draw.shape()[1:]:
        rest *= size
    found = []
    for _ in range(draw.between(0, 2)):
        part = draw.split(rest)[0]
        found.append(part)
        rest //= part
    found.append(rest)
    if draw.chance(0.3):
        found[draw.between(0, len(found) - 1)] = -1
    return tuple(found)


def order(draw: Draw) -> tuple[int, ...]:
    if draw.rank() < 3:
        raise Unfit
    return tuple(int(each) + 1 for each in draw.rng.permutation(draw.rank() - 1))


PLAIN = [
    plain("ReLU", max_value=choose(None, 6.0, 1.0), negative_slope=choose(None, 0.1), threshold=choose(None, 0.5)),
    plain("LeakyReLU", negative_slope=choose(None, 0.3, 0.2, 0.01)),
    plain("ELU", alpha=choose(None, 1.0, 0.5)),
    plain("Softmax", axis=maybe(0.6, axis)),
    plain("Activation", activation=lambda draw: ACTIVATION(draw) or "relu"),
    layer("PReLU", floats(2), group="unary", more=WEIGHTS, shared_axes=lambda draw: draw.pick([None, [1], list(range(1, draw.rank() - 1)) or None]), alpha_constraint=CONSTRAINT),
    plain("Identity"), plain("Dropout", rate=choose(0.1, 0.5, 0.3), **{"call.training": choose(*[None] * 6, True)}),
    plain("GaussianNoise", stddev=choose(0.1, 0.5)), plain("GaussianDropout", rate=choose(0.1, 0.5)), plain("AlphaDropout", rate=choose(0.1, 0.5)),
    plain("ActivityRegularization", l1=choose(0.0, 0.1), l2=choose(0.0, 0.1)),
    plain("Rescaling", scale=choose(0.5, 2.0, 1 / 255), offset=choose(None, 0.0, -1.0)),
    layer("Flatten", floats(2), group="shape", data_format=choose(None, None, None, "channels_first", "channels_last")),
    layer("Reshape", floats(2, 5), group="shape", target_shape=factors),
    layer("Permute", floats(3), group="unary", dims=order),
    layer("RepeatVector", floats(2, 2), n=choose(1, 2, 3)),
    layer("Masking", floats(3, 3), mask_value=choose(None, 0.0, 1.0)),
    layer("CenterCrop", floats(4, 4), height=choose(1, 2), width=choose(1, 2)),
    layer("Resizing", floats(4, 4), height=choose(2, 3, 5), width=choose(2, 3, 5), interpolation=choose(None, "nearest", "bilinear", "bicubic")),
]  # fmt: skip


def twin(draw: Draw) -> str:
    return draw.value(lambda other: other.shape == draw.shape() and other.dtype == draw.array().dtype)


def joined(draw: Draw) -> str:
    array, at = draw.array(), draw.settings.get("axis", -1) % draw.rank()
    return draw.value(lambda other: other.dtype == array.dtype and other.ndim == array.ndim and all(a == b for axis, (a, b) in enumerate(zip(array.shape, other.shape, strict=True)) if axis != at))  # fmt: skip


LIST = {"list": True}
MERGES = [
    *(
        layer(name, floats(2), twin, group="merge", more=LIST)
        for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")
    ),
    layer("Concatenate", floats(2), joined, group="merge", more=LIST, axis=maybe(0.7, axis)),
    layer(
        "Dot",
        floats(2, 3),
        twin,
        more=LIST,
        axes=lambda draw: draw.pick([1, -1, 2 if draw.rank() > 2 else 1]),
        normalize=choose(None, True),
    ),
]

RECURRENT = {
    "units": choose(2, 3, 4), "return_sequences": choose(None, True, True, False), "go_backwards": choose(None, None, True), "activation": choose(None, None, "relu", "sigmoid"),
    "use_bias": BIAS, "dropout": choose(None, None, None, 0.2), "recurrent_dropout": choose(None, None, None, None, 0.2), "kernel_constraint": CONSTRAINT,
    "recurrent_regularizer": REGULARIZER, "unroll": choose(None, None, None, True), "trainable": TRAINABLE,
}  # fmt: skip
GATED = {**RECURRENT, "recurrent_activation": choose(None, None, "hard_sigmoid", "tanh")}


def wrapped(name: str, inner: str, *slots: Slot, outer: dict[str, Setting], **settings: Setting) -> Op:
    fields = "".join(f", {field}={{{field}}}" for field in outer)
    text = f"keras.layers.{name}(keras.layers.{inner}({{kw}}){fields})"
    return layer(f"{name}/{inner}", *slots, more={"weights": True, "make": text}, **outer, **settings)


MERGE = {"merge_mode": choose("concat", "sum", "mul", "ave")}
PLAIN_RECURRENT = {name: each for name, each in RECURRENT.items() if name not in {"go_backwards", "trainable"}}
SEQUENCES = [
    layer("LSTM", floats(3, 3), group="recurrent", more=WEIGHTS, **GATED, unit_forget_bias=choose(None, None, False)),
    layer("GRU", floats(3, 3), group="recurrent", more=WEIGHTS, **GATED, reset_after=choose(None, None, False)),
    layer("SimpleRNN", floats(3, 3), group="recurrent", more=WEIGHTS, **RECURRENT),
    layer("LSTM/state", floats(3, 3), outputs=3, more={"weights": True, "unpack": True}, units=choose(2, 3), return_sequences=choose(True, False), return_state=choose(True)),
    *(wrapped("Bidirectional", inner, floats(3, 3), outer=MERGE, **PLAIN_RECURRENT) for inner in ("LSTM", "GRU", "SimpleRNN")),
    wrapped("TimeDistributed", "Dense", floats(3, 4), outer={}, units=choose(2, 3), activation=ACTIVATION, use_bias=BIAS),
    wrapped("TimeDistributed", "Conv2D", floats(5, 5), outer={}, filters=choose(1, 2), kernel_size=choose(1, 2), padding=PADDING),
    wrapped("TimeDistributed", "Flatten", floats(4, 4), outer={}),
    layer("ConvLSTM2D", floats(5, 5), more=WEIGHTS, filters=choose(1, 2), kernel_size=choose(1, 2), padding=PADDING, return_sequences=TRUTH),
    layer("Embedding", lambda draw: draw.value(kind_is("i", 2, 2)), more=WEIGHTS, input_dim=choose(4, 6), output_dim=choose(2, 3), mask_zero=choose(None, None, True, False), embeddings_constraint=CONSTRAINT, embeddings_regularizer=REGULARIZER),
    layer("MultiHeadAttention", floats(3, 3), twin, maybe(0.4, twin), more=WEIGHTS, num_heads=choose(1, 2), key_dim=choose(2, 3), value_dim=choose(None, None, 2), use_bias=BIAS, dropout=choose(None, None, 0.1), output_shape=choose(None, None, 3), **{"call.use_causal_mask": choose(None, None, True)}),
    layer("GroupQueryAttention", floats(3, 3), twin, more=WEIGHTS, num_query_heads=choose(2, 4), num_key_value_heads=choose(1, 2), head_dim=choose(2, 3), use_bias=BIAS),
    layer("Attention", floats(3, 3), twin, more=LIST, use_scale=choose(None, None, True), score_mode=choose(None, "dot", "concat"), **{"call.use_causal_mask": choose(None, None, True)}),
    layer("AdditiveAttention", floats(3, 3), twin, more=LIST, use_scale=choose(None, False)),
]  # fmt: skip

CELLS = [
    layer("LSTM/given", floats(3, 3), more={"weights": True, "call": "{0}, initial_state=[{0}[:, 0, :1] * keras.ops.ones((1, 2)), {0}[:, 0, :1] * keras.ops.zeros((1, 2))]"}, units=choose(2), return_sequences=TRUTH),
    layer("GRU/given", floats(3, 3), more={"weights": True, "call": "{0}, initial_state={0}[:, {at}, :1] * keras.ops.ones((1, 2))"}, units=choose(2), return_sequences=TRUTH, **{"call.at": choose(0, -1)}),
    layer("LSTM/mask", floats(3, 3), more={"weights": True, "call": "{0}, mask={0}[:, :, 0] > {at}"}, units=choose(2, 3), return_sequences=TRUTH, **{"call.at": choose(0.0, -1.0)}),
    layer("MultiHeadAttention/mask", floats(3, 3), more={"weights": True, "call": "{0}, {0}, attention_mask={0}[:, :, :1] > {at}"}, num_heads=choose(1, 2), key_dim=choose(2), **{"call.at": choose(0.0, -1.0)}),
    layer("Softmax/mask", floats(2), more={"call": "{0}, mask={0} > {at}"}, axis=choose(None, -1), **{"call.at": choose(0.0, -1.0)}),
    *(wrapped("RNN", f"{name}Cell", floats(3, 3), outer={"return_sequences": choose(True, False)}, units=choose(2, 3)) for name in ("LSTM", "GRU", "SimpleRNN")),
    layer("nested", floats(3, 4), more={"weights": True, "make": "keras.Sequential([keras.layers.Dense({units}), keras.layers.LayerNormalization(), keras.layers.Activation({activation})])"}, units=choose(2, 3), activation=choose("relu", "tanh", "gelu")),
    layer("nested/flat", floats(3, 4), more={"weights": True, "make": "keras.Sequential([keras.layers.Permute({dims}), keras.layers.Flatten(), keras.layers.Dense({units})])"}, dims=order, units=choose(2, 3)),
    wrapped("SpectralNormalization", "Dense", floats(2), outer={}, units=choose(2, 3)),
    layer("Conv3DTranspose", floats(5, 5), more=WEIGHTS, filters=choose(1, 2), kernel_size=choose(1, 2), padding=PADDING),
    layer("ConvLSTM1D", floats(4, 4), more=WEIGHTS, filters=choose(1, 2), kernel_size=choose(1, 2), padding=PADDING, return_sequences=TRUTH),
    *(layer(f"Random{name}", floats(4, 4), group="augment", factor=choose(0.1, 0.3)) for name in ("Rotation", "Zoom", "Contrast", "Brightness")),
    layer("RandomFlip", floats(4, 4), group="augment", mode=choose("horizontal", "vertical")),
]  # fmt: skip

DENSE = [
    layer("Dense", floats(2), more=WEIGHTS, units=units, activation=ACTIVATION, use_bias=BIAS, **KERNEL),
    layer("Dense/again", floats(2), more=WEIGHTS, units=units, activation=ACTIVATION),
    layer("EinsumDense", floats(3, 3), more=WEIGHTS, equation=choose("abc,cd->abd", "abc,bd->adc", "abc,cd->adb"), output_shape=lambda draw: (None, 3) if not draw.settings["equation"].endswith("adc") else (3, draw.shape()[2]), bias_axes=choose(None, "d")),
    layer("CategoryEncoding", lambda draw: draw.value(kind_is("i", 2, 2)), num_tokens=choose(4, 6), output_mode=choose("multi_hot", "count")),
    layer("Discretization", floats(2), bin_boundaries=choose([-0.5, 0.0, 0.5], [0.0, 1.0])),
    layer("Normalization", floats(2), mean=choose(0.0, 0.5), variance=choose(1.0, 2.0)),
]  # fmt: skip

LAYERS = [
    *DENSE,
    *NORMS,
    *PLAIN,
    *MERGES,
    *SEQUENCES,
    *(op for rank in (1, 2, 3) for op in (*convs(rank), *pools(rank))),
]
