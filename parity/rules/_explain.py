"""Hand each difference to the rule that claims it, and make findings and ledger steps of what the rules say."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import blake2b

from parity.comparison import Comparison, Difference, Topic, View
from parity.errors import ExtensionError
from parity.graph import Effect, Layer
from parity.rules._contract import Finding, Rule, Step
from parity.rules._registry import rules

NAMELESS = {Topic.LAYER, Topic.LAYER_WEIGHTS}
"""Topics whose name is of the layer, not of something in it."""

Group = tuple[Rule, list[Difference]]


def explain(comparison: Comparison) -> tuple[Finding, ...]:
    """A finding for each rule and pair of layers, causes before what follows from them.

    Raises:
        ExtensionError: no rule claims a difference, not even a general one.
    """
    groups = _grouped(comparison)
    prints: dict[tuple[str, str, str, str], str] = {}
    findings = []
    for rule, differences in groups:
        finding = _finding(rule, differences, comparison.view)
        for each in differences:
            prints[each.key] = finding.fingerprint
        findings.append((finding, next((each.cause for each in differences if each.cause), None)))
    return tuple(
        replace(finding, caused_by=prints.get(cause))
        if cause is not None and prints.get(cause) != finding.fingerprint
        else finding
        for finding, cause in findings
    )


def ledger_steps(findings: Iterable[Finding]) -> tuple[Step, ...]:
    """The findings with a delta, summed by rule, in the order in which the rules first appear."""
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for each in findings:
        if each.delta:
            by_rule[each.rule].append(each)
    return tuple(
        Step(rule, found[0].effect, len(found), sum(each.delta for each in found)) for rule, found in by_rule.items()
    )


def _grouped(comparison: Comparison) -> list[Group]:
    specific, general = _by_topic()
    groups: dict[tuple[str, str, str, str], Group] = {}
    for each in comparison.differences:
        rule = _claimant(each, comparison.view, specific.get(each.topic, ()), general.get(each.topic, ()))
        left, right = (layer.path if layer else "" for layer in (each.left, each.right))
        # Differences of one cause in one pair of layers are one finding; those of a general rule are not of one cause,
        # unless all that there is to say is that the layer has no counterpart.
        whole = (left or right) and (not rule.general or not (left and right))
        name = "" if whole else each.name
        groups.setdefault((rule.name, left, right, name), (rule, []))[1].append(each)
    return list(groups.values())


def _by_topic() -> tuple[dict[Topic, list[Rule]], dict[Topic, list[Rule]]]:
    specific: dict[Topic, list[Rule]] = defaultdict(list)
    general: dict[Topic, list[Rule]] = defaultdict(list)
    for rule in rules().values():
        for topic in rule.topics:
            (general if rule.general else specific)[topic].append(rule)
    return specific, general


def _claimant(difference: Difference, view: View, *tiers: Sequence[Rule]) -> Rule:
    """The one rule that claims a difference; a general one only where no special one does."""
    for tier in tiers:
        claimants = [rule for rule in tier if rule.claims(difference, view)]
        if len(claimants) > 1:
            names = " and ".join(rule.name for rule in claimants)
            raise ExtensionError("cannot explain a difference", f"{names} both claim it", found=str(difference.key))
        if claimants:
            return claimants[0]
    raise ExtensionError("cannot explain a difference", "no rule claims it", found=str(difference.key))


def _finding(rule: Rule, differences: Sequence[Difference], view: View) -> Finding:
    first = differences[0]
    said = rule.explain(differences, view)
    undecided = any(each.unknown is not None for each in differences)
    effect = Effect.UNKNOWN if undecided else said.effect or rule.effect
    concerns = said.concerns or said.effect or rule.effect
    left, right = _paths(first, of_left=True), _paths(first, of_left=False)
    names = list(dict.fromkeys(each.name for each in differences if each.name and each.topic not in NAMELESS))
    mark = "\x1f".join((rule.name, *left, "\x1e", *right, "\x1e", *names))
    return Finding(
        rule=rule.name,
        effect=effect,
        concerns=concerns,
        facet=first.facet,
        left=left,
        right=right,
        attribute=", ".join(names) or None,
        left_value=first.left_value if said.left_value is None else said.left_value,
        right_value=first.right_value if said.right_value is None else said.right_value,
        delta=sum(each.delta for each in differences),
        message=said.message,
        remedy=said.remedy,
        caused_by=None,
        fingerprint=blake2b(mark.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest(),
    )


def _paths(difference: Difference, *, of_left: bool) -> tuple[str, ...]:
    """The source's own layer; for a layer on one side only, where it would stand on the other."""
    layer: Layer | None = difference.left if of_left else difference.right
    if layer is None and (difference.left is not None or difference.right is not None):
        layer = difference.place
    return (layer.source,) if layer is not None else ()
