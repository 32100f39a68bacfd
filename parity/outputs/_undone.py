"""The right model with single causes undone: settings as on the left, missing layers put in, extra ones taken out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from parity.comparison import ORDER
from parity.evaluation import Numbers
from parity.graph import Layer, LayerGraph, Value, Weight
from parity.graph.origin import home
from parity.kinds import kind
from parity.outputs._contract import Array
from parity.outputs._counterparts import LAYOUTS, aligned_root, differing, permutation, users
from parity.outputs._sides import Sides
from parity.rearrange import relaid
from parity.rules import Finding

MARK = "undone:"
"""Begins the names of what is put into the right model."""


class Kept(Exception):
    """A cause that cannot be undone; says why."""


@dataclass(frozen=True)
class Undone:
    """The right model while causes are undone on it, and the numbers of its weights.

    Attributes:
        sides: both models.
        graph: of the right, as it is by now.
        base: what reads the weights that it has of its own.
        borrowed: the weights of the left that it has been given, by the names that they have here.
        image: for each left value the right one that stands for it.
    """

    sides: Sides
    graph: LayerGraph
    base: Numbers
    borrowed: Mapping[str, Weight] = field(default_factory=dict)
    image: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def start(cls, sides: Sides) -> "Undone":
        """The right model as it is."""
        ends = ((a, b) for left, right in sides.view.pairs for a, b in zip(left.outputs, right.outputs, strict=False))
        return cls(sides, sides.view.right, sides.stored[1], {}, dict(ends))

    def read(self, weight: Weight) -> Array:
        """The numbers of a weight.

        Raises:
            Uncomputable: there are none.
        """
        own = self.borrowed.get(weight.name)
        return self.base.read(weight) if own is None else self.sides.stored[0].read(own)

    def without(self, finding: Finding) -> "Undone":
        """The model without the cause that a finding tells of.

        Raises:
            Kept: it cannot be undone.
        """
        view = self.sides.view
        left, right = (view.left_layers.get(finding.layers[0]), view.right_layers.get(finding.layers[1]))
        if left is not None and right is not None:
            return self._as_left(left, right, finding.attribute)
        if left is not None:
            return self._with(left)
        if right is not None:
            return self._free_of(right)
        raise Kept("it belongs to no layer")

    def loosened(self, paths: Iterable[str]) -> "Undone":
        """The same, with the sizes of all that is made of some layers left open."""
        changed, values = set(paths), dict(self.graph.values)
        made: set[str] = set()
        for layer in self.graph.layers:
            if layer.path in changed or not made.isdisjoint(layer.inputs):
                made.update(layer.outputs)
        values |= {value: replace(values[value], shape=None) for value in made if value in values}
        return replace(self, graph=replace(self.graph, values=values))

    def _replaced(self, path: str, made: Layer) -> "Undone":
        layers = tuple(made if layer.path == path else layer for layer in self.graph.layers)
        return replace(self, graph=replace(self.graph, layers=layers))

    def _as_left(self, left: Layer, right: Layer, told: str | None) -> "Undone":
        """A layer with the settings, or the weights, that the left one has."""
        now = next((layer for layer in self.graph.layers if layer.path == right.path), None)
        if now is None:
            raise Kept("it no longer exists")
        if left.kind != right.kind:
            if left.weights or right.weights:
                raise Kept(f"{left.op} and {right.op} are not layers of the same kind")
            made = self._laid_out(left, left.inputs[0], right.inputs[0])
            return self._replaced(right.path, replace(now, kind=left.kind, attributes=made.attributes))
        if told == ORDER:
            return self._exchanged(now)
        if told is None and self._rewired(left, now) != now.inputs:
            return self._replaced(right.path, replace(now, inputs=self._rewired(left, now))).sorted()
        names = (told or "").split(", ")
        known = kind(left.kind).attributes
        roles = [name for name in names if left.weight(name) is not None or right.weight(name) is not None]
        if roles and not any(name in known for name in names):
            return self._with_weights(left, now, roles)
        settings = [name for name in names if name in known] or list(differing(self.sides.view, left, right))
        attributes = dict(now.attributes)
        for name in settings:
            attributes = self._with_setting(left, right, name, attributes)
        if attributes == dict(now.attributes):
            raise Kept("it is not a setting")
        return self._replaced(right.path, replace(now, attributes=attributes))

    def _rewired(self, left: Layer, now: Layer) -> tuple[str, ...]:
        """The values that stand for what the left layer works on; those of the right where something has none."""
        found = tuple(self.image.get(aligned_root(self.sides.view, value), "") for value in left.inputs)
        return found if all(found) and len(found) == len(now.inputs) else now.inputs

    def _exchanged(self, first: Layer) -> "Undone":
        """A layer and the one before it in the order of the left."""
        view = self.sides.view
        before = {layer.path for layer in self.graph.layers if not {*layer.outputs}.isdisjoint(first.inputs)}
        after = {layer.path for layer in self.graph.layers if not {*layer.inputs}.isdisjoint(first.outputs)}
        layers = []
        for layer in self.graph.layers:
            other = view.counterpart(layer, of_left=False) if layer.path in view.right_layers else None
            turned = other is not None and layer.path in {first.path, *before, *after}
            inputs = self._rewired(other, layer) if turned and other is not None else layer.inputs
            layers.append(replace(layer, inputs=inputs))
        lefts = {end.right: view.left.outputs[end.left] for end in view.alignment.outputs}
        outputs = tuple(
            self.image.get(lefts.get(at, ""), each) if each in first.outputs else each
            for at, each in enumerate(self.graph.outputs)
        )
        return replace(self, graph=replace(self.graph, layers=tuple(layers), outputs=outputs)).sorted()

    def sorted(self) -> "Undone":
        """The same with producers before consumers.

        Raises:
            Kept: layers would depend on each other.
        """
        ready = {*self.graph.inputs} | {v for layer in self.graph.layers for v in layer.inputs}
        ready -= {value for layer in self.graph.layers for value in layer.outputs if layer.inputs}
        rest, done = list(self.graph.layers), list[Layer]()
        while rest:
            next_ones = [layer for layer in rest if ready.issuperset(layer.inputs)]
            if not next_ones:
                raise Kept("layers would depend on each other")
            done += next_ones
            ready.update(value for layer in next_ones for value in layer.outputs)
            rest = [layer for layer in rest if layer not in next_ones]
        return replace(self, graph=replace(self.graph, layers=tuple(done)))

    def _with_setting(self, left: Layer, right: Layer, name: str, attributes: dict[str, object]) -> dict[str, object]:
        value = left.attributes.get(name)
        if kind(left.kind).attributes[name].is_axis and isinstance(value, int) and not isinstance(value, bool):
            order = self._order(left.inputs[0], right.inputs[0])
            rank = len(order)
            value = order.index(value % rank) - (rank if value < 0 else 0)
        rest = {key: each for key, each in attributes.items() if key != name}
        rules = {key: each for key, each in left.attributes.items() if key == f"{name}_rule"}
        return {**rest, **rules, name: value} if name in left.attributes else rest

    def _with_weights(self, left: Layer, now: Layer, roles: Sequence[str]) -> "Undone":
        kept = [weight for weight in now.weights if weight.role not in roles]
        given = [left.weight(role) for role in roles]
        lent = {f"{MARK}{each.name}": each for each in given if each is not None}
        known = kind(now.kind).attributes
        sizes = {name: size for name, size in left.attributes.items() if name in now.attributes and name not in known}
        sizes = {name: size for name, size in sizes.items() if isinstance(size, int) and name not in LAYOUTS}
        weights = (*kept, *(replace(each, name=name) for name, each in lent.items()))
        made = replace(now, weights=weights, attributes={**now.attributes, **sizes})
        return replace(self._replaced(now.path, made), borrowed={**self.borrowed, **lent})

    def _order(self, left: str, right: str) -> list[int]:
        """For each axis of a right value the one of the left that it is.

        Raises:
            Kept: that is not known.
        """
        view, known = self.sides.view, self.sides.forms(left, right)
        rank = len(view.left.shape(left) or ())
        order = permutation(*known) if known is not None else None
        if order is None and (rank <= 2 or home(view.left) is home(view.right)):
            order = [*range(rank)]
        if order is None:
            raise Kept("which axis is which is not known")
        return order

    def _laid_out(self, layer: Layer, left: str, right: str) -> Layer:
        """A left layer as it works on values that have their axes as the right model has them.

        Raises:
            Kept: it cannot be told how that is written.
        """
        order = self._order(left, right)
        if order == sorted(order):
            return layer
        made = relaid(self.sides.view.left, layer, tuple(order), frozenset((*layer.inputs, *layer.outputs)))
        if made is None:
            raise Kept(f"it is not known how {layer.op} works on the axes of the other side")
        return made

    def _with(self, layer: Layer) -> "Undone":
        """The model with a layer of the left put in."""
        view = self.sides.view
        used = [value for value in layer.outputs if value in view.left.consumers or value in view.left.outputs]
        if len(layer.inputs) != 1 or len(used) != 1:
            raise Kept(f"{layer.op} has several inputs or outputs")
        value, made = layer.inputs[0], used[0]
        root = aligned_root(view, value)
        before = self.image.get(value, self.image.get(root, ""))
        if not before or root not in self.image:
            raise Kept("its position on the right is not known")
        new = f"{MARK}{made}"
        lent = {f"{MARK}{weight.name}": weight for weight in layer.weights}
        put = self._laid_out(layer, root, self.image[root])
        weights = tuple(replace(each, name=name) for name, each in lent.items())
        outputs = tuple(f"{MARK}{each}" for each in layer.outputs)
        put = replace(put, path=f"{MARK}{layer.path}", inputs=(before,), outputs=outputs, weights=weights)
        using, ends = users(view, made)
        alone = len(view.left.consumers.get(value, ())) == 1 and value not in view.left.outputs
        passed, lone = self._passed(before)
        layers: list[Layer] = []
        for each in self.graph.layers:
            old = passed if each.path in using else {before} if alone and each.path not in lone else set[str]()
            turned = tuple(new if name in old else name for name in each.inputs)
            layers.append(replace(each, inputs=turned))
            if before in each.outputs:
                layers.append(put)
        lefts = {end.right: view.left.outputs[end.left] for end in view.alignment.outputs}
        ended = tuple(
            new if (lefts.get(at) in ends and each in passed) or (alone and each == before) else each
            for at, each in enumerate(self.graph.outputs)
        )
        known = view.left.values.get(made)
        values = {**self.graph.values, new: Value(None, known.dtype if known is not None else None)}
        graph = replace(self.graph, layers=tuple(layers), outputs=ended, values=values)
        image = {**self.image, made: new}
        return replace(self, graph=graph, borrowed={**self.borrowed, **lent}, image=image)

    def _passed(self, value: str) -> tuple[set[str], set[str]]:
        """A right value with all that layers of the right alone make of it, and the paths of these."""
        view, found, paths = self.sides.view, {value}, set[str]()
        for layer in self.graph.layers:
            lone = layer.path in view.right_layers and view.counterpart(layer, of_left=False) is None
            if lone and len(layer.inputs) == 1 and layer.inputs[0] in found:
                found.update(layer.outputs)
                paths.add(layer.path)
        return found, paths

    def _free_of(self, layer: Layer) -> "Undone":
        """The model with a layer of its own taken out."""
        if not layer.inputs or len(layer.outputs) != 1:
            raise Kept(f"{layer.op} has no input, or several outputs")
        made, kept = layer.outputs[0], self._passed_on(layer)
        layers = tuple(
            replace(each, inputs=tuple(kept if name == made else name for name in each.inputs))
            for each in self.graph.layers
            if each.path != layer.path
        )
        outputs = tuple(kept if each == made else each for each in self.graph.outputs)
        return replace(self, graph=replace(self.graph, layers=layers, outputs=outputs))

    def _passed_on(self, layer: Layer) -> str:
        """Which input of a layer stands where its output did: that which the left has there."""
        view = self.sides.view
        for user in view.right.consumers.get(layer.outputs[0], ()):
            other = view.counterpart(user, of_left=False)
            at = user.inputs.index(layer.outputs[0])
            if other is not None and at < len(other.inputs):
                wanted = self.image.get(aligned_root(view, other.inputs[at]))
                if wanted in layer.inputs:
                    return str(wanted)
        return layer.inputs[0]
