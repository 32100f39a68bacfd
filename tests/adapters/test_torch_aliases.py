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
