"""Tell whether two deep-learning models kept in different frameworks are the same model, and explain every difference.

>>> import parity
>>> report = parity.compare("net.keras", "net.pt2")  # doctest: +SKIP
>>> report.verdict  # doctest: +SKIP
<Verdict.DIFFERENT: 'different'>
"""

from typing import TYPE_CHECKING, Any

from parity._version import __version__

if TYPE_CHECKING:
    from parity.adapters import Inputs
    from parity.check import check as compare
    from parity.computing import Computed, evaluate
    from parity.config import Pair, Settings
    from parity.config import load as load_settings
    from parity.errors import MissingFramework, ParityError, UnreadableModel, UsageError
    from parity.gate import Progress, run_gate
    from parity.policy import Policy
    from parity.porting import Ported, port
    from parity.recording import record
    from parity.recordings import Recording
    from parity.reports import Explained, Note, Outcome, Report, Row, Run, State, Summary, Verdict
    from parity.rules import Finding, Profile, Severity
    from parity.summarise import summarise as summary
    from parity.suppression import Suppression
    from parity.testing import Mismatch, assert_parity
    from parity.walk import explain

__all__ = [
    "Computed",
    "Explained",
    "Finding",
    "Inputs",
    "Mismatch",
    "MissingFramework",
    "Note",
    "Outcome",
    "Pair",
    "ParityError",
    "Policy",
    "Ported",
    "Profile",
    "Progress",
    "Recording",
    "Report",
    "Row",
    "Run",
    "Settings",
    "Severity",
    "State",
    "Summary",
    "Suppression",
    "UnreadableModel",
    "UsageError",
    "Verdict",
    "__version__",
    "assert_parity",
    "compare",
    "evaluate",
    "explain",
    "load_settings",
    "port",
    "record",
    "run_gate",
    "summary",
]

_RENAMED = {
    "compare": ("parity.check", "check"),
    "load_settings": ("parity.config", "load"),
    "summary": ("parity.summarise", "summarise"),
}
_HOMES = {
    "parity.adapters": ("Inputs",),
    "parity.computing": ("Computed", "evaluate"),
    "parity.config": ("Pair", "Settings"),
    "parity.errors": ("MissingFramework", "ParityError", "UnreadableModel", "UsageError"),
    "parity.gate": ("Progress", "run_gate"),
    "parity.policy": ("Policy",),
    "parity.porting": ("Ported", "port"),
    "parity.recording": ("record",),
    "parity.recordings": ("Recording",),
    "parity.reports": ("Explained", "Note", "Outcome", "Report", "Row", "Run", "State", "Summary", "Verdict"),
    "parity.rules": ("Finding", "Profile", "Severity"),
    "parity.suppression": ("Suppression",),
    "parity.testing": ("Mismatch", "assert_parity"),
    "parity.walk": ("explain",),
}
_PLACES = {name: (module, name) for module, names in _HOMES.items() for name in names} | _RENAMED


def __getattr__(name: str) -> Any:
    """Load the public names when they are first used, so that ``import parity`` costs next to nothing."""
    if name not in _PLACES:
        raise AttributeError(f"module 'parity' has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _PLACES[name]
    value = getattr(import_module(module), attribute)
    if name in _RENAMED:  # what help and errors call it
        value.__module__, value.__name__, value.__qualname__ = "parity", name, name
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, loaded or not: what a notebook completes."""
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
