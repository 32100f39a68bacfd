"""Models that people have asked about in public, built with the real frameworks, and the tables that they saw.

Each builder's defaults are the model of the question; its arguments scale it down. ``seed_cases.json`` beside this
file holds the expected rows (type, output shape, parameters), totals and formulas.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

CASES: dict[str, dict[str, Any]] = {
    case["id"]: case for case in json.loads(Path(__file__).with_name("seed_cases.json").read_text())["cases"]
}
SEED = 20


def _keras() -> Any:
    import keras

    keras.utils.clear_session()  # names count from the first again: dense, dense_1
    return keras


def dense_mlp(features: int = 100) -> Any:
    keras = _keras()
    return keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def small_cnn(image: int = 28) -> Any:
    keras = _keras()
    return keras.Sequential(
        [
            keras.Input((image, image, 3)),
            keras.layers.Conv2D(32, (3, 3), activation="relu"),
            keras.layers.MaxPooling2D((2, 2)),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def embedding_lstm(words: int = 1000) -> Any:
    keras = _keras()
    return keras.Sequential(
        [
            keras.Input((50,)),
            keras.layers.Embedding(words, 64),
            keras.layers.LSTM(128),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )


def cifar_convnet(image: int = 32) -> Any:
    keras = _keras()
    return keras.Sequential(
        [
            keras.Input((image, image, 3)),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.Conv2D(64, 3, activation="relu"),
            keras.layers.Conv2D(128, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def mnist_softmax(image: int = 28) -> Any:
    keras = _keras()
    return keras.Sequential(
        [
            keras.Input((1, image, image)),
            keras.layers.Flatten(),
            keras.layers.Dense(10),
            keras.layers.Activation("softmax"),
        ]
    )


def dense_514(features: int = 514) -> Any:
    keras = _keras()
    return keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dense(514),
            keras.layers.Activation("relu"),
            keras.layers.Dense(257),
        ]
    )


def conv_dense_4d(image: int = 224) -> Any:
    keras = _keras()
    return keras.Sequential(
        [
            keras.Input((image, image, 3)),
            keras.layers.Conv2D(32, (3, 3), activation="relu"),
            keras.layers.Conv2D(64, (3, 3), activation="relu"),
            keras.layers.Conv2D(128, (3, 3), activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def text_cnn(length: int = 35, words: int = 13649) -> Any:
    """With ``length=31`` it is the model that the other was compared with."""
    keras = _keras()
    tokens = keras.Input((length,), dtype="int32")
    x = keras.layers.Embedding(words, 300)(tokens)
    x = keras.layers.Conv1D(32, 5, padding="same")(x)
    x = keras.layers.MaxPooling1D(10, strides=1)(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dropout(0.5)(x)
    return keras.Model(tokens, keras.layers.Dense(3)(x))


def mnist_cnn(image: int = 28) -> Any:
    keras = _keras()
    return keras.Sequential(
        [
            keras.Input((image, image, 1)),
            keras.layers.Conv2D(24, (3, 3), activation="relu"),
            keras.layers.Conv2D(36, (3, 3), activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def bert_bilstm(words: int = 100_000, blocks: int = 12, inner: int = 3072) -> Any:
    """The defaults need 650 MB of weights, but see ``unallocated``."""
    keras = _keras()
    ids = keras.Input((10,), dtype="int32", name="input_ids")
    mask = keras.Input((10,), dtype="int32", name="attention_mask")
    encoder = _bert(keras, words, blocks, inner)
    encoder.trainable = False
    x = encoder([ids, mask])[0]
    x = keras.layers.Bidirectional(keras.layers.LSTM(50, return_sequences=True))(x)
    x = keras.layers.GlobalMaxPooling1D()(x)
    x = keras.layers.Dense(64)(x)
    x = keras.layers.Dropout(0.5)(x)
    return keras.Model([ids, mask], keras.layers.Dense(30, activation="softmax")(x))


def _bert(keras: Any, words: int, blocks: int, inner: int) -> Any:
    """A stand-in with BERT's own count of parameters; its pooler is an output that the classifier does not use."""
    layers, ops, width = keras.layers, keras.ops, 768
    ids = keras.Input((10,), dtype="int32", name="ids")
    mask = keras.Input((10,), dtype="int32", name="mask")
    positions = ops.cumsum(ops.ones_like(ids), axis=1) - 1
    x = layers.Add(name="embeddings")(
        [
            layers.Embedding(words, width, name="word")(ids),
            layers.Embedding(512, width, name="position")(positions),
            layers.Embedding(2, width, name="token_type")(ops.zeros_like(ids)),
        ]
    )
    x = layers.LayerNormalization(epsilon=1e-12, name="norm")(x)
    for block in range(blocks):
        attended = layers.MultiHeadAttention(12, 64, name=f"attention_{block}")(
            x, x, attention_mask=ops.expand_dims(mask, 1)
        )
        x = layers.LayerNormalization(epsilon=1e-12, name=f"attention_norm_{block}")(layers.add([x, attended]))
        hidden = layers.Dense(inner, activation="gelu", name=f"intermediate_{block}")(x)
        hidden = layers.Dense(width, name=f"output_{block}")(hidden)
        x = layers.LayerNormalization(epsilon=1e-12, name=f"output_norm_{block}")(layers.add([x, hidden]))
    pooled = layers.Dense(width, activation="tanh", name="pooler")(x[:, 0])
    return keras.Model([ids, mask], [x, pooled], name="bert")


