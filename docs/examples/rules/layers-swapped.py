import keras
from torch import nn

SHAPE = (1, 3, 8, 8)

# %% Keras
ours = keras.Sequential(
    [
        keras.Input((8, 8, 3)),
        keras.layers.Conv2D(4, 3),
        keras.layers.BatchNormalization(epsilon=1e-5, momentum=0.9),
        keras.layers.ReLU(),
    ]
)

# %% PyTorch, which differs
differs = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.BatchNorm2d(4))

# %% PyTorch, the same
same = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
