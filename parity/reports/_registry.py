"""All renderers, found by scanning the folder."""

from functools import cache
from typing import Any

from parity import reports as package
from parity._discovery import claim, scan
from parity.reports._contract import Renderer


@cache
def renderers() -> dict[str, Renderer]:
    """Every renderer by name.

    Raises:
        ExtensionError: two files claim the same name.
    """
    claims: dict[Any, tuple[str, Any]] = {}
    for module, found in scan(package, "RENDERER", Renderer).items():
        claim(claims, found.name, f"{package.__name__}.{module}", found)
    return {name: value for name, (_, value) in claims.items()}
