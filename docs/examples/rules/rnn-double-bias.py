import keras
import torch
from torch import nn

SHAPE = (1, 5, 8)

# %% Keras
ours = keras.Sequential([keras.Input((5, 8)), keras.layers.LSTM(4, return_sequences=True)])


# %% PyTorch
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 4, batch_first=True)

    def forward(self, x: torch.Tensor):
        return self.lstm(x)[0]


theirs = Net()

# %% Carry the weights over
kernel, recurrent, bias = (torch.from_numpy(each) for each in ours.get_weights())
weights = {"weight_ih_l0": kernel.T, "weight_hh_l0": recurrent.T, "bias_ih_l0": bias, "bias_hh_l0": torch.zeros(16)}
theirs.lstm.load_state_dict(weights)
