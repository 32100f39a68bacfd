"""The value types of rules: what a rule is, what it says, and the finding that comes of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from parity.comparison import Difference, Facet, Topic, View
from parity.graph import Effect, Layer


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a rule says of the differences of one pair of layers.

    Attributes:
        message: the reason and the consequence, one or two sentences.
        remedy: what to do about it, as code where that is possible; "" where nothing needs doing.
        effect: overrides the rule's own.
        concerns: for the effect ``unknown``, the effect that a difference would have; for ``bookkeeping``, the effect
            that it has to who asks for the ``exact`` same model.
        left_value, right_value: override the values of the difference.
        remark: it is worth knowing and no fault of either side, so that no profile raises it.
    """

    message: str
    remedy: str = ""
    effect: Effect | None = None
    concerns: Effect | None = None
    left_value: Any = None
    right_value: Any = None
    remark: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One explained difference.

    Attributes:
        rule: name of the rule.
        concerns: what could be affected: the effect itself, unless that is unknown or only matters to ``exact``.
        left, right: paths of the layers in their own source.
        attribute: the attribute or weight role, or None.
        layers: the layers of both sides as they were compared, "" where a side has none.
        delta: elements that it adds to the right headline total over the left one.
        by_class: elements that it adds to each class, whether or not a headline counts them.
        caused_by: fingerprint of the finding that this one follows from, or None.
        fingerprint: 12 hex digits of rule, layers and attribute; wording does not change it.
        remark: informational under every profile.
        measured: relative change of the right side's outputs when it is undone; None if that
            was not measured.
    """

    rule: str
    effect: Effect
    concerns: Effect
    facet: Facet
    left: tuple[str, ...]
    right: tuple[str, ...]
    attribute: str | None
    left_value: Any
    right_value: Any
    delta: int
    message: str
    remedy: str
    caused_by: str | None
    fingerprint: str
    by_class: Mapping[str, int] = field(default_factory=dict)
    layers: tuple[str, ...] = ("", "")
    remark: bool = False
    measured: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the ledger: what the findings of one rule add to the right total over the left one."""

    rule: str
    effect: Effect
    layers: int
    delta: int


@dataclass(frozen=True)
class Rule:
    """A known cause of differences.

    Attributes:
        name: kebab-case; what is found, not what to do.
        effect: what the difference changes.
        topics: what it looks at.
        claims: whether a difference has this cause.
        explain: the words for all claimed differences of one pair of layers.
        general: takes what no other rule claims.
        about: the layer that a difference is told of, where that is another one than it was found in.
    """

    name: str
    effect: Effect
    topics: frozenset[Topic]
    claims: Callable[[Difference, View], bool]
    explain: Callable[[Sequence[Difference], View], Explanation]
    general: bool = False
    about: Callable[[Difference, View], Layer | None] | None = None
