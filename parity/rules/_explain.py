"""Hand each difference to the rule that claims it, and make findings and ledger steps of what the rules say."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from hashlib import blake2b

from parity.comparison import Comparison, Difference, Key, Topic, View
from parity.errors import ExtensionError
from parity.graph import Effect, Layer
from parity.rules._contract import Explanation, Finding, Rule, Step
from parity.rules._registry import is_own, rules

NAMELESS = {Topic.LAYER, Topic.LAYER_WEIGHTS}
"""Topics whose name is of the layer, not of something in it."""

SAME = {Effect.BOOKKEEPING, Effect.CONVERSION}
"""Effects of what leaves the model the same."""

Group = tuple[Rule, list[Difference]]


def explain(comparison: Comparison) -> tuple[Finding, ...]:
    """A finding for each rule and pair of layers, causes before what follows from them.

    Raises:
        ExtensionError: no rule claims a difference, not even a general one.
    """
    seen: Counter[str] = Counter()
    findings: list[Finding] = []
    owner: dict[Key, int] = {}
    causes: list[Key | None] = []
    for at, (rule, differences) in enumerate(_grouped(comparison)):
        mark = _mark(rule, differences)
        findings.append(_finding(rule, differences, comparison.view, f"{mark}\x1e{seen[mark]}"))
        seen[mark] += 1
        owner.update(dict.fromkeys((each.key for each in differences), at))
        causes.append(_cause(differences))
    owners = [owner.get(cause) if cause is not None else None for cause in causes]
    follows = [root if _may_follow(findings, at, root) else None for at, root in enumerate(owners)]
    return tuple(
        finding if root == at else replace(finding, caused_by=findings[root].fingerprint)
        for at, (finding, root) in enumerate(zip(findings, _roots(follows), strict=True))
    )


def _cause(differences: Sequence[Difference]) -> Key | None:
    """What a finding follows from: one that has any difference of its own follows from nothing."""
    causes = {each.cause for each in differences if each.topic is not Topic.LAYER_WEIGHTS}
    return None if None in causes else next(iter(causes), None)


def _may_follow(findings: Sequence[Finding], at: int, root: int | None) -> bool:
    """Whether a finding may be told of with another one: what leaves a model the same causes nothing that does not."""
    return root is None or findings[root].effect not in SAME or findings[at].effect in SAME


def _roots(follows: Sequence[int | None]) -> list[int]:
    """The last one of each chain of causes; a chain that runs in a circle ends where it began."""
    roots = []
    for start in range(len(follows)):
        at, steps = start, {start}
        while (before := follows[at]) is not None and before not in steps:
            steps.add(before)
            at = before
        roots.append(at if follows[at] is None else start)
    return roots


def ledger_steps(findings: Iterable[Finding], of_class: str | None = None) -> tuple[Step, ...]:
    """The findings with a delta, summed by rule, in the order in which the rules first appear.

    Args:
        findings: all of a comparison.
        of_class: the class of elements that is balanced; None for the headline totals.
    """
    by_rule: dict[str, list[tuple[Finding, int]]] = defaultdict(list)
    for each in findings:
        delta = each.delta if of_class is None else each.by_class.get(of_class, 0)
        if delta:
            by_rule[each.rule].append((each, delta))
    return tuple(
        Step(rule, found[0][0].effect, len(found), sum(delta for _, delta in found)) for rule, found in by_rule.items()
    )


def _grouped(comparison: Comparison) -> list[Group]:
    groups: dict[tuple[str, ...], Group] = {}
    for each in comparison.differences:
        rule = claimant(each, comparison.view)
        left, right = _told_of(rule, each, comparison.view)
        # Differences of one cause in one pair of layers are one finding; those of a general rule are not of one cause,
        # unless all that there is to say is that the layer has no counterpart.
        whole = (left or right) and (not rule.general or not (left and right))
        name, facet = ("", "") if whole else (each.name, each.facet.value)
        groups.setdefault((rule.name, left, right, name, facet), (rule, []))[1].append(each)
    return list(groups.values())


def _told_of(rule: Rule, difference: Difference, view: View) -> tuple[str, str]:
    """The paths of the layers that a finding is about."""
    other = rule.about(difference, view) if rule.about is not None else None
    if other is not None:
        return (other.path, "") if other.path in view.left_layers else ("", other.path)
    left, right = (layer.path if layer else "" for layer in (difference.left, difference.right))
    return left, right


@cache
def _by_topic() -> tuple[dict[Topic, list[Rule]], ...]:
    """Rules by topic: those of special causes, parity's own first, and general ones."""
    tiers: tuple[dict[Topic, list[Rule]], ...] = tuple(defaultdict(list) for _ in range(3))
    for rule in rules().values():
        for topic in rule.topics:
            tiers[2 if rule.general else 0 if is_own(rule.name) else 1][topic].append(rule)
    return tiers


