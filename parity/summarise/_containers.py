"""The modules and nested models that hold rows, with what is in them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from parity.census import counts, distinct
from parity.graph import Container, Framework, Layer, SourceGraph
from parity.reports import Row, inside
from parity.summarise._rows import total, used
from parity.summarise._sizes import Sizes

DOES_NOTHING = "it computes nothing in the trace"


def containers(source: SourceGraph, rows: Sequence[Row], sizes: Sizes) -> tuple[Row, ...]:
    """A row for each, with its totals, parents first."""
    known = {each.path: each for each in source.containers if each.path}
    if source.framework is Framework.TORCH:
        known |= {path: Container(path, "") for row in rows for path in _around(row.path) if path not in known}
    by_depth = sorted(known.values(), key=lambda each: each.path.count(".") + each.path.count("/"))
    held, layers = _held(known, rows), defaultdict[str, list[Layer]](list)
    for layer in sizes.graph.layers:
        layers[layer.source].append(layer)
    return tuple(_total(each, held[each.path], layers, source, sizes) for each in by_depth)


def _around(path: str) -> Iterator[str]:
    """The modules around a path in PyTorch; nothing else tells of a list of modules, since it is never called."""
    module = path.partition("/")[0]
    yield from (module[:at] for at, letter in enumerate(module) if letter == "." and at)
    if module != path:
        yield module


def _held(known: dict[str, Container], rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows in each."""
    found: dict[str, list[Row]] = {path: [] for path in known}
    for row in rows:
        for at in range(1, len(row.path) + 1):
            if row.path[:at] in found and inside(row.path, row.path[:at]):
                found[row.path[:at]].append(row)
    return found


def _total(
    each: Container, rows: Sequence[Row], layers: Mapping[str, list[Layer]], source: SourceGraph, sizes: Sizes
) -> Row:
    own = next((row for row in rows if row.path == each.path), None)
    shapes = [shape for name in each.outputs if (shape := sizes.shown(name)) is not None]
    names = {row.path for row in rows}
    inner = [layer for name in names for layer in layers.get(name, ())]
    outside = dict.fromkeys(path for row in rows for path in row.connected if path not in names)
    weights = distinct((*(weight for row in rows for weight in row.weights), *used(inner)))
    return Row(
        path=each.path,
        kind="",
        type=each.type or (own.type if own else ""),
        shapes=tuple(shapes) if shapes else own.shapes if own else (),
        reason="" if rows or shapes else DOES_NOTHING,
        params=sum(row.params for row in rows),
        trainable=sum(row.trainable for row in rows),
        frozen=sum(row.frozen for row in rows),
        state=sum(row.state for row in rows),
        formula="",
        uncounted=next((row.uncounted for row in rows if row.uncounted), ""),
        weights=(),
        held=sum(counts(source.framework, weight) for weight in weights),
        inputs=rows[0].inputs if rows else (),
        connected=tuple(outside),
        macs=total(row.macs for row in rows),
        activations=total(row.activations for row in rows),
        stored=sum(row.stored for row in rows),
        dtype=next((row.dtype for row in reversed(rows) if row.dtype), ""),
        layers=len([row for row in rows if row is not own]),
    )
