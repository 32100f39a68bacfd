"""How much an evaluation may compute, so that a stranger's file cannot make it run away."""

from dataclasses import dataclass

from parity.kinds import Uncomputable

OPERATIONS = 1 << 39
"""So many elements and products are computed in one evaluation: the largest image models take a tenth of it."""

AT_ONCE = 1 << 36
"""So many are in one layer."""

ELEMENTS = 1 << 28
"""No array has more elements: 2 GiB in double precision."""


@dataclass
class Budget:
    """What is left to be computed.

    Attributes:
        operations: elements and products that may still be made.
        at_once: how many of them one step may make.
        elements: how many an array may have.
        is_short: whether something was not computed since too few operations were left.
    """

    operations: int = OPERATIONS
    at_once: int = AT_ONCE
    elements: int = ELEMENTS
    is_short: bool = False

    def spend(self, count: int) -> None:
        """Take so many operations off.

        Raises:
            Uncomputable: there are not so many left.
        """
        if count > self.at_once:
            raise Uncomputable(f"it takes {count:.3g} operations, and one layer may take {self.at_once:.3g}")
        if count > self.operations:
            self.is_short = True
            raise Uncomputable("the budget of operations is spent")
        self.operations -= count

    def makes(self, count: int) -> None:
        """Take an array of so many elements off.

        Raises:
            Uncomputable: it is too large.
        """
        if count > self.elements:
            raise Uncomputable(f"it makes an array of {count:.3g} elements, and one may have {self.elements:.3g}")
        self.spend(count)
