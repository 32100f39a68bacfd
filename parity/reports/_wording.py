"""Words and groups that the reports for people have in common."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import prod
from pathlib import PurePath
from typing import Any

from parity.comparison import Facet
from parity.graph import Effect, Framework
from parity.policy import is_open, is_real
from parity.reports._contract import Ledger, Note, Outcome, Report, Run, Side, State
from parity.rules import Finding, Severity, Step, is_untold, plain, shape

HEADINGS = {
    Effect.INTERFACE: "Changes the interface",
    Effect.INFERENCE: "Changes the outputs",
    Effect.TRAINING: "Changes training",
    Effect.UNKNOWN: "Could not be decided",
    Effect.CONVERSION: "To convert weights",
    Effect.BOOKKEEPING: "Counted or written differently, same model",
}
REMARKS = "Worth knowing; not a difference between the models"
COUNTERS = {
    Framework.KERAS: "as Keras counts",
    Framework.TORCH: "as PyTorch counts parameters",
    Framework.ONNX: "elements stored in the ONNX file",
}
COUNTED = {**COUNTERS, Framework.TORCH: "parameters"}
"""The same beside the name of the framework."""
REAL = (Effect.INTERFACE, Effect.INFERENCE, Effect.TRAINING)
CALM = (Effect.CONVERSION, Effect.BOOKKEEPING)
MATCHED = "are reshapes, transposes or preprocessing and were", "parts of others"
SHOWN = 3
"""Layers, or findings that follow from another, that are named before the rest is counted."""


def roots(found: Report) -> list[tuple[Finding, Severity]]:
    """Findings that follow from no other, but for those that are accepted."""
    return [pair for pair in found.findings if pair[0].caused_by is None and pair[0].fingerprint not in found.accepted]


def accepted(found: Report) -> list[tuple[Finding, str]]:
    """Findings that are accepted, each with the reason, and that follow from no other."""
    return [
        (finding, found.accepted[finding.fingerprint])
        for finding, _ in found.findings
        if finding.fingerprint in found.accepted and finding.caused_by is None
    ]


def consequences(found: Report) -> dict[str, list[Finding]]:
    """The findings that follow from another one, by its fingerprint."""
    follows: dict[str, list[Finding]] = defaultdict(list)
    for finding, _ in found.findings:
        if finding.caused_by is not None:
            follows[finding.caused_by].append(finding)
    return follows


def tally(found: Report) -> str:
    """How much there is of what, in a few words."""
    said = []
    real = [finding for finding, severity in roots(found) if is_real(finding, severity)]
    if real:
        groups = sum(len(grouped([each for each in real if each.effect is effect], effect)) for effect in HEADINGS)
        places = f" in {len(real):,} places" if len(real) > groups else ""
        said.append(plural(groups, "real difference") + places)
    undecided = grouped((each for each, severity in roots(found) if is_open(each, severity)), Effect.UNKNOWN)
    if undecided:
        said.append(plural(len(undecided), "undecided"))
    for effect in CALM:
        rules = {finding.rule for finding, _ in roots(found) if finding.effect is effect}
        if rules:
            said.append(plural(len(rules), effect.value))
    if found.accepted:
        said.append(f"{len(accepted(found))} accepted")
    if found.left_out:
        said.append(f"{len(found.left_out)} left out")
    return ", ".join(said) or "nothing differs"


def sections(found: Report) -> Iterator[tuple[str, Effect, list[Finding]]]:
    """The findings under their headings; what no verdict follows from stands apart from what one does follow from."""
    every = roots(found)
    for effect, heading in HEADINGS.items():
        own = [(each, severity) for each, severity in every if each.effect is effect]
        aside = effect is Effect.UNKNOWN
        yield heading, effect, [each for each, level in own if not each.remark and (not aside or is_open(each, level))]
        if aside:
            idle = [each for each, severity in own if not each.remark and not is_open(each, severity)]
            yield f"Not relevant for profile {found.profile.name}", effect, idle
            yield REMARKS, Effect.TRAINING, [each for each, _ in every if each.remark]


def remedies(group: Sequence[Finding]) -> list[str]:
    """What to do about several layers: all that there is to do where it is little, else an example."""
    every = list(dict.fromkeys(each.remedy for each in group if each.remedy))
    if group[0].effect in CALM:
        return every if len(every) <= SHOWN else [f"e.g. {every[0]}"]
    return [f"e.g. {every[0]}"] if len(every) > 1 else every


def plural(count: int, word: str) -> str:
    """A number of things."""
    fixed = count == 1 or word in {"bookkeeping", "training", "undecided"}
    return f"{count:,} {word}" if fixed else f"{count:,} {word}s"


def grouped(findings: Iterable[Finding], effect: Effect) -> list[list[Finding]]:
    """Findings that say the same of several layers; of what is no real difference, and of weights, all of a rule."""
    groups: dict[Any, list[Finding]] = defaultdict(list)
    for each in findings:
        values = each.left_value, each.right_value
        of_names = effect in CALM or each.facet is Facet.WEIGHTS  # each weight has a name of its own
        alike: Any = None if of_names else (_like(*values), _like(*values[::-1]), each.attribute)
        if not of_names and not each.left and not each.right:
            alike = each.message, each.remedy  # of the model as a whole, be it of one side or of both
        groups[each.rule, alike].append(each)
    return list(groups.values())


def _like(found: Any, other: Any) -> str:
    """What values that go by one line have in common: rates are a range, and sizes where the same side has more."""
    if isinstance(found, float) or (type(found) is int and other is None):
        return "a number"
    if isinstance(found, tuple) and other is None and all(type(size) is int for size in found):
        return "a shape"
    more = _more(found, other)
    return repr(found) if more is None else repr(more)


def _more(found: Any, other: Any) -> Any:
    """Of each size of a value, whether it is more (1) or less (-1) than the other's; None where it is not of sizes."""
    if type(found) is int and type(other) is int:
        return (found > other) - (found < other)
    if not (isinstance(found, tuple) and isinstance(other, tuple) and len(found) == len(other)):
        return None
    more = tuple(_more(*pair) for pair in zip(found, other, strict=True))
    return None if None in more else more


