"""The weights whose numbers were compared, the worst first."""

from collections import Counter
from collections.abc import Sequence
from math import inf

from parity.reports._contract import Tensor
from parity.transfer import State

ORDER = (State.DIFFERENT, State.UNREAD, State.CLOSE, State.ROUNDED, State.SAME)
"""The worst first."""

WORST = 20
"""Rows that are shown in short."""

HEADINGS = ("state", "left", "right", "largest difference", "relative", "why")


def sorted_tensors(found: Sequence[Tensor]) -> list[Tensor]:
    """The worst first: by what came of them, and then by how far they are apart."""
    return sorted(found, key=lambda each: (ORDER.index(each.state), -_far(each.rel_l2)))


def _far(distance: float | None) -> float:
    return inf if distance is None else distance


def worst(found: Sequence[Tensor], most: int = WORST) -> list[Tensor]:
    """Those of which something is to be said, as many as are shown in short."""
    return [each for each in sorted_tensors(found) if each.state not in {State.SAME, State.ROUNDED}][:most]


def counts(found: Sequence[Tensor]) -> dict[str, int]:
    """How many there are of each state, in the order of the document."""
    tally = Counter(each.state for each in found)
    return {state.value: tally[state] for state in reversed(ORDER)}


def tally(found: Sequence[Tensor]) -> str:
    """How many weights were compared, and what came of them."""
    if not found:
        return "no weights were compared"
    told = ", ".join(f"{number:,} {name}" for name, number in counts(found).items() if number)
    return f"{len(found):,} weights compared: {told}"


def row(each: Tensor) -> tuple[str, ...]:
    """What is shown of one, under the headings."""
    distance = [
        "" if size is None or each.state is State.UNREAD else f"{size:.3g}" for size in (each.max_abs, each.rel_l2)
    ]
    names = [
        name or f"no {each.role.replace('_', ' ')} in {layer}"
        for name, layer in zip((each.left, each.right), each.layers, strict=True)
    ]
    return (each.state.value, *names, *distance, each.why)
