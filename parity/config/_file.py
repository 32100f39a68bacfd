"""Find the configuration that is nearest, and read it; paths in it are relative to it."""

import os
import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity.adapters import Inputs, is_remote, plain
from parity.config._contract import Pair, Settings
from parity.config._layers import map_file
from parity.errors import UsageError
from parity.policy import Policy, nearest
from parity.reports import Place
from parity.suppression import Suppression
from parity.transfer import RTOL

if TYPE_CHECKING:
    from parity.config._tables import ConfigFile, Input, PairTable, SuppressTable

NAMES = ("parity.toml", ".parity.toml", "pyproject.toml")
"""In one folder the first of them counts; of ``pyproject.toml`` only if it has a table ``tool.parity``."""


def find(folder: Path) -> Path | None:
    """The configuration of the folder or of the nearest one above it."""
    for each in (folder, *folder.parents):
        for name in NAMES:
            path = each / name
            if path.is_file() and (name != "pyproject.toml" or _own(_toml(path)) is not None):
                return path
    return None


def load(file: Path | str) -> Settings:
    """Read a configuration.

    Raises:
        UsageError: it does not exist, is not TOML, or has an unknown or invalid setting.
    """
    from parity.config._converting import converted
    from parity.config._tables import ConfigFile

    path = Path(file)
    data, reader = _toml(path), _Reader(path)
    own, words = (_own(data), "tool.parity") if path.name == "pyproject.toml" else (data, "the configuration")
    return reader.settings(converted(own, ConfigFile, f"cannot use {reader.where}", words, reader.lines))


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"cannot read {str(path)!r}", str(error.strerror), remedy="parity init writes one") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"cannot read {str(path)!r}", f"it is not TOML: {error}") from error


def _own(data: dict[str, Any]) -> Any:
    """What a ``pyproject.toml`` has for parity; None for nothing."""
    tool = data.get("tool")
    return tool.get("parity") if isinstance(tool, dict) else None


class _Reader:
    """Makes settings of one file: knows where it is, for messages, for paths and for the lines of its tables."""

    def __init__(self, path: Path) -> None:
        self.where = os.path.relpath(path)
        self.folder = os.path.dirname(self.where)  # noqa: PTH120  as short as the user would write it
        prefix = r"tool\.parity\." if path.name == "pyproject.toml" else ""
        self.headers = re.compile(rf"^\s*\[\[\s*{prefix}(pair|suppress)\s*\]\]")
        self.lines: dict[str, list[int]] = {"pair": [], "suppress": []}
        for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), 1):
            if header := self.headers.match(line):
                self.lines[header[1]].append(number)

    def settings(self, file: "ConfigFile") -> Settings:
        from parity.config._tables import given

        pairs = tuple(self.pair(each, at) for at, each in enumerate(file.pair))
        names = [each.name for each in pairs]
        for name in names:
            if names.count(name) > 1:
                raise UsageError(f"cannot use {self.where}", f"two pairs are called {name!r}")
        told = given(file)
        asked, rtol = told.pop("weights", False), told.pop("rtol", None)
        if rtol is not None and not asked:
            raise UsageError(f"cannot use {self.where}", "rtol is for weights", remedy="add weights = true")
        policy = Policy(frozenset(told.pop("select")), frozenset(told.pop("ignore")), told.pop("severity", {}))
        told |= {"baseline": self.path(told["baseline"])} if "baseline" in told else {}
        return Settings(
            file=self.where,
            pairs=pairs,
            suppressions=tuple(self.suppression(each, at, names) for at, each in enumerate(told.pop("suppress"))),
            policy=policy,
            rtol=(RTOL if rtol is None else rtol) if asked else None,
            **{key: value for key, value in told.items() if key not in {"version", "pair"}},
        )

    def pair(self, table: "PairTable", at: int) -> Pair:
        from parity.config._tables import given

        left, right = self.path(table.left), self.path(table.right)
        made: dict[str, Any] = {"name": f"{Path(plain(left)).name} ~ {Path(plain(right)).name}", **given(table)}
        made |= {"left": left, "right": right, "place": self.place("pair", at)}
        if "inputs" in made:
            made["inputs"] = _examples(made["inputs"])
        if isinstance(made.get("map"), str):
            made["map"] = map_file(Path(self.path(made["map"])))
        data = made.get("data", ())
        made["data"] = tuple(map(self.path, [data] if isinstance(data, str) else data))
        return Pair(**made)

    def suppression(self, table: "SuppressTable", at: int, pairs: Sequence[str]) -> Suppression:
        from parity.config._tables import given

        found = Suppression(**given(table), place=self.place("suppress", at))
        if found.pair and found.pair not in pairs:
            remedy = nearest(found.pair, pairs, f"the pairs are {', '.join(pairs) or 'none'}")
            cause = f"no pair is called {found.pair!r}"
            raise UsageError(f"cannot suppress {found.rule} in {self.where}", cause, remedy=remedy)
        return found

    def path(self, value: str) -> str:
        return value if is_remote(value) else os.path.join(self.folder, os.path.expanduser(value))  # noqa: PTH111, PTH118  as short as the user would write it

    def place(self, kind: str, at: int) -> Place:
        """The line of a table; of tables written in a line of another one only the file is known."""
        lines = self.lines[kind]
        return Place(self.where, lines[at] if at < len(lines) else 1)


def _examples(found: "Iterable[Input] | dict[str, Input]") -> Inputs:
    """Example inputs by position or by name: a shape, with its dtype if that is not float32."""
    if isinstance(found, dict):
        return {name: _example(each) for name, each in found.items()}
    return [_example(each) for each in found]


def _example(found: "Input") -> Any:
    if isinstance(found, tuple):
        return found
    return (found.shape, found.dtype) if found.dtype else found.shape
