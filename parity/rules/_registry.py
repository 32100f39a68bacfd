"""All rules, found by scanning the folder and installed packages, and their documentation."""

import importlib
import inspect
from functools import cache

from parity import rules as package
from parity._discovery import by_name
from parity.rules._contract import Rule


@cache
def _modules() -> dict[str, tuple[str, Rule]]:
    return by_name("RULE", Rule, package)


@cache
def rules() -> dict[str, Rule]:
    """Every rule by name.

    Raises:
        ExtensionError: two files claim the same name.
    """
    return {name: found for name, (_, found) in _modules().items()}


def is_own(name: str) -> bool:
    """Whether a rule is one of parity's, and not of an installed package."""
    return _modules()[name][0].startswith(f"{package.__name__}.")


def documentation(name: str) -> str:
    """The documentation of a rule: its module's docstring."""
    module = importlib.import_module(_modules()[name][0])
    return inspect.cleandoc(module.__doc__ or "")
