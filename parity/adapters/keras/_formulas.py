"""Weights of a model of which only the config is kept: their shapes as the kinds' formulas give them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from parity.adapters.keras._config import LayerConfig
from parity.adapters.keras._rows import Place, Walk
from parity.adapters.keras._store import Store, Variable
from parity.axes import SPATIAL, expand
from parity.graph import Gap, LayerGraph, SourceGraph, SourceNode
from parity.kinds import Call, Draft, kind, spelling, translate

WIDTHS = frozenset({"float16", "bfloat16", "float32", "float64"})
"""Policies that keep variables as they are named; mixed ones keep them in float32."""
UNCOUNTED = "no formula gives the weights of this {} layer, so they are not counted"
REMEDY = "pass a file that holds the weights"


def computed_store(model: LayerConfig, graph: SourceGraph) -> tuple[Store, tuple[Gap, ...]]:
    """A store as if the weights were there, and a gap for each layer whose weights cannot be computed.

    Args:
        model: the config.
        graph: what was made of it without a store.
    """
    places = {place.path: place for place in Walk(Store({}, {}), graph.source).places(model)}
    layers = translate(graph)
    shapes: dict[str, Mapping[str, tuple[int, ...]] | None] = {}
    for node in graph.nodes:
        if node.dialect != "keras.ops" and shapes.get(node.layer) is None:
            shapes[node.layer] = _shapes(node, layers)
    groups: dict[str, dict[str, Variable]] = {}
    gaps = []
    for path, found in shapes.items():
        if found is None:
            gaps.append(Gap(path, UNCOUNTED.format(places[path].layer.type), REMEDY, "counts"))
        for slot, shape in (found or {}).items():
            _put(groups, places[path], slot, shape)
    return Store(groups, {}), tuple(gaps)


def _put(groups: dict[str, dict[str, Variable]], place: Place, slot: str, shape: tuple[int, ...]) -> None:
    inner, _, key = slot.rpartition("/")
    group = f"{place.group}/{inner}" if inner else place.group
    groups.setdefault(group, {})[key] = Variable(shape, _dtype(place.layer.config.get("dtype")), f"{group}/{key}")


def _dtype(policy: Any) -> str:
    config = policy.get("config") if isinstance(policy, Mapping) else None
    name = config.get("name") if isinstance(config, Mapping) else policy
    return name if isinstance(name, str) and name in WIDTHS else "float32"


def _shapes(node: SourceNode, graph: LayerGraph) -> Mapping[str, tuple[int, ...]] | None:
    """The shape of each weight of a call by slot, or None where that is not known."""
    spell = spelling(node.dialect, node.op) if "__module__" not in node.attributes else None
    call = Call(node, graph.evidence, graph.values, {}).with_every_weight()
    drafts = spell(call) if spell is not None else ()
    found = [pair for draft in drafts for pair in _of_draft(draft, graph)]
    if not drafts or any(shape is None for _, shape in found):
        return None
    shapes: dict[str, tuple[int, ...]] = {}
    for slot, shape in found:
        parts = zip_longest(shapes.get(slot, ()), shape or (), fillvalue=0)
        shapes[slot] = tuple(max(part) for part in parts)  # of a tensor that is used in parts, up to the end of each
    return shapes


def _of_draft(draft: Draft, graph: LayerGraph) -> Iterator[tuple[str, tuple[int, ...] | None]]:
    known = kind(draft.kind)
    sizes = known.sizes(draft.attributes, [graph.shape(value) for value in draft.inputs])
    for role, use in draft.weights.items():
        cut = tuple(stop for _, stop in use.window)
        layout = " ".join(axis for part in use.parts for axis in part) or use.axes or known.roles[role].keras
        yield use.name, cut or _shape(layout, sizes)


def _shape(layout: str, sizes: Mapping[str, int]) -> tuple[int, ...] | None:
    plain = len(layout.split())
    ranks = [plain + rank - 1 for rank in sorted(SPATIAL, reverse=True)] if "spatial" in layout.split() else [plain]
    for rank in ranks:
        shape = [_product(axis.split("*"), sizes) for axis in expand(layout, rank).split()]
        if None not in shape:
            return tuple(size for size in shape if size is not None)
    return None


def _product(labels: Sequence[str], sizes: Mapping[str, Any]) -> int | None:
    product = 1
    for label in labels:
        size = sizes.get(label)
        if not isinstance(size, int) or size < 0:
            return None
        product *= size
    return product
