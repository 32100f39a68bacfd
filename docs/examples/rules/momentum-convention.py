import keras
from torch import nn

SHAPE = (1, 3, 8, 8)

# %% Keras
ours = keras.Sequential(
    [keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.BatchNormalization(momentum=0.99)],
)

# %% PyTorch, which differs
differs = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, eps=1e-3, momentum=0.99))

# %% PyTorch, the same
same = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, eps=1e-3, momentum=1 - 0.99))
