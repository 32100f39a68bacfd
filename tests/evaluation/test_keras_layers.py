"""Kinds compute what Keras computes, over the settings of its layers."""

import numpy as np
import pytest

from tests.evaluation.evaluated import distance, of_keras

IMAGE, WIDE, SEQUENCE, VECTOR = (2, 8, 7, 3), (2, 8, 8, 4), (2, 6, 5), (3, 5)
FRAMES = (2, 3, 6, 5, 2)
INITIAL = {"kernel_initializer": "random_normal", "bias_initializer": "random_normal"}

CONVOLUTIONS = {
    "plain": (lambda k: k.layers.Conv2D(4, 3), IMAGE),
    "same and strided": (lambda k: k.layers.Conv2D(4, (3, 4), strides=(2, 3), padding="same"), IMAGE),
    "dilated": (lambda k: k.layers.Conv2D(4, 3, dilation_rate=(2, 1), padding="same", use_bias=False), IMAGE),
    "grouped": (lambda k: k.layers.Conv2D(6, 3, groups=2, activation="relu"), WIDE),
    "causal": (lambda k: k.layers.Conv1D(4, 3, dilation_rate=2, padding="causal"), SEQUENCE),
    "volume": (lambda k: k.layers.Conv3D(3, 2, padding="same"), (1, 4, 5, 3, 2)),
    "depthwise": (lambda k: k.layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same"), IMAGE),
    "depthwise sequence": (lambda k: k.layers.DepthwiseConv1D(3, strides=2), SEQUENCE),
    "separable": (lambda k: k.layers.SeparableConv2D(5, 3, depth_multiplier=2, activation="tanh"), IMAGE),
    "transposed": (lambda k: k.layers.Conv2DTranspose(4, 3, strides=2), IMAGE),
    "transposed same": (lambda k: k.layers.Conv2DTranspose(4, (3, 4), strides=(2, 3), padding="same"), IMAGE),
    "transposed with more": (
        lambda k: k.layers.Conv2DTranspose(4, 3, strides=2, padding="same", output_padding=1),
        IMAGE,
    ),
    "transposed sequence": (lambda k: k.layers.Conv1DTranspose(4, 3, strides=2), SEQUENCE),
}
POOLINGS = {
    "max": (lambda k: k.layers.MaxPooling2D(3, 2), IMAGE),
    "max same": (lambda k: k.layers.MaxPooling2D((3, 2), (2, 3), padding="same"), IMAGE),
    "average": (lambda k: k.layers.AveragePooling2D(3, 2), IMAGE),
    "average same": (lambda k: k.layers.AveragePooling2D((3, 2), (2, 3), padding="same"), IMAGE),
    "sequence": (lambda k: k.layers.AveragePooling1D(2), SEQUENCE),
    "global": (lambda k: k.layers.GlobalAveragePooling2D(), IMAGE),
    "global kept": (lambda k: k.layers.GlobalMaxPooling2D(keepdims=True), IMAGE),
    "adaptive": (lambda k: k.layers.AdaptiveAveragePooling2D((3, 2)), IMAGE),
}
NORMS = {
    "batch": (lambda k: k.layers.BatchNormalization(epsilon=0.01), IMAGE),
    "batch along another": (lambda k: k.layers.BatchNormalization(axis=1, scale=False), IMAGE),
    "layer": (lambda k: k.layers.LayerNormalization(), IMAGE),
    "layer over two": (lambda k: k.layers.LayerNormalization(axis=(1, 2)), SEQUENCE),
    "layer without mean": (lambda k: k.layers.LayerNormalization(rms_scaling=True), SEQUENCE),
    "group": (lambda k: k.layers.GroupNormalization(2), WIDE),
    "instances": (lambda k: k.layers.GroupNormalization(-1), WIDE),
    "root mean square": (lambda k: k.layers.RMSNormalization(), SEQUENCE),
    "root mean square of another axis": (lambda k: k.layers.RMSNormalization(axis=1), (5, 5)),
    "bounded with a slope": (lambda k: k.layers.ReLU(max_value=0.5, negative_slope=0.1), SEQUENCE),
    "bounded above a threshold": (lambda k: k.layers.ReLU(max_value=0.5, threshold=0.25), SEQUENCE),
    "unit": (lambda k: k.layers.UnitNormalization(axis=1), SEQUENCE),
    "by numbers": (lambda k: k.layers.Normalization(mean=[1.0, 2, 3, 4, 5], variance=[1.0, 4, 9, 0, 2]), SEQUENCE),
    "back": (lambda k: k.layers.Normalization(mean=1.0, variance=4.0, invert=True), SEQUENCE),
    "spectral": (lambda k: k.layers.SpectralNormalization(k.layers.Dense(4)), VECTOR),
}
LINEAR = {
    "dense": (lambda k: k.layers.Dense(4, activation="gelu"), SEQUENCE),
    "einsum": (lambda k: k.layers.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de"), SEQUENCE),
    "einsum over another": (lambda k: k.layers.EinsumDense("abc,bd->adc", (4, 5)), SEQUENCE),
    "einsum over another and a bias": (
        lambda k: k.layers.EinsumDense("abc,bd->adc", (4, 5), bias_axes="d", activation="tanh"),
        SEQUENCE,
    ),
    "matmul": (lambda k: lambda x: k.ops.matmul(x, k.ops.transpose(x, (0, 2, 1))), SEQUENCE),
    "einsum of two": (lambda k: lambda x: k.ops.einsum("bij,bkj->bik", x, x), SEQUENCE),
    "time distributed": (lambda k: k.layers.TimeDistributed(k.layers.Conv1D(3, 2)), (2, 3, 6, 4)),
}
RECURRENT = {
    "lstm": (lambda k: k.layers.LSTM(3), SEQUENCE),
    "lstm sequences": (lambda k: k.layers.LSTM(3, return_sequences=True, use_bias=False), SEQUENCE),
    "lstm backwards": (lambda k: k.layers.LSTM(3, return_sequences=True, go_backwards=True), SEQUENCE),
    "lstm of other functions": (
        lambda k: k.layers.LSTM(3, activation="relu", recurrent_activation="hard_sigmoid"),
        SEQUENCE,
    ),
    "lstm states": (lambda k: k.layers.LSTM(3, return_state=True), SEQUENCE),
    "gru": (lambda k: k.layers.GRU(3, return_sequences=True), SEQUENCE),
    "gru of one bias": (lambda k: k.layers.GRU(3, reset_after=False), SEQUENCE),
    "rnn": (lambda k: k.layers.SimpleRNN(3, activation="softplus"), SEQUENCE),
    "stacked cells": (lambda k: k.layers.RNN([k.layers.LSTMCell(3), k.layers.GRUCell(2)]), SEQUENCE),
    "both ways": (lambda k: k.layers.Bidirectional(k.layers.LSTM(3, return_sequences=True)), SEQUENCE),
    "both ways added": (lambda k: k.layers.Bidirectional(k.layers.GRU(3), merge_mode="sum"), SEQUENCE),
    "both ways averaged": (lambda k: k.layers.Bidirectional(k.layers.GRU(3), merge_mode="ave"), SEQUENCE),
    "convolutional": (lambda k: k.layers.ConvLSTM2D(3, 2, padding="same", return_sequences=True), FRAMES),
    "convolutional backwards": (
        lambda k: k.layers.ConvLSTM2D(3, (2, 3), strides=2, go_backwards=True, return_sequences=True),
        FRAMES,
    ),
    "convolutional sequence": (lambda k: k.layers.ConvLSTM1D(3, 2, dilation_rate=1), (2, 3, 6, 2)),
}
ATTENTION = {
    "heads": (lambda k: lambda x: k.layers.MultiHeadAttention(2, 4)(x, x), SEQUENCE),
    "heads of other values": (lambda k: lambda x: k.layers.MultiHeadAttention(2, 4, value_dim=3)(x, x), SEQUENCE),
    "heads to another width": (lambda k: lambda x: k.layers.MultiHeadAttention(2, 4, output_shape=3)(x, x), SEQUENCE),
    "causal": (lambda k: lambda x: k.layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True), SEQUENCE),
    "grouped": (lambda k: lambda x: k.layers.GroupQueryAttention(4, 4, 2)(x, x), SEQUENCE),
    "single": (lambda k: lambda x: k.layers.Attention(use_scale=True)([x, x]), SEQUENCE),
    "single of sums": (lambda k: lambda x: k.layers.Attention(score_mode="concat")([x, x]), SEQUENCE),
    "additive": (lambda k: lambda x: k.layers.AdditiveAttention()([x, x]), SEQUENCE),
    "scores": (
        lambda k: lambda x: k.layers.MultiHeadAttention(2, 4)(x, x, return_attention_scores=True)[1],
        SEQUENCE,
    ),
}
ACTIVATIONS = {
    name: (lambda k, name=name: k.layers.Activation(name), (3, 4, 6))
    for name in (
        *("celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh"),
        *(
            "leaky_relu",
            "log_sigmoid",
            "log_softmax",
            "mish",
            "relu",
            "relu6",
            "selu",
            "sigmoid",
            "silu",
            "soft_shrink",
        ),
        *("softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "tanh"),
        *("tanh_shrink", "glu"),
    )
} | {
    "prelu": (lambda k: k.layers.PReLU("random_normal"), SEQUENCE),
    "prelu shared": (lambda k: k.layers.PReLU("random_normal", shared_axes=[1]), SEQUENCE),
    "bounded": (lambda k: k.layers.ReLU(max_value=0.7), SEQUENCE),
    "approximate gelu": (lambda k: lambda x: k.ops.gelu(x, approximate=True), SEQUENCE),
}
SHAPES = {
    "flatten first": (lambda k: k.layers.Flatten("channels_first"), IMAGE),
    "reshape": (lambda k: k.layers.Reshape((7, -1)), IMAGE),
    "permute": (lambda k: k.layers.Permute((3, 1, 2)), IMAGE),
    "repeat": (lambda k: k.layers.RepeatVector(3), VECTOR),
    "pad": (lambda k: k.layers.ZeroPadding2D(((1, 0), (2, 3))), IMAGE),
    "crop": (lambda k: k.layers.Cropping2D(((1, 0), (2, 3))), IMAGE),
    "centre": (lambda k: k.layers.CenterCrop(5, 4), IMAGE),
    "up": (lambda k: k.layers.UpSampling2D((2, 3)), IMAGE),
    "up linear": (lambda k: k.layers.UpSampling2D((2, 3), interpolation="bilinear"), IMAGE),
    "resize": (lambda k: k.layers.Resizing(5, 9), IMAGE),
    "resize nearest": (lambda k: k.layers.Resizing(5, 9, interpolation="nearest"), IMAGE),
    "resize smoothly": (lambda k: k.layers.Resizing(3, 4, antialias=True), IMAGE),
    "resize lanczos": (lambda k: k.layers.Resizing(5, 9, interpolation="lanczos3"), IMAGE),
    "resize area": (lambda k: k.layers.Resizing(4, 3, interpolation="area"), IMAGE),
    "depth to space": (lambda k: lambda x: k.ops.depth_to_space(x, 2), WIDE),
    "space to depth": (lambda k: lambda x: k.ops.space_to_depth(x, 2), WIDE),
    "roll": (lambda k: lambda x: k.ops.roll(x, (1, -2), (1, 2)), IMAGE),
    "reflect": (lambda k: lambda x: k.ops.pad(x, ((0, 0), (2, 1), (0, 0)), mode="reflect"), SEQUENCE),
    "rescale": (lambda k: k.layers.Rescaling(0.5, offset=-1.0), SEQUENCE),
}
ARITHMETIC = {
    "average": (lambda k: lambda x: k.layers.Average()([x, x, k.ops.sin(x)]), SEQUENCE),
    "dot": (lambda k: lambda x: k.layers.Dot(axes=(2, 2))([x, x]), SEQUENCE),
    "cosines of steps": (lambda k: lambda x: k.layers.Dot(axes=(2, 2), normalize=True)([x, x]), SEQUENCE),
    "cosines of channels": (lambda k: lambda x: k.layers.Dot(axes=1, normalize=True)([x, x * x]), SEQUENCE),
    "cosines": (lambda k: lambda x: k.layers.Dot(axes=-1, normalize=True)([x[:, 0], x[:, 1]]), SEQUENCE),
    "error function": (lambda k: lambda x: k.ops.erf(x) - k.ops.erf(-x), SEQUENCE),
    "one minus": (lambda k: lambda x: 1.0 - x / (2.0 + k.ops.square(x)), SEQUENCE),
    "top": (lambda k: lambda x: k.ops.top_k(x, 2)[0], SEQUENCE),
    "order": (lambda k: lambda x: k.ops.argsort(x, axis=1), SEQUENCE),
    "totals": (lambda k: lambda x: k.ops.cumsum(x, axis=1), SEQUENCE),
    "norm": (lambda k: lambda x: k.ops.norm(x, axis=-1), SEQUENCE),
    "buckets": (lambda k: k.layers.Discretization([-1.0, 0.0, 0.5]), SEQUENCE),
    "masked": (lambda k: k.layers.Masking(0.0), SEQUENCE),
    "take": (lambda k: lambda x: k.ops.take(x, [3, 0, 3], axis=1), SEQUENCE),
    "choice": (lambda k: lambda x: k.ops.where(x > 0, x, x * 0.1), SEQUENCE),
}
ALL = {
    f"{family} {name}": case
    for family, cases in {
        "conv": CONVOLUTIONS,
        "pool": POOLINGS,
        "norm": NORMS,
        "linear": LINEAR,
        "recurrent": RECURRENT,
        "attention": ATTENTION,
        "activation": ACTIVATIONS,
        "shape": SHAPES,
        "arithmetic": ARITHMETIC,
    }.items()
    for name, case in cases.items()
}


def built(make, shape):
    """A model of one layer or function, whose variables are not those it starts with."""
    import keras

    given = keras.Input(shape[1:])
    model = keras.Model(given, make(keras)(given))
    rng = np.random.default_rng(3)
    for variable in model.variables:
        if "float" in variable.dtype:
            numbers = rng.standard_normal(variable.shape) * 0.5
            variable.assign(np.abs(numbers) + 0.5 if "variance" in variable.path else numbers)
    return model


@pytest.mark.parametrize("name", ALL)
def test_what_is_computed_is_what_keras_computes(name):
    make, shape = ALL[name]
    model = built(make, shape)
    given = np.random.default_rng(7).standard_normal(shape).astype("float32")
    theirs = model(given)
    theirs = theirs if isinstance(theirs, list | tuple) else [theirs]

    mine, gaps = of_keras(model, given)

    assert not gaps
    for one, other in zip(mine, theirs, strict=True):
        assert distance(one, other) < 1e-5


def test_an_image_resized_by_the_cubic_kernel_is_that_of_keras_but_for_its_table_of_weights():
    """TensorFlow rounds where it samples to one of 1024 places between two elements."""
    model = built(lambda k: k.layers.Resizing(5, 9, interpolation="bicubic"), IMAGE)
    given = np.random.default_rng(7).standard_normal(IMAGE).astype("float32")

    (mine,), gaps = of_keras(model, given)

    assert not gaps
    assert distance(mine, model(given)) < 2e-3


def test_rows_of_tables_are_those_of_keras():
    import keras

    given = keras.Input((4,), dtype="int32")
    model = keras.Model(given, keras.layers.CategoryEncoding(6, "count")(given))
    tables = keras.Model(given, keras.layers.Embedding(6, 3)(given))
    places = np.array([[0, 5, 2, 2], [1, 1, 1, 3]])

    for each in (model, tables):
        (mine,), gaps = of_keras(each, places)
        assert not gaps
        assert distance(mine, each(places)) < 1e-6


@pytest.mark.parametrize("reads", ["recurrent", "attention", "average of rows that are masked otherwise"])
def test_what_looks_at_a_mask_that_keras_hands_on_is_not_computed(reads):
    import keras

    given = keras.Input((4,), dtype="int32")
    rows = keras.layers.Embedding(6, 3, mask_zero=True)(given)
    if reads == "recurrent":
        model = keras.Model(given, keras.layers.LSTM(3)(keras.layers.Dense(3)(rows)))
    elif reads == "attention":
        model = keras.Model(given, keras.layers.MultiHeadAttention(2, 4)(rows, rows))
    else:
        plain = keras.layers.Masking()(keras.layers.Embedding(6, 3)(given))
        model = keras.Model(given, keras.layers.GlobalAveragePooling1D()(plain))

    mine, gaps = of_keras(model, np.array([[0, 5, 2, 2], [1, 1, 0, 3]]))

    assert mine == [None]
    assert gaps
