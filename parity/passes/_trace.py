"""What happens between passes, on standard error: ``PARITY_TRACE=phase|rewrite`` and ``PARITY_VERIFY=1``."""

import os
import sys

from parity.errors import UsageError
from parity.graph import LayerGraph
from parity.graph.printer import printed
from parity.passes._phases import Watch
from parity.passes._verify import verify

TRACE, VERIFY = "PARITY_TRACE", "PARITY_VERIFY"

LEVELS = ("", "phase", "rewrite")


def watch_asked_for() -> Watch | None:
    """What the environment asks for, or None.

    Raises:
        UsageError: ``PARITY_TRACE`` is neither ``phase`` nor ``rewrite``.
    """
    level, checked = os.environ.get(TRACE, ""), os.environ.get(VERIFY, "") not in {"", "0"}
    if level not in LEVELS:
        raise UsageError("cannot trace", f"{TRACE} is {level!r}", remedy="set it to phase or rewrite")
    if not level and not checked:
        return None

    def watch(phase: str, name: str, graph: LayerGraph) -> None:
        if checked and name:
            verify(graph, f"{name} in the phase {phase}")
        if level == "rewrite" or (level == "phase" and not name):
            sys.stderr.write(
                f"--- after {name or 'the phase'}{' in the phase' if name else ''} {phase}\n{printed(graph)}"
            )

    return watch
