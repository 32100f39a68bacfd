"""What each weight of a layer is, over the stored tensors of its counterpart."""

from collections.abc import Iterator
from dataclasses import replace
from math import prod

from parity.axes import rearrangement
from parity.comparison import View, home
from parity.graph import Census, Evidence, Layer, LayerGraph, Weight
from parity.transfer._contract import ADDED, COUNTERS, Carried, Sides, is_carried
from parity.transfer._expression import (
    Expression,
    Filled,
    FoldedBias,
    FoldedKernel,
    Shape,
    Sum,
    gates,
    permute,
    reshape,
)
from parity.transfer._rows import IN, OUT, Rows
from parity.transfer._stored import of_weight

ROW_AXES = {IN: ("in", "c"), OUT: ("out", "dim")}
"""The names that an axis along rows has among those of weights."""

RECURRENT = ("lstm", "gru", "simple_rnn")


def carried(sides: Sides, left: Layer, right: Layer) -> Iterator[Carried]:
    """Every weight of two aligned layers, once."""
    if left.kind == "region" or right.kind == "region":
        return
    if is_merged(left) is not is_merged(right):
        yield from _with_statistics(sides, left, right)
        return
    norm = folded_norm(sides.view, left, right)
    unfolded = folded_norm(sides.swapped.view, right, left)
    for weight in right.weights:
        if unfolded is not None and weight.role in {"kernel", "bias"}:
            reason = f"{unfolded.source} is folded into the weights of {left.source}"
            yield Carried(left, right, weight.role, weight, None, None, reason)
            continue
        if weight.role is not None and (is_carried(weight) or _is_number(weight)):
            yield _one(sides, left, right, weight, norm)
    have = {weight.role for weight in right.weights}
    for weight in left.weights:
        alone = weight.role in ADDED and weight.role not in have and is_carried(weight)
        if alone and norm is None is unfolded and not _summed(left, right, str(weight.role)):
            yield _left_alone(sides, left, right, weight)


def _is_number(weight: Weight) -> bool:
    """Whether a constant is one that a layer calculates with, such as an operand that nobody trains."""
    return weight.census in {Census.CONSTANT, Census.NONPERSISTENT} and weight.role not in COUNTERS


def _left_alone(sides: Sides, left: Layer, right: Layer, weight: Weight) -> Carried:
    """A weight that only the left has: the right computes as if it were what changes nothing."""
    role = str(weight.role)
    value = of_weight(weight, sides.left)
    return Carried(left, right, role, None, value, Filled(weight.shape, (), ADDED[role]), given=True)


def _one(sides: Sides, left: Layer, right: Layer, weight: Weight, norm: Layer | None) -> Carried:
    role = str(weight.role)
    told = of_weight(weight, sides.right)
    if norm is not None and role in {"kernel", "bias"}:
        value = _folded(sides, left, right, weight, norm)
    elif _summed(left, right, role):
        return _bias(sides, left, right, weight)
    else:
        own = left.weight(role)
        if own is None:
            filled = Filled(weight.shape, (), ADDED[role]) if role in ADDED else None
            reason = "" if filled is not None else f"{left.source} has no {role.replace('_', ' ')}"
            return Carried(left, right, role, weight, filled, told, reason, given=True)
        value = _converted(sides, left, right, own, weight)
    if isinstance(value, str):
        return Carried(left, right, role, weight, None, told, value)
    rows = tuple(_rows(sides, right, weight))
    guess = _guess(sides.view, norm) or (sides.orders.guessed.get(right.path, "") if rows else "")
    return Carried(left, right, role, weight, value, told, rows=rows, guess=guess)


def _converted(sides: Sides, left: Layer, right: Layer, own: Weight, weight: Weight) -> Expression | str:
    """A weight of the left as that of the right stands; or the reason why that cannot be told."""
    found = of_weight(own, sides.left)
    if found is None:
        return f"{own.name} is not among the stored tensors of its model"
    if prod(own.shape) != prod(weight.shape):
        return f"{own.name} has the shape {own.shape}, where {weight.shape} is needed"
    turned = _turned(sides, left, right, own, weight, found)
    if isinstance(turned, str):
        return turned
    return _in_order(sides, left, right, weight, turned)


