"""A report, a run, a summary or an explanation in one line."""

from pathlib import PurePath

from parity.reports import _wording as words
from parity.reports._contract import Report, Run, Side
from parity.reports._explanation import Explained
from parity.reports._shown import Shown
from parity.reports._summary import Summary


def headline(shown: Shown) -> str:
    """What it is of and what it says, however much there is."""
    if isinstance(shown, Report):
        return f"{shown.verdict.value}, {words.tally(shown)} ({_pair(shown)}, profile {shown.profile.name})"
    if isinstance(shown, Run):
        return f"{shown.state.value}, {words.run_line(shown)}"
    if isinstance(shown, Summary):
        side, layers = shown.side, words.plural(len(shown.rows), "layer")
        total = f"{side.headline.total:,} {words.COUNTED[side.framework]}"
        return f"{_name(side)}, {side.producer}, {layers}, {total}"
    if isinstance(shown, Explained):
        return f"{shown.layer or 'all layers'} ({_pair(shown.report)})"
    return ""


def _pair(report: Report) -> str:
    return f"{_name(report.left)} ~ {_name(report.right)}"


def _name(side: Side) -> str:
    return PurePath(side.source).name[:60]
