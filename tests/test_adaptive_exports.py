"""Adaptive pooling whose windows differ in size: PyTorch's exporter writes it out, and stores the sizes."""

import pytest

import parity

torch = pytest.importorskip("torch")
nn = torch.nn


class Pyramid(nn.Module):
    """The pyramid of pools of PSPNet, https://arxiv.org/abs/1612.01105."""

    def __init__(self, *counts):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.pools = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(count), nn.Conv2d(4, 2, 1, bias=False), nn.ReLU()) for count in counts
        )

    def forward(self, x):
        x = self.first(x)
        return torch.cat([x, *(nn.functional.interpolate(pool(x), size=x.shape[2:]) for pool in self.pools)], 1)


class Flat(nn.Module):
    def __init__(self, pool):
        super().__init__()
        self.pool = pool

    def forward(self, x):
        return self.pool(x).flatten(1)


CASES = {
    "a pyramid": (lambda: Pyramid(1, 2, 3, 6), (2, 3, 13, 13)),
    "windows of one size along one axis": (lambda: Pyramid(3), (1, 3, 10, 11)),
    "both": (lambda: Flat(nn.AdaptiveAvgPool2d((3, 5))), (2, 4, 7, 9)),
    "one axis": (lambda: Flat(nn.AdaptiveAvgPool2d((3, None))), (2, 4, 7, 9)),
    "a sequence": (lambda: Flat(nn.AdaptiveAvgPool1d(5)), (2, 4, 7)),
    "more than there are": (lambda: Flat(nn.AdaptiveAvgPool2d(3)), (2, 2, 2, 2)),
}


def exported(model, sizes, path):
    torch.onnx.export(model, (torch.randn(*sizes),), path, dynamo=True, verbose=False)
    return path


@pytest.mark.parametrize("name", CASES)
def test_an_export_is_equivalent(name, tmp_path):
    make, sizes = CASES[name]
    model = make().eval()

    report = parity.compare(model, exported(model, sizes, tmp_path / "m.onnx"), left_inputs=[sizes], weights=True)

    assert report.verdict == "equivalent"
    assert report.ledger.remainder == 0


@pytest.mark.parametrize(("one", "other"), [((3, 3), (3, 2)), ((3, 2), (2, 3)), ((5, 5), (5, 4))])
def test_that_of_others_windows_is_different(one, other, tmp_path):
    left, right = (Flat(nn.AdaptiveAvgPool2d(count)).eval() for count in (one, other))

    report = parity.compare(left, exported(right, (2, 4, 7, 7), tmp_path / "m.onnx"), left_inputs=[(2, 4, 7, 7)])

    assert report.verdict == "different"
