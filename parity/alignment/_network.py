"""A layer graph as alignment sees it: numbered nodes with edges and signatures.

A signature is a 64-bit hash. ``past`` covers a layer and everything before it, ``future`` a layer and everything after:
two layers with equal past and future stand at equal places of equal graphs.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from itertools import takewhile

from parity.alignment._interfaces import EXTRA, Labels
from parity.graph import Evidence, Framework, Layer, LayerGraph, Unknown, Weight
from parity.kinds import COMMUTATIVE

MASK = (1 << 64) - 1
DOTS = str.maketrans("/:", "..")
"""What stands between scopes, in every spelling."""

ODD = 0x9E3779B97F4A7C15
"""2**64 divided by the golden ratio, odd, which spreads bits (Knuth, The Art of Computer Programming, 6.4)."""

DETAILS = ("function", "operator", "strides", "pool_size", "groups", "dilation", "reverse", "axis_name", "index")
"""Attributes that tell layers of one kind apart; what ports often get wrong (epsilon, momentum) is not among them."""

SIZES = {
    **{role: role for role in ("kernel", "recurrent_kernel", "embeddings", "operand")},
    **dict.fromkeys(("gamma", "moving_mean"), "channels"),
}
"""What each role tells of the size of a layer; biases come and go in conversion, as do statistics and scales."""


MERGED = {"batch_norm"}
"""Kinds that exporters compute into the weights of the layer before."""

MERGE = {"conv", "conv_transpose", "dense"}
"""Kinds whose weights can take in what comes after."""


@dataclass(slots=True)
class Node:
    """A layer: its own signatures, its edges as node numbers with its place among their inputs, and its own place.

    One that is ``passing`` does not show in the signatures of those around it. ``around`` covers the places of its
    direct neighbours. ``blind`` is its future but for the places among inputs, of which ``spot`` is the first that
    tells it from a twin. ``port`` is the first of the model's inputs that it depends on.
    """

    path: str
    kind: str
    weights: int
    detail: int
    shape: int
    roles: int
    ordered: bool
    name: str = ""
    scope: str = ""
    before: list[int] = field(default_factory=list)
    after: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    past: int = 0
    future: int = 0
    own: int = 0
    depth: int = 0
    rank: int = 0
    passing: bool = False
    around: int = 0
    blind: int = 0
    spot: int = 0
    port: int = 0


@lru_cache(maxsize=100_000)
def digest(text: str) -> int:
    """A stable 64-bit hash of a text."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


NO_WEIGHTS = digest("")

OUTPUT = "output"
"""The kind of the node that stands for an output of the model."""


def mix(first: int, second: int) -> int:
    """Combine two hashes; the order matters."""
    mixed = ((first ^ (second >> 29)) * ODD + second + 1) & MASK
    return mixed ^ (mixed >> 32)