def har_lstm(steps: int = 100) -> Any:
    keras = _keras()
    return keras.Sequential(
        [
            keras.Input((steps, 6)),
            keras.layers.LSTM(64, return_sequences=True),
            keras.layers.Dropout(0.5),
            keras.layers.LSTM(64),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(6, activation="softmax"),
        ]
    )


def bn_cnn(image: int = 64) -> Any:
    keras = _keras()
    pixels = keras.Input((image, image, 1))
    x = keras.layers.Conv2D(32, (3, 3), padding="same", activation="relu")(pixels)
    x = keras.layers.BatchNormalization(momentum=0.15, axis=-1)(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(100, activation="relu")(x)
    model = keras.Model(pixels, keras.layers.Dense(10, activation="softmax")(x))
    model.layers[2].set_weights(_norm_weights(32))
    return model


def bn_cnn_torch(image: int = 64) -> Any:
    """The PyTorch model of the question, which lacks two activations and has other hyperparameters."""
    import torch

    return _seeded(_bn_cnn_class(torch.nn.BatchNorm2d(32)), image)


def bn_cnn_twin(image: int = 64) -> Any:
    """The PyTorch model that is equal to ``bn_cnn``: the activations added, epsilon and momentum set."""
    import torch

    norm = torch.nn.BatchNorm2d(32, eps=1e-3, momentum=0.85)
    return _seeded(_bn_cnn_class(norm, torch.nn.ReLU(), torch.nn.Softmax(dim=-1)), image)


def carry_over(source: Any, target: Any) -> None:
    """Copy the weights of ``bn_cnn`` into one of its PyTorch counterparts of the same image size."""
    import numpy as np
    import torch

    conv, norm, flatten, fc1, fc2 = source.layers[1:]
    height, width, channels = flatten.input.shape[1:]
    kernel, bias = fc1.get_weights()
    kernel = kernel.reshape(height, width, channels, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)
    gamma, beta, mean, variance = norm.get_weights()
    arrays = {
        "layer1.0.weight": conv.get_weights()[0].transpose(3, 2, 0, 1),
        "layer1.0.bias": conv.get_weights()[1],
        "layer1.2.weight": gamma,
        "layer1.2.bias": beta,
        "layer1.2.running_mean": mean,
        "layer1.2.running_var": variance,
        "fc1.weight": kernel.T,
        "fc1.bias": bias,
        "fc2.weight": fc2.get_weights()[0].T,
        "fc2.bias": fc2.get_weights()[1],
    }
    state = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
    target.load_state_dict(state, strict=False)


def _bn_cnn_class(norm: Any, *activations: Any) -> Callable[[int], Any]:
    """The class of the question's PyTorch model; a twin has an activation after each of the two dense layers."""
    import torch

    class BnCnn(torch.nn.Module):
        def __init__(self, image: int) -> None:
            super().__init__()
            self.layer1 = torch.nn.Sequential(torch.nn.Conv2d(1, 32, 3, padding=1), torch.nn.ReLU(), norm)
            self.flatten = torch.nn.Flatten()
            self.fc1 = torch.nn.Linear(32 * image * image, 100)
            self.fc2 = torch.nn.Linear(100, 10)
            if activations:
                self.after_fc1, self.after_fc2 = activations

        def forward(self, x: Any) -> Any:
            x = self.fc1(self.flatten(self.layer1(x)))
            return self.after_fc2(self.fc2(self.after_fc1(x))) if activations else self.fc2(x)

    # Pickling looks a class up by its name.
    BnCnn.__qualname__ = BnCnn.__name__
    globals()[BnCnn.__name__] = BnCnn
    return BnCnn


def _seeded(build: Callable[[int], Any], image: int) -> Any:
    import torch

    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(SEED)
        model = build(image)
        norm = model.layer1[2]
        tensors = (norm.weight, norm.bias, norm.running_mean, norm.running_var)
        for tensor, array in zip(tensors, _norm_weights(32), strict=True):
            tensor.copy_(torch.from_numpy(array))
    return model


def _norm_weights(channels: int) -> list[Any]:
    """Gamma, beta, mean and variance; exporters merge or drop those of an untrained model."""
    import numpy as np

    rng = np.random.default_rng(SEED)
    low_high = ((0.5, 1.5), (-0.5, 0.5), (-0.5, 0.5), (0.5, 1.5))
    return [rng.uniform(low, high, channels).astype("float32") for low, high in low_high]


def unallocated(build: Callable[[], Any]) -> Any:
    """Build a Keras model whose variables have shapes but no memory."""
    keras = _keras()
    # Clearing the session inside the scope would end the scope.
    with keras.StatelessScope(initialize_variables=False), mock.patch("keras.utils.clear_session"):
        return build()


KERAS: dict[str, Callable[..., Any]] = {
    "dense-mlp": dense_mlp,
    "small-cnn": small_cnn,
    "embedding-lstm": embedding_lstm,
    "cifar-convnet": cifar_convnet,
    "mnist-softmax": mnist_softmax,
    "dense-514": dense_514,
    "conv-dense-4d": conv_dense_4d,
    "text-cnn": text_cnn,
    "mnist-cnn": mnist_cnn,
    "bert-bilstm": bert_bilstm,
    "har-lstm": har_lstm,
    "bn-cnn": bn_cnn,
}

SMALL: dict[str, dict[str, int]] = {
    "cifar-convnet": {"image": 12},
    "text-cnn": {"words": 50},
    "bert-bilstm": {"words": 50, "blocks": 1, "inner": 8},
    "bn-cnn": {"image": 8},
}
"""Arguments that make the large ones small; the others are small as they are."""
