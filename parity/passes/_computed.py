"""What is known of results that one model stores and another one computes: of what, and by which calls."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache

from parity.graph import LayerGraph, Weight
from parity.kinds import kinds

COMPUTED_BEFORE = "computed_before"
"""The attribute of a layer that has in the place of a result what this is computed of: a ``Computed``."""


KEEPS = frozenset(("reshape", "flatten", "permute", "expand", "stack_axis", "slice", "select", "dropout")) | {
    *("range", "fill", "constant", "identity", "cast"),
}
"""Kinds that keep the order of what they are given in inference, or make numbers."""

LOOKUPS = KEEPS | {"embedding", "gather"}
"""Kinds that only pick and move, so that all that a result depends on is seen."""

MOVES = frozenset(("cat", "stack", "clone", "to", "_to_copy", "contiguous", "alias", "type_as", "lift_fresh_copy"))
"""PyTorch's calls that put together or keep what they are given, beside those of these kinds."""

DISORDERS = frozenset(("flip", "roll", "rot90", "getitem"))
"""Those that do not keep the order; and what takes one of several results, of whatever call."""

REVERSED = {"rsub": "sub"}
"""Calls that exporters write as another one."""

NUMBER = re.compile(r"(_\d+)?(:.*)?$")
"""What makes the names of several calls of one function different, and those of parts of one."""


@dataclass(frozen=True, slots=True)
class Computed:
    """What stands in the place of a result that the other model stores.

    Attributes:
        roles: those of the weights that it is computed of; the first is the one of the result.
        names: the names of all of these, also of those that stand in another place already.
        count: their elements.
        shown: the other model's file shows that it is computed of these.
        graph: the layers that compute it, of nothing that comes in; None where it is a number of the layer.
        how: tells what is computed from anything else that is computed of the same weights.
    """

    roles: tuple[str, ...]
    names: tuple[str, ...]
    count: int
    shown: bool
    graph: LayerGraph | None = field(default=None, compare=False, repr=False)
    how: str = field(default="", compare=False)


def calls_of(weight: Weight, names: Collection[str]) -> frozenset[str]:
    """The calls that an exporter names of those that have made a stored tensor; none where it tells nothing.

    Args:
        weight: a stored tensor.
        names: of weights of the other model, which are no calls.
    """
    given = (weight.name, *weight.computed_of) if weight.computed_of else ()
    return frozenset(call_of(each) for each in given if "." not in each and each not in names)


def told_functions(calls: Collection[str]) -> frozenset[str]:
    """Those of some calls that compute something."""
    return _calls().intersection(calls)


def call_of(name: str) -> str:
    """The call that a value or a layer has its name from.

    >>> call_of("clamp_min_3"), call_of("encoder.self_attn/exp"), call_of("linear_2:product")
    ('clamp_min', 'exp', 'linear')
    """
    call = NUMBER.sub("", name.rpartition("/")[2])
    return REVERSED.get(call, call)


@cache
def _calls() -> frozenset[str]:
    """The names of PyTorch's calls that compute something, or look it up."""
    spelled = (each for name, each in kinds().items() if name not in KEEPS)
    ops = {op for each in spelled for dialect, op in each.spellings if dialect == "aten"}
    return frozenset(ops - MOVES | DISORDERS)
