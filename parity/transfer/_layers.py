"""What each weight of a layer is, over the stored tensors of its counterpart."""

from collections.abc import Iterator
from dataclasses import replace

from parity.comparison import of_parts
from parity.graph import Layer, Weight
from parity.kinds import MAGNITUDE
from parity.transfer._absorbed import MEAN, absorbing_norms, layers_before, without_bias
from parity.transfer._contract import ADDED, WHOLE, Carried, Sides, is_carried, is_number
from parity.transfer._conversion import converted, rows_of
from parity.transfer._expression import Expression, Filled, Literal, Shape, Sum, reshape
from parity.transfer._lengths import are_split, lengths_of, merged_kernel
from parity.transfer._norms import folded, folded_norm, guess_of, is_merged, with_statistics
from parity.transfer._precomputed import are_numbers_of, is_result, precomputed
from parity.transfer._stored import Sizes, of_weight

RECURRENT = ("lstm", "gru", "simple_rnn")


def carried(sides: Sides, left: Layer, right: Layer) -> Iterator[Carried]:
    """Every weight of two aligned layers, once."""
    if left.kind == "region" or right.kind == "region":
        if left.kind == right.kind:
            yield from _of_parts(sides, left, right)
        return
    if is_merged(left) is not is_merged(right):
        yield from with_statistics(sides, left, right)
        return
    norm = folded_norm(sides.view, left, right)
    unfolded = folded_norm(sides.swapped.view, right, left)
    for weight in right.weights:
        if is_result(right, weight.role):
            yield from _not_told(sides, left, right, weight)
            continue
        if unfolded is not None and weight.role in {"kernel", "bias"}:
            reason = f"{unfolded.source} is folded into the weights of {left.source}"
            yield Carried(left, right, weight.role, weight, None, None, reason)
            continue
        if weight.role is not None and (is_carried(weight) or is_number(weight)):
            yield _one(sides, left, right, weight, norm)
    yield from _of_left_alone(sides, left, right, plain=norm is None is unfolded)
    yield from _scales(sides, left, right)


def _of_left_alone(sides: Sides, left: Layer, right: Layer, *, plain: bool) -> Iterator[Carried]:
    """What the left stores and the right computes each time, or has not; ``plain`` where no norm is folded into it."""
    have = {weight.role for weight in right.weights}
    for weight in left.weights:
        if weight.role in have or weight.role is None:
            continue
        yield from _result(sides, left, right, weight.role)
        alone = weight.role in ADDED and is_carried(weight)
        if alone and plain and not _summed(left, right, weight.role):
            yield _left_alone(sides, left, right, weight)


def _scales(sides: Sides, left: Layer, right: Layer) -> Iterator[Carried]:
    """What small integers are numbers by, where both sides store such; a zero point that is left out is 0."""
    mine, theirs = sides.scales[0].get(left.path, {}), sides.scales[1].get(right.path, {})
    for role, at in dict.fromkeys((*theirs, *mine)) if mine and theirs else ():
        own, other = mine.get((role, at)), theirs.get((role, at))
        weight = other or own
        if weight is None:
            continue
        sides_of_it = _scale(own, weight, sides.left), _scale(other, weight, sides.right)
        reason = "" if None not in sides_of_it else f"{left.source} and {right.source} are scaled otherwise"
        yield Carried(left, right, role, other, *sides_of_it, reason)


def _scale(stored: Weight | None, like: Weight, sizes: Sizes) -> Expression | None:
    if stored is None:
        return Filled(like.shape) if like.dtype.startswith(WHOLE) else None  # a zero point, and no scale
    value = of_weight(stored, sizes) if stored.numel == like.numel else None
    return None if value is None else reshape(value, like.shape)


def _of_parts(sides: Sides, left: Layer, right: Layer) -> Iterator[Carried]:
    for mine, theirs in of_parts(left, right):
        if is_carried(theirs) and is_carried(mine):
            value, told = of_weight(mine, sides.left), of_weight(theirs, sides.right)
            guess = "both parts compute the same, and this is the only weight of its shape"
            yield Carried(left, right, str(theirs.role), theirs, value, told, guess=guess)


