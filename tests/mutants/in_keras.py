"""A design built in Keras, each layer under the name of its step."""

import math
from typing import Any

from tests.mutants.designs import JOINS, Design, Step

VECTOR = 2


def build(design: Design) -> Any:
    """The model.

    Raises:
        NotImplementedError: Keras has no such layer.
        ValueError: the sizes do not fit together.
    """
    import keras

    keras.backend.clear_session(free_memory=False)
    inputs = {
        name: keras.Input(sizes, name=name, dtype="int32" if len(sizes) == 1 else design.dtype)
        for name, sizes in design.inputs.items()
    }
    values, layers = dict(inputs), {}
    for step in design.steps:
        given = [values[name] for name in step.inputs]
        if step.op == "conv":
            given = [_padded(step, given[0], design.dtype)]
        layers[step.name] = layers[step.of] if step.of else _layer(step, given[0].shape, design.dtype)
        again = {"query": given[0], "value": given[0]} if step.op == "attention" else {}
        values[step.name] = (
            layers[step.name](**again) if again else layers[step.name](given if step.op in JOINS else given[0])
        )
    model = keras.Model(list(inputs.values()), [values[name] for name in design.outputs])
    for step in design.steps:
        if step.frozen:
            layers[step.name].trainable = False
    for weight in model.weights:
        if weight.name == "bias":  # one of zeros is the same as none, and a change of it is no change
            weight.assign(keras.ops.reshape(keras.ops.linspace(0.1, 0.9, math.prod(weight.shape)), weight.shape))
    return model


def _first(shape: Any) -> int:
    """The first axis after the batch that is not the channels."""
    if len(shape) == VECTOR:
        raise NotImplementedError("a vector has no other axis")
    return 1


def _padded(step: Step, x: Any, dtype: str) -> Any:
    from keras import layers

    if not any(step.settings["padding"]):
        return x
    pad, name = tuple(step.settings["padding"]), f"{step.name}_pad"
    if len(x.shape) == 3:
        return layers.ZeroPadding1D(pad, name=name, dtype=dtype)(x)
    return layers.ZeroPadding2D((pad, pad), name=name, dtype=dtype)(x)


def _layer(step: Step, shape: Any, dtype: str) -> Any:
    from keras import layers

    shared, flat = {"name": step.name, "dtype": dtype}, len(shape) == 3
    rank = 1 if flat else 2

    def recurrent(one: Any) -> Any:
        return lambda units, sequences, both, merge, **known: (
            layers.Bidirectional(
                one(units, return_sequences=sequences, dtype=dtype, **known), merge_mode=merge, **shared
            )
            if both
            else one(units, return_sequences=sequences, **known, **shared)
        )

    def conv(filters: int, size: int, stride: int, dilation: int, groups: int, **known: Any) -> Any:
        if known["border"] != "zeros":
            raise NotImplementedError("a convolution with another border")
        window = {"strides": stride, "dilation_rate": dilation, "use_bias": known["bias"], **shared}
        if groups > 1 and groups == shape[-1] == filters:
            return layers.DepthwiseConv2D(size, **window)
        return getattr(layers, f"Conv{rank}D")(filters, size, groups=groups, **window)

    def pool(kind: str, size: int, stride: int, padding: int, *, counted: bool) -> Any:
        # What TensorFlow adds for "same" at stride 1 is half the window, and it is not counted.
        if padding and (counted or stride > 1 or kind == "max"):
            raise NotImplementedError("a pooling with a border that counts")
        made = getattr(layers, f"{kind.title()}Pooling2D")
        return made(size, strides=stride, padding="same" if padding else "valid", **shared)

    def up(factor: int, mode: str, *, corners: bool) -> Any:
        if corners:
            raise NotImplementedError("an up-sampling that keeps the corners")
        return layers.UpSampling2D(factor, interpolation=mode, **shared)

    makers = {
        "conv": conv,
        "conv_transpose": lambda filters, size, stride, bias: layers.Conv2DTranspose(
            filters, size, strides=stride, use_bias=bias, **shared
        ),
        "dense": lambda units, bias: layers.Dense(units, use_bias=bias, **shared),
        "embedding": lambda vocabulary, width: layers.Embedding(vocabulary, width, **shared),
        "lstm": recurrent(layers.LSTM),
        "gru": recurrent(layers.GRU),
        "attention": lambda heads, width, bias: layers.MultiHeadAttention(
            heads, width // heads, use_bias=bias, **shared
        ),
        "norm": lambda affine, **known: layers.BatchNormalization(**known, center=affine, scale=affine, **shared),
        "layer_norm": lambda **known: layers.LayerNormalization(**known, **shared),
        "group_norm": lambda **known: layers.GroupNormalization(**known, **shared),
        "pool": pool,
        "global_pool": lambda kind: getattr(layers, f"Global{kind.title()}Pooling{rank}D")(**shared),
        "up": up,
        "dropout": lambda rate: layers.Dropout(rate, **shared),
        "flatten": lambda: layers.Flatten(**shared),
        "softmax": lambda axis=-1: layers.Softmax(axis=axis, **shared),
        "add": lambda: layers.Add(**shared),
        "multiply": lambda: layers.Multiply(**shared),
        "concat": lambda axis: layers.Concatenate(axis=-1 if axis == "channels" else _first(shape), **shared),
        "act": lambda **known: _activation(known, shared),
    }
    return makers[step.op](**step.settings)


def _activation(known: dict[str, Any], shared: dict[str, Any]) -> Any:
    import keras
    from keras import layers

    match known["function"]:
        case "leaky_relu":
            return layers.LeakyReLU(negative_slope=known["slope"], **shared)
        case "elu":
            return layers.ELU(alpha=known["alpha"], **shared)
        case "gelu" if known["approximate"]:
            return keras.src.ops.nn.Gelu(approximate=True, name=shared["name"])
        case function:
            return layers.Activation(function, **shared)
