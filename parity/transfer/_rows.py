"""Merged axes that run in another order, and the weights whose rows or units are put in that order for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import prod

from parity.comparison import ROWS, Comparison, Difference, Topic, View
from parity.graph import Evidence, Framework, Layer, LayerGraph
from parity.graph.origin import home
from parity.transfer._expression import Expression, concat, flatten_order, window

IN, OUT = "in", "out"
"""Axes of weights that run along what a layer reads, and along what it makes."""

READS_ROWS = {"dense", "lstm", "gru", "simple_rnn"}
ALONG = {"batch_norm", "layer_norm", "rms_norm", "prelu", "activation", "dropout", "gaussian_noise", "elementwise"}
"""Kinds that treat the last axis element by element: their weights, if any, run along it."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A stretch of an axis that merges others in another order.

    Attributes:
        start: where it begins.
        sizes: of the axes that it merges, in the order of the left.
        order: theirs on the right.
    """

    start: int
    sizes: tuple[int, ...]
    order: tuple[int, ...]

    def applied(self, of: Expression, axis: int) -> Expression | None:
        """A tensor with this stretch of an axis in the order of the right; None where the axis is too short."""
        size, stop = of.shape[axis], self.start + prod(self.sizes)
        if stop > size:
            return None
        cuts = [(0, self.start), (self.start, stop), (stop, size)]
        parts = [
            window(of, tuple(cut if at == axis else (0, n) for at, n in enumerate(of.shape)))
            for cut in cuts
            if cut[0] < cut[1]
        ]
        at = 1 if self.start else 0
        parts[at] = flatten_order(parts[at], axis, self.sizes, self.order)
        return concat(parts, axis)


@dataclass
class RowOrders:
    """For each layer of the right, by path: the stretches of its axes that run in another order than on the left.

    Attributes:
        found: stretches by path and axis.
        unsure: layers whose rows are in another order that is not known.
        guessed: what the order of a layer's rows rests on, where it is not known, by path.
    """

    found: dict[tuple[str, str], list[Rows]] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    guessed: dict[str, str] = field(default_factory=dict)


def row_orders(comparison: Comparison) -> RowOrders:
    """What the differences in the order of rows mean for the weights around them."""
    orders = RowOrders()
    for each in comparison.differences:
        if each.topic is Topic.ROW_ORDER and each.name == ROWS and each.left is not None and each.right is not None:
            _follow(comparison.view, each, orders)
    view = comparison.view
    if home(view.left) is home(view.right):
        return orders
    if view.left.evidence is Evidence.GRAPH is view.right.evidence:
        told = {each.key[1:3] for each in comparison.differences if each.topic is Topic.ROW_ORDER}
        for left, right in view.pairs:
            if (left.path, right.path) not in told and _is_untold(view, left, right):
                orders.unsure.update(layer.path for layer, _, _ in _readers(view.right, right))
    elif Evidence.GRAPH in {view.left.evidence, view.right.evidence}:
        _by_convention(view, orders)
    else:
        orders.unsure.update(right.path for left, right in view.pairs if _follows_image(view, left, right))
    return orders


def _by_convention(view: View, orders: RowOrders) -> None:
    """Where one side records no wiring, its rows are taken to run as its framework keeps images, and that is said."""
    of_left = view.left.evidence is Evidence.GRAPH
    graph, other = (view.left, view.right) if of_left else (view.right, view.left)
    for layer in graph.layers:
        merged = _merged(graph, layer)
        if merged is None:
            continue
        for reader, axis, start in _readers(graph, layer):
            twin = view.counterpart(reader, of_left=of_left)
            right = twin if of_left else reader
            if twin is None or right is None:
                continue
            mine = [name for name, _ in merged]
            theirs = _as_kept(mine, other.framework)
            if theirs is None or start is None:
                orders.unsure.add(right.path)
                continue
            sizes = dict(merged)
            first, second = (mine, theirs) if of_left else (theirs, mine)
            rows = Rows(start, tuple(sizes[name] for name in first), tuple(first.index(name) for name in second))
            orders.found.setdefault((right.path, axis), []).append(rows)
            order = ", ".join(theirs)
            orders.guessed[right.path] = (
                f"its rows are taken as ({order}), since {other.framework.value} does not record its wiring"
            )


def _merged(graph: LayerGraph, layer: Layer) -> list[tuple[str, int]] | None:
    """The axes that a layer makes one of, with their sizes, but for those of one element; None where it does not."""
    if layer.kind not in {"flatten", "reshape"} or not layer.inputs or not layer.outputs:
        return None
    before, after = graph.values.get(layer.inputs[0]), graph.values.get(layer.outputs[0])
    if before is None or after is None or before.shape is None or len(after.shape or ()) != 2:
        return None
    long = [(at, size) for at, size in enumerate(before.shape) if at and size != 1]
    if len(long) < 2:
        return None
    named = before.axes or (None,) * len(before.shape)
    return [(named[at] or f"?{at}", size if isinstance(size, int) else 0) for at, size in long]


def _as_kept(names: Sequence[str], framework: Framework) -> list[str] | None:
    """The axes of an image or a sequence as a framework keeps them; None where their names do not tell."""
    if "C" not in names or any(name.startswith("?") for name in names):
        return None
    rest = [name for name in names if name != "C"]
    return [*rest, "C"] if framework is Framework.KERAS else ["C", *rest]


def _follows_image(view: View, left: Layer, right: Layer) -> bool:
    """Whether a dense layer may read an image that was flattened, by what comes before it in the source."""
    kernel, at = left.weight("kernel"), view.left.places[left.path]
    before = next((each for each in reversed(view.left.layers[:at]) if each.weight("kernel") is not None), None)
    if left.kind != "dense" or right.kind != "dense" or kernel is None or before is None or "conv" not in before.kind:
        return False
    return dict(zip(kernel.axes.split(), kernel.shape, strict=False)).get("in") != before.attributes.get("filters")


def _is_untold(view: View, left: Layer, right: Layer) -> bool:
    """Whether two layers merge axes of which nobody knows which is which."""
    if left.kind not in {"flatten", "reshape"} or right.kind not in {"flatten", "reshape"}:
        return False
    for graph, layer in ((view.left, left), (view.right, right)):
        before, after = graph.values.get(layer.inputs[0]), graph.values.get(layer.outputs[0])
        if before is None or after is None or before.shape is None or after.shape is None:
            return False
        merges = len(after.shape) == 2 and sum(size != 1 for size in before.shape[1:]) > 1
        if merges and (before.axes is None or None in before.axes):
            return True
    return False


def _follow(view: View, difference: Difference, orders: RowOrders) -> None:
    left, right = difference.left, difference.right
    if left is None or right is None:
        return
    unfolds = len(view.right.shape(right.inputs[0]) or ()) == 2
    rows = _rows(view, difference, left, right) if difference.unknown is None else None
    steps = _makers(view.right, right) if unfolds else _readers(view.right, right)
    for layer, axis, start in steps:
        if rows is None or start is None:
            orders.unsure.add(layer.path)
        else:
            orders.found.setdefault((layer.path, axis), []).append(Rows(start, rows.sizes, rows.order))


def _rows(view: View, difference: Difference, left: Layer, right: Layer) -> Rows | None:
    """The merged axes by size, in the order of the left."""
    first, second = (str(value).split("*") for value in (difference.left_value, difference.right_value))
    if sorted(first) != sorted(second) or len({*first}) < len(first):
        return None
    sides = ((view.left, left), (view.right, right))
    for graph, value in ((graph, value) for graph, layer in sides for value in (*layer.inputs[:1], *layer.outputs[:1])):
        known = graph.values.get(value)
        if known is None or known.axes is None or known.shape is None:
            continue
        named = {name: size for name, size in zip(known.axes, known.shape, strict=True) if isinstance(size, int)}
        sizes = [named.get(name) for name in first]
        found = tuple(size for size in sizes if size is not None)
        if len(found) == len(sizes):
            return Rows(0, found, tuple(first.index(name) for name in second))
    return None


def _readers(graph: LayerGraph, layer: Layer) -> Iterator[tuple[Layer, str, int | None]]:
    """The layers with weights for each row that a layer makes, and where its rows begin among theirs."""
    waiting: list[tuple[str, int | None]] = [(layer.outputs[0], 0)]
    seen: set[str] = set()
    while waiting:
        value, start = waiting.pop()
        for user in graph.consumers.get(value, ()):
            if user.kind in READS_ROWS and user.inputs[0] == value:
                yield user, IN, start
            elif user.path not in seen and user.outputs and (user.kind in ALONG or user.kind == "concat"):
                seen.add(user.path)
                if user.kind in ALONG and user.weights:
                    yield user, IN, start
                waiting.append((user.outputs[0], _placed(graph, user, value, start)))


def _placed(graph: LayerGraph, user: Layer, value: str, start: int | None) -> int | None:
    """Where rows begin in what a layer makes of them."""
    if user.kind != "concat" or start is None:
        return start
    before = [graph.shape(each) for each in user.inputs[: user.inputs.index(value)]]
    sizes = [shape[-1] if shape else None for shape in before]
    known = [size for size in sizes if isinstance(size, int)]
    return start + sum(known) if len(known) == len(sizes) else None


def _makers(graph: LayerGraph, layer: Layer) -> Iterator[tuple[Layer, str, int]]:
    """The layers with weights for each unit that a layer takes apart."""
    made = graph.producers.get(layer.inputs[0])
    while made is not None:
        if made.kind in {"dense", "embedding"}:
            yield made, OUT, 0
            return
        if made.kind not in ALONG or not made.inputs:
            return
        if made.weights:
            yield made, IN, 0
        made = graph.producers.get(made.inputs[0])
