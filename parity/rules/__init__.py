"""Differences -> findings: a module for each known cause.

A rule's name is what it finds; its module's docstring is its documentation, in four parts: what it detects, why it
happens, how to fix it, an example. ``explain`` hands each difference to the one rule that claims it; what no special
rule claims goes to the general rule of its topic.
"""

from parity.rules._contract import Explanation, Finding, Rule, Step
from parity.rules._explain import explain, ledger_steps
from parity.rules._profiles import PROFILES, Profile, Severity, answerable, is_untold, profile_for
from parity.rules._registry import documentation, rules
from parity.rules._watch import watched
from parity.rules._words import plain, shape

__all__ = [
    "PROFILES",
    "Explanation",
    "Finding",
    "Profile",
    "Rule",
    "Severity",
    "Step",
    "answerable",
    "documentation",
    "explain",
    "is_untold",
    "ledger_steps",
    "plain",
    "profile_for",
    "rules",
    "shape",
    "watched",
]
