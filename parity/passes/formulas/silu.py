"""SiLU, also known as swish, with a factor inside the sigmoid or without one (Ramachandran et al. 2017)."""

from typing import Any

from parity.passes.formulas._activations import activation
from parity.patterns import Match, Pattern, call, number, x


def _settings(match: Match) -> dict[str, Any]:
    beta = match.numbers["beta"] if "beta" in match.numbers else -match.numbers["minus_beta"]
    return {} if beta == 1 else {"beta": beta}


PATTERN = Pattern(
    "silu",
    (x * call("sigmoid", number("beta") * x), x / (1 + call("exp", number("minus_beta") * x))),
    activation("silu", _settings),
)
