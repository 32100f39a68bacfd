"""Every row and total of ``model.summary()`` is one here, of models and of their files."""

import re

import pytest

import parity
from parity.reports import Screen, named


def nested():
    """A model in a model in a model, partly frozen, and called twice."""
    import keras

    innermost = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4), keras.layers.BatchNormalization()])
    x = keras.Input((6,))
    inner = keras.Model(x, innermost(keras.layers.Dense(4, trainable=False)(x)), name="inner")
    left, right = keras.Input((6,)), keras.Input((6,))
    joined = keras.layers.Concatenate()([inner(left), inner(right)])
    return keras.Model([left, right], keras.layers.Dense(2)(joined))


def shared():
    """A layer at two places, and one in two models."""
    import keras

    twice, between = keras.layers.Dense(5, name="twice"), keras.layers.Dense(5, name="between")
    one = keras.Sequential([keras.Input((5,)), between, keras.layers.Dense(3)], name="one")
    other = keras.Sequential([keras.Input((5,)), between, keras.layers.Dense(3)], name="other")
    a, b = keras.Input((5,)), keras.Input((5,))
    return keras.Model([a, b], keras.layers.Add()([one(twice(a)), other(twice(b))]))


def sequential():
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            layers.Conv2D(4, 3, strides=2, activation="relu"),
            layers.SeparableConv2D(6, 3),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )


def recurrent():
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((12,)),
            layers.Embedding(30, 8),
            layers.Bidirectional(layers.LSTM(5, return_sequences=True)),
            layers.GRU(4, return_sequences=True),
            layers.TimeDistributed(layers.Dense(3)),
            layers.SimpleRNN(2),
        ]
    )


def attention():
    import keras
    from keras import layers

    x = keras.Input((7, 8))
    seen = layers.MultiHeadAttention(2, 4)(x, x)
    return keras.Model(x, layers.Dense(3)(layers.LayerNormalization()(x + seen)[:, 0]))


def images():
    import keras
    from keras import layers

    x = keras.Input((16, 16, 2))
    down = layers.Conv2D(4, 3, strides=2, padding="same")(x)
    deep = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(down)
    up = layers.Conv2DTranspose(4, 2, strides=2)(deep)
    return keras.Model(x, layers.Concatenate()([x, up]))


def signals():
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((20, 4)),
            layers.Conv1D(8, 3, padding="causal", dilation_rate=2),
            layers.GroupNormalization(2),
            layers.PReLU(shared_axes=[1]),
            layers.Conv1D(6, 5, strides=3),
            layers.GlobalAveragePooling1D(),
            layers.Dense(2, use_bias=False),
        ],
        name="signals",
    )


def volumes():
    import keras
    from keras import layers

    x = keras.Input((6, 6, 6, 2))
    seen = layers.AveragePooling3D(2)(layers.UnitNormalization()(layers.Conv3D(3, 3, activation="gelu")(x)))
    return keras.Model(x, [layers.Dense(2)(layers.Flatten()(seen)), layers.GlobalMaxPooling3D()(seen)])


def tied():
    """A frozen model inside, and arithmetic between layers."""
    import keras
    from keras import layers

    body = keras.Sequential([keras.Input((9,)), layers.Dense(5, "relu"), layers.Dense(5)], name="body")
    body.trainable = False
    x = keras.Input((9,))
    features = body(x) * 2.0 + layers.Dense(5)(x)
    return keras.Model(x, keras.ops.softmax(layers.Dense(3)(features)))


def bottlenecks():
    """Inverted residual blocks as MobileNetV2 has them: one that halves the image, one with a shortcut."""
    import keras
    from keras import layers

    def normed(x, name, *, active=True):
        x = layers.BatchNormalization(epsilon=1e-3, momentum=0.999, name=f"{name}_BN")(x)
        return layers.ReLU(6.0, name=f"{name}_relu")(x) if active else x

    def block(x, units, name, stride):
        wide = layers.Conv2D(6 * x.shape[-1], 1, use_bias=False, name=f"{name}_expand")(x)
        wide = normed(wide, f"{name}_expand")
        if stride == 2:
            wide = layers.ZeroPadding2D(((0, 1), (0, 1)), name=f"{name}_pad")(wide)
        padding = "same" if stride == 1 else "valid"
        deep = layers.DepthwiseConv2D(3, stride, padding, use_bias=False, name=f"{name}_depthwise")(wide)
        thin = layers.Conv2D(units, 1, use_bias=False, name=f"{name}_project")(normed(deep, f"{name}_depthwise"))
        thin = normed(thin, f"{name}_project", active=False)
        return layers.Add(name=f"{name}_add")([x, thin]) if stride == 1 else thin

    image = keras.Input((16, 16, 3))
    x = block(block(image, 8, "block_1", 2), 8, "block_2", 1)
    return keras.Model(image, layers.Dense(7, "softmax")(layers.GlobalAveragePooling2D()(x)))


def translator():
    """Two inputs, an encoder that hands over its states, and a decoder that begins with them."""
    import keras
    from keras import layers

    words, others = keras.Input((7,), dtype="int32"), keras.Input((9,), dtype="int32")
    _, *states = layers.LSTM(12, return_state=True, name="encoder")(layers.Embedding(50, 6)(words))
    made = layers.LSTM(12, return_sequences=True, name="decoder")(layers.Embedding(60, 6)(others), initial_state=states)
    return keras.Model([words, others], layers.Dense(60)(made))


