import keras
import torch
from torch import nn

SHAPE = (1, 8)

# %% Keras
ours = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])

# %% PyTorch
theirs = nn.Linear(8, 4)

# %% Carry the weights over
kernel, bias = (torch.from_numpy(each) for each in ours.get_weights())
theirs.load_state_dict({"weight": kernel.T, "bias": bias})
