"""Find extensions by scanning a folder for modules that define one upper-case constant."""

import importlib
import pkgutil
from types import ModuleType
from typing import Any

from parity.errors import ExtensionError


def scan(package: ModuleType, constant: str, expected: type) -> dict[str, Any]:
    """Import every module of ``package`` and collect its ``constant``.

    Folders in it are families, and are looked into. Modules whose name starts with an underscore are helpers and are
    not looked at.

    Args:
        package: the folder to scan, as an imported package.
        constant: the name that each module must define, such as ``"RULE"``.
        expected: the type that it must have.

    Returns:
        The constants by the module's name within the package, in the order of the names.

    Raises:
        ExtensionError: a module lacks the constant or defines something else under its name.
    """
    found: dict[str, Any] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda each: each.name):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        if info.ispkg:
            found |= {f"{info.name}.{name}": value for name, value in scan(module, constant, expected).items()}
            continue
        value = getattr(module, constant, None)
        if not isinstance(value, expected):
            raise ExtensionError(
                f"cannot load {module.__name__}",
                f"an extension of {package.__name__} must define {constant} as a {expected.__name__}",
                found=type(value).__name__,
                remedy="start the file's name with an underscore if it is a helper",
            )
        found[info.name] = value
    return found


def by_name(constant: str, expected: type, *packages: ModuleType) -> dict[str, tuple[str, Any]]:
    """The extensions of one or several folders by their own ``name``, each with the module that defines it.

    Raises:
        ExtensionError: two modules claim the same name, or one breaks the contract of ``scan``.
    """
    claims: dict[Any, tuple[str, Any]] = {}
    for package in packages:
        for module, found in scan(package, constant, expected).items():
            claim(claims, found.name, f"{package.__name__}.{module}", found)
    return claims


def claim(claims: dict[Any, tuple[str, Any]], key: Any, owner: str, value: Any) -> None:
    """Enter ``key`` in a registry, refusing a second claimant.

    Raises:
        ExtensionError: another owner has claimed the key; both are named.
    """
    if key in claims:
        raise ExtensionError(f"cannot load {owner}", f"{key!r} is already claimed by {claims[key][0]}")
    claims[key] = (owner, value)