def _turned(
    sides: Sides, left: Layer, right: Layer, own: Weight, weight: Weight, found: Expression
) -> Expression | str:
    mine = own.axes or _axes_of(sides.view.left, left, own)
    theirs = weight.axes or _axes_of(sides.view.right, right, weight)
    steps = rearrangement(mine, own.shape, theirs, weight.shape) if mine and theirs else None
    if steps is not None and prod(steps[0]) == weight.numel:
        return reshape(permute(reshape(found, steps[0]), steps[1]), weight.shape)
    long = [[size for size in each.shape if size != 1] for each in (own, weight)]
    one_home = home(sides.view.left) is home(sides.view.right)
    if long[0] == long[1] and (len(long[0]) <= 1 or (one_home and own.shape == weight.shape)):
        return reshape(found, weight.shape)
    return f"the axes of {own.name} are not known"


def _axes_of(graph: LayerGraph, layer: Layer, weight: Weight) -> str:
    """The names of the axes of a weight that is used element by element, from those of what it meets."""
    value = graph.values.get(layer.inputs[0]) if layer.inputs else None
    if value is None or value.axes is None or not 1 < len(weight.shape) <= len(value.axes):
        return ""
    names = value.axes[-len(weight.shape) :]
    return " ".join(map(str, names)) if None not in names and len({*names}) == len(names) else ""


def _in_order(sides: Sides, left: Layer, right: Layer, weight: Weight, value: Expression) -> Expression | str:
    """With gates and rows in the order of the right."""
    axes = weight.axes.split()
    orders = [str(layer.attributes.get("gate_order") or "").split() for layer in (left, right)]
    if orders[0] != orders[1]:
        if sorted(orders[0]) != sorted(orders[1]):
            return "its gates are not the same"
        places = [orders[0].index(gate) for gate in orders[1]]
        for at, axis in enumerate(axes):
            if axis.split("*")[0] == "gate":
                value = gates(value, at, places)
    if right.path in sides.orders.unsure:
        return "the order of its rows is not known"
    for number, rows in _rows(sides, right, weight):
        ordered = rows.applied(value, number)
        if ordered is None:
            return "the order of its rows does not match its size"
        value = ordered
    return value


def _rows(sides: Sides, right: Layer, weight: Weight) -> Iterator[tuple[int, Rows]]:
    """The stretches of a weight's axes that run in another order than on the left."""
    axes = weight.axes.split()
    for side, names in ROW_AXES.items():
        # What is used element by element has its last axis along the rows.
        along = [number for number, axis in enumerate(axes) if axis in names]
        along = along or ([] if axes or not weight.shape else [len(weight.shape) - 1])
        if along and weight.shape[along[0]] != 1:
            yield from ((along[0], rows) for rows in sides.orders.found.get((right.path, side), ()))


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
    mine = [_converted(sides, left, right, each, weight) for each in own]
    wrong = next((each for each in mine if isinstance(each, str)), "")
    values = [each for each in mine if not isinstance(each, str)]
    if wrong:
        return Carried(left, right, role, weight, None, None, wrong)
    if two and len(values) == 2:  # noqa: PLR2004  both biases
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
    mine = [_converted(sides, left, right, each, weight) for each in _biases(left)]
    theirs = [of_weight(each, sides.right) for each in _biases(right)]
    wrong = next((each for each in mine if isinstance(each, str)), "")
    values = [each for each in mine if not isinstance(each, str)]
    told = [each for each in theirs if each is not None]
    if wrong or len(told) < len(theirs):
        return Carried(left, right, "bias", weight, None, None, wrong or "it is not among the stored tensors")
    return Carried(left, right, "bias", weight, _total(values, weight.shape), _total(told, weight.shape))


def has_both(left: Layer, right: Layer) -> bool:
    """Whether recurrent layers have two biases each, so that every one has a counterpart."""
    return len(_biases(left)) == len(_biases(right)) == 2  # noqa: PLR2004  for the input and for the recurrence


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


def is_merged(layer: Layer) -> bool:
    """Whether a batch normalisation has its statistics computed into its scale and offset."""
    return layer.kind == "batch_norm" and layer.attributes.get("statistics") == "merged"


