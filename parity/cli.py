"""The command line: arguments -> check -> report -> exit code."""

import os
import shutil
import sys
from typing import Any

import click

from parity.errors import ParityError, UsageError

DONE, FINDINGS, FAILED = 0, 1, 2
"""Exit codes: nothing at or above --fail-on; such findings; the job could not be done."""

PROFILES = click.Choice(["exact", "train", "inference", "interface"])
FORMATS = click.Choice(["text", "json"])
LEVELS = click.Choice(["error", "warning", "info", "never"])
COLOURS = click.Choice(["auto", "always", "never"])


class _Commands(click.Group):
    """A group that turns every ParityError into one line and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ParityError as error:
            click.echo(f"parity: {error}", err=True)
            ctx.exit(FAILED)


_format = click.option("--format", "form", type=FORMATS, default="text", show_default=True, help="How to print.")
_colour = click.option(
    "--color", "colour", type=COLOURS, default="auto", show_default=True, help="Colour; NO_COLOR switches auto off."
)
_width = click.option("--width", type=click.IntRange(min=40), help="Columns; default: the terminal's, none in a pipe.")


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="parity-checker", prog_name="parity")
def main() -> None:
    """Tell whether two deep-learning models kept in different frameworks are the same model.

    Reads Keras, PyTorch and ONNX files without running them and without importing their framework.

    Exit codes: 0 nothing at or above --fail-on, 1 such findings, 2 the job could not be done.
    """


@main.command()
@click.argument("model")
@_format
@_colour
@_width
def summary(model: str, form: str, colour: str, width: int | None) -> None:
    """List MODEL's layers: output shapes, parameters and the arithmetic behind them."""
    from parity.reports import renderers
    from parity.summarise import summarise

    _print(renderers()[form].summary(summarise(model), _screen(colour, width)))


@main.command()
@click.argument("left")
@click.argument("right")
@_format
@_colour
@_width
@click.option(
    "--profile", type=PROFILES, help="The question; default: train, or inference where a side is an ONNX file."
)
@click.option(
    "--fail-on",
    type=LEVELS,
    default="error",
    show_default=True,
    help="Exit with 1 from this severity on; what could not be decided counts as error. never: always 0.",
)
def compare(
    left: str, right: str, form: str, colour: str, width: int | None, profile: str | None, fail_on: str
) -> None:
    """Say whether LEFT and RIGHT are the same model, and explain every difference."""
    from parity.check import check
    from parity.reports import renderers

    report = check(left, right, profile=profile)
    _print(renderers()[form].report(report, _screen(colour, width)))
    sys.exit(FINDINGS if report.fails(fail_on) else DONE)


@main.command()
@click.argument("name", required=False)
def rule(name: str | None) -> None:
    """List all rules, or print the documentation of the one called NAME."""
    from difflib import get_close_matches

    from parity.rules import documentation, rules

    if name is None:
        for each in rules().values():
            _print(f"{each.name:34}{each.effect.value:14}{documentation(each.name).splitlines()[0]}\n")
        return
    if name not in rules():
        near = get_close_matches(name, rules(), n=1)
        remedy = f"did you mean {near[0]}?" if near else "parity rule lists them all"
        raise UsageError(f"no rule {name!r}", "it is not known", remedy=remedy)
    found = rules()[name]
    _print(f"{found.name} ({found.effect.value})\n\n{documentation(name)}\n")


@main.command()
def formats() -> None:
    """List what can be read, and how much each format can tell."""
    from parity.adapters import formats as known

    for each in known():
        names = " ".join(each.suffixes) if each.suffixes else "in memory"
        _print(f"{each.framework.value:8}{each.name:19}{names:19}{each.evidence.value:9}{each.title}\n")


@main.command()
def schema() -> None:
    """Print the JSON Schema of what --format json prints."""
    import json

    from parity.reports import SCHEMA

    _print(json.dumps(SCHEMA, indent=1) + "\n")


def _screen(colour: str, width: int | None) -> Any:
    from parity.reports import Screen

    terminal = sys.stdout.isatty()
    shows = colour == "always" or (colour == "auto" and terminal and not os.environ.get("NO_COLOR"))
    return Screen(width or (shutil.get_terminal_size().columns if terminal else None), shows)


def _print(text: str) -> None:
    click.echo(text, nl=False, color=True)
