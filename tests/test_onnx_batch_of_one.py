"""Most people export with a batch of one, an axis that exporters then drop and put where they like."""

import pytest
import torch  # noqa: TID253  a test of PyTorch's exporters
from torch import nn  # noqa: TID253  same

from parity.check import check
from parity.reports import Verdict
from tests.balance import remainders


class Attended(nn.Module):
    """A pre-norm attention block and a head."""

    def __init__(self, heads, *, batch_first=True):
        super().__init__()
        self.norm = nn.LayerNorm(8)
        self.attention = nn.MultiheadAttention(8, heads, batch_first=batch_first)
        self.head = nn.Linear(8, 3)
        for each in self.parameters():
            nn.init.normal_(each)

    def forward(self, x):
        y = self.norm(x)
        return self.head(x + self.attention(y, y, y, need_weights=False)[0])


def exported(model, example, path, *, dynamo):
    torch.onnx.export(model, (example,), path, dynamo=dynamo)
    return path


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dynamo", [False, True])
@pytest.mark.parametrize("batch", [1, 2])
def test_attention_is_itself_whatever_the_batch(batch, dynamo, tmp_path):
    model, example = Attended(2).eval(), torch.zeros(batch, 9, 8)

    report = check(model, exported(model, example, tmp_path / "net.onnx", dynamo=dynamo), left_inputs=[example])

    assert report.verdict is Verdict.EQUIVALENT
    assert remainders(report) == {}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dynamo", [False, True])
def test_attention_with_time_first_is_itself_for_one_sample(dynamo, tmp_path):
    model, example = Attended(2, batch_first=False).eval(), torch.zeros(9, 1, 8)

    path = exported(model, example, tmp_path / "net.onnx", dynamo=dynamo)
    report = check(model, path, left_inputs=[example])

    assert report.verdict is Verdict.EQUIVALENT
    assert remainders(report) == {}
    other = check(Attended(4, batch_first=False).eval(), path, left_inputs=[example])
    assert other.verdict is Verdict.DIFFERENT


@pytest.mark.filterwarnings("ignore")
def test_other_heads_are_found_in_a_batch_of_one(tmp_path):
    example = torch.zeros(1, 9, 8)
    path = exported(Attended(4).eval(), example, tmp_path / "net.onnx", dynamo=False)

    assert check(Attended(2).eval(), path, left_inputs=[example]).verdict is Verdict.DIFFERENT
