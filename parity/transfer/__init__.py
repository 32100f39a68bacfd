"""Aligned graphs -> transfer plan: what each weight of the right is over the weights of the left."""

from parity.transfer._absorbed import bias_feeds_norm
from parity.transfer._code import DIALECTS, code
from parity.transfer._compare import Compared, compare_weights, weight_differences, with_weights
from parity.transfer._contract import ADDED, Carried, is_carried
from parity.transfer._deciding import by_numbers
from parity.transfer._diagnosis import Cause, Diagnosis
from parity.transfer._expression import Expression
from parity.transfer._plan import Entry, Plan, expressions, mirrored, plan
from parity.transfer._renamed import named_by_values
from parity.transfer._script import script
from parity.transfer._states import RTOL, State

__all__ = [
    "ADDED",
    "DIALECTS",
    "RTOL",
    "Carried",
    "Cause",
    "Compared",
    "Diagnosis",
    "Entry",
    "Expression",
    "Plan",
    "State",
    "bias_feeds_norm",
    "by_numbers",
    "code",
    "compare_weights",
    "expressions",
    "is_carried",
    "mirrored",
    "named_by_values",
    "plan",
    "script",
    "weight_differences",
    "with_weights",
]