def _left_alone(sides: Sides, left: Layer, right: Layer, weight: Weight) -> Carried:
    """A weight that only the left has: the right computes as if it were what changes nothing."""
    role = str(weight.role)
    value = of_weight(weight, sides.left)
    told = Filled(weight.shape, (), ADDED[role])
    absorbed = role == "bias" and absorbing_norms(sides.view, left, right) is not None
    return Carried(left, right, role, None, value, told, given=True, absorbed=absorbed)


def _one(sides: Sides, left: Layer, right: Layer, weight: Weight, norm: Layer | None) -> Carried:
    role = str(weight.role)
    told = of_weight(weight, sides.right)
    if norm is not None and role in {"kernel", "bias"}:
        value = folded(sides, left, right, weight, norm)
    elif _summed(left, right, role):
        return _bias(sides, left, right, weight)
    else:
        made = precomputed(left, role, sides.left)
        own = made[0] if made is not None else left.weight(role)
        if own is None and weight.numbers is not None and are_numbers_of(left, role):
            return Carried(left, right, role, weight, Literal(weight.shape, (), weight.numbers), told)
        if own is None:
            filled = Filled(weight.shape, (), ADDED[role]) if role in ADDED else None
            reason = "" if filled is not None else f"{left.source} has no {role.replace('_', ' ')}"
            absorbed = role == "bias" and absorbing_norms(sides.view, left, right) is not None
            if role == MAGNITUDE and are_split(right):
                return _lengths(sides, left, right, weight)
            return Carried(left, right, role, weight, filled, told, reason, given=True, absorbed=absorbed)
        of, told = (made[1], told) if made is not None else _computed(sides, left, right, own, told)
        value = converted(sides, left, right, own, weight, of)
    if isinstance(value, str):
        return Carried(left, right, role, weight, None, told, value)
    rows = tuple(rows_of(sides, right, weight))
    guess = guess_of(sides.view, norm) or (sides.orders.guessed.get(right.path, "") if rows else "")
    return Carried(left, right, role, weight, value, told, rows=rows, guess=guess)


def _computed(
    sides: Sides, left: Layer, right: Layer, own: Weight, told: Expression | None
) -> tuple[Expression | None, Expression | None]:
    """What the left computes of a weight and others beside it, None where it does not, and what the right has there."""
    of = None
    if own.role == MEAN and (before := layers_before(sides.view, left, right)) is not None:
        mean = of_weight(own, sides.left)
        of = without_bias(mean, before[0].weight("bias"), sides.left) if mean is not None else None
        told = without_bias(told, before[1].weight("bias"), sides.right) if told is not None else None
    elif own.role == "kernel" and are_split(left) is not are_split(right):
        of = merged_kernel(left, sides.left)
        told = merged_kernel(right, sides.right) or told
    return of, told


def _lengths(sides: Sides, left: Layer, right: Layer, weight: Weight) -> Carried:
    """The lengths that only the right has, of the kernel that is carried over; what both come to is compared there."""
    kernel, own = right.weight("kernel"), left.weight("kernel")
    if kernel is None or own is None:
        return Carried(left, right, MAGNITUDE, weight, None, reason=f"{left.source} has no kernel", given=True)
    value = converted(sides, left, right, own, kernel)
    if isinstance(value, str):
        return Carried(left, right, MAGNITUDE, weight, None, reason=value, given=True)
    return Carried(left, right, MAGNITUDE, weight, lengths_of(value, weight), given=True, absorbed=True)


def _not_told(sides: Sides, left: Layer, right: Layer, weight: Weight) -> Iterator[Carried]:
    """A weight of which the left stores what is computed of it: it cannot be told from that, which is compared."""
    role = str(weight.role)
    reason = f"{left.source} stores what is computed of it"
    yield Carried(left, right, role, weight, None, None, reason, absorbed=True)
    yield from _result(sides, left, right, role)


