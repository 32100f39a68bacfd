"""Find extensions: modules that define one upper-case constant, in a folder or in an installed package that says so."""

import importlib
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cache, wraps
from types import ModuleType
from typing import Any

from parity.errors import ExtensionError, ParityError

GROUP = "parity.extensions"
"""The entry-point group with which a distribution names a package of extensions."""

CONSTANTS = ("KIND", "RULE", "FORMAT", "RENDERER", "PASS", "PATTERN", "MODULE")
"""What a module of such a package defines one of."""

HELPER = "start the file's name with an underscore if it is a helper"

REPAIR = "correct the package, or uninstall it"

Load = Callable[[str], ModuleType | None]


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
    for name, module in _modules(package, importlib.import_module):
        value = getattr(module, constant, None)
        _expect(value, constant, expected, module.__name__, f"an extension of {package.__name__}")
        found[name] = value
    return found


def _modules(package: ModuleType, load: Load) -> Iterator[tuple[str, ModuleType]]:
    """The modules of a package and of the families in it, by their names within it; not those that do not load."""
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda each: each.name):
        module = None if info.name.startswith("_") else load(f"{package.__name__}.{info.name}")
        if module is None:
            continue
        if info.ispkg:
            yield from ((f"{info.name}.{name}", each) for name, each in _modules(module, load))
        else:
            yield info.name, module


def _expect(value: Any, constant: str, expected: type, module: str, what: str) -> None:
    if not isinstance(value, expected):
        cause, found = f"{what} must define {constant} as a {expected.__name__}", type(value).__name__
        raise ExtensionError(f"cannot load {module}", cause, found=found, remedy=HELPER)


def by_name(
    constant: str,
    expected: type,
    *packages: ModuleType,
    check: Callable[[Any], None] | None = None,
    guard: bool = True,
) -> dict[str, tuple[str, Any]]:
    """The extensions of one or several folders, and of installed packages, by their own ``name``, with their module.

    What is wrong with one of an installed package is kept for ``refused``, and the others are there all the same:
    nobody can take the place of what parity has itself.

    Args:
        constant: what each module defines.
        expected: its type.
        packages: the folders.
        check: raises an ExtensionError for an extension that does not go with those before it, and enters nothing then.
        guard: a function of an extension of an installed package that fails is named by an ExtensionError.

    Raises:
        ExtensionError: two modules of the folders claim the same name, or one breaks the contract of ``scan``.
    """
    claims: dict[Any, tuple[str, Any]] = {}

    def enter(module: str, found: Any) -> None:
        if found.name not in claims and check is not None:
            check(found)
        claim(claims, found.name, module, found)

    for package in packages:
        for module, found in scan(package, constant, expected).items():
            enter(f"{package.__name__}.{module}", found)
    for each in (each for each in _added() if each.constant == constant):
        try:
            _expect(each.value, constant, expected, each.module, "this module")
            enter(each.module, _guarded(each) if guard else each.value)
        except ExtensionError as error:
            _refuse(each.module, each.origin, error.cause, error.found, error.remedy or "give it another name")
    return claims


def claim(claims: dict[Any, tuple[str, Any]], key: Any, owner: str, value: Any) -> None:
    """Enter ``key`` in a registry, refusing a second claimant.

    Raises:
        ExtensionError: another owner has claimed the key; both are named.
    """
    if key in claims:
        raise ExtensionError(f"cannot load {owner}", f"{key!r} is already claimed by {claims[key][0]}")
    claims[key] = (owner, value)


@dataclass(frozen=True, slots=True)
class _Added:
    """A constant of an installed package; ``origin`` is the entry point and its distribution, in words."""

    origin: str
    module: str
    constant: str
    value: Any


def _guarded(added: _Added) -> Any:
    """The extension, of which every function that fails is named, where no ParityError tells what is wrong."""

    def guarded(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            except (ParityError, OSError):  # of a file that cannot be read
                raise
            except Exception as error:
                subject = f"cannot use {added.module} of {added.origin}"
                cause = f"its {getattr(function, '__name__', 'function')} raises {type(error).__name__}"
                raise ExtensionError(subject, cause, found=_first_line(error), remedy=REPAIR) from error

        return call

    functions = {each.name: getattr(added.value, each.name) for each in fields(added.value)}
    return replace(added.value, **{name: guarded(each) for name, each in functions.items() if callable(each)})


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "no message")


_REFUSED: dict[tuple[str, str], ExtensionError] = {}


def refused() -> tuple[ExtensionError, ...]:
    """What was not loaded of installed packages, as far as anybody has asked for extensions."""
    return tuple(_REFUSED.values())


def any_installed() -> bool:
    """Whether any installed package has extensions, be they loaded or not."""
    return bool(_added() or _REFUSED)


def _refuse(module: str, origin: str, cause: str, found: str, remedy: str) -> None:
    error = ExtensionError(f"cannot load {module} of {origin}", cause, found=found, remedy=remedy)
    _REFUSED[module, cause] = error


@cache
def _added() -> tuple[_Added, ...]:
    """All constants of the packages that installed distributions name, in the order of distributions and names."""
    if not _is_announced():
        return ()
    from importlib.metadata import entry_points

    points = sorted(entry_points(group=GROUP), key=lambda each: (each.dist.name if each.dist else "", each.name))
    return tuple(found for each in points for found in _of_point(each))


def _is_announced() -> bool:
    """Whether a distribution on the path has such an entry point.

    Names of files are enough to tell, and importlib.metadata takes longer to load than all else of parity.
    """
    for place in dict.fromkeys(sys.path):
        if os.path.isfile(place):  # noqa: PTH113  pathlib takes longer to load; an archive is left to importlib.metadata
            return True
        try:
            names = os.listdir(place or ".")  # noqa: PTH208  as above
        except OSError:  # a folder that is not there holds nothing
            continue
        for name in names:
            if name.endswith((".dist-info", ".egg-info")) and _names_group(os.path.join(place, name)):  # noqa: PTH118  as above
                return True
    return False


def _names_group(folder: str) -> bool:
    try:
        with open(os.path.join(folder, "entry_points.txt"), "rb") as file:  # noqa: PTH118, PTH123  as above
            return GROUP.encode() in file.read()
    except OSError:  # most distributions have none
        return False


def _of_point(point: Any) -> Iterator[_Added]:
    about = f"{point.dist.name} {point.dist.version}" if point.dist is not None else "an unknown distribution"
    origin = f"the extension {point.name!r} ({about})"

    def load(name: str) -> ModuleType | None:
        try:
            return importlib.import_module(name)
        except (Exception, SystemExit) as error:  # noqa: BLE001  a stranger's code; told by whoever asks what was refused
            _refuse(name, origin, f"it raises {type(error).__name__}", _first_line(error), REPAIR)
            return None

    if point.attr:
        remedy = f"name a package, such as {point.module}"
        _refuse(point.value, origin, "the entry point does not name a module", point.value, remedy)
        return
    package = load(point.module)
    if package is None:
        return
    inside = _modules(package, load) if hasattr(package, "__path__") else iter([("", package)])
    for _, module in inside:
        constants = [each for each in CONSTANTS if hasattr(module, each)]
        if not constants:
            cause = f"it defines none of {', '.join(CONSTANTS)}"
            _refuse(module.__name__, origin, cause, "a module without an extension", HELPER)
        for constant in constants:
            value = getattr(module, constant)
            for each in value if isinstance(value, tuple) else (value,):
                yield _Added(origin, module.__name__, constant, each)
