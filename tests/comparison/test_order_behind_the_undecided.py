"""What follows from a layer that cannot be compared is no difference of its own."""

import torch  # noqa: TID253  only tests of PyTorch import this
from torch import nn  # noqa: TID253  same

import parity


class Turned(nn.Module):
    """Statistics of the batch, which some exports compute in operators that are not read, and axes exchanged."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.batch, self.group = nn.BatchNorm2d(3, track_running_stats=False), nn.GroupNorm(1, 3)

    def forward(self, x):
        return self.group(torch.transpose(self.batch(x), 0, 3))


def test_the_order_of_elements_is_as_open_as_what_it_follows_from(tmp_path):
    model = Turned().eval()
    x = torch.randn(3, 3, 3, 3)
    torch.onnx.export(model, (x,), tmp_path / "model.onnx", dynamo=True, optimize=False, verbose=False)
    report = parity.compare(model, tmp_path / "model.onnx", left_inputs=[((3, 3, 3, 3), "float32")])

    assert report.verdict != "different"
