import keras
from torch import nn

SHAPE = (1, 8)

# %% Keras
ours = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4, activation="softmax")])

# %% PyTorch, which differs
differs = nn.Sequential(nn.Linear(8, 4))

# %% PyTorch, the same
same = nn.Sequential(nn.Linear(8, 4), nn.Softmax(dim=-1))
