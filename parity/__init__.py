"""Tell whether two deep-learning models kept in different frameworks are the same model, and explain every difference.

>>> import parity
>>> report = parity.compare("net.keras", "net.pt2")  # doctest: +SKIP
>>> report.verdict  # doctest: +SKIP
<Verdict.DIFFERENT: 'different'>
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parity.check import check as compare
    from parity.computing import evaluate
    from parity.config import load as load_settings
    from parity.errors import ParityError
    from parity.gate import run_gate
    from parity.porting import port
    from parity.reports import Report, Summary
    from parity.summarise import summarise as summary
    from parity.testing import assert_parity
    from parity.walk import explain

__all__ = [
    "ParityError",
    "Report",
    "Summary",
    "assert_parity",
    "compare",
    "evaluate",
    "explain",
    "load_settings",
    "port",
    "run_gate",
    "summary",
]

_HOMES = {
    "compare": ("parity.check", "check"),
    "assert_parity": ("parity.testing", "assert_parity"),
    "evaluate": ("parity.computing", "evaluate"),
    "explain": ("parity.walk", "explain"),
    "load_settings": ("parity.config", "load"),
    "port": ("parity.porting", "port"),
    "run_gate": ("parity.gate", "run_gate"),
    "summary": ("parity.summarise", "summarise"),
    "ParityError": ("parity.errors", "ParityError"),
    "Report": ("parity.reports", "Report"),
    "Summary": ("parity.reports", "Summary"),
}


def __getattr__(name: str) -> Any:
    """Load the public names when they are first used, so that ``import parity`` costs next to nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'parity' has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _HOMES[name]
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value