def where(finding: Finding, most: int | None = SHOWN) -> str:
    """Both sides' layers, the first few by name."""
    if not finding.left and not finding.right:
        return "whole model"
    return f"{few(finding.left, most)} / {few(finding.right, most)}"


def few(paths: Sequence[str], most: int | None = SHOWN) -> str:
    """Layers of one side, the first few by name; None for all of them."""
    more = f" and {len(paths) - most} more" if most is not None and len(paths) > most else ""
    return ", ".join(paths[:most]) + more if paths else "nothing"


def values(*group: Finding) -> str:
    """What stands on both sides, with its name where the rule does not say it; "" where neither has anything.

    Of several findings that go by one line the least and the greatest, where they vary.
    """
    finding = group[0]
    if finding.left_value is None and finding.right_value is None:
        return ""
    told = finding.attribute in {None, "function", *finding.rule.split("-")}
    name = "" if told else f"{finding.attribute} "
    left, right = ([getattr(each, side) for each in group] for side in ("left_value", "right_value"))
    if finding.facet is Facet.WEIGHTS and len(group) > 1:
        return ""  # their names
    return f"{name}{_range(left)} / {_range(right)}"


def _range(found: Sequence[Any]) -> str:
    if all(each == found[0] for each in found):
        return value(found[0])
    ordered = sorted(found, key=_size)
    return f"{value(ordered[0])} to {value(ordered[-1])}"


def _size(found: Any) -> Any:
    return prod(1 + _size(each) for each in found) if isinstance(found, tuple) else found  # a size may be 0


