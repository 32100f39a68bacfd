"""What comes out: the report of a comparison, the summary of a model, and a module for each format to say them in."""

from typing import TYPE_CHECKING, Any

from parity.reports._contract import (
    Box,
    Ledger,
    Link,
    Note,
    Outcome,
    Place,
    Report,
    Run,
    Side,
    State,
    Tensor,
    Verdict,
    run_of,
)
from parity.reports._explanation import Carried, Explained, Half, Setting, Walk, Walks
from parity.reports._failure import failure_text
from parity.reports._registry import named, renderers
from parity.reports._renderer import Renderer, Screen, asked, file_screen
from parity.reports._rows import Line, arranged
from parity.reports._statistics import statistics
from parity.reports._summary import COLUMNS, DEFAULT, ORDERS, Memory, Row, Summary, View
from parity.reports._summary_lines import inside
from parity.reports._wording import why_profile

if TYPE_CHECKING:
    from parity.reports._documents import SCHEMA_VERSION
    from parity.reports._schema import SCHEMA

__all__ = [
    "COLUMNS",
    "DEFAULT",
    "ORDERS",
    "SCHEMA",
    "SCHEMA_VERSION",
    "Box",
    "Carried",
    "Explained",
    "Half",
    "Ledger",
    "Line",
    "Link",
    "Memory",
    "Note",
    "Outcome",
    "Place",
    "Renderer",
    "Report",
    "Row",
    "Run",
    "Screen",
    "Setting",
    "Side",
    "State",
    "Summary",
    "Tensor",
    "Verdict",
    "View",
    "Walk",
    "Walks",
    "arranged",
    "asked",
    "failure_text",
    "file_screen",
    "inside",
    "named",
    "renderers",
    "run_of",
    "statistics",
    "why_profile",
]


def __getattr__(name: str) -> Any:
    """Make the schema when somebody asks for it, which only few commands do."""
    if name == "SCHEMA":
        from parity.reports._schema import SCHEMA

        return SCHEMA
    if name == "SCHEMA_VERSION":
        from parity.reports._documents import SCHEMA_VERSION

        return SCHEMA_VERSION
    raise AttributeError(f"module 'parity.reports' has no attribute {name!r}")
