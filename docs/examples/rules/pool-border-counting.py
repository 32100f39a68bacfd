import keras
from torch import nn

SHAPE = (1, 3, 8, 8)

# %% Keras
ours = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.AveragePooling2D(3, strides=1, padding="same")])

# %% PyTorch, which differs
differs = nn.Sequential(nn.AvgPool2d(3, stride=1, padding=1))

# %% PyTorch, the same
same = nn.Sequential(nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False))
