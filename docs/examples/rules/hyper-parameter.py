import keras
from torch import nn

SHAPE = (1, 3, 16, 16)

# %% Keras
ours = keras.Sequential([keras.Input((16, 16, 3)), keras.layers.Conv2D(4, 3, dilation_rate=2)])

# %% PyTorch, which differs
differs = nn.Sequential(nn.Conv2d(3, 4, 3, dilation=3))

# %% PyTorch, the same
same = nn.Sequential(nn.Conv2d(3, 4, 3, dilation=2))
