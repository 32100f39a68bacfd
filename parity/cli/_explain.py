"""The command that walks through layers."""

import sys
from typing import Any

import click

from parity.cli import _options as options
from parity.cli import _outputs as outputs
from parity.cli._arguments import LAYER, FileName
from parity.cli._progress import shown


@click.command(short_help="Show all that was compared of one layer.")
@click.argument("left", type=FileName())
@click.argument("right", type=FileName())
@click.argument("layer", type=LAYER, required=False, default="")
@options.form_of("explained")
@options.colour
@options.width
@options.weights
@options.rtol
@options.computing
@options.question
@click.option("--all", "all_layers", is_flag=True, help="Without LAYER: list layers without findings as well.")
def explain(
    left: str, right: str, layer: str, *, form: str, profile: str | None, fail_on: str, all_layers: bool, **given: Any
) -> None:
    """Walk through LAYER of LEFT or RIGHT and its counterpart: settings, counts, weights, and what each rule says.

    LAYER may be a block that holds layers, too; with --weights only the values of its own weights are read. Without
    LAYER, list the layers that have findings.

    Exit codes: 0 nothing at or above --fail-on in what is shown, 1 such findings, 2 the job could not be done.
    """
    from dataclasses import replace

    from parity.reports import named
    from parity.walk import explain as walk

    rtol = options.tolerance(given)
    asked = {**options.question_of(given), **options.computing_of(given)}
    asked |= {"weights": True, "rtol": rtol} if rtol is not None else {}
    with shown():
        found = walk(left, right, layer, profile=profile, **asked)
    found = replace(found, all_layers=all_layers)
    said: Any = named(form).explained  # the option offers no format without one
    outputs.print_text(said(found, options.screen_of(given["colour"], given["width"])))
    sys.exit(1 if found.report.fails(fail_on) else 0)
