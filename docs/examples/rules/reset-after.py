import keras
import torch
from torch import nn

SHAPE = (1, 5, 8)

# %% Keras
ours = keras.Sequential([keras.Input((5, 8)), keras.layers.GRU(4, reset_after=False, return_sequences=True)])


# %% PyTorch, which differs
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(8, 4, batch_first=True)

    def forward(self, x: torch.Tensor):
        return self.gru(x)[0]


differs = Net()

# %% Keras, the same as PyTorch
other = keras.Sequential([keras.Input((5, 8)), keras.layers.GRU(4, reset_after=True, return_sequences=True)])
same = Net()
