"""What comes out: the report of a comparison, the summary of a model, and a module for each format to say them in."""

from parity.reports._contract import Ledger, Link, Renderer, Report, Row, Screen, Side, Summary, Verdict
from parity.reports._registry import renderers
from parity.reports._schema import SCHEMA, SCHEMA_VERSION

__all__ = [
    "SCHEMA",
    "SCHEMA_VERSION",
    "Ledger",
    "Link",
    "Renderer",
    "Report",
    "Row",
    "Screen",
    "Side",
    "Summary",
    "Verdict",
    "renderers",
]
