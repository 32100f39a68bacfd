"""A stored vector that is laid along one axis before it is added or multiplied is an operand along that axis.

Rows that are turned before they multiply are a matrix of their own, where the whole is one to another layer: attention
that is called twice. Else the numbers tell which rows they are, by which parts that compute the same are found.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from parity.graph import Layer, LayerGraph, Weight, Window
from parity.graph.provenance import fuse
from parity.kinds import COMMUTATIVE, remnants
from parity.passes._rewrite import rewrite

UNUSED = "Parameter"
"""What the elements of a tensor are called that no layer takes."""


def fuse_stored_operands(graph: LayerGraph) -> LayerGraph:
    """Join each such layer with the reshapes of a stored vector, and the slice that takes it of a stored tensor."""
    replaced, chains = _joined(graph)
    done = rewrite(graph, replaced=replaced, dropped=_idle(graph, chains, replaced))
    return done if done is graph else _with_all_elements(done, replaced.values())


def _with_all_elements(graph: LayerGraph, made: Iterable[Layer]) -> LayerGraph:
    """The graph with the parts of tensors that layers have now among its weights, and what none has of the same."""
    named = {weight.name: weight for layer in made for weight in layer.weights}
    parts: dict[str, list[Weight]] = defaultdict(list)
    for each in named.values():
        if each.cuts:
            parts[each.whole].append(each)
    used = {weight.storage for layer in graph.layers for weight in layer.weights}
    cut = {each.name: each for each in graph.weights if each.name in parts and each.storage not in used}
    rest = remnants(cut, (part for name in cut for part in parts[name]))
    now: list[Weight] = []
    for each in graph.weights:
        now += [] if each.name in cut else [named.get(each.name, each)]
        now += [*parts.get(each.name, ()), *([rest[each.name]] if each.name in rest else ())]
    idle = (Layer(f"unused:{name}", "unused", {}, (each,), (), (), (name,), UNUSED) for name, each in rest.items())
    return replace(graph, layers=(*graph.layers, *idle), weights=tuple(now))


def _joined(graph: LayerGraph) -> tuple[dict[str, Layer], dict[str, Layer]]:
    """The layers with their operands, and the layers that laid these out, by path."""
    replaced: dict[str, Layer] = {}
    chains: dict[str, Layer] = {}
    kernels = {each.storage for layer in graph.layers if layer.kind == "dense" for each in layer.weights}
    for layer in graph.layers:
        rows = graph.producers.get(layer.inputs[0]) if _turns(layer) else None
        if rows is not None and _window(rows) is not None and rows.weights[0].storage in kernels:
            made = replace(layer, inputs=(), weights=(replace(_part(rows), role="operand"),))
            replaced[layer.path] = fuse(made, (rows,), f"{rows.source} takes a part of a stored tensor")
            chains[rows.path] = rows
            continue
        commutes = layer.attributes.get("function") in COMMUTATIVE
        if layer.kind != "elementwise" or len(layer.inputs) != 2 or layer.weights or not commutes:
            continue
        for value, other in (layer.inputs, layer.inputs[::-1]):
            found = _laid(graph, other, value)
            if found is None:
                continue
            chain, shape, axis = found
            weight = _part(chain[0])
            row = replace(weight, axes="c" if axis is not None else "", shape=_sizes(weight, shape, axis))
            attributes = {name: each for name, each in layer.attributes.items() if name != "operands"}
            attributes |= {"operand_shapes": (shape,), **({"operand_axis": axis} if axis is not None else {})}
            made = replace(layer, attributes=attributes, inputs=(value,), weights=(replace(row, role="operand"),))
            replaced[layer.path] = fuse(made, tuple(chain), f"{chain[0].source} broadcasts its operand along an axis")
            chains |= {each.path: each for each in chain}
            break
    return replaced, chains


def _turns(layer: Layer) -> bool:
    """Whether a layer turns a matrix that a layer gives."""
    return layer.kind == "permute" and layer.attributes.get("order") == (1, 0) and len(layer.inputs) == 1


def _idle(graph: LayerGraph, chains: Mapping[str, Layer], replaced: Mapping[str, Layer]) -> set[str]:
    """The paths of the layers of chains that nothing takes any more."""
    idle: set[str] = set()
    for layer in reversed(graph.layers):
        made = layer.outputs[0] if layer.path in chains else ""
        users = graph.consumers.get(made, ())
        if made and made not in graph.outputs:
            left = (replaced.get(user.path, user) for user in users if user.path not in idle)
            idle |= set() if any(made in user.inputs for user in left) else {layer.path}
    return idle


def _part(layer: Layer) -> Weight:
    """The stored tensor that a chain begins with, or the part of it that a slice takes."""
    (weight,) = layer.weights
    window = _window(layer)
    if window is None or layer.kind != "slice":
        return weight
    mark = f"[{','.join(f'{start}:{stop}' for start, stop in window)}]"
    shape = tuple(stop - start for start, stop in window)
    return weight.part(window, shape, name=f"{weight.name}{mark}", storage=f"{weight.storage}{mark}")


def _window(layer: Layer) -> Window | None:
    """The neighbours along each axis that a slice takes of a stored tensor."""
    if layer.kind != "slice" or layer.inputs or len(layer.weights) != 1:
        return None
    window = [(0, size) for size in layer.weights[0].shape]
    for axis, (start, stop, step) in zip(layer.attributes["axes"], layer.attributes["bounds"], strict=True):
        size = window[axis][1]
        end = size if stop is None else stop
        if step != 1 or not 0 <= start < end <= size:
            return None
        window[axis] = start, end
    return tuple(window)


def _laid(graph: LayerGraph, value: str, beside: str) -> tuple[list[Layer], tuple[int, ...], int | None] | None:
    """The reshapes of a stored tensor that give a value, its shape, and the axis from the end that it runs along."""
    chain: list[Layer] = []
    maker = graph.producers.get(value)
    while maker is not None and _lays(graph, maker):
        chain.insert(0, maker)
        maker = graph.producers.get(maker.inputs[0]) if maker.inputs else None
    shape, other = graph.shape(value), graph.shape(beside)
    if not chain or chain[0].inputs or len(chain[0].weights) != 1 or shape is None or other is None:
        return None
    sizes = tuple(size for size in shape if isinstance(size, int))
    axes = [at - len(shape) for at, size in enumerate(sizes) if size != 1]
    fits = len(sizes) == len(shape) <= len(other)
    if len(axes) > 1 and chain[0].kind in {"expand", "slice"}:
        return None  # a table, or rows of one, which another model may look up
    if len(axes) > 1:  # it keeps its axes, and the other side may have one element along them
        return (chain, sizes, None) if fits and all(other[at] in {sizes[at], 1} for at in axes) else None
    fits = fits and all(other[at] in {sizes[at], 1} for at in axes)
    return (chain, sizes, axes[0] if axes else None) if fits else None


def _lays(graph: LayerGraph, layer: Layer) -> bool:
    """Whether a layer lays a stored tensor out, takes a part of it, or gives it as it is."""
    if len(layer.outputs) != 1:
        return False
    whole = layer.kind == "expand" and not layer.inputs and len(layer.weights) == 1
    as_it_is = whole and layer.weights[0].shape == graph.shape(layer.outputs[0])
    return layer.kind == "reshape" or as_it_is or _window(layer) is not None


def _sizes(weight: Weight, shape: tuple[int, ...], axis: int | None) -> tuple[int, ...]:
    """The shape of an operand: a vector along one axis, a number, or what it was laid out as."""
    if axis is not None:
        return (weight.numel,)
    return () if weight.numel == 1 else shape
