import keras
from torch import nn

SHAPE = (1, 8)

# %% Keras
ours = keras.Sequential(
    [keras.Input((8,)), keras.layers.Dense(16, activation="relu", trainable=False), keras.layers.Dense(4)]
)

# %% PyTorch, which differs
differs = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))

# %% PyTorch, the same
same = nn.Sequential(nn.Linear(8, 16).requires_grad_(False), nn.ReLU(), nn.Linear(16, 4))
