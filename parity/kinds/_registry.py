"""All kinds and spellings, and what classes of the user's own are said to be, found by scanning."""

from functools import cache, partial
from typing import Any

from parity import kinds as package
from parity._discovery import by_name, claim
from parity.kinds._contract import Kind, Spelling
from parity.kinds._declared import Module, fits

Claims = dict[Any, tuple[str, Any]]


@cache
def _registered() -> tuple[dict[str, Kind], dict[tuple[str, str], Spelling]]:
    """All kinds by name, and all spellings."""
    spelled: Claims = {}
    # Whoever calls the functions of a kind knows what they may raise.
    found = by_name("KIND", Kind, package, check=partial(_spell, spelled), guard=False)
    return {name: each for name, (_, each) in found.items()}, {key: value for key, (_, value) in spelled.items()}


def _spell(claims: Claims, found: Kind) -> None:
    """Enter all spellings of a kind, or none."""
    made = dict(claims)
    for key, spell in found.spellings.items():
        claim(made, key, f"the kind {found.name}", spell)
    claims.update(made)


def kinds() -> dict[str, Kind]:
    """Every kind by name.

    Raises:
        ExtensionError: two files claim the same name, or the same spelling.
    """
    return _registered()[0]


@cache
def _declared() -> dict[str, Module]:
    return {name: each for name, (_, each) in by_name("MODULE", Module, check=_has_its_kind).items()}


def _has_its_kind(found: Module) -> None:
    """Check a declaration; who has none does not pay for loading all kinds."""
    fits(kinds(), found)


def declared(*names: str) -> Module | None:
    """What a class of one of these names is said to be, or None where nobody says it."""
    known = _declared()
    return next((known[name] for name in names if name in known), None)


@cache
def operators() -> frozenset[str]:
    """The names of all operators that a kind spells, letters only: ``layernorm`` for every way to write it."""
    return frozenset(letters(op.rpartition(".")[2]) for _, op in _registered()[1])


def letters(name: str) -> str:
    """The letters of a name, all small."""
    return "".join(each for each in name.lower() if each.isalpha())


def kind(name: str) -> Kind:
    """The kind with the name."""
    return kinds()[name]


def spelling(dialect: str, op: str) -> Spelling | None:
    """What the operator means, or None where it is not supported. In-place ATen operators mean the same."""
    if dialect == "aten" and not op.endswith("__"):
        op = op.removesuffix("_")
    return _registered()[1].get((dialect, op))
