import keras
from torch import nn

SHAPE = (1, 8)

# %% Keras
ours = keras.Sequential([keras.Input((8,)), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(4)])

# %% PyTorch, which differs
differs = nn.Sequential(nn.Linear(8, 12), nn.ReLU(), nn.Linear(12, 4))

# %% PyTorch, the same
same = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
