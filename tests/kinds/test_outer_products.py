"""Products of each element of one row with each of another: angles of positions and frequencies, however written."""

import numpy as np
import pytest

import parity

pytestmark = pytest.mark.filterwarnings("ignore")

SHAPE = (2, 6, 8)


def ways():
    import torch

    return {
        "broadcast": lambda places, row: places[:, None] * row,
        "einsum": lambda places, row: torch.einsum("i,j->ij", places, row),
        "ger": torch.ger,
        "outer": torch.outer,
        "of its own type": lambda places, row: torch.outer(places.type_as(row), row.float()),
    }


def others():
    import torch

    return {
        "one more": lambda places, row: torch.outer(places + 1, row),
        "in reverse": lambda places, row: torch.outer(places, row.flip(0)),
        "a sum": lambda places, row: places[:, None] + row,
    }


def net(angles):
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.front, self.back = nn.Linear(8, 8), nn.Linear(8, 4)
            self.register_buffer("row", torch.rand(8))

        def forward(self, x):
            made = angles(torch.arange(x.shape[1]).float(), self.row)
            return self.back(self.front(x) * made.cos())

    torch.manual_seed(0)
    return Net().eval()


@pytest.mark.parametrize("way", ["broadcast", "einsum", "ger", "outer", "of its own type"])
def test_each_way_computes_what_pytorch_does(way):
    import torch

    model, x = net(ways()[way]), torch.randn(*SHAPE)
    with torch.no_grad():
        wanted = model(x).numpy()
    (made,) = parity.evaluate(model, [x.numpy()]).values()
    np.testing.assert_allclose(made, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("way", ["einsum", "ger", "outer", "of its own type"])
def test_each_way_is_the_same_model(way, tmp_path):
    import torch

    model = net(ways()[way])
    told = {"left_inputs": [SHAPE], "weights": True, "verify": "full"}
    assert parity.compare(model, net(ways()["broadcast"]), right_inputs=[SHAPE], **told).verdict == "equivalent"
    for dynamo in (True, False):
        path = tmp_path / f"{dynamo}.onnx"
        torch.onnx.export(model, (torch.zeros(SHAPE),), path, dynamo=dynamo, **({"verbose": False} if dynamo else {}))
        report = parity.compare(model, path, **told)
        assert report.verdict == "equivalent", str(report)


@pytest.mark.parametrize("other", ["one more", "in reverse", "a sum"])
def test_other_products_are_another_model(other):
    report = parity.compare(net(ways()["outer"]), net(others()[other]), left_inputs=[SHAPE], right_inputs=[SHAPE])
    assert report.verdict != "equivalent", str(report)
