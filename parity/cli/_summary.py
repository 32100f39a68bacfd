"""The command that lists what is in a model."""

from collections.abc import Iterable
from typing import Any

import click

from parity.cli import _options as options
from parity.cli import _outputs as outputs
from parity.cli._arguments import LAYER, FileName


def _columns() -> Iterable[str]:
    from parity.reports import COLUMNS

    return COLUMNS


@click.command(short_help="List a model's layers, shapes, parameters and totals.")
@click.argument("model", type=FileName())
@click.option("--depth", type=click.IntRange(min=1), metavar="N", help="Levels of the tree to show; default: all.")
@click.option(
    "--columns",
    type=options.Listed(_columns),
    metavar="NAME,...",
    help="type, input, output, params, share, trainable, kernel, macs, memory, connected, dtype, formula.",
)
@click.option(
    "--layer",
    type=LAYER,
    metavar="PATTERN",
    default="",
    help="Only layers and modules whose name matches, such as '*.attention.*'.",
)
@click.option("--sort", type=click.Choice(["params", "macs", "memory"]), help="List layers by size, the largest first.")
@click.option("--full", is_flag=True, help="List operators outside of layers one by one.")
@options.form_of("summary")
@options.colour
@options.width
@options.report_of("summary")
@options.packages
@options.inputs
def summary(model: str, *, form: str, colour: str, width: int | None, reports: tuple[str, ...], **given: Any) -> None:
    """List MODEL's layers: output shapes, parameters and the arithmetic behind them.

    MODEL is a path, or an address: hf://ORG/REPOSITORY, s3://BUCKET/KEY, https://HOST/FILE.

    Modules and nested models are rows with the totals of what they hold. A MAC is one multiply-accumulate of a
    convolution, matrix product or attention; memory is that of outputs and of weights.
    """
    from parity.reports import DEFAULT, file_screen, named
    from parity.summarise import summarise

    files = outputs.written_reports(reports, (model,), "summary")
    found = summarise(
        options.with_packages(model, given["packages"]),
        inputs=options.example_inputs(given["inputs"]),
        depth=given["depth"],
        columns=given["columns"] or DEFAULT,
        layer=given["layer"],
        sort=given["sort"] or "",
        full=given["full"],
    )
    screen = options.screen_of(colour, width)
    said: Any = {name: named(name).summary for name in (form, *(name for name, _ in files))}  # none is offered without
    for name, path in files:
        outputs.write(path, said[name](found, file_screen()))
    outputs.print_text(said[form](found, screen))
