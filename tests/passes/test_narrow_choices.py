"""What a program chooses for each sample of its batch by the same stored truth values is chosen once."""

import numpy as np
import pytest

import parity
from parity.graphs import graph_of

pytestmark = pytest.mark.filterwarnings("ignore")

BATCH, STEPS, HEADS = 2, 5, 3


def attention(mask):
    """Attention with a learned bias for each head and two places, of which a mask hides some, as T5 has it."""
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.bias, self.qkv = nn.Embedding(STEPS * STEPS, HEADS), nn.Linear(12, 36)

        def forward(self, x):
            samples = x.shape[0]
            q, k, v = self.qkv(x).view(samples, STEPS, 3, HEADS, 4).permute(2, 0, 3, 1, 4)
            places = torch.arange(STEPS)[:, None] * STEPS + torch.arange(STEPS)
            scores = self.bias(places).permute(2, 0, 1)[None]
            if mask is not None:
                scores = torch.where(torch.as_tensor(mask(samples)), scores, torch.tensor(-1e9))
            made = nn.functional.scaled_dot_product_attention(q, k, v, scores, scale=1.0)
            return made.transpose(1, 2).reshape(samples, STEPS, 12)

    torch.manual_seed(0)
    return Net().eval()


def open_to_all(samples):
    return np.ones((samples, 1, STEPS, STEPS), bool)


def causal(samples):
    return np.broadcast_to(np.tri(STEPS, dtype=bool), (samples, 1, STEPS, STEPS)).copy()


def causal_once(_):
    return causal(1)


def for_each_head(samples):
    return np.broadcast_to(causal(1), (samples, HEADS, STEPS, STEPS)).copy()


def of_the_second(samples):
    found = causal(samples)
    found[1] = True
    return found


def compared(left, right):
    shapes = [(BATCH, STEPS, 12)]
    return parity.compare(attention(left), attention(right), inputs=shapes, weights=True, verify="full")


@pytest.mark.parametrize(
    ("one", "other"),
    [(open_to_all, None), (causal, causal_once), (for_each_head, causal_once), (for_each_head, causal)],
)
def test_masks_that_are_the_same_for_all_are_one(one, other):
    report = compared(one, other)
    assert report.verdict == "equivalent", str(report)


@pytest.mark.parametrize(
    ("one", "other"), [(causal, None), (causal, open_to_all), (of_the_second, causal), (of_the_second, open_to_all)]
)
def test_masks_that_hide_other_places_are_not(one, other):
    assert compared(one, other).verdict == "different"


@pytest.mark.parametrize("mask", [open_to_all, causal, for_each_head, of_the_second])
def test_what_is_chosen_once_is_what_pytorch_computes(mask, monkeypatch):
    import torch

    monkeypatch.setenv("PARITY_VERIFY", "1")
    net, x = attention(mask), np.random.default_rng(0).normal(size=(BATCH, STEPS, 12)).astype("float32")
    assert graph_of(net, inputs=[x.shape]).layers
    (computed,) = parity.evaluate(net, x).values()
    assert np.allclose(computed, net(torch.from_numpy(x)).detach(), atol=1e-5)
