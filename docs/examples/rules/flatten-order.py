import keras
import torch
from torch import nn

SHAPE = (1, 3, 4, 4)

# %% Keras
ours = keras.Sequential(
    [keras.Input((4, 4, 3)), keras.layers.Conv2D(2, 1), keras.layers.Flatten(), keras.layers.Dense(5)]
)

# %% PyTorch
theirs = nn.Sequential(nn.Conv2d(3, 2, 1), nn.Flatten(), nn.Linear(2 * 4 * 4, 5))

# %% Carry the weights over
kernel, bias, dense, offset = (torch.from_numpy(each) for each in ours.get_weights())
rows = dense.reshape(4, 4, 2, 5).permute(3, 2, 0, 1).reshape(5, 2 * 4 * 4)
theirs[0].load_state_dict({"weight": kernel.permute(3, 2, 0, 1), "bias": bias})
theirs[2].load_state_dict({"weight": rows, "bias": offset})
