"""Keras models to export to ONNX, of every structure that exporters take apart, with no weight left at zero or one."""

import numpy as np

from tests.rules.models import keras_model, keras_net, layers


def randomised(model, seed=0, *, deep=False):
    """Give every weight values of its own: exporters drop biases of zero and merge tensors that are equal.

    Those of a deep network are scaled by what each element sums up, so that no layer makes numbers beyond all bounds.
    """
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        wide = weight.path.endswith(("variance", "gamma")) or len(weight.shape) == 0
        scale = np.prod(weight.shape[:-1], dtype=int) ** -0.5 if deep and len(weight.shape) > 1 else 0.1
        values = rng.uniform(0.5, 1.5, weight.shape) if wide else rng.normal(0, scale, weight.shape)
        weight.assign(values.astype(str(weight.dtype)))
    for layer in model.layers:
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()  # it computes with constants made of its weights
    return model


def functional(shape, build, dtype=None):
    """A model of one input."""
    image = layers().Input(shape, name="image", dtype=dtype)
    return keras_model(image, build(image))


def plain_cnn():
    """Convolutions with a bias and activation of their own, pooling and a dense head."""
    stack = [
        *(layers().Conv2D(6, 3, activation="relu", name="first"), layers().MaxPooling2D()),
        *(layers().Conv2D(8, 3, padding="same", name="second"), layers().LeakyReLU(0.1), layers().AveragePooling2D(2)),
        *(layers().Flatten(), layers().Dropout(0.3), layers().Dense(10, activation="relu", name="hidden")),
        layers().Dense(4, activation="softmax", name="head"),
    ]
    return keras_net((12, 12, 3), *stack)


def bn_cnn():
    """Batch normalisation after convolutions with and without a bias, before one, and after a dense layer."""

    def build(x):
        x = layers().BatchNormalization(name="whiten")(x)
        x = layers().Conv2D(6, 3, strides=2, padding="same", name="biased")(x)
        x = layers().ReLU()(layers().BatchNormalization(name="after_biased")(x))
        x = layers().Conv2D(8, 3, use_bias=False, name="unbiased")(x)
        x = layers().ReLU()(layers().BatchNormalization(name="after_unbiased")(x))
        x = layers().BatchNormalization(name="after_relu")(x)
        x = layers().GlobalAveragePooling2D()(x)
        x = layers().Dense(10, name="hidden")(x)
        x = layers().BatchNormalization(name="after_dense")(x)
        return layers().Dense(3, name="head")(layers().ReLU()(x))

    return functional((13, 13, 3), build)


def depthwise_net():
    """Depthwise and separable convolutions with ReLU6 and h-swish, as in MobileNet."""

    def build(x):
        x = layers().ZeroPadding2D(((0, 1), (0, 1)))(layers().Conv2D(4, 3, padding="same", name="stem")(x))
        x = layers().DepthwiseConv2D(3, strides=2, use_bias=False, name="depthwise")(x)
        x = layers().ReLU(6.0)(layers().BatchNormalization(name="norm")(x))
        x = layers().Conv2D(8, 1, use_bias=False, name="project")(x)
        x = layers().BatchNormalization(name="project_norm")(x)
        x = layers().Activation("hard_swish")(x)
        x = layers().SeparableConv2D(6, 3, padding="same", name="separable")(x)
        x = layers().DepthwiseConv2D(3, depth_multiplier=2, padding="same", name="multiplied")(x)
        return layers().Dense(3, activation="sigmoid", name="head")(layers().GlobalMaxPooling2D()(x))

    return functional((12, 12, 3), build)


def squeeze_excite():
    """A block of EfficientNet: swish, squeeze and excitation, a residual sum."""

    def build(x):
        x = layers().Conv2D(8, 3, padding="same", use_bias=False, name="stem")(x)
        start = x = layers().Activation("swish")(layers().BatchNormalization(name="stem_norm")(x))
        s = layers().Reshape((1, 1, 8))(layers().GlobalAveragePooling2D()(x))
        s = layers().Conv2D(2, 1, activation="swish", name="reduce")(s)
        s = layers().Conv2D(8, 1, activation="sigmoid", name="expand")(s)
        x = layers().Conv2D(8, 1, padding="same", use_bias=False, name="project")(layers().Multiply()([x, s]))
        x = layers().Add()([layers().BatchNormalization(name="project_norm")(x), start])
        return layers().Dense(3, name="head")(layers().GlobalAveragePooling2D()(x))

    return functional((8, 8, 3), build)


