"""The command line: arguments -> check -> report -> exit code."""

import gc
import os
import sys
from contextlib import suppress
from typing import Any

import click

from parity._discovery import refused
from parity._printable import printable
from parity._version import __version__
from parity.cli._about import completion, formats, rule, schema
from parity.cli._check import check, init
from parity.cli._compare import compare, snapshot
from parity.cli._explain import explain
from parity.cli._graph import graph
from parity.cli._outputs import discard_the_rest
from parity.cli._port import port
from parity.cli._record import record
from parity.cli._run import run
from parity.cli._summary import summary
from parity.errors import ParityError

DONE, FINDINGS, FAILED = 0, 1, 2
"""Exit codes: nothing at or above --fail-on; such findings; the job could not be done."""

SELDOM = 50_000, 20, 100
"""How rarely a command looks for cycles among its objects: graphs are many small objects that all stay until its end.

Comparing ResNet-50 takes a tenth less time for it, and 1 MB more.
"""


class _Commands(click.Group):
    """A group that turns every ParityError into one line, and every failure into exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return self._told(ctx)
        except ParityError as error:
            _complain(str(error))
            ctx.exit(FAILED)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise  # click's own business: usage, what a command decided, a pipe that nobody reads any more
        except KeyboardInterrupt:
            _complain("interrupted")
            ctx.exit(FAILED)
        except OSError as error:
            _complain(f"the operating system reports: {error}")
            ctx.exit(FAILED)
        except Exception:  # noqa: BLE001  shown, and never taken for a finding, which Python's own exit code 1 would be
            import traceback

            traceback.print_exc()
            _complain("an error in parity itself; the models were not compared")
            ctx.exit(FAILED)

    def _told(self, ctx: click.Context) -> Any:
        """Run a command, and say which extensions were not there for it."""
        try:
            return super().invoke(ctx)
        finally:
            for error in refused():
                _complain(f"warning: {error}")

    def main(self, *args: Any, **kwargs: Any) -> Any:
        if "_PARITY_COMPLETE" in os.environ:
            from parity.cli._bash import register

            register()
        gc.set_threshold(*SELDOM)
        try:
            return super().main(*args, **kwargs)
        except OSError as error:  # of what click prints itself, such as --help
            discard_the_rest()
            _complain(f"cannot print: {error.strerror}")
            sys.exit(FAILED)


def _complain(text: str) -> None:
    """A line on standard error, where that can be written to."""
    with suppress(OSError):
        click.echo(f"parity: {printable(text)}", err=True)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="parity")
def main() -> None:
    """Tell whether two deep-learning models kept in different frameworks are the same model.

    Reads Keras, PyTorch and ONNX files without running them and without importing their framework.

    Exit codes: 0 nothing at or above --fail-on, 1 such findings, 2 the job could not be done.
    """


for each in (
    *(summary, compare, explain, check, snapshot, graph, run, record, port),
    *(init, rule, formats, schema, completion),
):
    main.add_command(each)