def _with_statistics(sides: Sides, left: Layer, right: Layer) -> Iterator[Carried]:
    """The scale and offset of the right, which hold the statistics of the left; not the other way round."""
    for weight in right.weights:
        role = str(weight.role)
        if not is_carried(weight) and not _is_number(weight):
            continue
        told = of_weight(weight, sides.right)
        size = (weight.numel,)
        parts = None if is_merged(left) else _norm_parts(sides, left, size)
        epsilon = left.attributes.get("epsilon")
        if parts is None or not isinstance(epsilon, float) or role not in {"gamma", "beta"}:
            reason = f"the statistics of {(left if is_merged(left) else right).source} are folded into other weights"
            yield Carried(left, right, role, weight, None, told, reason)
            continue
        mean, variance, gamma, beta = parts
        if role == "gamma":
            value: Expression = FoldedKernel(size, (Filled(size, (), 1.0), variance, gamma), 0, epsilon)
        else:
            value = FoldedBias(size, (Filled(size), mean, variance, gamma, beta), epsilon)
        yield Carried(left, right, role, weight, reshape(value, weight.shape), told)


def _norm_parts(sides: Sides, norm: Layer, size: Shape) -> tuple[Expression, ...] | None:
    """The mean, variance, scale and offset of a batch normalisation, the last two filled in where it has none."""
    found = []
    for role in ("moving_mean", "moving_variance", "gamma", "beta"):
        each = norm.weight(role)
        value = of_weight(each, sides.left) if each is not None else None
        if each is None and role in {"gamma", "beta"}:
            value = Filled(size, (), ADDED[role])
        if value is None or value.shape != size:
            return None
        found.append(value)
    return tuple(found)


def folded_norm(view: View, left: Layer, right: Layer) -> Layer | None:
    """The batch normalisation after a layer of the left that the right can have computed into its counterpart.

    Without wiring it is the layer that comes next in the order of the source.
    """
    if left.kind not in {"conv", "dense", "conv_transpose"} or left.kind != right.kind:
        return None
    norm = _after(view, left)
    if norm is None or norm.kind != "batch_norm" or view.counterpart(norm, of_left=True) is not None:
        return None
    stored = norm.weight("moving_variance") is not None
    return norm if stored and norm.attributes.get("statistics") not in {"batch", "merged"} else None


def _after(view: View, left: Layer) -> Layer | None:
    """The one layer that a layer feeds, as far as that is known."""
    if view.left.evidence is not Evidence.GRAPH:
        at = view.left.places[left.path] + 1
        return view.left.layers[at] if view.left.ordered and at < len(view.left.layers) else None
    users = view.left.consumers.get(left.outputs[0], ()) if left.outputs else ()
    return users[0] if len(users) == 1 and left.outputs[0] not in view.left.outputs else None


def _guess(view: View, norm: Layer | None) -> str:
    if norm is None or view.left.evidence is Evidence.GRAPH:
        return ""
    return f"it is not known whether {norm.source} is folded into it, since the source does not record its wiring"


def _folded(sides: Sides, left: Layer, right: Layer, weight: Weight, norm: Layer) -> Expression | str:
    """A kernel or bias with a batch normalisation computed into it."""
    out = _units(weight)
    if out is None or not isinstance(norm.attributes.get("epsilon"), float):
        return f"it is not known how {norm.source} is folded into it"
    size = (weight.shape[out],)
    parts = _norm_parts(sides, norm, size)
    if parts is None:
        return f"the weights of {norm.source} do not match it"
    mean, variance, gamma, beta = parts
    own = left.weight(str(weight.role))
    epsilon = float(norm.attributes["epsilon"])
    if weight.role == "kernel" and own is not None:
        kernel = _converted(sides, left, right, own, weight)
        if isinstance(kernel, str):
            return kernel
        return FoldedKernel(weight.shape, (kernel, variance, gamma), out, epsilon)
    bias = _converted(sides, left, right, own, weight) if own is not None else Filled(size)
    if isinstance(bias, str) or weight.role == "kernel":
        return bias if isinstance(bias, str) else f"{left.source} has no kernel"
    return FoldedBias(weight.shape, (bias, mean, variance, gamma, beta), epsilon)


def _units(weight: Weight) -> int | None:
    """The axis of a kernel or bias that runs along what the layer makes."""
    names = weight.axes.split()
    return next((at for at, name in enumerate(names) if name in {"out", "group*multiplier"}), None)
