import keras
from torch import nn

SHAPE = (1, 3, 9, 9)

# %% Keras
ours = keras.Sequential([keras.Input((9, 9, 3)), keras.layers.Conv2D(4, 4, padding="same")])

# %% PyTorch, which differs
differs = nn.Sequential(nn.ZeroPad2d((2, 1, 2, 1)), nn.Conv2d(3, 4, 4))

# %% PyTorch, the same
same = nn.Sequential(nn.ZeroPad2d((1, 2, 1, 2)), nn.Conv2d(3, 4, 4))
