"""What torchsummary and torchinfo are known to get wrong, and what is right."""

import pytest
import torch  # noqa: TID253  only tests of PyTorch import this
from torch import nn  # noqa: TID253  same

import parity

pytestmark = [pytest.mark.filterwarnings(f"ignore::{each}") for each in ("UserWarning", "FutureWarning")]


def rows(model, *inputs):
    """The summary of a live model, whose total must be PyTorch's own."""
    table = parity.summary(model, inputs=list(inputs))
    assert table.side.headline.total == sum(each.numel() for each in model.parameters())
    assert sum(row.params for row in table.rows) == table.side.headline.total
    return {row.path: row for row in table.rows}, table


class Shared(nn.Module):
    """One layer called three times, and two layers with one weight."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.left = nn.Linear(4, 4, bias=False)
        self.right = nn.Linear(4, 4, bias=False)
        self.right.weight = self.left.weight

    def forward(self, x):
        return self.right(self.left(self.layer(self.layer(self.layer(x)))))


def test_shared_and_tied_weights_are_counted_once():
    found, table = rows(Shared(), (2, 4))
    assert [row.params for row in found.values()] == [20, 16, 0]
    assert found["layer"].shapes == ((None, 4),) * 3
    assert table.side.headline.total == 36


def test_bare_parameters_are_counted():
    class Bare(nn.Module):
        def __init__(self):
            super().__init__()
            self.token = nn.Parameter(torch.zeros(1, 7))
            self.linear = nn.Linear(7, 2)

        def forward(self, x):
            return self.linear(x + self.token)

    found, _ = rows(Bare(), (3, 7))
    assert found["token"].params == 7


def test_attention_is_counted():
    class Attends(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

        def forward(self, x):
            return self.attention(x, x, x)[0]

    found, _ = rows(Attends(), (1, 5, 8))
    assert found["attention"].params == 4 * (8 * 8 + 8)


def test_recurrent_layers_and_dicts_do_no_harm():
    class Recurrent(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = nn.LSTM(3, 5, batch_first=True, bidirectional=True)
            self.head = nn.Linear(10, 2)

        def forward(self, x):
            sequence, (hidden, _) = self.lstm(x)
            return {"classes": self.head(sequence[:, -1]), "states": [hidden]}

    found, _ = rows(Recurrent(), (2, 6, 3))
    assert found["lstm"].params == 2 * 4 * 5 * (3 + 5 + 2)
    assert found["lstm"].shapes[0][1:] == (6, 10)


@pytest.mark.parametrize("training", [False, True])
def test_statistics_of_batch_normalisation_stay_as_they_were(training):
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)).train(training)
    before = {name: each.clone() for name, each in model.state_dict().items()}
    rows(model, (4, 1, 8, 8))
    assert all(torch.equal(each, before[name]) for name, each in model.state_dict().items())
    assert model.training is training


def test_buffers_are_shown():
    found, table = rows(nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)).eval(), (1, 1, 8, 8))
    assert found["1"].state == 2 + 2 + 1
    assert [weight.name for weight in found["1"].weights][2:] == [
        "1.running_mean",
        "1.running_var",
        "1.num_batches_tracked",
    ]
    assert table.side.census["state"] == 5