def claimant(difference: Difference, view: View) -> Rule:
    """The one rule that claims a difference; a general one only where no special one does.

    Raises:
        ExtensionError: several claim it, or none does.
    """
    found = claimants(difference, view)
    if len(found) > 1:
        names = " and ".join(rule.name for rule in found)
        raise ExtensionError("cannot explain a difference", f"{names} both claim it", found=str(difference.key))
    if not found:
        raise ExtensionError("cannot explain a difference", "no rule claims it", found=str(difference.key))
    return found[0]


def claimants(difference: Difference, view: View) -> list[Rule]:
    """The rules that claim a difference: special ones, or where there are none of these, general ones."""
    tiers = ([rule for rule in tier.get(difference.topic, ()) if rule.claims(difference, view)] for tier in _by_topic())
    return next(filter(None, tiers), [])


def _names(differences: Sequence[Difference]) -> list[str]:
    return list(dict.fromkeys(each.name for each in differences if each.name and each.topic not in NAMELESS))


def _mark(rule: Rule, differences: Sequence[Difference]) -> str:
    """What a fingerprint is made of: the rule, the layers and what of them differs, never the wording."""
    first = differences[0]
    left, right = _paths(first, of_left=True), _paths(first, of_left=False)
    kind = next((layer.kind for layer in (first.left, first.right) if layer is not None), "")
    return "\x1f".join((rule.name, *left, "\x1e", *right, "\x1e", kind, *_names(differences)))


def _finding(rule: Rule, differences: Sequence[Difference], view: View, mark: str) -> Finding:
    first = differences[0]
    said = _seen(rule.explain(differences, view), differences)
    undecided = any(each.unknown is not None for each in differences)
    effect = Effect.UNKNOWN if undecided else said.effect or rule.effect
    concerns = said.concerns or said.effect or rule.effect
    left, right = _told_paths(first, of_left=True), _told_paths(first, of_left=False)
    return Finding(
        rule=rule.name,
        effect=effect,
        concerns=concerns,
        facet=first.facet,
        left=left,
        right=right,
        attribute=", ".join(_names(differences)) or None,
        left_value=first.left_value if said.left_value is None else said.left_value,
        right_value=first.right_value if said.right_value is None else said.right_value,
        delta=sum(each.delta for each in differences),
        layers=tuple(layer.path if layer is not None else "" for layer in (first.left, first.right)),
        by_class=_by_class(differences),
        message=said.message,
        remedy=said.remedy,
        caused_by=None,
        fingerprint=blake2b(mark.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest(),
        remark=said.remark,
    )


def _seen(said: Explanation, differences: Sequence[Difference]) -> Explanation:
    """What a rule says, as of no consequence where no output differs."""
    if not all(each.unseen for each in differences):
        return said
    return replace(said, remedy="", effect=Effect.BOOKKEEPING, concerns=Effect.BOOKKEEPING)


def _by_class(differences: Sequence[Difference]) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for each in differences:
        totals.update(each.by_class)
    return {name: count for name, count in totals.items() if count}


def _told_paths(difference: Difference, *, of_left: bool) -> tuple[str, ...]:
    """The layer; where it is told how a layer is written down, everything that it is made of."""
    layer = difference.left if of_left else difference.right
    if difference.topic is Topic.WRITTEN and layer is not None:
        return layer.sources or (layer.path,)
    return _paths(difference, of_left=of_left)


def _paths(difference: Difference, *, of_left: bool) -> tuple[str, ...]:
    """The source's own layer; for a layer on one side only, where it would stand on the other."""
    layer: Layer | None = difference.left if of_left else difference.right
    if layer is None and (difference.left is not None or difference.right is not None):
        layer = difference.place
    return (layer.source,) if layer is not None else ()
