"""All renderers, found by scanning the folder."""

from functools import cache

from parity import reports as package
from parity._discovery import by_name
from parity.reports._contract import Renderer


@cache
def renderers() -> dict[str, Renderer]:
    """Every renderer by name.

    Raises:
        ExtensionError: two files claim the same name.
    """
    return {name: found for name, (_, found) in by_name("RENDERER", Renderer, package).items()}
