import keras
import torch
from torch import nn

SHAPE = (1, 3, 8, 8)

# %% Keras
ours = keras.Sequential(
    [keras.Input((8, 8, 3)), keras.layers.BatchNormalization(epsilon=1e-5, momentum=0.9), keras.layers.Conv2D(2, 1)]
)

# %% PyTorch
theirs = nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 2, 1))

# %% Carry the weights over
gamma, beta, mean, variance, kernel, bias = (torch.from_numpy(each) for each in ours.get_weights())
norm = {"weight": gamma, "bias": beta, "running_mean": mean, "running_var": variance}
theirs[0].load_state_dict(norm, strict=False)
theirs[1].load_state_dict({"weight": kernel.permute(3, 2, 0, 1), "bias": bias})