def repeats_values(finding: Finding) -> bool:
    """Whether a message says no more than ``values`` does."""
    both = f"{plain(finding.left_value)} on the left, {plain(finding.right_value)} on the right"
    return finding.message in {both, f"{finding.attribute} is {both}"}


def value(found: Any) -> str:
    """A value of one side."""
    if found is None:
        return "none"
    if isinstance(found, float):
        return f"{found:g}"
    if isinstance(found, tuple):
        return shape(found)
    return str(found)


def each_said(group: Sequence[Finding]) -> list[str]:
    """What is said of each of several layers: once where it is the same of all."""
    same = len({(each.message, each.remedy) for each in group}) == 1
    first = group[0]
    named = (
        [where(each, None) for each in group] if len(group) > 1 and (first.left or first.right) else [""] * len(group)
    )
    if same:
        return [*filter(None, named), first.message, *_to_do(first)]
    said = ((place, each.message, *_to_do(each)) for each, place in zip(group, named, strict=True))
    return [line for lines in said for line in lines if line]


def _to_do(finding: Finding) -> list[str]:
    return [f"-> {finding.remedy}"] if finding.remedy else []


def follows_in_words(found: Sequence[Finding]) -> list[str]:
    """What follows from a finding: a lone weight that cannot be carried over by name, the rest by number."""
    weights = [each for each in found if each.rule == "weight-shape"]
    named = weights if len(weights) == 1 else []
    counts = Counter(each.rule for each in found if each not in named)
    said = [f"{rule} in {plural(count, 'layer')}" for rule, count in counts.items()]
    lines = [f"follows: {where(each)}: {each.message}" for each in named]
    return [*lines, f"follows: {', '.join(said)}"] if said else lines


def each_following(found: Sequence[Finding]) -> list[str]:
    """Each of the findings that follow from another one, and what to do about it."""
    said = ((f"follows: {each.rule}   {where(each, None)}: {each.message}", *_to_do(each)) for each in found)
    return [line for lines in said for line in lines]


def counted(side: Side) -> str:
    """What a side's total counts, and what of it is trained and what is not."""
    return f"{COUNTED[side.framework]}: {split(side)}"


def split(side: Side) -> str:
    """What of a side's total is trained and what is not, and what its framework counts apart."""
    head = side.headline
    if head.trainable is None:
        return "it is not known what of it is trainable"
    presumed = "presumed " if side.presumed else ""
    if side.framework is not Framework.TORCH:
        return f"{head.trainable:,} {presumed}trainable + {head.non_trainable:,} non-trainable"
    state = side.census.get("state", 0)
    buffers = f", and {state:,} elements in buffers" if state else ""
    if not head.non_trainable:
        return f"all {presumed}trainable{buffers}"
    return f"{head.trainable:,} {presumed}trainable + {head.non_trainable:,} frozen{buffers}"


def unexplained(found: Report) -> str:
    """What no step accounts for, of the total and of each class of stored elements."""
    ledgers = {"total": found.ledger, **found.class_ledgers}
    open_ = [f"{ledger.remainder:+,} {name}" for name, ledger in ledgers.items() if ledger.remainder]
    return f"UNEXPLAINED: {', '.join(open_)}" if open_ else "nothing unexplained"


def balance(found: Report) -> str:
    """Whether all is accounted for, and the classes of stored elements that the totals leave out or lump together."""
    rest = unexplained(found)
    return f"{rest[0].upper()}{rest[1:]}. Left / right by class: {by_class(found)}."


def by_class(found: Report) -> str:
    """Every class of stored elements, left and right, with the steps between them."""
    balanced = [_class_words(name, ledger) for name, ledger in found.class_ledgers.items()]
    told = {part for name in found.class_ledgers for part in name.split(" + ")}
    left, right = ({name: size for name, size in side.census.items() if name not in told} for side in _sides(found))
    others = [f"{name} {left.get(name, 0):,} / {right.get(name, 0):,}" for name in dict.fromkeys((*left, *right))]
    return ", ".join((*balanced, *others))


