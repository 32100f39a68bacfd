"""A residual connection from the block's input, or from its first layer."""

from tests.rules.models import keras_model, layers, module, nn


def keras_one():
    start = layers().Input((8,))
    first = layers().Dense(8, activation="relu")(start)
    return keras_model(start, layers().Add()([layers().Dense(8)(first), start]))


def torch_one(*, from_start):
    def forward(self, x):
        first = self.fc1(x).relu()
        return self.fc2(first) + (x if from_start else first)

    return module({"fc1": nn().Linear(8, 8), "fc2": nn().Linear(8, 8)}, forward)


def bad():
    return keras_one(), torch_one(from_start=False), {"right_inputs": [(1, 8)]}


def good():
    return keras_one(), torch_one(from_start=True), {"right_inputs": [(1, 8)]}
