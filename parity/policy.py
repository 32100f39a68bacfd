"""What a user makes of the rules: which count, and how much; findings -> judged findings, and those left out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from parity.errors import UsageError
from parity.graph import Effect
from parity.rules import Finding, Profile, Severity, rules

UNUSED, EXPIRED, STALE = "suppression-unused", "suppression-expired", "baseline-stale"
NOTES: Mapping[str, str] = {
    UNUSED: "A suppression is unused: no finding matches it.",
    EXPIRED: "A suppression has expired: its last day has passed.",
    STALE: "The baseline lists a finding that no longer occurs.",
}
"""What is said of a configuration instead of two models, by a name that is known wherever that of a rule is."""

ORDER = (
    Effect.INTERFACE,
    Effect.INFERENCE,
    Effect.TRAINING,
    Effect.UNKNOWN,
    Effect.CONVERSION,
    Effect.BOOKKEEPING,
)
SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.INFO)
"""The most severe first."""

Judged = tuple[Finding, Severity]


@dataclass(frozen=True)
class Policy:
    """Changes to how a profile rates findings; an empty policy changes nothing.

    What could not be decided stays a warning whatever is selected or ignored: only a suppression with a reason lets
    it pass.

    Attributes:
        select: the rules that count; all where there are none.
        ignore: the rules that do not.
        severities: the severity of a rule's findings, whatever their effect.
    """

    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    severities: Mapping[str, Severity] = field(default_factory=dict)

    def ignoring(self, names: str | Iterable[str]) -> "Policy":
        """The same, and these rules do not count.

        Raises:
            UsageError: one of the names is no rule's.
        """
        more = known([names] if isinstance(names, str) else names, "ignore")
        return replace(self, ignore=self.ignore | more) if more else self


def known(names: Iterable[str], where: str) -> frozenset[str]:
    """The names, if they are of rules.

    Raises:
        UsageError: one of them is not.
    """
    found = frozenset(names)
    every = {*rules(), *NOTES}
    for name in sorted(found - every):
        raise UsageError(f"no rule {name!r} for {where}", "it is not known", remedy=nearest(name, every))
    return found


def nearest(name: str, names: Collection[str], otherwise: str = "parity rule lists them all") -> str:
    """The suggestion for a name that is not known."""
    near = get_close_matches(name, names, n=1)
    return f"did you mean {near[0]}?" if near else otherwise


def severities(pairs: Iterable[tuple[str, str]], where: str) -> dict[str, Severity]:
    """Severities by rule.

    Raises:
        UsageError: no such rule, or no such severity.
    """
    found: dict[str, Severity] = {}
    for rule, level in pairs:
        known([rule], where)
        if level not in {each.value for each in Severity}:
            raise UsageError(
                f"no severity {level!r} for {where}", "it is not known", remedy="use error, warning or info"
            )
        found[rule] = Severity(level)
    return found


def is_open(finding: Finding, severity: Severity) -> bool:
    """Whether a finding is of something that the question asks for and that could not be decided."""
    return finding.effect is Effect.UNKNOWN and severity is not Severity.INFO


def is_real(finding: Finding, severity: Severity) -> bool:
    """Whether a finding answers the question with no."""
    return severity is Severity.ERROR and not is_open(finding, severity)


def judge(
    findings: Sequence[Finding], profile: Profile, policy: Policy
) -> tuple[tuple[Judged, ...], tuple[Finding, ...]]:
    """Severities, the most severe first and in the order of the graph otherwise; and the findings left out.

    What follows from a finding goes its way: it is left out with it, and never more severe than a severity that was
    set for it.
    """
    by_print = {each.fingerprint: each for each in findings}
    judged: list[Judged] = []
    left_out: list[Finding] = []
    for each in findings:
        own = profile.severity(each.effect, each.concerns) if not each.remark else Severity.INFO
        root = by_print.get(each.caused_by or "", each)
        undecided = own is Severity.WARNING
        if not undecided and _is_left_out(each, root, policy):
            left_out.append(each)
        else:
            judged.append((each, _severity(each, root, own, policy)))
    gone = {each.fingerprint for each in left_out}
    stay = [(replace(each, caused_by=None) if each.caused_by in gone else each, level) for each, level in judged]
    stay.sort(key=lambda pair: (SEVERITIES.index(pair[1]), ORDER.index(pair[0].effect)))
    return tuple(stay), tuple(left_out)


def _is_left_out(finding: Finding, root: Finding, policy: Policy) -> bool:
    ignored = bool({finding.rule, root.rule} & policy.ignore)
    return ignored or bool(policy.select and finding.rule not in policy.select)


def _severity(finding: Finding, root: Finding, own: Severity, policy: Policy) -> Severity:
    wanted = policy.severities.get(finding.rule, own)
    if own is Severity.WARNING:
        return Severity.ERROR if wanted is Severity.ERROR else own
    ceiling = policy.severities.get(root.rule, Severity.ERROR)
    return wanted if finding is root else max(wanted, ceiling, key=SEVERITIES.index)


NOTHING = Policy()
