"""Layer graphs of any size in the common form, shaped like the networks people train, and edits of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

from parity.graph import Census, Evidence, Framework, Layer, LayerGraph, Value, Weight


@dataclass(frozen=True)
class Node:
    """A layer to be: its kind, the numbers of the layers that feed it, its channels."""

    kind: str
    inputs: tuple[int, ...]
    channels: int


WEIGHTED = {"conv", "dense", "layer_norm"}
INPUT = -1


def _widths(block: int) -> int:
    """Channels change every few dozen blocks, as they do in real networks, so that not all layers look the same."""
    return 8 + 8 * (block // 33 % 64)


def _chain(_: int, last: int, channels: int, at: int) -> list[Node]:
    return [Node("conv", (last,), channels), Node("activation", (at,), channels)]


def _residual(_: int, last: int, channels: int, at: int) -> list[Node]:
    return [*_chain(0, last, channels, at), Node("add", (at + 1, last), channels)]


def _dense_block(block: int, last: int, channels: int, at: int) -> list[Node]:
    """Six layers, each fed by all before it in the block, as in DenseNet (arXiv:1608.06993)."""
    del block
    nodes, ends = [], [last]
    for number in range(6):
        nodes.append(Node("concat", tuple(ends), channels + number))
        nodes.append(Node("conv", (at + len(nodes) - 1,), channels))
        nodes.append(Node("activation", (at + len(nodes) - 1,), channels))
        ends.append(at + len(nodes) - 1)
    return nodes


def _u_net(block: int, last: int, channels: int, at: int) -> list[Node]:
    """Four steps down and four up, with skip connections (arXiv:1505.04597)."""
    del block
    nodes: list[Node] = []

    def add(kind: str, inputs: tuple[int, ...], width: int) -> int:
        nodes.append(Node(kind, inputs, width))
        return at + len(nodes) - 1

    skips = []
    for depth in range(4):
        last = add("activation", (add("conv", (last,), channels + depth),), channels + depth)
        skips.append(last)
        last = add("pool", (last,), channels + depth)
    for depth in reversed(range(4)):
        last = add("concat", (add("resize", (last,), channels + depth), skips[depth]), channels + depth)
        last = add("activation", (add("conv", (last,), channels + depth),), channels + depth)
    return nodes


def _transformer(block: int, last: int, channels: int, at: int) -> list[Node]:
    """Pre-norm attention with three projections that look alike, and a feed-forward (arXiv:2002.04745)."""
    del block
    return [
        Node("layer_norm", (last,), channels),
        *(Node("dense", (at,), channels) for _ in range(3)),
        Node("attention", (at + 1, at + 2, at + 3), channels),
        Node("dense", (at + 4,), channels),
        Node("add", (at + 5, last), channels),
        Node("layer_norm", (at + 6,), channels),
        Node("dense", (at + 7,), 4 * channels),
        Node("activation", (at + 8,), 4 * channels),
        Node("dense", (at + 9,), channels),
        Node("add", (at + 10, at + 6), channels),
    ]


def _inception(block: int, last: int, channels: int, at: int) -> list[Node]:
    """Four branches that are concatenated (arXiv:1409.4842)."""
    del block
    wired: list[Node] = []
    for number in range(4):
        wired.append(Node("conv", (last,), channels + number))
        wired.append(Node("activation", (at + len(wired) - 1,), channels + number))
    return [*wired, Node("concat", tuple(at + number for number in (1, 3, 5, 7)), 4 * channels + 6)]


TOPOLOGIES: Mapping[str, Callable[[int, int, int, int], list[Node]]] = {
    "chain": _chain,
    "residual": _residual,
    "dense": _dense_block,
    "u-net": _u_net,
    "transformer": _transformer,
    "inception": _inception,
}


def nodes(topology: str, size: int) -> list[Node]:
    """Blocks of a topology one after the other, at least ``size`` layers in all."""
    found: list[Node] = []
    block = 0
    while len(found) < size:
        found += TOPOLOGIES[topology](block, len(found) - 1, _widths(block), len(found))
        block += 1
    return found


def edited(found: list[Node], share: float, seed: int = 0) -> list[Node]:
    """The nodes with a share of them changed: taken out, of another width, followed by a new layer.

    Only layers with one input are taken out; what they fed is fed by what fed them.
    """
    random, result = Random(seed), list[Node]()  # noqa: S311  no secret
    chosen = set(random.sample(range(len(found)), round(share * len(found))))
    place: dict[int, int] = {INPUT: INPUT}
    for number, node in enumerate(found):
        inputs = tuple(place[each] for each in node.inputs)
        edit = random.choice(("removed", "wider", "followed")) if number in chosen else ""
        if edit == "removed" and len(inputs) == 1 and node.kind != "attention":
            place[number] = inputs[0]
            continue
        result.append(Node(node.kind, inputs, node.channels + (edit == "wider")))
        if edit == "followed":
            result.append(Node("dropout", (len(result) - 1,), node.channels))
        place[number] = len(result) - 1
    return result


def graph(found: list[Node], prefix: str = "layer") -> LayerGraph:
    """The nodes as a layer graph."""
    layers = tuple(_layers(found, prefix))
    values = {"x": Value((None, 3, 32, 32))}
    values |= {
        layer.outputs[0]: Value((None, node.channels, 32, 32)) for layer, node in zip(layers, found, strict=True)
    }
    weights = tuple(weight for layer in layers for weight in layer.weights)
    return LayerGraph(
        Framework.TORCH,
        Evidence.GRAPH,
        layers,
        values,
        weights,
        ("x",),
        layers[-1].outputs,
        input_names=("x",),
    )


def _layers(found: list[Node], prefix: str) -> Iterator[Layer]:
    for number, node in enumerate(found):
        path, own = f"{prefix}.{number}", ()
        inputs = tuple("x" if each == INPUT else f"{prefix}.{each}:0" for each in node.inputs)
        if node.kind in WEIGHTED:
            name = f"{path}.weight"
            before = found[node.inputs[0]].channels if node.inputs[0] != INPUT else 3
            shape = {"conv": (node.channels, before, 3, 3), "dense": (node.channels, before)}.get(
                node.kind, (node.channels,)
            )
            role = "gamma" if node.kind == "layer_norm" else "kernel"
            own = (Weight(name, shape, "float32", Census.TRAINABLE, name, role=role),)
        yield Layer(path, node.kind, {}, own, inputs, (f"{path}:0",), (path,), node.kind)
