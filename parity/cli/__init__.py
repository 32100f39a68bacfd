"""The command line: arguments -> check -> report -> exit code."""

from typing import Any

import click

from parity._printable import printable
from parity.cli._about import completion, formats, rule, schema
from parity.cli._check import check, init
from parity.cli._compare import compare, snapshot, summary
from parity.cli._explain import explain
from parity.errors import ParityError

DONE, FINDINGS, FAILED = 0, 1, 2
"""Exit codes: nothing at or above --fail-on; such findings; the job could not be done."""


class _Commands(click.Group):
    """A group that turns every ParityError into one line, and every failure into exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ParityError as error:
            click.echo(f"parity: {printable(str(error))}", err=True)
            ctx.exit(FAILED)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise  # click's own business: usage, what a command decided, a pipe that nobody reads any more
        except KeyboardInterrupt:
            click.echo("parity: interrupted", err=True)
            ctx.exit(FAILED)
        except Exception:  # noqa: BLE001  shown, and never taken for a finding, which Python's own exit code 1 would be
            import traceback

            traceback.print_exc()
            click.echo("parity: an error in parity itself; nothing can be said of the models", err=True)
            ctx.exit(FAILED)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="parity-checker", prog_name="parity")
def main() -> None:
    """Tell whether two deep-learning models kept in different frameworks are the same model.

    Reads Keras, PyTorch and ONNX files without running them and without importing their framework.

    Exit codes: 0 nothing at or above --fail-on, 1 such findings, 2 the job could not be done.
    """


for each in (summary, compare, explain, check, snapshot, init, rule, formats, schema, completion):
    main.add_command(each)
