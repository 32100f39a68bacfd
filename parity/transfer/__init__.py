"""Aligned graphs -> transfer plan: what each weight of the right is over the weights of the left."""

from parity.transfer._code import code
from parity.transfer._expression import Expression
from parity.transfer._layers import Carried
from parity.transfer._plan import Entry, Plan, plan

__all__ = ["Carried", "Entry", "Expression", "Plan", "code", "plan"]