def _result(sides: Sides, left: Layer, right: Layer, role: str) -> Iterator[Carried]:
    """What the left stores and the right computes each time."""
    made, own = precomputed(right, role, sides.right), left.weight(role)
    if made is not None and own is not None:
        value = converted(sides, left, right, own, made[0])
        told = (None, None, value) if isinstance(value, str) else (value, made[1], "")
        yield Carried(left, right, role, None, *told)


def _summed(left: Layer, right: Layer, role: str) -> bool:
    """Whether a role is one of two biases of a recurrent layer that are always added."""
    kinds = {left.kind.removesuffix("_cell"), right.kind.removesuffix("_cell")}
    if role not in {"bias", "recurrent_bias"} or len(kinds) != 1 or not kinds <= {*RECURRENT}:
        return False
    if left.attributes.get("reset_after") or right.attributes.get("reset_after"):
        return False
    return any(layer.weight("recurrent_bias") is not None for layer in (left, right))


def _bias(sides: Sides, left: Layer, right: Layer, weight: Weight) -> Carried:
    """One of two biases that are added: each where both sides have two, else the sum in the first."""
    role = str(weight.role)
    own = [each for each in (left.weight("bias"), left.weight("recurrent_bias")) if each is not None]
    two = right.weight("recurrent_bias") is not None and right.weight("bias") is not None
    mine = [converted(sides, left, right, each, weight) for each in own]
    wrong = next((each for each in mine if isinstance(each, str)), "")
    values = [each for each in mine if not isinstance(each, str)]
    if wrong:
        return Carried(left, right, role, weight, None, None, wrong)
    if two and len(values) == 2:  # both biases
        value: Expression = values[0] if role == "bias" else values[1]
    else:
        value = _total(values, weight.shape) if role == "bias" or not two else Filled(weight.shape)
    return Carried(left, right, role, weight, value, of_weight(weight, sides.right))


def _total(values: list[Expression], shape: Shape) -> Expression:
    if not values:
        return Filled(shape)
    return values[0] if len(values) == 1 else Sum(shape, tuple(values))


def bias_sums(sides: Sides, left: Layer, right: Layer) -> Carried | None:
    """The sums of the biases of recurrent layers, which alone matter; None where these are compared one by one."""
    if not _summed(left, right, "bias"):
        return None
    first = right.weight("bias") or left.weight("bias")
    if first is None:
        return None
    weight = right.weight("bias") or right.weight("recurrent_bias") or first
    mine = [converted(sides, left, right, each, weight) for each in _biases(left)]
    theirs = [of_weight(each, sides.right) for each in _biases(right)]
    wrong = next((each for each in mine if isinstance(each, str)), "")
    values = [each for each in mine if not isinstance(each, str)]
    told = [each for each in theirs if each is not None]
    if wrong or len(told) < len(theirs):
        return Carried(left, right, "bias", weight, None, None, wrong or "it is not among the stored tensors")
    return Carried(left, right, "bias", weight, _total(values, weight.shape), _total(told, weight.shape))


def has_both(left: Layer, right: Layer) -> bool:
    """Whether recurrent layers have two biases each, so that every one has a counterpart."""
    return len(_biases(left)) == len(_biases(right)) == 2  # for the input and for the recurrence


def _biases(layer: Layer) -> list[Weight]:
    return [each for role in ("bias", "recurrent_bias") if (each := layer.weight(role)) is not None]


def unfolded(sides: Sides, left: Layer, right: Layer) -> Iterator[Carried]:
    """The weights of a layer of the left which hold a batch normalisation of the right: what they are over the right's.

    Each has the value of the left, and over the right's tensors what it is to be.
    """
    merged = is_merged(left) and not is_merged(right)
    if not merged and folded_norm(sides.swapped.view, right, left) is None:
        return
    for each in carried(sides.swapped, right, left):
        if each.role in {"kernel", "bias", "gamma", "beta"}:
            yield replace(each, left=left, right=right, value=each.told, told=each.value)