def _sides(found: Report) -> tuple[Side, Side]:
    return found.left, found.right


def _class_words(name: str, ledger: Ledger) -> str:
    steps = ", ".join(f"{step.rule} {step.delta:+,}" for step in ledger.steps)
    return f"{name} {ledger.left_total:,} / {ledger.right_total:,}{f' ({steps})' if steps else ''}"


def step_words(step: Step) -> str:
    """How many layers a step of the ledger is of, and what it is."""
    return f"{plural(step.layers, 'layer')}, {'a real difference' if step.effect in REAL else step.effect.value}"


def why_profile(found: Report) -> str:
    """Why the question is another one than is asked where nobody chooses; "" where it is not."""
    if not found.chosen or found.profile.name == "train":
        return ""
    if any(is_untold(finding) for finding, _ in found.findings):
        return "a trace in evaluation mode does not record all of training"
    return "one side is a file for inference"


def closing(found: Report) -> list[str]:
    """How many layers have a counterpart, what was not looked at, and what became of the other rows of both models."""
    shares, aside = [], []
    for name, side, only in (("left", found.left, found.left_only), ("right", found.right, found.right_only)):
        rows = _computing(side.paths)
        paired = rows.intersection(path for link in found.links for path in getattr(link, name))
        layers = paired.union(rows.intersection(only))
        share = "all" if paired == layers and layers else f"{len(paired):,} of"
        shares.append(f"{share} {len(layers):,}")
        aside.append(len(rows - layers))
    open_ = [facet for facet, state in found.facets.items() if state == "unchecked"]
    unchecked = f" Not checked: {', '.join(open_)}." if open_ else ""
    said = [f"Layers paired: {' / '.join(shares)}.{unchecked}"]
    if any(aside):
        parts = [
            f"{plural(count, 'layer')} on the {side}"
            for count, side in zip(aside, ("left", "right"), strict=True)
            if count
        ]
        verbs = ("is a reshape, transpose or preprocessing and was", "part of another") if sum(aside) == 1 else MATCHED
        said.append(f"{' and '.join(parts)} {verbs[0]} matched as {verbs[1]}.")
    return said


def _computing(paths: Sequence[str]) -> set[str]:
    """The layers without those that only hold what others of them compute with."""
    holders = {path[:at] for path in paths for at, sign in enumerate(path) if sign == "/"}
    return set(paths) - holders


def name_of(outcome: Outcome) -> str:
    """What a pair is called."""
    return outcome.name or f"{outcome.left} ~ {outcome.right}"


def against(outcome: Outcome) -> str:
    """Both models of a pair by the names of their files; before them what the pair is called, where that says more."""
    left, right = (PurePath(each).name or each for each in (outcome.left, outcome.right))
    both = f"{left} against {right}"
    return f"{outcome.name}: {both}" if outcome.name and left not in outcome.name else both


def title(run: Run) -> str:
    """A run in a few words: of one pair which models, and the answer."""
    if len(run.outcomes) == 1:
        only = run.outcomes[0]
        return f"{against(only)}: {only.report.verdict.value if only.report is not None else only.state.value}"
    return f"parity: {run.state.value}, {run_line(run)}"


def outcome_line(outcome: Outcome) -> str:
    """A pair in one line."""
    if outcome.report is None:
        return outcome.failure
    report = outcome.report
    return f"{report.verdict.value}: {tally(report)} (profile {report.profile.name})"


def run_line(run: Run) -> str:
    """A run in one line."""
    parts = [f"{run.number(state)} {state.value}" for state in State if run.number(state)]
    notes = f", {plural(len(run.notes), 'note')} on the configuration" if run.notes else ""
    return f"{plural(len(run.outcomes), 'pair')}: {', '.join(parts)}{notes}"


def note_line(note: Note) -> str:
    """A note, with its place."""
    place = f"{note.place.file}:{note.place.line}: " if note.place else ""
    return f"{place}{note.rule}: {note.message}"