def transformer():
    """A shared table, blocks with a model inside, two inputs and two outputs."""
    import keras
    from keras import layers

    ids, pairs = (keras.Input((10,), dtype="int32") for _ in range(2))
    table = layers.Embedding(40, 16)
    x = table(ids) + table(pairs)
    for _ in range(2):
        x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 8)(x, x))
        inner = keras.Sequential([keras.Input((10, 16)), layers.Dense(32, "gelu"), layers.Dense(16)])
        x = layers.LayerNormalization()(x + layers.Dropout(0.1)(inner(x)))
    return keras.Model([ids, pairs], [layers.Dense(40)(x), layers.Dense(2)(x[:, 0])])


def published(name):
    """A network of keras.applications, whose names are as long and whose cells are as many as they get."""

    def model():
        import keras

        return getattr(keras.applications, name)(weights=None)

    return model


MODELS = {
    "sequential": sequential,
    "functional": images,
    "nested": nested,
    "shared": shared,
    "recurrent": recurrent,
    "attention": attention,
    "bottlenecks": bottlenecks,
    "signals": signals,
    "volumes": volumes,
    "tied": tied,
    "translator": translator,
    "transformer": transformer,
    **{name: published(name) for name in ("NASNetMobile", "ConvNeXtTiny", "EfficientNetB0")},
}


WIDTH = 1000
"""So wide that no cell of ``model.summary()`` is broken."""


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return MODELS[request.param]()


def table(model):
    """The rows of ``model.summary()``: path and class, shape, parameters, what comes before, trained or not; totals."""
    lines = []
    model.summary(line_length=WIDTH, print_fn=lines.append, expand_nested=True, show_trainable=True)
    rows, names = [], []
    for line in "\n".join(lines).splitlines():
        cells = [each.strip() for each in line.split("│")[1:-1]]
        if len(cells) < 4:
            continue
        assert cells[0], f"a row of two lines: {line}"
        level = max(line.find("└") - 2, 0) // 3
        name, kind = re.fullmatch(r"(?:└ )?(\S+) \((\w+)\)", cells[0]).groups()
        names = [*names[:level], name]
        connected = {each.partition("[")[0] for each in cells[3].split(", ")} if len(cells) > 4 else set()
        rows.append(("/".join(names), kind, cells[1], int(cells[2].replace(",", "")), connected - {"-"}, cells[-1]))
    totals = re.findall(r"(\w[\w-]*) params: ([\d,]+)", "\n".join(lines))
    return rows, {name: int(number.replace(",", "")) for name, number in totals}


def test_every_row_and_total_of_keras(model, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    told, totals = table(model)
    model.save(tmp_path / "model.keras")
    for source in (model, tmp_path / "model.keras"):
        found = parity.summary(source)
        rows = {row.path: row for row in (*found.rows, *found.containers)}
        for path, kind, shape, params, connected, trained in told:
            if kind == "InputLayer" and "/" in path:
                continue  # an inner model is fed by what comes before it
            row = rows[path]
            assert (row.type, row.held) == (kind, params), path
            calls = [str([row.shapes[0], *row.further[0]]) if row.further else str(row.shapes[0])]
            assert calls == [shape], path
            assert {name.partition("/")[0] for name in row.connected} >= connected - {path.partition("/")[0]}, path
            if trained == "N":
                assert row.trainable == 0 or row.held != row.params, path
            if trained == "Y" and row.held == row.params != row.state:
                assert row.trainable > 0, path  # Keras says Y of layers with nothing but statistics, too
        assert None not in {row.activations for row in found.rows}
        assert found.memory.inputs is not None
        head = found.side.headline
        assert (head.total, head.trainable, head.non_trainable) == tuple(totals.values())
        assert sum(row.params for row in found.rows) == totals["Total"] == model.count_params()
        assert sum(row.params for row in found.containers if "/" not in row.path) <= totals["Total"]


def test_totals_have_the_bytes_that_keras_tells(model):
    from keras.src.utils.summary_utils import weight_memory_size

    memory = parity.summary(model).memory
    assert memory.total == weight_memory_size(model.weights)
    assert memory.trainable == weight_memory_size(model.trainable_weights)
    printed = named("text").summary(parity.summary(model), Screen())
    assert f"Total, as Keras counts {model.count_params():,}" in " ".join(printed.split())
    digits = f"{memory.total:,} B" if memory.total < 2**10 else f"{memory.total / 2**10:.1f} KiB"
    assert (digits if memory.total < 2**20 else f"{memory.total / 2**20:.1f} MiB") in printed


def test_multiply_accumulates_are_half_the_operations_that_tensorflow_counts(model, request):
    if request.node.callspec.params["model"] in UNCOUNTED:
        pytest.skip("TensorFlow's profiler counts no loops, no einsum and no grouped convolution")
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    specs = [tf.TensorSpec([1, *each.shape[1:]], each.dtype) for each in model.inputs]
    function = tf.function(lambda *values: model(values if len(values) > 1 else values[0]))
    graph = convert_variables_to_constants_v2(function.get_concrete_function(*specs)).graph
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    found = tf.compat.v1.profiler.profile(graph, cmd="op", options=options)
    counted = sum(each.float_ops for each in below(found) if each.name in PRODUCTS)
    assert sum(row.macs for row in parity.summary(model).rows) * 2 == counted


PRODUCTS = {"Conv2D", "DepthwiseConv2dNative", "MatMul", "BatchMatMulV2", "Conv2DBackpropInput", "Conv3D"}
UNCOUNTED = {"recurrent", "attention", "translator", "transformer", "ConvNeXtTiny"}


def below(node):
    """All operators of a profile."""
    for each in node.children:
        yield each
        yield from below(each)
