"""Designs that are written down in Keras here, as their papers or their PyTorch authors describe them."""


def bert_encoder():
    """BERT's encoder over the embeddings of words, places and segments, given as numbers."""
    import keras
    from keras import layers

    given = [keras.Input((12,), dtype="int32", name=name) for name in ("words", "segments", "places")]
    words, segments, places = given
    x = layers.Embedding(60, 32, name="word_table")(words)
    x = x + layers.Embedding(2, 32, name="segment_table")(segments)
    x = x + layers.Embedding(16, 32, name="place_table")(places)
    x = layers.LayerNormalization(epsilon=1e-12, name="norm")(x)
    x = layers.Dropout(0.1)(x)
    for at in range(2):
        seen = layers.MultiHeadAttention(4, 8, dropout=0.1, name=f"attention_{at}")(x, x)
        seen = layers.Dropout(0.1)(seen)
        x = layers.LayerNormalization(epsilon=1e-12, name=f"attention_norm_{at}")(x + seen)
        found = layers.Dense(64, activation="gelu", name=f"intermediate_{at}")(x)
        found = layers.Dropout(0.1)(layers.Dense(32, name=f"output_{at}")(found))
        x = layers.LayerNormalization(epsilon=1e-12, name=f"output_norm_{at}")(x + found)
    pooled = layers.Dense(32, activation="tanh", name="pooler")(x[:, 0])
    return keras.Model(given, [x, pooled])


def unet():
    """A U-Net of two levels with transposed convolutions on the way up."""
    import keras
    from keras import layers

    def block(x, width, name):
        for at in range(2):
            x = layers.Conv2D(width, 3, padding="same", use_bias=False, name=f"{name}_conv{at}")(x)
            x = layers.ReLU()(layers.BatchNormalization(name=f"{name}_norm{at}")(x))
        return x

    x = image = keras.Input((32, 32, 3))
    kept = []
    for at, width in enumerate((8, 16)):
        x = block(x, width, f"down{at}")
        kept.append(x)
        x = layers.MaxPooling2D()(x)
    x = block(x, 32, "bottom")
    for at, width in enumerate((16, 8)):
        x = layers.Conv2DTranspose(width, 2, strides=2, name=f"up{at}")(x)
        x = block(layers.Concatenate()([kept.pop(), x]), width, f"joined{at}")
    return keras.Model(image, layers.Conv2D(1, 1, activation="sigmoid", name="mask")(x))


def generator():
    """DCGAN's generator."""
    import keras
    from keras import layers

    x = noise = keras.Input((16,))
    x = layers.Dense(4 * 4 * 32, use_bias=False, name="start")(x)
    x = layers.Reshape((4, 4, 32))(x)
    x = layers.LeakyReLU(negative_slope=0.2)(layers.BatchNormalization(name="norm0")(x))
    for at, width in enumerate((16, 8)):
        x = layers.Conv2DTranspose(width, 4, strides=2, padding="same", use_bias=False, name=f"up{at}")(x)
        x = layers.LeakyReLU(negative_slope=0.2)(layers.BatchNormalization(name=f"norm{at + 1}")(x))
    x = layers.Conv2DTranspose(3, 4, strides=2, padding="same", activation="tanh", name="image")(x)
    return keras.Model(noise, x)


def text_lstm():
    """A tagger: two bidirectional LSTM layers over embedded words."""
    import keras
    from keras import layers

    x = words = keras.Input((10,), dtype="int32")
    x = layers.Embedding(50, 16, name="words")(x)
    x = layers.Bidirectional(layers.LSTM(12, return_sequences=True), name="first")(x)
    x = layers.Bidirectional(layers.LSTM(12, return_sequences=True), name="second")(x)
    return keras.Model(words, layers.Dense(7, name="tags")(layers.Dropout(0.3)(x)))


def series_gru():
    """A forecaster: two GRU layers, of which the second gives its last state."""
    import keras
    from keras import layers

    x = series = keras.Input((20, 4))
    x = layers.GRU(16, return_sequences=True, name="first")(x)
    x = layers.GRU(16, name="second")(x)
    return keras.Model(series, layers.Dense(3, name="forecast")(x))


def two_towers():
    """A retrieval model: a user's and an item's tower that meet in a dot product."""
    import keras
    from keras import layers

    def tower(size, fields, name):
        given = keras.Input((fields,), dtype="int32", name=name)
        x = layers.GlobalAveragePooling1D()(layers.Embedding(size, 16, name=f"{name}_table")(given))
        x = layers.Dense(24, activation="relu", name=f"{name}_hidden")(x)
        return given, layers.Dense(8, name=f"{name}_vector")(x)

    (user, left), (item, right) = tower(100, 5, "user"), tower(300, 3, "item")
    return keras.Model([user, item], keras.ops.sum(left * right, axis=-1, keepdims=True))
