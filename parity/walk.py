"""The third pipeline: compare, then walk through one pair of layers with all that was looked at -> Explained."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from parity.adapters import Inputs, for_both
from parity.check import choosing, examine
from parity.comparison import View
from parity.errors import UsageError
from parity.graph import Layer
from parity.outputs import OUTPUT_RTOL, asking
from parity.policy import NOTHING, Policy
from parity.reports import Explained, Line, Report, arranged
from parity.transfer import RTOL
from parity.walking import layers_of

NEAR = 3
"""Layers that are suggested for a path that is not known."""


def explain(  # noqa: PLR0913  what can be asked of a comparison
    left: Any,
    right: Any,
    layer: str = "",
    *,
    inputs: Inputs | None = None,
    left_inputs: Inputs | None = None,
    right_inputs: Inputs | None = None,
    profile: str | None = None,
    map: Mapping[str, str] | None = None,  # noqa: A002  the word of the command line
    policy: Policy = NOTHING,
    weights: bool = False,
    rtol: float = RTOL,
    outputs: bool = False,
    data: Any = None,
    output_rtol: float = OUTPUT_RTOL,
    verify: str = "off",
    match_outputs: Mapping[str, str] | None = None,
    only_outputs: str | Iterable[str] = (),
) -> Explained:
    """Walk through the layers at a path, on either side; without a path, list all layers in short.

    The path may be that of a block, which stands for all layers in it.

    Args:
        left: a path, or a live model.
        right: another one.
        layer: the path of a layer or block in the left or right model.
        inputs: example inputs for live models that need them, for both sides.
        left_inputs: for the left side only.
        right_inputs: for the right side only.
        profile: ``exact``, ``train``, ``inference`` or ``interface``; None for the strictest that both can answer.
        map: layers to match whatever the alignment finds.
        policy: which rules count, and with which severity.
        weights: read and compare the values of the weights; with a path, of its layers alone.
        rtol: the tolerance of an element, relative to the largest of its tensor.
        outputs: compare the layers' outputs on the same inputs, too.
        data: the inputs for that, as ``parity.compare`` takes them; None for random ones.
        output_rtol: the relative error up to which outputs are the same.
        verify: whether to evaluate both models before calling them equivalent.
        match_outputs: outputs to match by hand, as ``parity.compare`` takes them.
        only_outputs: names of the outputs to compare.

    Raises:
        UnreadableModel: a side cannot be read.
        UsageError: no layer has the path, or another argument makes no sense.
    """
    examples = for_both(inputs, left_inputs, right_inputs)
    asked = asking(outputs=outputs, data=data, rtol=output_rtol, verify=verify)
    told: dict[str, Any] = {"profile": profile, "map": map, "policy": policy}
    told |= {"rtol": rtol if weights else None, "weighing": lambda each: not layer or _belongs(each, layer)}
    report, view = examine(left, right, examples, **told, asked=asked, choice=choosing(match_outputs, only_outputs))
    return _walked(report, view, layer) if layer else Explained(report)


def _belongs(each: Layer, path: str) -> bool:
    """Whether a layer has the path of a layer or block, or stands in that block."""
    return any(row == path or _is_inside(row, path) for row in (*each.sources, each.path))


def _is_inside(row: str, block: str) -> bool:
    return row.startswith((f"{block}.", f"{block}/"))


def _walked(report: Report, view: View, layer: str) -> Explained:
    """The walks through the layers of a path.

    Raises:
        UsageError: there is none.
    """
    every = arranged(report)
    lines = [line for line in every if layer in _rows(line, view)]
    lines = lines or [line for line in every if any(_is_inside(row, layer) for row in _rows(line, view))]
    if not lines:
        raise UsageError(
            f"no layer {layer!r}", "neither model has a layer with that path", remedy=_nearest(layer, report)
        )
    walks = report.walks(report, lines, back=True) if report.walks is not None else ()
    told = {finding.fingerprint for walk in walks for finding, _ in walk.findings}
    own = tuple(pair for pair in report.findings if pair[0].fingerprint in told)
    return Explained(replace(report, findings=own), layer, walks)


def _rows(line: Line, view: View) -> set[str]:
    """The paths by which a person may ask for a row; a layer of one side alone is told of beside its place, too."""
    own = {row for layer in layers_of(line, view) if layer is not None for row in (*layer.sources, layer.path)}
    return own.union(*((*finding.left, *finding.right) for finding in line.findings))


def _nearest(layer: str, report: Report) -> str:
    known = list(dict.fromkeys((*report.left.paths, *report.right.paths)))
    ends = [path for path in known if path.endswith((f".{layer}", f"/{layer}"))]
    near = (ends or get_close_matches(layer, known, n=NEAR))[:NEAR]
    return f"did you mean {' or '.join(near)}?" if near else "parity explain LEFT RIGHT --all lists the layers"
