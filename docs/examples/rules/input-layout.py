import keras
import torch
from torch import nn

SHAPE = (1, 3, 8, 8)

# %% Keras
ours = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3)])

# %% PyTorch
theirs = nn.Sequential(nn.Conv2d(3, 2, 3))

# %% Carry the weights over, and the inputs
kernel, bias = (torch.from_numpy(each) for each in ours.get_weights())
theirs[0].load_state_dict({"weight": kernel.permute(3, 2, 0, 1), "bias": bias})
images = torch.rand(1, 8, 8, 3)
scores = theirs(images.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
assert abs(scores.detach().numpy() - ours(images.numpy()).numpy()).max() < 1e-5
