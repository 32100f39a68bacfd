"""Find the configuration that is nearest, and read it; paths in it are relative to it."""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from parity.adapters import is_remote, plain
from parity.config._contract import LEVELS, Pair, Settings
from parity.config._layers import layer_table, map_file
from parity.config._suppressions import expect_keys, suppression_of, text_of
from parity.errors import UsageError
from parity.outputs import OUTPUT_RTOL, Verify
from parity.policy import Policy, known, nearest, severities
from parity.reports import Place
from parity.rules import PROFILES
from parity.suppression import Suppression
from parity.transfer import RTOL

NAMES = ("parity.toml", ".parity.toml", "pyproject.toml")
"""In one folder the first of them counts; of ``pyproject.toml`` only if it has a table ``tool.parity``."""

COMPUTED = ("weights", "rtol", "outputs", "output-rtol", "verify")
TOP = (
    "version",
    "profile",
    "fail-on",
    "select",
    "ignore",
    "severity",
    "jobs",
    "baseline",
    "pair",
    "suppress",
    *COMPUTED,
)
OUTPUTS = ("match-outputs", "only-outputs")
PAIR = ("name", "left", "right", "inputs", "profile", "map", "fail-on", "weights", "outputs", "data", *OUTPUTS)
VERSION = 1


def find(folder: Path) -> Path | None:
    """The configuration of the folder or of the nearest one above it."""
    for each in (folder, *folder.parents):
        for name in NAMES:
            path = each / name
            if path.is_file() and (name != "pyproject.toml" or "parity" in _toml(path).get("tool", {})):
                return path
    return None


def load(file: Path | str) -> Settings:
    """Read a configuration.

    Raises:
        UsageError: it does not exist, is not TOML, or has an unknown or invalid setting.
    """
    path = Path(file)
    data = _toml(path)
    if path.name == "pyproject.toml":
        data = _table(data.get("tool", {}).get("parity"), "tool.parity", str(path))
    return _Reader(path).settings(data)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"cannot read {str(path)!r}", str(error.strerror), remedy="parity init writes one") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"cannot read {str(path)!r}", f"it is not TOML: {error}") from error


