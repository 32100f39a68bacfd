"""The lines of a summary: the tree of a model's modules and layers, cut, filtered and sorted as its view says."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from itertools import groupby

from parity.reports._summary import Row, Summary, View

SEPARATORS = "./"
FEWEST = 3
"""So many operators outside of layers, one after the other, are one line."""

MOST_TYPES = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """A line: what it is called there, how far it is set in, and what it is about."""

    name: str
    level: int
    row: Row


@dataclass(slots=True)
class _Node:
    row: Row
    level: int
    inner: "list[_Node]" = field(default_factory=list)


def inside(path: str, outer: str) -> bool:
    """Whether something is in a module, or is it."""
    return path == outer or (path.startswith(outer) and path[len(outer)] in SEPARATORS)


def entries(found: Summary) -> tuple[Entry, ...]:
    """What is shown of a summary, in this order."""
    view = found.view
    roots = _tree(found)
    if view.layer:
        matching = [node.row for node in _all(roots) if fnmatchcase(node.row.path, view.layer)]
        return tuple(Entry(row.path, 0, row) for row in _sorted(matching, view.sort))
    if view.sort:
        leaves = [node.row for node in _all(roots) if _is_leaf(node, view)]
        return tuple(Entry(row.path, 0, row) for row in _sorted(leaves, view.sort))
    return tuple(_lines(roots, "", view))


def shown(found: Summary) -> tuple[Sequence[Row], Sequence[Row]]:
    """The layers, and the modules, that a view shows; operators outside of layers each for itself."""
    view = replace(found.view, full=True)
    if not (view.layer or view.sort or view.depth):
        return found.rows, found.containers
    rows = [each.row for each in entries(replace(found, view=view))]
    return [row for row in rows if not row.layers], [row for row in rows if row.layers]


def roots(found: Summary) -> list[Row]:
    """The layers and modules that no other module holds."""
    return [node.row for node in _tree(found)]


def children(found: Summary, module: Row) -> list[Row]:
    """The layers and modules that a module holds itself."""
    return [each.row for node in _all(_tree(found)) if node.row.path == module.path for each in node.inner]


def _tree(found: Summary) -> list[_Node]:
    """The modules and layers, each in the innermost module that holds it, in the order in which they come first."""
    modules = {row.path: row for row in found.containers}
    nodes: dict[str, _Node] = {}
    roots: list[_Node] = []

    def placed(row: Row) -> _Node:
        if row.path in nodes:
            return nodes[row.path]
        outer = next((path for path in _outer(row.path) if path in modules), None)
        around = placed(modules[outer]) if outer is not None else None
        node = nodes[row.path] = _Node(row, around.level + 1 if around else 0)
        (around.inner if around else roots).append(node)
        return node

    for row in found.rows:
        placed(modules.get(row.path, row))
    for row in found.containers:
        placed(row)
    return roots


def _outer(path: str) -> Iterator[str]:
    """The paths that may be of modules around it, the innermost first."""
    return (path[:at] for at in range(len(path) - 1, 0, -1) if path[at] in SEPARATORS)


def _all(nodes: Iterable[_Node]) -> Iterator[_Node]:
    for node in nodes:
        yield node
        yield from _all(node.inner)


def _is_leaf(node: _Node, view: View) -> bool:
    """Whether nothing of a cut tree is below it."""
    last = None if view.depth is None else view.depth - 1
    return node.level == last or (not node.inner and (last is None or node.level < last))


def _sorted(rows: Sequence[Row], by: str) -> Sequence[Row]:
    sizes = {
        "params": lambda row: row.params,
        "macs": lambda row: row.macs or 0,
        "memory": lambda row: row.stored + (row.activations or 0),
    }
    return sorted(rows, key=sizes[by], reverse=True) if by else rows


def _lines(nodes: Sequence[_Node], around: str, view: View) -> Iterator[Entry]:
    folds = [not view.full and _is_plain_operator(node.row) for node in nodes]
    for (fold, _), run in groupby(
        zip(folds, nodes, strict=True), key=lambda each: (each[0], None if each[0] else id(each[1]))
    ):
        found = [node for _, node in run]
        if fold and len(found) >= FEWEST:
            yield Entry(f"+ {len(found)} operators", found[0].level, _together([node.row for node in found]))
            continue
        for node in found:
            yield Entry(_short(node.row.path, around), node.level, node.row)
            if view.depth is None or node.level + 1 < view.depth:
                yield from _lines(node.inner, node.row.path, view)


def _is_plain_operator(row: Row) -> bool:
    """Whether it is of little interest by itself: an operator outside of layers, without weights and products."""
    return row.operator and not row.params and not row.held and row.macs == 0


def _together(rows: Sequence[Row]) -> Row:
    """Operators that follow each other, as one line."""
    types = list(dict.fromkeys(row.type for row in rows))
    listed = ", ".join(types[:MOST_TYPES]) + (", ..." if types[MOST_TYPES:] else "")
    sizes = [row.activations for row in rows]
    known = None if None in sizes else sum(size for size in sizes if size is not None)
    last = rows[-1]
    return replace(last, type=listed, inputs=rows[0].inputs, connected=rows[0].connected, activations=known)


def _short(path: str, around: str) -> str:
    """What a path is called in the module that holds it."""
    return path[len(around) + 1 :] if around else path
