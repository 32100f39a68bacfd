"""What rules say of weights whose numbers differ."""

from collections.abc import Callable, Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.transfer import Cause, Compared


def of_values(name: str, cause: Cause) -> Rule:
    """The rule for weights that differ for one cause."""
    return Rule(name, Effect.INFERENCE, frozenset({Topic.VALUES}), _claims(cause), explain)


def _claims(cause: Cause) -> Callable[[Difference, View], bool]:
    def claims(difference: Difference, _: View) -> bool:
        found = compared(difference)
        return found.diagnosis is not None and found.diagnosis.cause is cause

    return claims


def compared(difference: Difference) -> Compared:
    """The two weights that a difference is of.

    Raises:
        TypeError: it is of something else.
    """
    if not isinstance(difference.right_value, Compared):
        raise TypeError(difference.key)
    return difference.right_value


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """What is the matter with each weight, and what the right ones are to be."""
    found = [compared(each) for each in differences]
    told = [f"the {each.role.replace('_', ' ')} {each.diagnosis.words}" for each in found if each.diagnosis]
    left, right = (
        ", ".join(dict.fromkeys(names)) for names in zip(*((each.left, each.right) for each in found), strict=True)
    )
    code = "; ".join(dict.fromkeys(f"{each.right} = {each.expression}" for each in found))
    return Explanation("; ".join(told), f"carry them over: {code}", left_value=left, right_value=right)


def names(found: Sequence[Compared]) -> tuple[str, str]:
    """The stored tensors of both sides."""
    sides = zip(*((each.left, each.right) for each in found), strict=True)
    left, right = (", ".join(dict.fromkeys(each)) for each in sides)
    return left, right
