"""Charts of a page as numbers: both ledgers as waterfalls, and the errors of layers along the depth."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

from parity.outputs import LayerError, Outputs
from parity.reports import _outputs as computed
from parity.reports import _wording as words
from parity.reports._contract import Ledger, Report
from parity.rules import rules

CUT = 20
"""An axis begins at 0 unless all that happens on it is less than one such part of it."""

PLOT = (640, 160)
"""Width and height of the plot of errors."""

DOTS = 400
"""Layers that have a dot of their own in it."""

TICKS = (1e-12, 1e-8, 1e-4, 1.0)


def parameters(report: Report) -> dict[str, Any]:
    """The ledger of elements: a bar for each total, and for each step one from where it begins to where it ends."""
    ledger = report.ledger
    ends = [ledger.left_total]
    for step in ledger.steps:
        ends.append(ends[-1] + step.delta)
    base, scale = _axis([*ends, ledger.right_total])
    totals = (
        _bar(base, (base, total), scale, f"{total:,}", name, words.COUNTERS[side.framework], kind="total")
        for name, total, side in (("left", ends[0], report.left), ("right", ledger.right_total, report.right))
    )
    rows = [next(totals)]
    for step, start, end in zip(ledger.steps, ends, ends[1:], strict=False):
        kind = "real" if step.effect in words.REAL else "step"
        said = f"{step.delta:+,}", step.rule, words.step_words(step)
        rows.append({**_bar(base, (start, end), scale, *said, kind=kind), "rule": step.rule})
    if ledger.remainder:
        said = f"{ledger.remainder:+,}", "left unexplained", "an error"
        rows.append(_bar(base, (ends[-1], ledger.right_total), scale, *said, kind="real"))
    rows.append(next(totals))
    return {"same": _same(ledger), "cut": base, "top": base + scale, "rows": rows}


def _same(ledger: Ledger) -> bool:
    return ledger.left_total == ledger.right_total and not ledger.steps


def _axis(ends: Sequence[int]) -> tuple[int, int]:
    """Where an axis begins and how long it is: steps are often tiny beside the totals, and then it is cut."""
    low, high = min(ends), max(ends)
    if high - low > high / CUT or high == low:
        return 0, max(high, 1)
    base = max(0, low - (high - low) // 2 - 1)
    return base, high - base


def _bar(
    base: int, ends: tuple[int, int], scale: int, number: str, what: str, why: str, *, kind: str
) -> dict[str, Any]:
    first, last = sorted(ends)
    start, length = 100 * (first - base) / scale, 100 * (last - first) / scale
    return {
        "number": number,
        "what": what,
        "rule": "",
        "why": why,
        "start": f"{start:.2f}",
        "length": f"{length:.2f}",
        "kind": kind,
    }


def causes(found: Outputs) -> list[dict[str, Any]]:
    """The ledger of outputs: the error as it is, then from before to after each cause is undone, by its logarithm."""
    if found.ledger is None:
        return []
    errors = [found.ledger.start, *(each.error for each in found.ledger.steps)]
    rows = []
    for at, (error, rule, where, moved) in enumerate(computed.rows(found)):
        low, high = (
            (0.0, computed.width(errors[0])) if at == 0 else sorted(map(computed.width, errors[at - 1 : at + 1]))
        )
        kind = "total" if at == 0 else "step" if errors[at] <= errors[at - 1] else "real"
        bar = {"start": f"{100 * low:.2f}", "length": f"{100 * (high - low):.2f}", "kind": kind}
        rows.append({"error": error, "rules": _named(rule), "where": where, "moved": moved, **bar})
    rest = computed.width(found.ledger.remainder)
    end = {"error": computed.number(found.ledger.remainder), "rules": _named("what is left"), "where": "", "moved": ""}
    return [*rows, {**end, "start": "0", "length": f"{100 * rest:.2f}", "kind": "total"}]


def _named(causes: str) -> list[tuple[str, bool]]:
    """What was undone, each with whether it is a rule: there is a text of that."""
    return [(each, each in rules()) for each in causes.split(" + ")]


def ticks() -> list[tuple[str, str]]:
    """Places on the axis of errors, with what stands there."""
    return [(f"{100 * computed.width(each):.2f}", f"{each:g}") for each in TICKS]


def depth(found: Outputs) -> dict[str, Any] | None:
    """The errors of the layers in the order of the left graph; None where there are too few."""
    if len(found.layers) < 2:  # a line has two ends
        return None
    width, height = PLOT
    places = [
        (round(at * width / (len(found.layers) - 1), 1), _down(each.rel_l2)) for at, each in enumerate(found.layers)
    ]
    dots = [{"x": x, "y": y, "said": _said(each)} for (x, y), each in zip(places, found.layers, strict=True)]
    first = found.first_divergence
    at = next((dot for dot, each in zip(dots, found.layers, strict=True) if each == first), None)
    return {
        "width": width,
        "height": height,
        "line": " ".join(f"{x},{y}" for x, y in places),
        "dots": dots if len(dots) <= DOTS else [],
        "ticks": [(_down(each), f"{each:g}") for each in TICKS],
        "tolerance": (_down(found.rtol), f"{found.rtol:g}"),
        "parting": {**at, "said": computed.parting(found)} if at is not None else None,
        "ends": (_name(found.layers[0]), _name(found.layers[-1])),
        "said": _summary(found),
    }


def _down(error: float) -> float:
    return round(PLOT[1] * (1 - computed.width(error)), 1)


def _said(each: LayerError) -> str:
    return f"{_name(each)}: {computed.number(each.rel_l2)}"


def _name(each: LayerError) -> str:
    return f"{each.left} / {each.right}"


def _summary(found: Outputs) -> str:
    finite = [each.rel_l2 for each in found.layers if isfinite(each.rel_l2)]
    ends = f", from {computed.number(min(finite))} to {computed.number(max(finite))}" if finite else ""
    return f"relative error of {len(found.layers):,} layers along the depth of the network{ends}"
