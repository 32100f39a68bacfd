import keras
from torch import nn

SHAPE = (1, 3, 8, 8)

# %% Keras
ours = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, strides=2, padding="same")])

# %% PyTorch, which differs
differs = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1))

# %% PyTorch, the same
same = nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 4, 3, stride=2))
