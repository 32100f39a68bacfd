import keras
import torch
from torch import nn

SHAPE = (1, 5, 8)

# %% Keras
ours = keras.Sequential([keras.Input((5, 8)), keras.layers.GRU(4, return_sequences=True)])


# %% PyTorch
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(8, 4, batch_first=True)

    def forward(self, x: torch.Tensor):
        return self.gru(x)[0]


theirs = Net()


# %% Carry the weights over
def reordered(gates):
    """Keras: update, reset, candidate. PyTorch: reset, update, candidate."""
    update, reset, candidate = gates.chunk(3)
    return torch.cat([reset, update, candidate])


kernel, recurrent, bias = (torch.from_numpy(each) for each in ours.get_weights())
weights = {"weight_ih_l0": kernel.T, "weight_hh_l0": recurrent.T, "bias_ih_l0": bias[0], "bias_hh_l0": bias[1]}
theirs.gru.load_state_dict({name: reordered(each) for name, each in weights.items()})