def u_net():
    """An encoder and decoder with skips: transposed convolution, resizing, concatenation."""

    def build(x):
        one = layers().Conv2D(4, 3, padding="same", activation="relu", name="down1")(x)
        two = layers().Conv2D(6, 3, padding="same", activation="relu", name="down2")(layers().MaxPooling2D()(one))
        low = layers().Conv2D(8, 3, padding="same", activation="relu", name="bottom")(layers().MaxPooling2D()(two))
        up = layers().Conv2DTranspose(6, 2, strides=2, padding="same", name="up2")(low)
        up = layers().Conv2D(6, 3, padding="same", activation="relu", name="merge2")(layers().Concatenate()([two, up]))
        up = layers().UpSampling2D(2, interpolation="nearest")(up)
        up = layers().Conv2D(4, 3, padding="same", activation="elu", name="merge1")(layers().Concatenate()([one, up]))
        up = layers().UpSampling2D(2, interpolation="bilinear")(up)
        return layers().Conv2D(1, 1, activation="sigmoid", name="mask")(up)

    return functional((16, 16, 3), build)


def text_cnn():
    """Embeddings, convolutions of several widths over them, the largest of each."""

    def build(x):
        x = layers().Embedding(30, 8, name="words")(x)
        found = [
            layers().GlobalMaxPooling1D()(layers().Conv1D(5, k, activation="relu", name=f"width{k}")(x))
            for k in (2, 3, 4)
        ]
        return layers().Dense(2, activation="softmax", name="head")(layers().Concatenate()(found))

    return functional((10,), build, "int32")


def lstm_text():
    """Two LSTM layers, the last step of the second."""

    def build(x):
        x = layers().LSTM(5, return_sequences=True, name="lower")(layers().Embedding(30, 8, name="words")(x))
        return layers().Dense(2, name="head")(layers().LSTM(6, name="upper")(x))

    return functional((7,), build, "int32")


def gru_text():
    """GRU layers of both forms."""

    def build(x):
        x = layers().GRU(5, return_sequences=True, name="lower")(x)
        return layers().Dense(2, name="head")(layers().GRU(6, name="upper", reset_after=False)(x))

    return functional((7, 4), build)


def bidirectional_text():
    """An LSTM in both directions."""

    def build(x):
        x = layers().Bidirectional(layers().LSTM(5, return_sequences=True), name="both")(
            layers().Embedding(30, 8, name="words")(x)
        )
        return layers().Dense(2, name="head")(layers().Bidirectional(layers().LSTM(4), name="last")(x))

    return functional((7,), build, "int32")


def separable_text():
    """Separable convolutions of sequences, sums over named axes, both directions added up."""

    def build(x):
        x = layers().SeparableConv1D(8, 3, padding="same", activation="relu", name="separable")(x)
        x = layers().EinsumDense("abc,cde->abde", (None, 2, 4), bias_axes="de", name="apart")(x)
        x = layers().EinsumDense("abde,dec->abc", (None, 6), bias_axes="c", activation="tanh", name="joined")(x)
        return layers().Bidirectional(layers().LSTM(5, return_sequences=True), merge_mode="sum", name="both")(x)

    return functional((10, 6), build)


def recurrent_steps():
    """Layers of every recurrent kind over a few steps, which PyTorch's exporters write down one by one."""

    def build(x):
        x = layers().TimeDistributed(layers().Dense(4, activation="relu"), name="each")(x)
        x = layers().LSTM(3, return_sequences=True, name="lstm")(x)
        x = layers().GRU(5, return_sequences=True, name="before", reset_after=False)(x)
        x = layers().GRU(4, return_sequences=True, name="after")(x)
        x = layers().Bidirectional(layers().SimpleRNN(3, return_sequences=True), name="both")(x)
        return layers().Dense(2, name="head")(layers().SimpleRNN(4, activation="relu", name="plain")(x))

    return functional((3, 4), build)


