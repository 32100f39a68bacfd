"""The command that shows the graph that everything else is told from."""

import click

from parity.cli import _options as options
from parity.cli import _outputs as outputs
from parity.cli._arguments import FileName, PhaseName


@click.command(short_help="Show a model's layer graph, as it is compared.")
@click.argument("model", type=FileName())
@click.option(
    "--after",
    type=PhaseName(),
    metavar="PHASE",
    help="Stop after this phase; 'reading' for none. Default: the last one.",
)
@options.inputs
def graph(model: str, after: str | None, inputs: tuple[str, ...]) -> None:
    """Show MODEL's layer graph, a line a layer, as it is compared.

    To find out why two layers are matched, or not. PARITY_TRACE=phase (or rewrite) prints the
    graph after each phase (or rewrite) of any command on standard error; PARITY_VERIFY=1 checks it there.
    """
    from parity.graph.printer import printed
    from parity.graphs import graph_of

    outputs.print_text(printed(graph_of(model, inputs=options.example_inputs(inputs), after=after)))
