"""What a layer says of itself that has what a result is computed of in the place of the result."""

from dataclasses import dataclass

COMPUTED_BEFORE = "computed_before"
"""The attribute of a layer that has in the place of a result what this is computed of: a ``Computed``."""


@dataclass(frozen=True, slots=True)
class Computed:
    """What stands in the place of a result that the other model stores.

    Attributes:
        roles: those of the weights that it is computed of; the first is the one of the result.
        names: the names of all of these, also of those that stand in another place already.
        count: their elements.
        shown: the other model's file shows that it is computed of these.
    """

    roles: tuple[str, ...]
    names: tuple[str, ...]
    count: int
    shown: bool