def encoder():
    """A transformer block: attention of several heads, layer norms, GELU."""

    def build(x):
        h = layers().LayerNormalization(epsilon=1e-6, name="norm1")(x)
        x = layers().Add()([x, layers().MultiHeadAttention(2, 4, name="attention")(h, h)])
        h = layers().LayerNormalization(epsilon=1e-6, name="norm2")(x)
        h = layers().Dense(16, activation="silu", name="widen")(h)
        x = layers().Add()([x, layers().Dense(8, name="narrow")(h)])
        return layers().Dense(3, name="head")(layers().GlobalAveragePooling1D()(x))

    return functional((6, 8), build)


def group_norm():
    """Group normalisation between convolutions, SiLU after it."""

    def build(x):
        x = layers().Conv2D(8, 3, padding="same", name="one")(x)
        x = layers().Activation("silu")(layers().GroupNormalization(4, name="norm")(x))
        return layers().Conv2D(4, 3, name="two")(x)

    return functional((8, 8, 3), build)


def two_tower():
    """Two inputs of different sizes, joined."""
    left, right = layers().Input((6,), name="user"), layers().Input((9,), name="item")
    a = layers().Dense(5, activation="tanh", name="user_tower")(left)
    b = layers().Dense(5, activation="tanh", name="item_tower")(right)
    together = layers().Concatenate()([a, b, layers().Multiply()([a, b])])
    return keras_model([left, right], layers().Dense(1, activation="sigmoid", name="score")(together))


def multi_output():
    """One body, three heads."""
    image = layers().Input((8, 8, 3), name="image")
    body = layers().Conv2D(6, 3, activation="relu", name="body")(image)
    flat = layers().Flatten()(body)
    heads = [layers().Dense(4, name="box")(flat), layers().Dense(3, activation="softmax", name="label")(flat)]
    return keras_model(image, [*heads, layers().Conv2D(2, 1, name="map")(body)])


def shared():
    """A tower called on two inputs, and a dense layer called twice in a row."""
    left, right = layers().Input((6,), name="one"), layers().Input((6,), name="other")
    tower, again = layers().Dense(5, activation="relu", name="tower"), layers().Dense(5, name="again")
    ends = [again(again(tower(each))) for each in (left, right)]
    return keras_model([left, right], layers().Dense(1, name="head")(layers().Subtract()(ends)))


def prelu():
    """PReLU with shared and with separate slopes."""

    def build(x):
        x = layers().PReLU(shared_axes=[1, 2], name="shared_slopes")(layers().Conv2D(4, 3, name="one")(x))
        x = layers().PReLU(name="own_slopes")(layers().Conv2D(3, 3, name="two")(x))
        return layers().Dense(2, name="head")(layers().Flatten()(x))

    return functional((8, 8, 3), build)


def sequence_dense():
    """Dense layers on a sequence, and rearranging."""

    def build(x):
        x = layers().Dense(6, activation="relu", name="wide")(x)
        x = layers().TimeDistributed(layers().Dense(4), name="each")(x)
        x = layers().Permute((2, 1))(x)
        return layers().Dense(3, name="head")(layers().Reshape((20,))(x))

    return functional((5, 7), build)


MODELS = {
    name: globals()[name]
    for name in (
        *("plain_cnn", "bn_cnn", "depthwise_net", "squeeze_excite", "u_net", "text_cnn", "lstm_text", "gru_text"),
        *("bidirectional_text", "encoder", "group_norm", "two_tower", "multi_output", "shared", "prelu"),
        *("sequence_dense", "recurrent_steps", "separable_text"),
    )
}
APPLICATIONS = {
    "MobileNetV2": 64,
    "ResNet50": 64,
    "EfficientNetB0": 64,
    "DenseNet121": 64,
    "ConvNeXtTiny": 64,
    "Xception": 72,
    "InceptionV3": 75,
    "InceptionResNetV2": 75,
    "VGG16": 32,
    "NASNetMobile": 32,
}


def application(name):
    """A model of ``keras.applications`` for small images."""
    import keras

    size = APPLICATIONS.get(name, 32)
    if name == "NASNetMobile":
        from keras.src.applications.nasnet import NASNet

        # One cell of each kind in a stage instead of four; nothing but their number and width is another.
        cells = {"penultimate_filters": 96, "num_blocks": 1, "stem_block_filters": 8, "skip_reduction": False}
        return NASNet((size, size, 3), **cells, filter_multiplier=2, weights=None, classes=10, default_size=224)
    settings = {"alpha": 0.35} if name == "MobileNetV2" else {}
    return getattr(keras.applications, name)(weights=None, input_shape=(size, size, 3), classes=10, **settings)
