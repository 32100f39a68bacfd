"""What tells which elements are larger tells little of a function: one that falls at a number takes many draws."""

import pytest

import parity

torch = pytest.importorskip("torch")
nn, functional = torch.nn, torch.nn.functional

TELLS = {
    "argsort": lambda x: x.argsort(-2),
    "argmax": lambda x: x.argmax(-2),
    "topk": lambda x: x.topk(2, -2)[1],
    "sort": lambda x: x.sort(-1)[1],
    "greater": lambda x: x > x.flip(-1),
}
JUMPS = {
    "softplus": nn.Softplus(beta=2.0, threshold=1.0),
    "late softplus": nn.Softplus(threshold=3.0),
    "shrink": nn.Hardshrink(0.3),
    "cut": lambda x: torch.where(x > 0.5, x - 0.1, x),
}
RISES = {
    "exp": torch.exp,
    "atan": torch.atan,
    "tenfold": lambda x: x * 10.0 + 1.0,
}


class Told(nn.Module):
    """What is told of a function of rows that are normalised."""

    def __init__(self, tells, function):
        super().__init__()
        self.tells, self.function = tells, function

    def forward(self, x):
        return self.tells(self.function(functional.layer_norm(x, x.shape[1:], eps=0.1)))


def compared(tells, left, right, shape):
    return parity.compare(Told(TELLS[tells], left).eval(), Told(TELLS[tells], right).eval(), inputs=[shape]).verdict


@pytest.mark.parametrize("shape", [(3, 1, 4, 3, 3), (2, 3, 3), (1, 4, 5)], ids=str)
@pytest.mark.parametrize("jumps", JUMPS)
@pytest.mark.parametrize("tells", TELLS)
def test_functions_that_jump_are_told_from_those_that_rise(tells, jumps, shape):
    assert compared(tells, torch.exp, JUMPS[jumps], shape) is not parity.Verdict.EQUIVALENT


@pytest.mark.parametrize("rises", RISES)
@pytest.mark.parametrize("tells", TELLS)
def test_functions_that_rise_may_be_one(tells, rises):
    assert compared(tells, torch.exp, RISES[rises], (2, 3, 3)) is not parity.Verdict.DIFFERENT
