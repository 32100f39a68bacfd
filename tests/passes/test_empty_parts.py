"""A concatenation with a part of no elements is that of the others: models of no register tokens have one."""

import pytest

import parity
from parity.reports import Verdict
from tests.rules.models import module

torch = pytest.importorskip("torch")


def tokens(registers):
    """An image's tokens behind a class token and so many register tokens, or behind the former alone."""

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.dense = torch.nn.Linear(4, 4)
            self.first = torch.nn.Parameter(torch.ones(1, 1, 4))
            self.registers = None if registers is None else torch.nn.Parameter(torch.ones(1, registers, 4))

        def forward(self, x):
            parts = [each.expand(x.shape[0], -1, -1) for each in (self.first, self.registers) if each is not None]
            return torch.cat([*parts, self.dense(x)], 1)

    return Net().eval()


@pytest.mark.parametrize(("registers", "verdict"), [(0, Verdict.EQUIVALENT), (1, Verdict.DIFFERENT)])
def test_register_tokens(registers, verdict):
    found = parity.compare(tokens(registers), tokens(None), inputs=[(2, 3, 4)])

    assert found.verdict is verdict
    assert found.ledger.left_total - found.ledger.right_total == 4 * registers


PARTS = {
    "cut away": lambda x: torch.cat([x, x[:, 4:]], 1),
    "made": lambda x: torch.cat([x.new_zeros(2, 0), x], 1),
    "two": lambda x: torch.cat([x[:, :0], x, x[:, 9:]], 1),
}


@pytest.mark.parametrize("name", PARTS)
def test_parts_of_nothing(name):
    nets = [module({}, lambda _, x: PARTS[name](x).exp()), module({}, lambda _, x: x.exp())]

    assert parity.compare(*nets, inputs=[(2, 4)]).verdict is Verdict.EQUIVALENT


def test_an_empty_part_may_tell_the_type():
    """Control: whole numbers beside a real part of no elements are real ones."""
    nets = [
        module({}, lambda _, x: torch.cat([x.new_zeros(2, 0, dtype=torch.float32), x.abs()], 1)),
        module({}, lambda _, x: x.abs()),
    ]

    assert parity.compare(*nets, inputs=[((2, 4), "int64")]).verdict is Verdict.DIFFERENT
