"""What came of many pairs: one result each, the rates by route, and the findings by kind."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from differential.judging import FAULTS, Outcome
from differential.programs import Node, Pair

COLUMNS = (
    "pairs", "copies", "rewritten", "changed", "equivalent", "different", "inconclusive", "neutral", "skipped", "false passes",
    "false alarms", "miscounts", "crashes", "hangs", "broken", "slowest",
)  # fmt: skip
PLURAL = {
    "false pass": "false passes",
    "false alarm": "false alarms",
    "crash": "crashes",
    "hang": "hangs",
    "miscount": "miscounts",
}
FATAL = ("false pass", "false alarm", "crash", "hang", "miscount")


@dataclass(frozen=True)
class Result:
    """What came of the pair of a number.

    Attributes:
        kind_of_fault: what findings of one kind share.
        script: the failure in its smallest form, as a program.
    """

    route: str
    index: int
    kind: str
    status: str
    verdict: str = ""
    label: str = ""
    note: str = ""
    seconds: float = 0.0
    kind_of_fault: str = ""
    script: str = ""

    @property
    def is_finding(self) -> bool:
        """Whether it is worth a place in the file: a fault, or a copy that is undecided."""
        return self.status in {*FAULTS, "broken"} or (self.kind == "copy" and self.status == "open")


def differences(pair: Pair) -> str:
    """What the sides of a pair do not have in common, in the names of operators, settings and operands."""
    found = []
    for node in pair.left.nodes:
        twin = pair.right.node(node.id)
        if twin is None:
            found.append(f"-{node.op}")
        elif twin.op != node.op:
            found.append(f"{node.op}>{twin.op}")
        elif twin != node and twin.settings != node.settings:
            found.append(f"{node.op}.{'.'.join(_settings(node, twin))}")
        elif twin.inputs != node.inputs:
            found.append(
                f"{node.op}[{','.join(str(at) for at, _ in enumerate(node.inputs) if _operand(node, at) != _operand(twin, at))}]"
            )
    found += [f"+{node.op}" for node in pair.right.nodes if pair.left.node(node.id) is None]
    return " ".join(sorted(found))


def _settings(one: Node, other: Node) -> list[str]:
    return sorted(
        name for name in {*one.settings, *other.settings} if one.settings.get(name) != other.settings.get(name)
    )


def _operand(node: Node, at: int) -> object:
    return node.inputs[at] if at < len(node.inputs) else None


def kind_of(pair: Pair, outcome: Outcome) -> str:
    """The kind of a fault."""
    if outcome.status in {"crash", "miscount"}:
        return f"{outcome.status} {outcome.note.rpartition(' at ')[2] if outcome.status == 'crash' else ''}"
    ops = " ".join(sorted({node.op for node in pair.left.nodes}))
    rules = ", ".join(
        sorted(
            {part.partition(" ")[0] for part in outcome.note.split("; ") if "(warning)" in part or "(error)" in part}
        )
    )
    if pair.kind == "rewriting":
        return f"{outcome.status} {pair.label} ({rules}) of {ops}"
    if pair.kind == "copy":
        return f"{outcome.status} copy ({rules}) of {ops}"
    return f"{outcome.status} {differences(pair) or pair.label} in {ops}"


def slug(text: str) -> str:
    """A text as the name of a file."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-").lower()[:90]


def rates(results: Iterable[Result]) -> str:
    """The table of rates by route."""
    counts: dict[str, Counter[str]] = {}
    for each in results:
        count = counts.setdefault(each.route, Counter())
        if each.status == "unfit":
            continue
        count["pairs"] += 1
        count[{"copy": "copies", "rewriting": "rewritten", "change": "changed"}[each.kind]] += 1
        if each.kind != "change" and each.status != "skipped":
            word = {"refused": "inconclusive"}.get(each.verdict, each.verdict)
            count[word] += word in COLUMNS
            count["undecided copies"] += each.kind == "copy" and each.status == "open"
        name = PLURAL.get(each.status, each.status)
        count[name] += name in COLUMNS
        count["slowest"] = max(count["slowest"], int(each.seconds * 1000))
    rows = [
        ("route", *COLUMNS),
        *((route, *(_shown(count, name) for name in COLUMNS)) for route, count in counts.items()),
    ]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def _shown(count: Counter[str], name: str) -> str:
    if name == "slowest":
        return f"{count[name] / 1000:.1f}s"
    if name == "inconclusive" and count["copies"]:
        return f"{count[name]} ({count['undecided copies'] / count['copies']:.1%} of copies)"
    return str(count[name])


def by_kind(results: Sequence[Result]) -> dict[tuple[str, str], list[Result]]:
    """Findings of one kind and route together, the most frequent first."""
    found: dict[tuple[str, str], list[Result]] = {}
    for each in results:
        if each.is_finding:
            found.setdefault((each.route, each.kind_of_fault), []).append(each)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))
