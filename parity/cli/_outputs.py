"""Where reports go: to standard output, or to files that are none of the inputs, whole or not at all."""

import os
import sys
from collections.abc import Iterable

import click

from parity.cli._options import is_report, offered
from parity.errors import UsageError

SEARCHED = 64 << 20
"""Bytes of a file that are looked through for the names of others that it consists of."""

BLOCK = 1 << 20


def print_text(text: str) -> None:
    """To standard output, as it is.

    Raises:
        UsageError: nothing can be written there.
    """
    if sys.stdout is None:
        raise UsageError("cannot print", "standard output is closed")
    try:
        click.echo(text, nl=False, color=True)
    except BrokenPipeError:
        raise  # nobody reads any more, which click knows
    except OSError as error:
        discard_the_rest()
        raise UsageError("cannot print", str(error.strerror)) from error


def discard_the_rest() -> None:
    """Let nothing of what standard output holds back fail again when the process ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def written_reports(wanted: Iterable[str], given: Iterable[str] = (), what: str = "") -> list[tuple[str, str]]:
    """Format and path of each report that is to be written.

    Args:
        wanted: format and path of each, as the command line has them.
        given: paths that the command reads.
        what: "summary" where that is what reports are to say.

    Raises:
        UsageError: no such format, no path, the same path twice, or one that is read.
    """
    inputs = list(given)
    found: list[tuple[str, str]] = []
    for each in wanted:
        name, _, path = each.partition("=")
        if not path or not is_report(name, what):
            remedy = f"write FORMAT=PATH with one of {', '.join(offered(what))}"
            raise UsageError(f"cannot write the report {each!r}", "it has no known format and path", remedy=remedy)
        if os.path.realpath(path) in [os.path.realpath(other) for _, other in found]:
            raise UsageError(f"cannot write {path!r}", "two reports go there")
        check_output(path, inputs)
        found.append((name, path))
    return found


def check_output(file: str, given: Iterable[str]) -> None:
    """Refuse to write over what is read: the file itself, also by another name, and what it consists of.

    Raises:
        UsageError: the file is an input, or a part of one.
    """
    if not os.path.isfile(file):  # noqa: PTH113  pathlib takes longer to load than the rest
        return
    for each in given:
        if "://" not in each and os.path.exists(each) and _is_part(file, each):  # noqa: PTH110  same
            cause = f"it is {each!r}, which is read" if each != file else "it is read"
            raise UsageError(f"cannot write {file!r}", cause, remedy="name another file")


def _is_part(file: str, given: str) -> bool:
    """Whether writing one file changes another, or a folder, that is read."""
    if os.path.samefile(file, given):  # noqa: PTH121  same
        return True
    inside = os.path.relpath(os.path.realpath(file), os.path.realpath(_folder(given)))
    if inside.startswith(os.pardir + os.sep):
        return False
    return os.path.isdir(given) or _names(given, inside.replace(os.sep, "/"))  # noqa: PTH112  same


def _folder(given: str) -> str:
    return given if os.path.isdir(given) else os.path.dirname(given) or os.curdir  # noqa: PTH112, PTH120  same


def _names(given: str, name: str) -> bool:
    """Whether a file holds the name of another: data beside an ONNX file, the shards of an index."""
    wanted, before, left = os.fsencode(name), b"", SEARCHED
    with open(given, "rb") as file:  # noqa: PTH123  same
        while left > 0 and (block := file.read(BLOCK)):
            if wanted in before + block:
                return True
            before, left = block[-len(wanted) :], left - len(block)
    return False


def write(file: str, content: str | bytes) -> None:
    """To a file, whole or not at all.

    Raises:
        UsageError: it cannot be written.
    """
    from pathlib import Path

    path = Path(file)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        data = content.encode() if isinstance(content, str) else content
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            path.write_bytes(data)  # /dev/stderr, a named pipe
            return
        try:
            fresh.write_bytes(data)
            fresh.replace(path)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise UsageError(f"cannot write {file!r}", getattr(error, "strerror", None) or str(error)) from error
