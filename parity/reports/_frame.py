"""Findings and layers as a table of pandas."""

from collections.abc import Iterator, Mapping
from typing import Any

from parity.errors import MissingFramework
from parity.reports._contract import Report, Run
from parity.reports._explanation import Explained
from parity.reports._shown import Shown
from parity.reports._summary import Row, Summary
from parity.reports._wording import name_of
from parity.reports.json import finding_document
from parity.rules import shape

FINDING = ("rule", "effect", "severity", "facet", "left", "right", "attribute", "left_value", "right_value", "delta")
SAID = ("message", "remedy", "accepted", "caused_by", "fingerprint")
ROW = ("path", "type", "kind", "output_shape", "params", "trainable", "frozen", "state", "formula")


def frame(shown: Shown) -> Any:
    """A row for each finding of what was compared, or for each layer of a summary.

    Raises:
        MissingFramework: pandas is not installed.
    """
    try:
        import pandas as pd
    except ModuleNotFoundError as error:
        raise MissingFramework("pandas", "pandas", "make a data frame") from error
    if isinstance(shown, Summary):
        return pd.DataFrame([_layer(row) for row in shown.rows], columns=ROW)
    if isinstance(shown, Run):
        rows = [
            {"pair": name_of(outcome), **row}
            for outcome in shown.outcomes
            if outcome.report is not None
            for row in _findings(outcome.report)
        ]
        return pd.DataFrame(rows, columns=("pair", *FINDING, *SAID))
    report = shown.report if isinstance(shown, Explained) else shown
    rows = list(_findings(report)) if isinstance(report, Report) else []
    return pd.DataFrame(rows, columns=(*FINDING, *SAID))


def _findings(report: Report) -> Iterator[dict[str, Any]]:
    for finding, severity in report.findings:
        document: Mapping[str, object] = finding_document(finding, severity, report.accepted.get(finding.fingerprint))
        values = {"left": ", ".join(finding.left), "right": ", ".join(finding.right)}
        yield {name: values.get(name, document[name]) for name in (*FINDING, *SAID)}


def _layer(row: Row) -> dict[str, Any]:
    return {
        "path": row.path,
        "type": row.type,
        "kind": row.kind,
        "output_shape": shape(row.shapes[0]) if row.shapes else None,
        "params": row.params,
        "trainable": row.trainable,
        "frozen": row.frozen,
        "state": row.state,
        "formula": row.formula,
    }
