"""PyTorch has two names for many operators, and both are one."""

import pytest

import parity
from parity.adapters.torch._simplify import ALIASES
from parity.reports import Verdict

ARGUMENTS = {
    **dict.fromkeys(("greater", "greater_equal", "less", "less_equal", "not_equal"), lambda f: lambda x: f(x, 0.5)),
    **dict.fromkeys(("multiply", "subtract", "divide", "arctan2"), lambda f: lambda x: f(x, x + 2)),
    **dict.fromkeys(("concat", "concatenate"), lambda f: lambda x: f([x, x], 1)),
    **dict.fromkeys(("swapdims", "moveaxis"), lambda f: lambda x: f(x, 0, 1)),
    **dict.fromkeys(("special_softmax", "special_log_softmax", "special_logsumexp"), lambda f: lambda x: f(x, 1)),
    "clip": lambda f: lambda x: f(x, 0.2, 0.7),
    "row_stack": lambda f: lambda x: f([x, x]),
    "ger": lambda f: lambda x: f(x[0], x[1]),
    "linalg_matmul": lambda f: lambda x: f(x, x),
    "special_logit": lambda f: lambda x: f(x, 1e-3),
}
NOT_SPELLED = {"special_xlogy"}
"""Those of which no kind spells either name."""


def function(name):
    import torch

    homes = ((torch.special, "special_"), (torch.linalg, "linalg_"), (torch, ""))
    found = (getattr(home, name.removeprefix(prefix), None) for home, prefix in homes if name.startswith(prefix))
    return next(each for each in found if each is not None)


def module(name, given):
    from torch import nn

    class Calls(nn.Module):
        def forward(self, x):
            return given(function(name))(x)

    return Calls()


@pytest.mark.parametrize("name", sorted(set(ALIASES) - NOT_SPELLED))
def test_two_names_of_one_operator(name):
    given = ARGUMENTS.get(name, lambda f: f)

    report = parity.compare(module(name, given), module(ALIASES[name], given), inputs=[(3, 3)])

    assert report.verdict is Verdict.EQUIVALENT, report


def test_an_alias_is_no_other_operator():
    clip, other = ARGUMENTS["clip"], lambda f: lambda x: f(x, 0.2, 0.8)

    assert parity.compare(module("clip", clip), module("clamp", other), inputs=[(3, 3)]).verdict is Verdict.DIFFERENT


MOVES = {
    "a view": lambda p: p.view(6),
    "a reshape": lambda p: p.reshape(-1),
    "a copy in the same order": lambda p: p.contiguous(),
    "one row": lambda p: p.flatten(),
    "its own type": lambda p: p.to(p.dtype),
}


def slopes(move, *, other=False):
    import torch
    from torch import nn
    from torch.nn import functional as F  # noqa: N812  as PyTorch's own documents call it

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.dense, self.p = nn.Linear(4, 6), nn.Parameter(torch.rand(6))

        def forward(self, x):
            made = self.dense(x)
            return F.prelu(made, move(self.p)) if not other else F.prelu(made, move(self.p).flip(0))

    return Net()


@pytest.mark.parametrize("name", MOVES)
def test_a_stored_tensor_that_is_given_back_as_it_is(name):
    assert parity.compare(slopes(MOVES[name]), slopes(lambda p: p), inputs=[(2, 4)]).verdict is Verdict.EQUIVALENT
    turned = parity.compare(slopes(MOVES[name]), slopes(lambda p: p, other=True), inputs=[(2, 4)])
    assert turned.verdict is not Verdict.EQUIVALENT
