"""Parts of tensors that a program changes in place: computed as PyTorch does, or said not to be shown."""

import numpy as np
import pytest

import parity
from parity.reports import Verdict
from tests.rules.models import module

SIZE = 4


def one_write(rng):
    """What changes a part of ``m`` in place, as PyTorch code on ``m`` and ``x``."""
    start = int(rng.integers(0, SIZE - 1))
    stop = int(rng.integers(start + 1, SIZE + 1))
    at, step = int(rng.integers(-SIZE, SIZE)), int(rng.integers(1, 3))
    part = [f"m[{start}:{stop}]", f"m[:, {start}:{stop}]", f"m[{at}]", f"m[:, {at}]", f"m[{start}::{step}, {at}]"]
    value = [".fill_({0})", ".zero_()", ".add_({0})", ".mul_({0})", ".copy_(x[{1}, :1])"]
    chosen = value[int(rng.integers(len(value)))].format(float(rng.integers(1, 5)), at)
    return part[int(rng.integers(len(part)))] + chosen


def program(seed):
    rng = np.random.default_rng(seed)
    begins = ("x.new_zeros(4, 4)", "x * 1", "x.clone()")[seed % 3]
    return [f"m = {begins}", *(one_write(rng) for _ in range(int(rng.integers(1, 6))))]


def net(lines):
    import torch

    code = "\n    ".join(["def forward(self, x):", *lines, "return x + m * 2"])
    space = {"torch": torch}
    exec(code, space)  # noqa: S102  the test's own program
    return module({}, space["forward"])


def computed_alike(lines, tmp_path, seed):
    import torch

    made, x = net(lines), torch.from_numpy(np.random.default_rng(seed).normal(size=(4, 4)).astype("float32"))
    path = tmp_path / "net.pt2"
    torch.export.save(torch.export.export(made, (x,)), path)
    found = parity.evaluate(path, [x.numpy()])

    assert not found.gaps
    np.testing.assert_allclose(next(iter(found.values())), made(x).numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("seed", range(24))
def test_writes_to_parts_are_computed_as_pytorch_does(seed, tmp_path):
    computed_alike(program(seed), tmp_path, seed)


READ_LATER = [
    ["m = x * 1", "part = m[:2]", "m.add_(1)", "m = m + part.sum()"],
    ["m = x * 1", "part = m[1]", "m[1].fill_(3.0)", "m = m * part"],
    ["m = x * 1", "part = m[1]", "part.mul_(3.0)", "m.add_(1)", "m = m * part"],
    [
        "m = x * 1",
        "part = m[:2]",
        "inner = part[:, 1]",
        "part.mul_(3.0)",
        "inner.add_(1)",
        "m = m * part.sum() + inner.sum()",
    ],
    ["m = x * 1", "m.view(2, 8)[0].fill_(3.0)"],
    ["m = x * 1", "turned = m.t()", "turned[0].fill_(3.0)", "m[1, 0] = 7.0", "m = m * turned"],
    ["m = x * 1", "m.permute(1, 0)[1:].add_(1.0)", "m.unsqueeze(0)[0, 2].zero_()"],
    ["m = x * 1", "m[:, 0:4].copy_(x[3, :1])", "m.unflatten(1, (2, 2))[:, 1].mul_(2.0)"],
]


@pytest.mark.parametrize("lines", READ_LATER)
def test_views_see_what_is_written_to_what_they_are_of(lines, tmp_path):
    computed_alike(lines, tmp_path, 3)


@pytest.mark.parametrize(
    "lines",
    [
        ["m = x * 1", "left, right = m.chunk(2)", "right.add_(1)"],
        ["m = x * 1", "torch.diagonal(m).fill_(2.0)"],
        ["m = x * 1", "flat = m.reshape(16)", "m.add_(1)", "m = m + flat.sum()"],
    ],
)
def test_what_is_not_followed_is_neither_computed_nor_passed(lines, tmp_path):
    import torch

    x, path = torch.randn(4, 4), tmp_path / "net.pt2"
    torch.export.save(torch.export.export(net(lines), (x,)), path)

    assert parity.evaluate(path, [x.numpy()]).gaps
    assert parity.compare(path, path).verdict is not Verdict.DIFFERENT
