"""Models that both generations of Keras can build, for what their files do differently."""

from collections.abc import Callable
from typing import Any


def wrappers(keras: Any) -> Any:
    """Layers whose weights lie in layers within them."""
    layers = keras.layers
    x = given = keras.Input((4, 6), name="given")
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True), name="both")(x)
    cells = [layers.LSTMCell(3), layers.GRUCell(3), layers.LSTMCell(2)]
    x = layers.Bidirectional(layers.RNN(cells, return_sequences=True), name="cells")(x)
    x = layers.RNN(layers.SimpleRNNCell(6), return_sequences=True, name="cell")(x)
    x = layers.TimeDistributed(layers.Dense(6), name="each")(x)
    x = layers.TimeDistributed(layers.BatchNormalization(), name="each_norm")(x)
    x = layers.SeparableConv1D(6, 2, name="separable")(x)
    x = layers.GRU(4, return_sequences=True, name="gru")(x)
    x = layers.ConvLSTM1D(2, 2, name="conv_lstm")(layers.Reshape((3, 4, 1))(x))
    return keras.Model(given, x)


def wrapped_model(keras: Any) -> Any:
    """A model within a wrapper, and that in a model."""
    layers = keras.layers
    inner = keras.Sequential(
        [keras.Input((6,)), layers.Dense(6, name="low"), layers.BatchNormalization(name="norm")], name="inner"
    )
    x = keras.Input((4, 6))
    middle = keras.Model(x, layers.TimeDistributed(inner, name="each")(x), name="middle")
    given = keras.Input((4, 6), name="given")
    return keras.Model(given, middle(given))


def nested(keras: Any) -> Any:
    """Models in models; the names of weights leave out some of them."""
    layers = keras.layers
    inner = keras.Sequential(
        [
            keras.Input((4, 6)),
            layers.Dense(6, name="low"),
            layers.BatchNormalization(name="norm"),
            layers.Dense(6, name="high"),
        ],
        name="inner",
    )
    x = keras.Input((4, 6), name="x")
    middle = keras.Model(x, layers.LSTM(5, name="lstm")(inner(x)), name="middle")
    late = keras.Sequential([layers.Dense(5, name="late_low"), layers.Dense(6, name="late_high")], name="late")
    given = keras.Input((4, 6), name="given")
    return keras.Model(given, layers.Dense(2, name="top")(late(middle(given))))


def frozen(keras: Any) -> Any:
    """As ``nested``, with a whole model frozen in it."""
    model = nested(keras)
    model.get_layer("middle").trainable = False
    return model


def partly_frozen(keras: Any) -> Any:
    """As ``nested``, with single layers frozen, which come last in the list of a model's weights."""
    model = nested(keras)
    model.get_layer("middle").get_layer("inner").get_layer("low").trainable = False
    model.get_layer("late").get_layer("late_low").trainable = False
    model.get_layer("top").trainable = False
    return model


def half_frozen(keras: Any) -> Any:
    """A wrapper with one frozen half, whose weights come last."""
    model = wrappers(keras)
    model.get_layer("both").forward_layer.trainable = False
    return model


def shared(keras: Any) -> Any:
    """A layer and a model that are called twice, and two inputs."""
    layers = keras.layers
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    dense = layers.Dense(4, name="dense")
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="deep")], name="inner")
    given = keras.Input((4,), name="inside")
    norm = keras.Model(given, layers.BatchNormalization(name="norm")(given), name="normed")
    made = layers.Concatenate(name="joined")([inner(norm(dense(left))), inner(norm(dense(right)))])
    return keras.Model([left, right], [made, inner(left)])


def attention(keras: Any) -> Any:
    """A layer with tensors in its keywords."""
    x, y = keras.Input((4, 6), name="x"), keras.Input((5, 6), name="y")
    return keras.Model([x, y], keras.layers.MultiHeadAttention(2, 3, name="attention")(x, y))


def unnamed_input(keras: Any) -> Any:
    """A Sequential model that was built by its first call."""
    model = keras.Sequential([keras.layers.Conv2D(2, 3, name="conv"), keras.layers.Dense(2, name="dense")])
    model.build((None, 8, 8, 3))
    return model


SAMPLES: dict[str, Callable[[Any], Any]] = {
    each.__name__: each
    for each in (
        wrappers,
        wrapped_model,
        nested,
        frozen,
        partly_frozen,
        half_frozen,
        shared,
        unnamed_input,
    )
}