class Network:
    """All nodes of a graph, producers before consumers, with one end node for each output of the model."""

    def __init__(
        self,
        graph: LayerGraph,
        *,
        bare: bool = False,
        optional: Collection[str] = (),
        labels: Labels | None = None,
    ) -> None:
        """Number the layers and compute every signature, in time linear in layers and edges.

        Args:
            graph: a graph that has been through the passes.
            bare: look at kinds and weights only, since the other side tells nothing else.
            optional: kinds that one side may have left out or merged into the layer before.
            labels: what inputs and outputs are called; None for outputs by their places.
        """
        self.labels = Labels(outputs={at: str(at) for at in range(len(graph.outputs))}) if labels is None else labels
        self.layers = graph.layers
        self.nodes = [_node(graph, layer) for layer in graph.layers]
        self.shared: int | None = None
        for node in self.nodes if bare else ():
            node.detail = node.shape = 0
        layers = {value: at for at, layer in enumerate(graph.layers) for value in layer.outputs}
        self.inputs = [layers.get(value) for value in graph.inputs]
        for at, label in self.labels.inputs.items():
            if (number := self.inputs[at]) is not None:
                self.nodes[number].detail = digest(f"input {label}")
        self.wired = graph.evidence is Evidence.GRAPH
        self.ordered = self.wired or graph.ordered
        if self.wired:
            self._wire(graph)
        elif graph.ordered:
            self._chain()
        self._pass(optional)
        self._sign()
        self.digest = self._digest()

    def name(self, numbers: Iterable[int]) -> None:
        """Give some layers their names, which most do without: without the scopes that all share."""
        if self.shared is None:
            self.shared = _shared_scopes(layer.source for layer in self.layers)
        for at in numbers:
            scopes = _scopes(self.layers[at].source)
            self.nodes[at].name = "_".join(scopes[min(self.shared, len(scopes) - 1) :])

    def _wire(self, graph: LayerGraph) -> None:
        maker = {value: at for at, layer in enumerate(graph.layers) for value in layer.outputs}
        for at, layer in enumerate(graph.layers):
            for value in layer.inputs:
                if value in maker:
                    self._edge(maker[value], at)
        if len(graph.inputs) > 1:
            self._look_for_ports({value: self.labels.ports.get(at, at) for at, value in enumerate(graph.inputs)})
        for position, value in enumerate(graph.outputs):
            label = self.labels.outputs.get(position, EXTRA)
            end = Node(f"output:{position}", OUTPUT, NO_WEIGHTS, digest(label), 0, 0, ordered=True)
            self.nodes.append(end)
            if value in maker:
                self._edge(maker[value], len(self.nodes) - 1)

    def place(self, number: int) -> int:
        """The place among the model's outputs of the node that stands for one."""
        return number - len(self.layers)

    def _look_for_ports(self, ports: Mapping[str, int]) -> None:
        for node, layer in zip(self.nodes, self.layers, strict=True):
            before = [self.nodes[each].port for each in node.before]
            given = [ports[value] for value in layer.outputs if value in ports]
            node.port = min(given or before, default=0)

    def _chain(self) -> None:
        """Without wiring, the order in which modules were registered is the best hint."""
        for at in range(1, len(self.nodes)):
            self._edge(at - 1, at)

    def _edge(self, source: int, target: int) -> None:
        self.nodes[source].after.append(target)
        self.nodes[source].places.append(len(self.nodes[target].before))
        self.nodes[target].before.append(source)

    def _sign(self) -> None:
        shown: list[int] = []
        for node in self.nodes:
            node.own = own(node)
            node.past = mix(node.own, _children((shown[at] for at in node.before), ordered=node.ordered))
            node.depth = 1 + max((self.nodes[at].depth for at in node.before), default=0)
            shown.append(shown[node.before[0]] if node.passing else node.past)
        beyond: dict[int, tuple[list[int], list[int]]] = {}
        for number in reversed(range(len(self.nodes))):
            node = self.nodes[number]
            uses: list[int] = []
            blind: list[int] = []
            for at, place in zip(node.after, node.places, strict=True):
                user = self.nodes[at]
                uses += beyond[at][0] if user.passing else [self._use(at, place)]
                blind += beyond[at][1] if user.passing else [user.blind]
            if node.passing:
                beyond[number] = uses, blind
            node.future = mix(node.own, _children(uses, ordered=False))
            node.blind = mix(node.own, _children(blind, ordered=False))
            spots = (self._spot(at, place) for at, place in zip(node.after, node.places, strict=True))
            node.spot = min(spots, default=0)
        self._look_around()
        self._rank()

    def _look_around(self) -> None:
        """Sign each node with the places of its neighbours, as one more round of colour refinement does."""
        shown: list[int] = []
        for node in self.nodes:
            shown.append(shown[node.before[0]] if node.passing else mix(node.past, node.future))
            node.around = _children((shown[at] for at in node.before), ordered=node.ordered)
        beyond: dict[int, list[int]] = {}
        for number in reversed(range(len(self.nodes))):
            node = self.nodes[number]
            seen: list[int] = []
            for at in node.after:
                seen += beyond[at] if self.nodes[at].passing else [shown[at]]
            if node.passing:
                beyond[number] = seen
            node.around = mix(node.around, _children(seen, ordered=False))

    def _spot(self, at: int, place: int) -> int:
        """The place among the inputs of the layer that tells them apart, seen from a layer before it."""
        return place if place and self.nodes[at].ordered else self.nodes[at].spot

    def _pass(self, kinds: Collection[str]) -> None:
        """Mark the layers that the other side may have left out, so that those around them look the same."""
        for node in self.nodes:
            maker = self.nodes[node.before[0]] if len(node.before) == 1 else None
            merges = maker is not None and maker.kind in MERGE and len(maker.after) == 1
            node.passing = node.kind in kinds and maker is not None and (merges or node.kind not in MERGED)

    def _use(self, at: int, place: int) -> int:
        """What comes after a layer that is the n-th input of another."""
        future = self.nodes[at].future
        return mix(future, place) if place and self.nodes[at].ordered else future

    def _rank(self) -> None:
        """Number the nodes by place, those at equal places by what no signature covers.

        Layers that nothing leads to or from come last: one side may have any number of them.
        """
        lone = [self.wired and not (node.before or node.after or node.kind == "input") for node in self.nodes]
        places = [
            (alone, node.depth, node.past, node.blind, node.spot, node.future, node.around)
            for alone, node in zip(lone, self.nodes, strict=True)
        ]
        order = sorted(range(len(self.nodes)), key=places.__getitem__)
        self.twins = False
        rank = 0
        while rank < len(order):
            end = rank + 1
            while end < len(order) and places[order[end]] == places[order[rank]]:
                end += 1
            if end > rank + 1:
                self.twins = True
                order[rank:end] = sorted(order[rank:end], key=self._rest)
            rank = end
        for rank, at in enumerate(order):
            self.nodes[at].rank = rank

    def _rest(self, at: int) -> int:
        """A hash of a node's settings and weights, names aside."""
        if at >= len(self.layers):
            return 0
        layer = self.layers[at]
        weights = [(each.role, each.axes, each.shape, each.dtype, each.census, each.presumed) for each in layer.weights]
        return digest(repr((sorted(layer.attributes.items(), key=str), weights)))

    def _digest(self) -> int:
        """A hash of all places; a sum, since they are in no order."""
        return sum(mix(node.past, node.future) for node in self.nodes) & MASK

    def fine_digest(self) -> int:
        """A hash of the graph with all settings, weights and ties, for graphs that ``digest`` does not tell apart.

        Without nodes at equal places every choice is clear, and it is 0.
        """
        if not self.twins:
            return 0
        shared: dict[str, list[int]] = {}
        for node, layer in zip(self.nodes, self.layers, strict=False):
            for weight in layer.weights:
                shared.setdefault(weight.storage, []).append(mix(node.past, node.future))
        ties = (_children(group, ordered=False) for group in shared.values())
        rests = (mix(mix(node.past, node.future), self._rest(at)) for at, node in enumerate(self.nodes))
        return mix(_children(rests, ordered=False), _children(ties, ordered=False))


