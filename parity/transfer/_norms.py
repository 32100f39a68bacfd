"""Batch normalisations that are computed into other weights, or whose statistics are computed into their own."""

from collections.abc import Iterator

from parity.comparison import View
from parity.graph import Evidence, Layer, Weight
from parity.transfer._calculated import FoldedBias, FoldedKernel
from parity.transfer._contract import ADDED, Carried, Sides, is_carried, is_number
from parity.transfer._conversion import converted
from parity.transfer._expression import Expression, Filled, Shape, reshape
from parity.transfer._stored import of_weight


def is_merged(layer: Layer) -> bool:
    """Whether a batch normalisation has its statistics computed into its scale and offset."""
    return layer.kind == "batch_norm" and layer.attributes.get("statistics") == "merged"


def with_statistics(sides: Sides, left: Layer, right: Layer) -> Iterator[Carried]:
    """The scale and offset of the right, which hold the statistics of the left; not the other way round."""
    for weight in right.weights:
        role = str(weight.role)
        if not is_carried(weight) and not is_number(weight):
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


def guess_of(view: View, norm: Layer | None) -> str:
    if norm is None or view.left.evidence is Evidence.GRAPH:
        return ""
    return f"it is not known whether {norm.source} is folded into it, since the source does not record its wiring"


def folded(sides: Sides, left: Layer, right: Layer, weight: Weight, norm: Layer) -> Expression | str:
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
        kernel = converted(sides, left, right, own, weight)
        if isinstance(kernel, str):
            return kernel
        return FoldedKernel(weight.shape, (kernel, variance, gamma), out, epsilon)
    bias = converted(sides, left, right, own, weight) if own is not None else Filled(size)
    if isinstance(bias, str) or weight.role == "kernel":
        return bias if isinstance(bias, str) else f"{left.source} has no kernel"
    return FoldedBias(weight.shape, (bias, mean, variance, gamma, beta), epsilon)


def _units(weight: Weight) -> int | None:
    """The axis of a kernel or bias that runs along what the layer makes."""
    names = weight.axes.split()
    return next((at for at, name in enumerate(names) if name in {"out", "group*multiplier"}), None)
