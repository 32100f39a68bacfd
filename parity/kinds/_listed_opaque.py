"""Operators and layers that no kind says, each with the reason."""

from collections.abc import Mapping

LISTED: Mapping[tuple[str, str], str] = {}
"""(dialect, operator) -> why it stays opaque."""
