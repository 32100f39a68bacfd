"""Text for a person: the verdict first, then why the totals differ, then what to do about the rest."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from parity.graph import Effect, Framework
from parity.reports._contract import Ledger, Renderer, Report, Row, Screen, Side, Summary, Verdict
from parity.reports._paint import paint
from parity.rules import Finding, Severity, shape

HEADINGS = {
    Effect.INTERFACE: "Changes what goes in or comes out",
    Effect.INFERENCE: "Changes the outputs",
    Effect.TRAINING: "Changes training",
    Effect.UNKNOWN: "Could not be decided",
    Effect.CONVERSION: "To carry weights over",
    Effect.BOOKKEEPING: "Counted or written differently, the same model",
}
COLOURS = {Verdict.EQUIVALENT: "bold green", Verdict.DIFFERENT: "bold red", Verdict.INCONCLUSIVE: "bold yellow"}
COUNTERS = {
    Framework.KERAS: "as Keras counts",
    Framework.TORCH: "as PyTorch counts parameters",
    Framework.ONNX: "elements stored in the ONNX file",
}
REAL = (Effect.INTERFACE, Effect.INFERENCE, Effect.TRAINING)
CALM = (Effect.CONVERSION, Effect.BOOKKEEPING)
SHOWN = 3
"""Layers, or findings that follow from another, that are named before the rest is counted."""


def report(found: Report, screen: Screen) -> str:
    """The report of a comparison."""
    parts: list[RenderableType] = [Text(), _verdict(found), Text(), _sides(found)]
    parts += [Text(), *_ledger(found)]
    for effect in HEADINGS:
        parts += _section(found, effect)
    parts += [Text(), Padding(_closing(found), (0, 0, 0, 2)), Text()]
    return paint(parts, screen)


def _verdict(found: Report) -> Text:
    said = []
    real = [finding for finding, severity in _roots(found) if severity is Severity.ERROR]
    if real:
        groups = sum(len(_grouped([each for each in real if each.effect is effect], effect)) for effect in HEADINGS)
        places = f" in {len(real)} places" if len(real) > groups else ""
        said.append(_plural(groups, "real difference") + places)
    for effect, word in ((Effect.UNKNOWN, "undecided"), (Effect.CONVERSION, "conversion"), (Effect.BOOKKEEPING, "")):
        rules = {finding.rule for finding, _ in _roots(found) if finding.effect is effect}
        if rules:
            said.append(_plural(len(rules), word or effect.value))
    text = Text("  ")
    text.append(found.verdict.value.upper(), style=COLOURS[found.verdict])
    text.append(f"   {', '.join(said) or 'nothing differs'}   profile {found.profile.name}")
    if found.chosen and found.profile.name != "train":
        text.append(" (a side is a file for inference)")
    return text


def _roots(found: Report) -> list[tuple[Finding, Severity]]:
    """Findings that follow from no other."""
    return [pair for pair in found.findings if pair[0].caused_by is None]


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 or word in {"bookkeeping", "training", "undecided"} else f"{count} {word}s"


def _sides(found: Report) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, side in (("left", found.left), ("right", found.right)):
        table.add_row(f"  {name}", f"{side.source}   {side.producer}")
        table.add_row("", f"{side.headline.total:,} {COUNTERS[side.framework]}: {_split(side)}{_missing(side)}")
    return table


def _split(side: Side) -> str:
    head = side.headline
    if head.trainable is None:
        return "what of it is trainable is not known"
    presumed = "presumed " if side.presumed else ""
    state = side.census.get("state", 0)
    if side.framework is Framework.TORCH:
        buffers = f", and {state:,} elements in buffers" if state else ""
        return f"{head.trainable:,} {presumed}trainable + {head.non_trainable:,} frozen{buffers}"
    return f"{head.trainable:,} {presumed}trainable + {head.non_trainable:,} non-trainable"


def _missing(side: Side) -> str:
    return f", without {_plural(len(side.uncounted), 'layer')} that could not be counted" if side.uncounted else ""


def _ledger(found: Report) -> list[RenderableType]:
    ledger: Ledger = found.ledger
    same = ledger.left_total == ledger.right_total
    title = "The totals agree" if same and not ledger.steps else "Why the totals differ"
    table = Table.grid(padding=(0, 3))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(f"      {ledger.left_total:,}", f"left, {COUNTERS[found.left.framework]}", "")
    for step in ledger.steps:
        real = "a real difference" if step.effect in REAL else step.effect.value
        table.add_row(f"{step.delta:+,}", step.rule, f"{_plural(step.layers, 'layer')}, {real}")
    rest = "nothing is left unexplained" if not ledger.remainder else f"{ledger.remainder:+,} ARE LEFT UNEXPLAINED"
    table.add_row(f"{ledger.right_total:,}", f"right, {COUNTERS[found.right.framework]}", rest)
    return [Text(f"  {title}", style="bold"), table, Padding(_by_class(found), (0, 0, 0, 6))]


def _by_class(found: Report) -> Text:
    """What the totals leave out or lump together: every class of stored elements, left and right."""
    left, right = found.left.census, found.right.census
    parts = [f"{name} {left.get(name, 0):,} / {right.get(name, 0):,}" for name in dict.fromkeys((*left, *right))]
    return Text(f"By class: {', '.join(parts)}")


def _section(found: Report, effect: Effect) -> list[RenderableType]:
    follows: dict[str, list[Finding]] = defaultdict(list)
    for finding, _ in found.findings:
        if finding.caused_by is not None:
            follows[finding.caused_by].append(finding)
    roots = [finding for finding, _ in _roots(found) if finding.effect is effect]
    if not roots:
        return []
    parts: list[RenderableType] = [Text(), Text(f"  {HEADINGS[effect]}", style="bold")]
    for group in _grouped(roots, effect):
        parts.append(Padding(_headline(group), (0, 0, 0, 4)))
        said = [*_places(group), group[0].message] + ([group[0].remedy] if group[0].remedy else [])
        said += _consequences([each for root in group for each in follows[root.fingerprint]])
        parts += [Padding(Text(line, style="dim"), (0, 0, 0, 8)) for line in said]
    return parts


def _grouped(findings: Iterable[Finding], effect: Effect) -> list[list[Finding]]:
    """Findings that say the same of several layers; of what is no real difference, all of a rule."""
    groups: dict[Any, list[Finding]] = defaultdict(list)
    for each in findings:
        values = (
            (repr(each.left_value), repr(each.right_value), each.attribute) if effect not in CALM else each.attribute
        )
        groups[each.rule, values].append(each)
    return list(groups.values())


def _headline(group: Sequence[Finding]) -> Text:
    first = group[0]
    text = Text()
    text.append(first.rule, style="cyan")
    if first.effect not in CALM and (first.left_value is not None or first.right_value is not None):
        name = f"{first.attribute} " if first.attribute and first.attribute != first.rule else ""
        text.append(f"   {name}{_value(first.left_value)} / {_value(first.right_value)}", style="bold")
    if first.left or first.right:
        text.append(f"   {_where(first)}" if len(group) == 1 else f"   {len(group)} layers")
    return text


def _places(group: Sequence[Finding]) -> list[str]:
    """The layers of a finding that several have, the first few by name."""
    if len(group) == 1 or not (group[0].left or group[0].right):
        return []
    named = [_where(each) for each in group] if len(group) <= SHOWN else [_where(group[0])]
    return [*named[:-1], named[-1] + (f", and {len(group) - 1} more" if len(group) > SHOWN else "")]


def _where(finding: Finding) -> str:
    return f"{_few(finding.left)} / {_few(finding.right)}"


def _few(paths: Sequence[str]) -> str:
    """The layers of one side, the first few by name."""
    more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
    return ", ".join(paths[:SHOWN]) + more if paths else "nothing"


def _value(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return shape(value)
    return str(value)


def _consequences(found: Sequence[Finding]) -> list[str]:
    """What follows from a finding: weights that cannot be carried over by name, the rest by number."""
    if not found:
        return []
    weights = [each for each in found if each.rule == "weight-shape"]
    lines = [f"follows: {_where(each)}: {each.message}" for each in weights[:SHOWN]]
    rest = Counter(each.rule for each in [*weights[SHOWN:], *(each for each in found if each not in weights)])
    if rest:
        lines.append("follows: " + ", ".join(f"{rule} in {_plural(count, 'layer')}" for rule, count in rest.items()))
    return lines


def _closing(found: Report) -> Text:
    left = {path for link in found.links for path in link.left}.intersection(found.left.paths)
    right = {path for link in found.links for path in link.right}.intersection(found.right.paths)
    pairs = (
        f"{len(left)} of {len(found.left.paths)} layers on the left and "
        f"{len(right)} of {len(found.right.paths)} on the right have a counterpart."
    )
    open_ = [facet for facet, state in found.facets.items() if state == "unchecked"]
    return Text(f"{pairs} Not checked: {', '.join(open_)}." if open_ else pairs)


def summary(found: Summary, screen: Screen) -> str:
    """The table of a model's layers."""
    side = found.side
    table = Table.grid(padding=(0, 3), pad_edge=True)
    for justify in ("left", "left", "left", "right", "left"):
        table.add_column(justify=justify, overflow="fold")
    table.add_row(*(Text(name, style="bold") for name in ("Layer", "Type", "Output shape", "Params", "Formula")))
    for row in found.rows:
        table.add_row(row.path, row.type, _shapes(row), row.uncounted or f"{row.params:,}", _formula(row))
    totals = Table.grid(padding=(0, 3), pad_edge=True)
    totals.add_column()
    totals.add_column(justify="right")
    for name, number in _totals(side):
        totals.add_row(name, f"{number:,}" if number or not side.uncounted else "unknown")
    if side.uncounted:
        totals.add_row("Without", _plural(len(side.uncounted), "layer"))
    for path, kind, params in found.containers:
        if "." in path or "/" in path or not params:
            continue  # what a container inside another one holds is in the outer one's number
        totals.add_row(f"of them in {path} ({kind})", f"{params:,}")
    notes = [Text(f"not read: {gap.where}: {gap.reason}; {gap.remedy}".rstrip("; ")) for gap in found.gaps]
    title = Text(f"{side.source}   {side.producer}", style="bold")
    return paint([title, Text(), table, Text(), totals, *notes], screen)


def _shapes(row: Row) -> str:
    if not row.shapes:
        return row.reason
    return "; ".join(shape(each) for each in row.shapes)


def _formula(row: Row) -> str:
    if row.formula:
        return row.formula
    return "no formula: " + ", ".join(str(weight.shape) for weight in row.weights) if row.params else ""


def _totals(side: Side) -> list[tuple[str, int]]:
    head = side.headline
    totals = [(f"Total, {COUNTERS[side.framework]}", head.total)]
    if head.trainable is not None and head.non_trainable is not None:
        presumed = " (presumed from the role; the file does not say)" if side.presumed else ""
        totals += [(f"Trainable{presumed}", head.trainable), ("Non-trainable", head.non_trainable)]
    counted = {"trainable"}
    return totals + [(f"{name} elements", number) for name, number in side.census.items() if name not in counted]


RENDERER = Renderer("text", "for people", report, summary)