def own(node: Node) -> int:
    """The signature of a layer by itself."""
    return mix(mix(mix(digest(node.kind), node.weights), node.detail), node.shape)


def _children(hashes: Iterable[int], *, ordered: bool) -> int:
    total = 0
    for each in hashes if ordered else sorted(hashes):
        total = mix(total, each)
    return total


def _scopes(source: str) -> list[str]:
    """Scopes and the name within them, spelled alike whatever a framework puts between them."""
    return _spelled(source).split(".")


def _spelled(source: str) -> str:
    return source.lower().translate(DOTS)


def _shared_scopes(sources: Iterable[str]) -> int:
    """How many scopes all names that have any begin with."""
    scoped = [text for text in map(_spelled, sources) if "." in text]
    if not scoped:
        return 0
    # What the first and the last of them in alphabetical order begin with, all between them do.
    columns = zip(min(scoped).split(".")[:-1], max(scoped).split(".")[:-1], strict=False)
    return sum(1 for _ in takewhile(lambda column: column[0] == column[1], columns))


def _node(graph: LayerGraph, layer: Layer) -> Node:
    attributes = layer.attributes
    details = [(name, attributes[name]) for name in DETAILS if name in attributes]
    known = [f"{name}={value}" for name, value in details if value is not None and not isinstance(value, Unknown)]
    commutative = attributes.get("function") in COMMUTATIVE
    return Node(
        layer.path,
        f"{layer.kind} {attributes['twins']}" if layer.kind == "region" else layer.kind,
        digest(_weights(layer)),
        digest(" ".join(known)),
        digest(_sizes(graph, layer)),
        digest(" ".join(sorted(f"{each.role}" for each in layer.weights))),
        ordered=not commutative,
        scope=layer.source if graph.framework is Framework.KERAS else layer.source.partition("/")[0],
    )


def _weights(layer: Layer) -> str:
    sizes = {
        f"{SIZES.get(weight.role, weight.role)}({_order_free(weight)})"
        for weight in layer.weights
        if weight.role is not None and (weight.role in SIZES or layer.kind == "opaque")
    }
    return " ".join(sorted(sizes))


def _order_free(weight: Weight) -> list[tuple[str, int]]:
    """Sizes by the meaning of axes: layouts order them differently, and leave axes of one element out.

    Of grouped kernels, whose axes are merged in some layouts, only the sizes.
    """
    axes = weight.axes.split()
    grouped = "group" in weight.axes or len(axes) != len(weight.shape)
    named = zip([""] * len(weight.shape) if grouped else axes, weight.shape, strict=True)
    return sorted((axis, size) for axis, size in named if size != 1)


def _sizes(graph: LayerGraph, layer: Layer) -> str:
    """Output sizes without the batch, in an order that does not depend on the layout."""
    value = graph.values.get(layer.outputs[0]) if layer.outputs else None
    if value is None or value.shape is None:
        return ""
    sizes = value.shape
    if value.axes is not None and "N" in value.axes:
        sizes = tuple(size for size, axis in zip(value.shape, value.axes, strict=True) if axis != "N")
    return ",".join(sorted(str(size) for size in sizes))
