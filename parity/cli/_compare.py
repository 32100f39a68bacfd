"""Commands that compare two models, and that keep what is compared of one."""

import sys
from typing import Any

import click

from parity._printable import printable
from parity.cli import _options as options
from parity.cli import _outputs as outputs
from parity.cli._arguments import FileName
from parity.cli._progress import shown


@click.command(short_help="Write a model's graph as text that git can compare.")
@click.argument("model", type=FileName())
@click.option("--output", "-o", "file", type=FileName(), metavar="FILE", help="Where to; default: standard output.")
@click.option(
    "--digests",
    is_flag=True,
    help="With the digest, mean, standard deviation, minimum and maximum of each weight: --weights then tells which "
    "have changed.",
)
@options.packages
@options.inputs
def snapshot(
    model: str, file: str | None, *, digests: bool, packages: tuple[str, ...], inputs: tuple[str, ...]
) -> None:
    """Write MODEL's graph as text: git can diff it, and every command takes it in place of a model.

    It has one line for each layer, call, value and weight. Of weights it holds names, shapes and types, no values; with
    --digests also a digest and moments of each, which tell whether it has changed.
    """
    from parity.adapters import read
    from parity.adapters.snapshot import UNREAD, encode
    from parity.adapters.snapshot import digests as digests_of

    if file is not None:
        outputs.check_output(file, (model,))
    graph = read(options.with_packages(model, packages), options.example_inputs(inputs))
    kept = digests_of(graph) if digests else None
    text = encode(graph, kept)
    for name, each in (kept or {}).items():
        if UNREAD in each:
            click.echo(printable(f"warning: {name} has no digest: {each[UNREAD]}"), err=True)
    if file is None:
        outputs.print_text(text)
    else:
        outputs.write(file, text)


@click.command(short_help="Say whether two models are the same, and why not.")
@click.argument("left", type=FileName())
@click.argument("right", type=FileName())
@options.form
@options.colour
@options.width
@options.report
@options.full
@options.layers
@options.packages
@options.weights
@options.rtol
@options.no_numbers
@options.computing
@options.question
def compare(left: str, right: str, *, form: str, profile: str | None, fail_on: str, **given: Any) -> None:
    """Say whether LEFT and RIGHT are the same model, and explain every difference.

    Each is a path, or an address: hf://ORG/REPOSITORY, s3://BUCKET/KEY, https://HOST/FILE.
    """
    from parity.check import check
    from parity.reports import file_screen, named

    files = outputs.written_reports(given["reports"], (left, right, *given["data"], *given["maps"]))
    sides = (options.with_packages(side, given["packages"]) for side in (left, right))
    rtol = options.tolerance(given)
    asked = {**options.question_of(given), **options.computing_of(given), "numbers": not given["no_numbers"]}
    with shown():
        report = check(*sides, profile=profile, weights=rtol is not None, rtol=rtol or 0.0, **asked)
    for name, path in files:
        outputs.write(path, named(name).compared(report, file_screen(), fail_on))
    screen = options.screen_of(given["colour"], given["width"], full=given["full"], layers=given["layers"])
    outputs.print_text(named(form).compared(report, screen, fail_on))
    sys.exit(1 if report.fails(fail_on) else 0)
