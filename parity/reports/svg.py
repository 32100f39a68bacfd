"""A still picture as SVG: both graphs side by side, what is alike folded into blocks by module path."""

from pathlib import Path
from typing import Any

from parity.reports import _wording as words
from parity.reports._contract import Outcome, Run
from parity.reports._renderer import Renderer, Screen
from parity.reports._rows import arranged
from parity.reports._safe import safe

LEAST = 480
"""The width of a picture, so that what stands above it has room."""

ABOVE = 66
"""The height of what stands above a picture."""

LETTER = 7.3
"""The width of a letter."""


def run(found: Run, _: Screen) -> str:
    """The pictures of all pairs, one below the other."""
    from parity.reports._templates import filled, text

    found = safe(found)
    pairs, top = [], 0
    for outcome in found.outcomes:
        pair = {**_pair(outcome), "top": top, "down": ABOVE}
        pairs.append(pair)
        top += ABOVE + (pair["picture"]["height"] if pair["picture"] else 0)
    widest = max((LETTER * len(line) for pair in pairs for line in (pair["title"], *pair["lines"])), default=0)
    drawn = (pair["picture"]["width"] for pair in pairs if pair["picture"])
    return filled(
        "picture.svg",
        title=words.title(found),
        style=text("colours.css") + text("picture.css"),
        width=round(max(LEAST, min(widest + 32, 1600), *drawn)) if pairs else LEAST,
        height=max(top, ABOVE),
        pairs=pairs,
    )


def _pair(outcome: Outcome) -> dict[str, Any]:
    from parity.reports._picture import picture

    report = outcome.report
    if report is None:
        return {"title": f"{words.name_of(outcome)}: broken", "lines": [outcome.failure], "picture": None}
    sources = report.left.source, report.right.source
    drawn = picture(arranged(report), (Path(sources[0]).name, Path(sources[1]).name))
    legend = "   ".join(f"{sign} {kind.replace('-', ' ')}" for kind, sign in drawn["signs"])
    title = f"{words.against(outcome)}: {report.verdict.value}"
    return {
        "title": title,
        "lines": [f"{words.tally(report)}, profile {report.profile.name}", legend],
        "picture": drawn,
    }


RENDERER = Renderer("svg", "a picture of both graphs side by side", run)
