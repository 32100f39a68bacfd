import keras
from torch import nn

SHAPE = (1, 8)

# %% Keras
ours = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8), keras.layers.LeakyReLU(), keras.layers.Dense(2)])

# %% PyTorch, which differs
differs = nn.Sequential(nn.Linear(8, 8), nn.LeakyReLU(), nn.Linear(8, 2))

# %% PyTorch, the same
same = nn.Sequential(nn.Linear(8, 8), nn.LeakyReLU(0.3), nn.Linear(8, 2))
