"""A `.keras` archive with packages of its user's own that hold its classes: it is loaded, which runs their code."""

import importlib
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from parity.adapters._formats import Format, Inputs
from parity.adapters._zip import read_member
from parity.adapters.keras import archive, live
from parity.adapters.keras._config import parse_json
from parity.errors import UnreadableModel, UsageError
from parity.graph import Evidence, Framework, Shape, SourceGraph

KERAS = frozenset(("keras", "builtins", "numpy"))
"""Packages that any file may name."""


@dataclass(frozen=True, slots=True)
class Imported:
    """An archive at a path, and the packages that may be imported for it, by name."""

    path: Path
    packages: tuple[str, ...]


def recognise(source: Any) -> bool:
    """Whether it is such a pair."""
    return isinstance(source, Imported)


def read(source: Imported, inputs: Inputs | None = None) -> SourceGraph:
    """Load the model where it has classes of the packages, and read it as a live one; else read its file.

    Raises:
        UnreadableModel: it cannot be loaded, or has classes of other packages.
        UsageError: there is no such package, or it cannot be imported.
    """
    where = str(source.path)
    graph = archive.read(source.path)
    with zipfile.ZipFile(source.path) as opened:
        config = parse_json(read_member(opened, archive.CONFIG, archive.MAX_JSON, where), archive.CONFIG, where)
    named = {name for name in _modules(config) if _root(name) not in KERAS}
    if not named:
        return graph
    allowed = {_root(name) for name in source.packages}
    if others := sorted({_root(name) for name in named} - allowed):
        cause = "it has classes from packages that are not named with --import, so nothing of it was loaded"
        raise UnreadableModel(
            where, cause, found=", ".join(others[:3]), remedy=f"--import {others[0]}, if you trust it"
        )
    model = _loaded((*source.packages, *sorted(named)), where)
    return replace(live.read(model, inputs), source=where, format=FORMAT.name)


def sized(source: Imported, shapes: Sequence[Shape]) -> SourceGraph:
    """Read it for inputs of these shapes.

    Raises:
        UnreadableModel, UsageError: as ``read``.
    """
    return read(source, shapes)


def _root(module: str) -> str:
    return module.partition(".")[0]


def _loaded(modules: Sequence[str], where: str) -> Any:
    classes = {name: found for module in modules for name, found in _classes(module)}
    import keras

    try:
        return keras.saving.load_model(where, custom_objects=classes, compile=False, safe_mode=True)
    except Exception as error:
        lines = [each.strip() for each in str(error).splitlines() if each.strip()]
        found = f"{type(error).__name__}: {lines[0][:120] if lines else ''}"
        cause = "Keras cannot load it with the packages that were imported"
        raise UnreadableModel(where, cause, found=found, remedy="load it yourself and pass the live model") from error


def _classes(package: str) -> Iterator[tuple[str, type]]:
    """What a package defines that may be a layer, by name."""
    try:
        module = importlib.import_module(package)
    except Exception as error:
        found = f"{type(error).__name__}: {error}"
        raise UsageError(
            f"cannot import {package!r}", "Python does not find it, or it fails", found=found, remedy="check its name"
        ) from error
    for name, value in vars(module).items():
        if isinstance(value, type):
            yield name, value


def _modules(config: Any) -> Iterator[str]:
    """The modules that a config names classes and functions of, anywhere in it."""
    if isinstance(config, dict):
        if isinstance(config.get("module"), str) and "class_name" in config:
            yield config["module"]
        for each in config.values():
            yield from _modules(each)
    elif isinstance(config, list):
        for each in config:
            yield from _modules(each)


FORMAT = Format(
    name="keras-imported",
    framework=Framework.KERAS,
    title="Keras archive with custom packages (--import)",
    suffixes=(),
    evidence=Evidence.GRAPH,
    recognise=recognise,
    read=read,
    live=True,
    sized=sized,
)
