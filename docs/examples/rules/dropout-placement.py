import keras
from torch import nn

SHAPE = (1, 8)

# %% Keras
ours = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8), keras.layers.Dropout(0.2), keras.layers.Dense(2)])

# %% PyTorch, which differs
differs = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 2))

# %% PyTorch, the same
same = nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.2), nn.Linear(8, 2))
