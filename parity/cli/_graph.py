"""The command that shows the graph that everything else is told from."""

import click

from parity.cli import _options as options
from parity.cli import _outputs as outputs
from parity.cli._arguments import FileName, PatternName, PhaseName


@click.command(short_help="Show a model's layer graph, as it is compared.")
@click.argument("model", type=FileName())
@click.option(
    "--after",
    type=PhaseName(),
    metavar="PHASE",
    help="Stop after this phase; 'reading' for none. Default: the last one.",
)
@click.option(
    "--why",
    "pattern",
    type=PatternName(),
    metavar="PATTERN",
    help="Instead, say of each piece of arithmetic why it is not this pattern, such as 'gelu', or that it is.",
)
@options.inputs
def graph(model: str, after: str | None, pattern: str | None, inputs: tuple[str, ...]) -> None:
    """Show MODEL's layer graph as it is compared, one line per layer.

    It helps to find out why two layers are matched, or not. PARITY_TRACE=phase (or rewrite) prints the
    graph after each phase (or rewrite) of any command on standard error; PARITY_VERIFY=1 checks it there.
    """
    from parity.graph.printer import printed
    from parity.graphs import BEFORE_PATTERNS, graph_of, why

    given = options.example_inputs(inputs)
    if pattern is not None:
        outputs.print_text("\n".join(why(model, pattern, inputs=given, after=after or BEFORE_PATTERNS)))
        return
    outputs.print_text(printed(graph_of(model, inputs=given, after=after)))
