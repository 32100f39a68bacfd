"""Aligned layers must do the same along the same axes, whatever these are called and how long they are.

Names of axes are guesses from the layers around, and sizes say nothing where several are equal. So every axis is
followed from the inputs on: through both graphs at once, pair by pair. Where two layers do not work along the same
axes, or two outputs do not have theirs in the same order, and nothing told before is the cause, the models differ.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from parity.comparison._contract import Difference, Facet, Key, Topic, View
from parity.comparison._interfaces import in_layout, matched_axes, takes_the_same
from parity.comparison._traced import Axes
from parity.comparison._traced_layers import traced
from parity.comparison._traced_moves import rearranged
from parity.comparison._traced_pair import Operand, Pair
from parity.comparison.shapes import agree, places_fit
from parity.graph import Evidence, Layer, LayerGraph, Unknown
from parity.kinds import COMMUTATIVE, kind
from parity.rearrange import Form, rearranges

POINTWISE = {"activation", "batch_norm", "elementwise"}
"""Kinds that leave axes where they are if they have one input and give as much as they take."""

PASSING = {"cast", "dropout", "gaussian_noise", "gradient_stop", "identity"}
"""Kinds that one side alone may have, and which leave axes where they are."""


@dataclass(frozen=True, slots=True)
class _Known:
    """The axes of a value, and the difference that they follow from where they are not those of the counterpart."""

    form: Form
    cause: Key | None = None


def followed(view: View, found: Iterable[Difference]) -> "Trace":
    """Every axis from the inputs to the outputs, and where aligned layers or outputs do not have the same ones.

    Args:
        view: both graphs, which must have wiring.
        found: the differences that are known already; what follows from a rearrangement among them is marked so.
    """
    trace = _traced(view, found)
    trace.end()
    return trace


Forms = Callable[[str, str], tuple[Form, Form] | None]
"""The axes of a left and a right value as parts of the same traced axes; None where they are not known."""


def forms(view: View, found: Iterable[Difference]) -> Forms:
    """Which elements of a right value are which of the left one, as far as the layers that make them tell.

    Args:
        view: both graphs, which must have wiring.
        found: the differences that are known.
    """
    trace = _traced(view, found, PASSING | {"activation", "batch_norm"})

    def of(left: str, right: str) -> tuple[Form, Form] | None:
        mine, theirs = trace.both(left, right)
        if mine is None or theirs is None or not trace.counterparts(left, right):
            return None
        return mine.form, theirs.form

    return of


Orders = Callable[[str, str], tuple[int, ...] | None]
"""For each axis of a right value the axis of the left value that it is; None where that is not known."""


def orders(view: View, found: Iterable[Difference]) -> Orders:
    """In which order right values have the axes of left ones, as far as the layers that make them tell.

    Args:
        view: both graphs, which must have wiring.
        found: the differences that are known.
    """
    trace = _traced(view, found, PASSING | POINTWISE)

    def of(left: str, right: str) -> tuple[int, ...] | None:
        operand = trace.operand(left, right)
        if operand is None or not operand[2].complete or len(operand[0]) != len(operand[1]):
            return None
        places = {there: here for here, there in operand[2].exact.items()}
        # Axes of one element are nobody's in particular.
        rest = iter([at for at in range(len(operand[0])) if at not in operand[2].exact])
        return tuple(places[at] if at in places else next(rest) for at in range(len(operand[1])))

    return of


def without_misnamed(view: View, found: list[Difference]) -> list[Difference]:
    """The differences without those of an axis that has two names and is the same one, followed from the inputs on.

    Args:
        view: both graphs.
        found: differences of attributes.
    """
    named = [each for each in found if is_of_axis(each) and isinstance(each.left_value, str) and each.unknown is None]
    if not named or not view.left.evidence is Evidence.GRAPH is view.right.evidence:
        return found
    of = orders(view, found)
    same = {id(each) for each in named if _is_one_axis(view, each, of)}
    return [each for each in found if id(each) not in same]


def _is_one_axis(view: View, difference: Difference, of: Orders) -> bool:
    left, right = difference.left, difference.right
    if left is None or right is None or not left.inputs or not right.inputs:
        return False
    order, rank = of(left.inputs[0], right.inputs[0]), len(view.left.shape(left.inputs[0]) or ())
    usual = kind(left.kind).attributes[difference.name].default
    mine, theirs = (each.attributes.get(difference.name, usual) for each in (left, right))
    if order is None or len(order) != rank or not isinstance(mine, int) or not isinstance(theirs, int):
        return False
    return order[theirs % rank] == mine % rank


def _traced(view: View, found: Iterable[Difference], passing: Collection[str] = PASSING) -> "Trace":
    told = [each for each in found if each.unknown is None]
    settings = {each.key[1:3]: each.cause or each.key for each in told if is_of_axis(each)}
    trace = Trace(view, _causes(told), settings, passing)
    for left, right in view.pairs:
        trace.follow(left, right)
    return trace


def is_of_axis(difference: Difference) -> bool:
    """Whether it is a setting that numbers an axis."""
    attribute = kind(difference.left.kind).attributes.get(difference.name) if difference.left is not None else None
    return difference.topic is Topic.ATTRIBUTE and attribute is not None and attribute.is_axis


def _causes(found: Iterable[Difference]) -> Mapping[str, Key]:
    """The difference that each layer is the cause of, by side and path."""
    causes: dict[str, Key] = {}
    for each in found:
        if each.topic not in {Topic.WRITTEN, Topic.COUNTED, Topic.LAYOUT}:
            for side, layer in (("left", each.left), ("right", each.right)):
                if layer is not None:
                    causes.setdefault(f"{side}:{layer.path}", each.cause or each.key)
    return causes


@dataclass
class Trace:
    """What is known of the axes of both sides' values, and what was found not to be the same.

    Attributes:
        view: both graphs.
        causes: the difference that each layer is the cause of, by side and path.
        settings: the differences of settings that number axes, by the paths of both layers.
        passing: kinds that one side alone may have, and which leave axes where they are.
    """

    view: View
    causes: Mapping[str, Key]
    settings: Mapping[tuple[str, str], Key]
    passing: Collection[str]
    axes: Axes = field(default_factory=Axes)
    left: dict[str, _Known | None] = field(default_factory=dict)
    right: dict[str, _Known | None] = field(default_factory=dict)
    found: list[Difference] = field(default_factory=list)
    batches: set[int] = field(default_factory=set)

    def follow(self, left: Layer, right: Layer) -> None:
        """Two aligned layers."""
        if left.kind == right.kind == "input":
            self.begin(left, right)
            return
        graphs = self.view.left, self.view.right
        values = self.met(left, right)
        operands = [self.operand(*each) for each in values]
        pair = Pair(self.axes, graphs, left, right, tuple(operands))
        made = traced(pair)
        behind = [known for each in values for known in self.both(*each) if known is not None]
        cause = next((known.cause for known in behind if known.cause is not None), None)
        if made.apart is not None:
            known = cause or self.settings.get((left.path, right.path))
            self.tell(left, right, "axes", made.apart, known, made.unknown)
        if rearranges(left, flat=True) and rearranges(right, flat=True):
            cause = cause or self.causes.get(f"left:{left.path}")
        else:
            cause = cause if made.apart is None else None
        for (mine, theirs), a, b in zip(made.outputs, left.outputs, right.outputs, strict=False):
            self.left[a] = _Known(mine, cause) if mine is not None else None
            self.right[b] = _Known(theirs, cause) if theirs is not None else None

    def begin(self, left: Layer, right: Layer) -> None:
        """Two inputs: the axes are the same ones place by place, or in the order that both layouts have them in."""
        mine, theirs = self.view.left.values[left.outputs[0]], self.view.right.values[right.outputs[0]]
        order = matched_axes(self.view, mine, theirs)
        if order is None or mine.shape is None or theirs.shape is None:
            return
        names = [f"axis {at} of {left.source}" for at in range(len(mine.shape))]
        turned = tuple(theirs.shape[at] for at in order)
        form, placed = self.axes.started(names, mine.shape, turned)
        self.batches.update(part.axis for parts in form[:1] for part in parts)
        back = {at: place for place, at in enumerate(order)}
        self.left[left.outputs[0]] = _Known(form)
        self.right[right.outputs[0]] = _Known(tuple(placed[back[at]] for at in range(len(order))))

    def met(self, left: Layer, right: Layer) -> list[tuple[str, str]]:
        """The inputs of two layers, each with its counterpart; those of a sum may stand in another order."""
        if len(left.inputs) != len(right.inputs):
            return []
        if left.attributes.get("function") not in COMMUTATIVE or len(left.inputs) < 2:
            return list(zip(left.inputs, right.inputs, strict=True))
        rest = list(right.inputs)
        found = []
        for value in left.inputs:
            other = next((each for each in rest if self.counterparts(value, each)), rest[0])
            rest.remove(other)
            found.append((value, other))
        return found

    def counterparts(self, left: str, right: str) -> bool:
        """Whether two values come from the same output of aligned layers."""
        mine, theirs = self.origin(left, of_left=True), self.origin(right, of_left=False)
        if mine is None or theirs is None or self.view.alignment.to_right.get(mine[0].path) != theirs[0].path:
            return False
        return mine[1] == theirs[1]

    def origin(self, value: str, *, of_left: bool) -> tuple[Layer, int] | None:
        """The aligned layer that a value comes from, through layers that only its side has, and which output it is."""
        graph = self.view.left if of_left else self.view.right
        layer = graph.producers.get(value)
        while layer is not None and self.view.counterpart(layer, of_left=of_left) is None:
            value = layer.inputs[0] if layer.inputs else ""
            layer = graph.producers.get(value)
        return (layer, layer.outputs.index(value)) if layer is not None else None

    def both(self, left: str, right: str) -> tuple[_Known | None, _Known | None]:
        """What is known of the axes of a left and a right value."""
        return self.known(left, self.view.left, self.left), self.known(right, self.view.right, self.right)

    def operand(self, left: str, right: str) -> Operand | None:
        """How the axes of two values lie to each other."""
        mine, theirs = self.both(left, right)
        if mine is None or theirs is None or not self.counterparts(left, right):
            return None
        return mine.form, theirs.form, self.axes.relation(mine.form, theirs.form)

    def known(self, value: str, graph: LayerGraph, states: dict[str, _Known | None]) -> _Known | None:
        """The axes of a value, through rearrangements that only its side has."""
        alone: list[Layer] = []
        while value not in states:
            layer = graph.producers.get(value)
            taken = layer is None or self.view.counterpart(layer, of_left=graph is self.view.left) is not None
            if layer is None or taken or not (rearranges(layer, flat=True) or self.passes(layer, graph)):
                states[value] = None
                break
            alone.append(layer)
            value = layer.inputs[0]
        found = states[value]
        for layer in reversed(alone):
            found = states[layer.outputs[0]] = self.moved(found, layer, graph)
        return found

    def passes(self, layer: Layer, graph: LayerGraph) -> bool:
        """Whether a layer leaves axes where they are."""
        if layer.kind in self.passing and layer.kind in POINTWISE:
            return len(layer.inputs) == 1 and graph.shape(layer.inputs[0]) == graph.shape(layer.outputs[0])
        return layer.kind in self.passing

    def moved(self, known: _Known | None, layer: Layer, graph: LayerGraph) -> _Known | None:
        """The axes of a value after a layer that only its side has."""
        if known is None or self.passes(layer, graph):
            return known
        form = rearranged(graph, layer, known.form)
        side = "left" if graph is self.view.left else "right"
        return _Known(form, known.cause or self.causes.get(f"{side}:{layer.path}")) if form is not None else None

    def end(self) -> None:
        """The outputs of both models."""
        for end, (a, b) in zip(self.view.alignment.outputs, self.view.ends, strict=True):
            mine, theirs = self.both(a, b)
            if not self.counterparts(a, b):
                continue
            said, cause = self.placed(a, b), None
            if mine is not None and theirs is not None:
                fits, cause = self.fits(mine.form, theirs.form), mine.cause or theirs.cause
                words = [" x ".join(map(self.axes.called, each.form)) for each in (mine, theirs)]
                said = said if fits else (words[0], words[1])
            if said is None:
                continue
            ends = self.origin(a, of_left=True), self.origin(b, of_left=False)
            left, right = (end[0] if end is not None else None for end in ends)
            self.tell(left, right, f"output {end.left}", said, cause)

    def placed(self, left: str, right: str) -> tuple[str, str] | None:
        """The sizes of an output, where the same tensors give them other places: those of repeated axes, too."""
        mine, theirs = self.view.left.values.get(left), self.view.right.values.get(right)
        if mine is None or theirs is None or mine.shape is None or theirs.shape is None or not agree(mine, theirs):
            return None  # which is told of the layers that make them
        if places_fit(mine, theirs) or not takes_the_same(self.view):
            return None
        return " x ".join(map(str, mine.shape)), " x ".join(map(str, theirs.shape))

    def fits(self, mine: Form, theirs: Form) -> bool:
        """Whether the axes of an output are in the same places, or where the layouts of the models have them."""
        relation = self.axes.relation(mine, theirs)
        if not relation.complete or self.batch_at(mine) != self.batch_at(theirs):
            return False
        if len(mine) != len(theirs):
            return relation.same
        return in_layout(self.view, relation.exact, len(mine))

    def batch_at(self, form: Form) -> int | None:
        """Which axis is the batch, or has it among its parts; no layout has it elsewhere."""
        found = (at for at, parts in enumerate(form) if any(part.axis in self.batches for part in parts))
        return next(found, None)

    def tell(
        self,
        left: Layer | None,
        right: Layer | None,
        name: str,
        said: tuple[str, str],
        cause: Key | None,
        unknown: Unknown | None = None,
    ) -> None:
        """Axes that are not the same ones, or of which that is not known."""
        self.found.append(Difference(Topic.AXES, Facet.SHAPES, left, right, name, *said, cause=cause, unknown=unknown))
