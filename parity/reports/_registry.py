"""All renderers, found by scanning the folder and installed packages; one alone without loading the others."""

from functools import cache
from importlib import import_module
from pathlib import Path

from parity import reports as package
from parity._discovery import by_name
from parity.errors import UsageError
from parity.reports._renderer import Renderer


@cache
def renderers() -> dict[str, Renderer]:
    """Every renderer by name.

    Raises:
        ExtensionError: two files claim the same name.
    """
    return {name: found for name, (_, found) in by_name("RENDERER", Renderer, package).items()}


def named(name: str) -> Renderer:
    """The renderer of a name, whose file has it with underscores.

    Raises:
        UsageError: there is none.
    """
    names = sorted(path.stem.replace("_", "-") for path in Path(__file__).parent.glob("[!_]*.py"))
    if name not in names:
        if name in renderers():
            return renderers()[name]
        known = ", ".join(sorted(renderers()))
        raise UsageError(f"no report format {name!r}", "it is not known", remedy=f"use one of {known}")
    found: Renderer = import_module(f"parity.reports.{name.replace('-', '_')}").RENDERER
    return found
