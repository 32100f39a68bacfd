"""Whoever moves the first axis of a tensor that another model takes as it is computes something else."""

import pytest
import torch  # noqa: TID253  only tests of PyTorch import this
from torch import nn  # noqa: TID253  same

import parity

NORMS = {
    "response": lambda: nn.LocalResponseNorm(2),
    "group": lambda: nn.GroupNorm(1, 3),
    "instance": lambda: nn.InstanceNorm1d(3),
    "batch": lambda: nn.BatchNorm1d(3),
}


class Normed(nn.Module):
    """A normalisation between permutations."""

    def __init__(self, name, before, after=(0, 1, 2)):
        super().__init__()
        torch.manual_seed(0)
        self.norm, self.before, self.after = NORMS[name](), before, after

    def forward(self, x):
        return self.norm(x.permute(self.before)).permute(self.after)


def exported(model, x, path):
    free = ({0: torch.export.Dim("batch")},)
    torch.onnx.export(model, (x,), path, dynamo=True, dynamic_shapes=free, verbose=False)
    return path


PLAIN, TURNED = (0, 1, 2), (1, 0, 2)


@pytest.mark.parametrize("name", NORMS)
@pytest.mark.parametrize(
    ("orders", "same"), [((TURNED, PLAIN), False), ((TURNED, TURNED), False), ((PLAIN, PLAIN), True)], ids=str
)
def test_a_batch_that_stands_elsewhere_is_another_model(name, orders, same, tmp_path):
    left, right = Normed(name, *orders).eval(), Normed(name, PLAIN).eval()
    x = torch.randn(3, 3, 2)
    alike = torch.allclose(left(x), right(x), atol=1e-6)
    report = parity.compare(left, exported(right, x, tmp_path / "right.onnx"), left_inputs=[((3, 3, 2), "float32")])

    assert alike or not same
    assert report.verdict == ("equivalent" if alike else "different")
