"""Softplus, and the identity where the difference is nil to single precision: PyTorch's from its threshold on."""

from collections.abc import Mapping
from typing import Any

from parity.passes.formulas._activations import activation
from parity.patterns import Match, Pattern, call, number, setting, x

STEEP = 20.0
"""The default threshold of PyTorch, from which on softplus is the identity in single precision."""


def _settings(match: Match) -> Mapping[str, Any] | None:
    settings: Mapping[str, Any] = match.settings["softplus"]
    steep = match.numbers["threshold"] * settings.get("beta", 1.0) >= STEEP
    return settings if steep and settings.keys() <= {"beta"} else None


PATTERN = Pattern(
    "steep_softplus",
    (call("where", call("greater", x, number("threshold")), x, call("softplus", x, settings=setting("softplus"))),),
    activation("softplus", _settings),
    example={"threshold": 20.0, "softplus": {}},
)
