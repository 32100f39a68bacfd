"""Layers that the user has paired: ``left=right`` on the command line, a table or a TOML file of its own."""

import tomllib
from collections.abc import Iterable
from pathlib import Path

from parity.errors import UsageError


def read_layer_pairs(given: Iterable[str]) -> dict[str, str]:
    """The pairs of the command line: each ``left=right``, or the path of a file of them.

    Raises:
        UsageError: something is neither, the file is none, or a layer is paired twice.
    """
    found: dict[str, str] = {}
    for each in given:
        left, sign, right = each.partition("=")
        more = {left.strip(): right.strip()} if sign and not Path(each).is_file() else map_file(Path(each))
        for name, other in more.items():
            if not name or not other:
                raise UsageError(f"cannot match by {each!r}", "a side is empty", remedy="write LEFT=RIGHT")
            if found.get(name, other) != other:
                raise UsageError(f"cannot match {name!r}", f"it is paired with {found[name]!r} and with {other!r}")
            found[name] = other
    return found


def map_file(path: Path) -> dict[str, str]:
    """The pairs of a TOML file: a layer of the left model = a layer of the right one, a line each.

    Raises:
        UsageError: it is not there, or not that.
    """
    from parity.config._converting import converted
    from parity.config._tables import Layers

    try:
        found = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        remedy = 'write one line for each pair: "conv1" = "layer1.0"'
        raise UsageError(f"cannot read the map {str(path)!r}", _said(error), remedy=remedy) from error
    return dict(converted(found, Layers, f"cannot use the map {path}", "the map"))


def _said(error: Exception) -> str:
    return str(error.strerror) if isinstance(error, OSError) else str(error)