def _table(value: Any, name: str, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UsageError(f"cannot use {name} in {where}", "it is not a table", found=repr(value)[:40])
    return value


class _Reader:
    """Reads one file: knows where it is, for messages, for paths and for the lines of its tables."""

    def __init__(self, path: Path) -> None:
        self.where = os.path.relpath(path)
        self.folder = os.path.dirname(self.where)  # noqa: PTH120  as short as the user would write it
        prefix = r"tool\.parity\." if path.name == "pyproject.toml" else ""
        self.headers = re.compile(rf"^\s*\[\[\s*{prefix}(pair|suppress)\s*\]\]")
        self.lines: dict[str, list[int]] = {"pair": [], "suppress": []}
        for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), 1):
            if header := self.headers.match(line):
                self.lines[header[1]].append(number)

    def settings(self, data: Mapping[str, Any]) -> Settings:
        self.keys(data, TOP, "the configuration")
        if data.get("version") != VERSION:
            remedy = f"begin with: version = {VERSION}"
            found = repr(data.get("version", "no version"))[:40]
            raise UsageError(f"cannot use {self.where}", "its version is not known", found=found, remedy=remedy)
        pairs = tuple(self.pair(each, at) for at, each in self.tables(data, "pair"))
        names = [each.name for each in pairs]
        for name in names:
            if names.count(name) > 1:
                raise UsageError(f"cannot use {self.where}", f"two pairs are called {name!r}")
        return Settings(
            file=self.where,
            pairs=pairs,
            suppressions=tuple(self.suppression(each, at, names) for at, each in self.tables(data, "suppress")),
            profile=self.choice(data, "profile", PROFILES),
            fail_on=self.choice(data, "fail-on", LEVELS) or "error",
            policy=Policy(
                known(self.names(data, "select"), f"select in {self.where}"),
                known(self.names(data, "ignore"), f"ignore in {self.where}"),
                severities(self.strings(data.get("severity", {}), "severity").items(), f"severity in {self.where}"),
            ),
            rtol=self.tolerance(data),
            outputs=self.flag(data, "outputs") or False,
            output_rtol=self.output_tolerance(data),
            verify=self.choice(data, "verify", [each.value for each in Verify]) or Verify.AUTO.value,
            jobs=self.jobs(data),
            baseline=self.path(self.text(data, "baseline", "the configuration")) if "baseline" in data else "",
        )

    def pair(self, data: dict[str, Any], at: int) -> Pair:
        self.keys(data, PAIR, "a pair")
        left, right = (self.path(self.text(data, side, "a pair")) for side in ("left", "right"))
        name = (
            self.text(data, "name", "a pair")
            if "name" in data
            else f"{Path(plain(left)).name} ~ {Path(plain(right)).name}"
        )
        return Pair(
            name=name,
            left=left,
            right=right,
            inputs=inputs_of(data["inputs"], f"{name} in {self.where}") if "inputs" in data else None,
            profile=self.choice(data, "profile", PROFILES),
            map=self.map(data.get("map", {}), name),
            fail_on=self.choice(data, "fail-on", LEVELS),
            weights=self.flag(data, "weights"),
            outputs=self.flag(data, "outputs"),
            data=tuple(map(self.path, self.files(data, "data"))),
            match_outputs=self.strings(data.get("match-outputs", {}), "match-outputs"),
            only_outputs=tuple(self.names(data, "only-outputs", "outputs")),
            place=self.place("pair", at),
        )

    def suppression(self, data: dict[str, Any], at: int, pairs: list[str]) -> Suppression:
        found = suppression_of(data, self.where)
        if found.pair and found.pair not in pairs:
            remedy = nearest(found.pair, pairs, f"the pairs are {', '.join(pairs) or 'none'}")
            cause = f"no pair is called {found.pair!r}"
            raise UsageError(f"cannot suppress {found.rule} in {self.where}", cause, remedy=remedy)
        return replace(found, place=self.place("suppress", at))

    def map(self, value: Any, pair: str) -> dict[str, str]:
        if isinstance(value, str):
            return map_file(Path(self.path(value)))
        return layer_table(_table(value, "map", f"{pair} in {self.where}"), f"{pair} in {self.where}")

    def path(self, value: str) -> str:
        return value if is_remote(value) else os.path.join(self.folder, os.path.expanduser(value))  # noqa: PTH111, PTH118  as short as the user would write it

    def place(self, kind: str, at: int) -> Place:
        """The line of a table; of tables written in a line of another one only the file is known."""
        lines = self.lines[kind]
        return Place(self.where, lines[at] if at < len(lines) else 1)

    def keys(self, data: Mapping[str, Any], expected: Iterable[str], what: str) -> None:
        expect_keys(data, expected, what, self.where)

    def tables(self, data: Mapping[str, Any], name: str) -> Iterable[tuple[int, dict[str, Any]]]:
        found = data.get(name, [])
        if not isinstance(found, list):
            cause = f"{name} is not a list of tables"
            raise UsageError(f"cannot use {self.where}", cause, remedy=f"begin each with [[{name}]]")
        return enumerate(_table(each, name, self.where) for each in found)

    def text(self, data: Mapping[str, Any], key: str, what: str) -> str:
        return text_of(data, key, what, self.where)

    def choice(self, data: Mapping[str, Any], key: str, choices: Iterable[str]) -> str | None:
        value = data.get(key)
        if value is None or (isinstance(value, str) and value in choices):
            return value
        cause = f"{value!r} is not a valid {key}"
        raise UsageError(f"cannot use {self.where}", cause, remedy=f"use one of {', '.join(choices)}")

    def names(self, data: Mapping[str, Any], key: str, what: str = "rules") -> list[str]:
        value = data.get(key, [])
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return value
        raise UsageError(f"cannot use {self.where}", f"{key} is not a list of {what}", found=repr(value)[:40])

    def files(self, data: Mapping[str, Any], key: str) -> list[str]:
        """One path, or a list of them."""
        return [self.text(data, key, "a pair")] if isinstance(data.get(key), str) else self.names(data, key, "files")

    def strings(self, value: Any, key: str) -> dict[str, str]:
        table = _table(value, key, self.where)
        return {name: str(each) for name, each in table.items()}

    def flag(self, data: Mapping[str, Any], key: str) -> bool | None:
        value = data.get(key)
        if value is None or isinstance(value, bool):
            return value
        raise UsageError(f"cannot use {self.where}", f"{key} is neither true nor false", found=repr(value)[:40])

    def tolerance(self, data: Mapping[str, Any]) -> float | None:
        """That for the weights of all pairs; None where these are not compared."""
        value, asked = data.get("rtol", RTOL), self.flag(data, "weights")
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
            raise UsageError(f"cannot use {self.where}", "rtol is not a number of at least 0", found=repr(value)[:40])
        if "rtol" in data and not asked:
            raise UsageError(f"cannot use {self.where}", "rtol is for weights", remedy="add weights = true")
        return float(value) if asked else None

    def output_tolerance(self, data: Mapping[str, Any]) -> float:
        """That for the outputs of all pairs."""
        value = data.get("output-rtol", OUTPUT_RTOL)
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
            return float(value)
        raise UsageError(
            f"cannot use {self.where}", "output-rtol is not a number of at least 0", found=repr(value)[:40]
        )

    def jobs(self, data: Mapping[str, Any]) -> int | None:
        value = data.get("jobs")
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
            return value
        raise UsageError(f"cannot use {self.where}", "jobs is not a number of at least 1", found=repr(value)[:40])


def inputs_of(value: Any, where: str) -> dict[str, Any] | list[Any]:
    """Example inputs: a list of shapes, or a table of them by name, each with its dtype if that is not float32.

    Raises:
        UsageError: it is something else.
    """
    if isinstance(value, dict) and "shape" not in value:
        return {name: _input(each, where) for name, each in value.items()}
    if isinstance(value, list) and not all(isinstance(each, int) for each in value):
        return [_input(each, where) for each in value]
    raise UsageError(
        f"cannot use the inputs of {where}", "they are neither a list nor a table of shapes", remedy=_EXAMPLE
    )


_EXAMPLE = "write inputs = [[1, 3, 224, 224]], or [pair.inputs] with image = [1, 3, 224, 224]"


def _input(value: Any, where: str) -> Any:
    table = value if isinstance(value, dict) else {"shape": value}
    shape, dtype = table.get("shape"), table.get("dtype")
    plain = isinstance(shape, list) and all(isinstance(each, int) and not isinstance(each, bool) for each in shape)
    if not plain or set(table) - {"shape", "dtype"} or not isinstance(dtype, str | None):
        remedy = 'write [1, 10] or {shape = [1, 10], dtype = "int64"}'
        raise UsageError(f"cannot use an input of {where}", "it is not a shape", found=repr(value)[:40], remedy=remedy)
    sizes = tuple(shape or ())
    return (sizes, dtype) if dtype else sizes
