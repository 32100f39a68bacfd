import keras
from torch import nn

SHAPE = (1, 5, 8)

# %% Keras
ours = keras.Sequential([keras.Input((5, 8)), keras.layers.Dense(8), keras.layers.LayerNormalization()])

# %% PyTorch, which differs
differs = nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8))

# %% PyTorch, the same
same = nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8, eps=1e-3))
