"""An input that one model makes itself is one finding, with what it makes it of."""

import torch  # noqa: TID253  only tests of PyTorch import this
from torch import nn  # noqa: TID253  same

import parity
from parity.policy import is_real
from tests.rules.models import keras_model, layers


class Typed(nn.Module):
    """Tokens and their types, which are all of the first one where they are not given."""

    def __init__(self):
        super().__init__()
        self.words, self.types, self.norm = nn.Embedding(20, 8), nn.Embedding(2, 8), nn.LayerNorm(8, eps=1e-3)
        self.register_buffer("zeros", torch.zeros(1, 6, dtype=torch.long), persistent=False)

    def forward(self, words, types=None):
        types = self.zeros.expand(2, 6) if types is None else types
        return self.norm(self.words(words) + self.types(types))


def of_keras(dimensions=2):
    words = layers().Input((6,), dtype="int32", batch_size=2, name="words")
    types = layers().Input((6,), dtype="int32", batch_size=2, name="types")
    added = layers().Add()([layers().Embedding(20, 8)(words), layers().Embedding(dimensions, 8)(types)])
    return keras_model([words, types], layers().LayerNormalization()(added))


TOKENS = ((2, 6), "int64")


def told(report):
    return sorted(each.rule for each, how in report.findings if each.caused_by is None and is_real(each, how))


def test_an_input_that_is_made_inside_is_one_finding():
    report = parity.compare(of_keras(), Typed().eval(), right_inputs=[TOKENS])

    assert report.verdict == "different"
    assert told(report) == ["input-count"]
    assert "only the left has types" in str(report)


def test_it_hides_no_difference_beside_it():
    report = parity.compare(of_keras(dimensions=3), Typed().eval(), right_inputs=[TOKENS])

    assert told(report) == ["input-count", "weight-shape"]


def test_both_given_are_the_same_model():
    assert parity.compare(of_keras(), Typed().eval(), right_inputs=[TOKENS, TOKENS]).verdict == "equivalent"
