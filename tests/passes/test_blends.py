"""A choice between a value and itself plus a number, written as a sum of products with zeros and ones."""

import numpy as np
import pytest
import torch  # noqa: TID253  only tests of PyTorch import this

import parity
from parity.reports import Verdict
from tests.rules.models import keras_model, layers, module

KEPT = np.tril(np.ones((6, 6), "float32"))


def blended(first, second, shift=-1e9):
    """Attention over what is blended of scores."""

    def forward(_, x):
        scores = x @ x.transpose(1, 2)
        mixed = scores * torch.from_numpy(first) + (scores + shift) * torch.from_numpy(second)
        return torch.softmax(mixed, -1) @ x

    return module({}, forward)


def causal():
    return module({}, lambda _, x: torch.nn.functional.scaled_dot_product_attention(x, x, x, is_causal=True, scale=1.0))


def verdict(left, right):
    inputs = [(2, 6, 4)]
    return parity.compare(left, right, left_inputs=inputs, right_inputs=inputs).verdict


def test_scores_that_are_blended_are_masked():
    x = torch.randn(2, 6, 4)

    assert torch.allclose(blended(KEPT, 1 - KEPT)(x), causal()(x), atol=1e-6)
    assert verdict(blended(KEPT, 1 - KEPT), causal()) is Verdict.EQUIVALENT


@pytest.mark.parametrize(
    ("first", "second", "shift"),
    [
        (1 - KEPT, KEPT, -1e9),
        (KEPT, 1 - KEPT, 1e9),
        (KEPT, KEPT, -1e9),
        (KEPT.T.copy(), 1 - KEPT.T, -1e9),
        (KEPT, 1 - KEPT, -2.0),
    ],
    ids=["the other way round", "raised", "the same of both", "upper", "a little"],
)
def test_other_blends_are_not(first, second, shift):
    assert verdict(blended(first, second, shift), causal()) is not Verdict.EQUIVALENT


@pytest.mark.parametrize("steps", [2, 6, 40, 200, 400])
@pytest.mark.parametrize("batch", [2, None], ids=["fixed", "free"])
@pytest.mark.parametrize("kind", ["Attention", "MultiHeadAttention", "GroupQueryAttention"])
def test_a_causal_layer_of_keras_is_its_own_export_however_many_steps_there_are(kind, batch, steps, tmp_path):
    start = layers().Input((steps, 4), batch_size=batch)
    made = {
        "Attention": lambda x: layers().Attention()([x, x], use_causal_mask=True),
        "MultiHeadAttention": lambda x: layers().MultiHeadAttention(2, 4)(x, x, use_causal_mask=True),
        "GroupQueryAttention": lambda x: layers().GroupQueryAttention(4, 2, 1)(x, x, use_causal_mask=True),
    }[kind]
    model = keras_model(start, made(start))
    model(np.zeros((2, steps, 4), "float32"))
    model.export(tmp_path / "m.onnx", format="onnx", verbose=False)

    assert parity.compare(model, tmp_path / "m.onnx").verdict is Verdict.EQUIVALENT
