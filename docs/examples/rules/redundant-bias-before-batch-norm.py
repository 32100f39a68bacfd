import keras
import torch
from torch import nn

SHAPE = (1, 3, 8, 8)

# %% Keras
ours = keras.Sequential(
    [keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 1), keras.layers.BatchNormalization(epsilon=1e-5, momentum=0.9)]
)

# %% PyTorch
theirs = nn.Sequential(nn.Conv2d(3, 2, 1, bias=False), nn.BatchNorm2d(2))

# %% Carry the weights over
kernel, bias, gamma, beta, mean, variance = (torch.from_numpy(each) for each in ours.get_weights())
norm = {"weight": gamma, "bias": beta, "running_mean": mean - bias, "running_var": variance}
theirs[0].load_state_dict({"weight": kernel.permute(3, 2, 0, 1)})
theirs[1].load_state_dict(norm, strict=False)
