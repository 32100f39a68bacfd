"""All kinds and spellings, found by scanning the folder."""

from functools import cache
from typing import Any

from parity import kinds as package
from parity._discovery import by_name, claim
from parity.kinds._contract import Kind, Spelling


@cache
def kinds() -> dict[str, Kind]:
    """Every kind by name.

    Raises:
        ExtensionError: two files claim the same name.
    """
    return {name: found for name, (_, found) in by_name("KIND", Kind, package).items()}


@cache
def _spellings() -> dict[tuple[str, str], Spelling]:
    claims: dict[Any, tuple[str, Any]] = {}
    for found in kinds().values():
        for key, spell in found.spellings.items():
            claim(claims, key, f"the kind {found.name}", spell)
    return {key: value for key, (_, value) in claims.items()}


@cache
def operators() -> frozenset[str]:
    """The names of all operators that a kind spells, letters only: ``layernorm`` for every way to write it."""
    return frozenset(letters(op.rpartition(".")[2]) for _, op in _spellings())


def letters(name: str) -> str:
    """The letters of a name, all small."""
    return "".join(each for each in name.lower() if each.isalpha())


def kind(name: str) -> Kind:
    """The kind with the name."""
    return kinds()[name]


def spelling(dialect: str, op: str) -> Spelling | None:
    """What the operator means, or None where no kind spells it. In-place ATen operators mean the same as the others."""
    if dialect == "aten" and not op.endswith("__"):
        op = op.removesuffix("_")
    return _spellings().get((dialect, op))
