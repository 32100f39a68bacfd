"""Two aligned layers with all that was looked at: settings, weights and how they are carried over, silent rules."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from parity.axes import moves
from parity.census import counts
from parity.comparison import Comparison, View, by_role, read_as, same_sizes, same_value
from parity.describing import tensor
from parity.graph import Layer, LayerGraph, Unknown, Weight
from parity.kinds import ADAPTER_SCALE, COMPUTED_IN, PENALTIES, defaults, formula, kind, render, terms_of
from parity.outputs import LayerError
from parity.reports import Carried, Half, Line, Report, Setting, Tensor, Walk, Walks
from parity.rules import Severity, watched
from parity.transfer import DIALECTS, Compared, Expression, code, expressions, mirrored

BothWays = tuple[Mapping[tuple[str, str], Expression], Mapping[tuple[str, str], Expression]]
"""What weights are over those of the other side, by the path of the layer and the role: right ones, and left ones."""


Numbers = Mapping[tuple[str, str, str], Tensor]
"""What came of comparing values, by the paths of both layers and the role."""


def walks_over(comparison: Comparison, weighed: Sequence[Compared]) -> Walks:
    """What makes the walks of rows of a report on these two graphs, whose weights have been compared."""
    numbers = {(each.layers[0].path, each.layers[1].path, each.role): tensor(each) for each in weighed}
    return partial(_walks, comparison, numbers)


def _walks(
    comparison: Comparison, numbers: Numbers, report: Report, lines: Sequence[Line], *, back: bool = False
) -> tuple[Walk, ...]:
    """The walks of some rows; with ``back`` also what the weights of the left are over those of the right."""
    view = comparison.view
    links = {link.boxes: link.why for link in report.links}
    levels = {finding.fingerprint: severity for finding, severity in report.findings}
    values = expressions(comparison), expressions(mirrored(comparison)) if back else {}
    made = {each.layers: each for each in (report.outputs.layers if report.outputs is not None else ())}
    walks = ((line, _walk(line, view, links, levels, values)) for line in lines)
    return tuple(_measured(walk, _ends(line), numbers, made) for line, walk in walks)


def _measured(walk: Walk, ends: tuple[str, str], numbers: Numbers, made: Mapping[tuple[str, str], LayerError]) -> Walk:
    """With what was computed of its weights and of what it makes."""
    weights = tuple(replace(each, numbers=numbers.get((*ends, each.role))) for each in walk.weights)
    return replace(walk, made=made.get(ends), weights=weights)


def _ends(line: Line) -> tuple[str, str]:
    """The paths of both layers as they were compared."""
    return line.left.path if line.left is not None else "", line.right.path if line.right is not None else ""


def layers_of(line: Line, view: View) -> tuple[Layer | None, Layer | None]:
    """The layers of a row as they were compared."""
    left = view.left_layers[line.left.path] if line.left is not None else None
    return left, view.right_layers[line.right.path] if line.right is not None else None


def _walk(
    line: Line,
    view: View,
    links: Mapping[tuple[str, str], str],
    levels: Mapping[str, Severity],
    values: BothWays,
) -> Walk:
    left, right = layers_of(line, view)
    findings = tuple((each, levels[each.fingerprint]) for each in line.findings)
    return Walk(
        left=_half(view.left, left) if left is not None else None,
        right=_half(view.right, right) if right is not None else None,
        why=links.get((left.path, right.path), "") if left is not None and right is not None else "",
        settings=tuple(_settings(view, left, right)),
        weights=tuple(_weights(view, left, right, values)),
        findings=findings,
        silent=_silent(view, left, right, findings),
    )


def _half(graph: LayerGraph, layer: Layer) -> Half:
    given = tuple(graph.shape(value) for value in layer.inputs)
    counted = [weight for weight in layer.weights if counts(graph.framework, weight)]
    terms = formula(counted, terms_of(layer, given))
    return Half(
        path=layer.source,
        rows=tuple(dict.fromkeys(layer.sources)),
        kind=layer.kind,
        op=layer.op,
        given=given,
        made=tuple(graph.shape(value) for value in layer.outputs),
        params=sum(weight.numel for weight in counted),
        formula=render(terms) if terms is not None else "",
        notes=tuple(dict.fromkeys(note.text for note in layer.notes)),
    )


def _settings(view: View, left: Layer | None, right: Layer | None) -> Iterable[Setting]:
    """What a difference would count in, then what else the sources tell of the layers."""
    sides = ((view.left, left), (view.right, right))
    usual = [defaults(graph, layer) if layer is not None else {} for graph, layer in sides]
    own = [layer.attributes if layer is not None else {} for _, layer in sides]
    known = kind((left or right or Layer("", "opaque", {})).kind).attributes
    for name in dict.fromkeys((*known, *own[0], *own[1])):
        mine, theirs = ((each[name] if name in each else _default(known, name)) for each in own)
        same = True
        if name in known and left is not None and right is not None:
            read = read_as(view, left, right, name, known[name])
            same = same_value(*read)
            if known[name].is_axis and not any(isinstance(each, Unknown) for each in read):
                mine, theirs = read
        told = any(name in each for each in own) or known[name].is_axis
        if (mine is None and theirs is None) or not told:
            continue
        first, second = (
            name in known and name in each and same_value(each[name], attributes.get(name))
            for each, attributes in zip(usual, own, strict=True)
        )
        yield Setting(name, mine, theirs, first, second, differs=not same, compared=name in {*known, *ELSEWHERE})


ELSEWHERE = frozenset((ADAPTER_SCALE, COMPUTED_IN, PENALTIES))
"""Attributes of layers of any kind, which are compared by themselves."""


def _default(known: Mapping[str, Any], name: str) -> Any:
    return known[name].default if name in known else None


def _codes(value: Expression | None) -> Mapping[str, str]:
    return {name: code(value, name) for name in DIALECTS} if value is not None else {}


def _weights(view: View, left: Layer | None, right: Layer | None, values: BothWays) -> Iterable[Carried]:
    if left is not None and right is not None:
        orders = _orders(view, left, right)
        for role, mine, theirs in by_role(left, right):
            merged = ", ".join(each.op for each in (*left.merged, *right.merged))
            how = _how(mine, theirs, orders)
            how = f"only together with {merged}: {how}" if merged and how else how
            codes = values[0].get((right.path, role)), values[1].get((left.path, role))
            both = mine is not None is not theirs
            told = [_codes(value) if both else {} for value in codes]
            yield Carried(role, mine, theirs, how, told[0], told[1])
        return
    for weight in (left or right or Layer("", "opaque", {})).weights:
        name = weight.role or weight.name
        yield Carried(name, weight, None, "") if left is not None else Carried(name, None, weight, "")


Orders = Mapping[str, tuple[str, str]]
"""Axes of weights along which the two sides have the same things in another order, and both orders."""


def _orders(view: View, left: Layer, right: Layer) -> Orders:
    found = {}
    gates = left.attributes.get("gate_order"), right.attributes.get("gate_order")
    if None not in gates and gates[0] != gates[1]:
        found["gate"] = (str(gates[0]), str(gates[1]))
    rows = _rows_of(view.left, left), _rows_of(view.right, right)
    if rows[0] and rows[1] and rows[0] != rows[1]:
        found["in"] = ("*".join(rows[0]), "*".join(rows[1]))
    return found


def _rows_of(graph: LayerGraph, layer: Layer) -> list[str]:
    """The axes that the last axis of a layer's input was merged from, those of one element left out."""
    if not layer.inputs:
        return []
    value = graph.values.get(layer.inputs[0])
    names = value.axes[-1] if value is not None and value.axes else None
    if names is None or "*" not in names:
        return []
    at = layer.inputs[0]
    while (maker := graph.producers.get(at)) is not None and maker.inputs:
        at = maker.inputs[0]
        before = graph.values.get(at)
        if before is None or before.shape is None or before.axes is None:
            return []
        if names not in before.axes:
            sized = dict(zip(before.axes, before.shape, strict=True))
            return [name for name in names.split("*") if sized.get(name) != 1]
    return []


def _how(mine: Weight | None, theirs: Weight | None, orders: Orders) -> str:
    """How a weight of the left side becomes that of the right one."""
    if mine is None or theirs is None:
        return ""
    if not same_sizes(mine, theirs):
        return "cannot be carried over: the sizes differ"
    parts = mine.axes.replace("*", " ").split()
    turned = [f"along {axis}: {' -> '.join(both)}" for axis, both in orders.items() if axis in parts]
    turned += [f"stored as {theirs.dtype}"] if mine.dtype != theirs.dtype else []
    if mine.axes == theirs.axes:
        return "; ".join(turned) or "as it is"
    if not mine.axes or not theirs.axes:
        return "the order of the axes is not known"
    calls = moves(mine.axes, mine.shape, theirs.axes, theirs.shape)
    return "; ".join((", ".join((f"{mine.axes} -> {theirs.axes}", *calls)), *turned))


def _silent(
    view: View, left: Layer | None, right: Layer | None, findings: Sequence[tuple[Any, Severity]]
) -> Mapping[str, tuple[str, ...]]:
    """Rules that have looked at something of which nothing is said."""
    if left is None or right is None:
        return {}
    told = {(finding.rule, name) for finding, _ in findings for name in (finding.attribute or "").split(", ")}
    fired = {finding.rule for finding, _ in findings if finding.attribute is None}
    found = {}
    for rule, names in watched(view, left, right).items():
        rest = tuple(name for name in names if (rule, name) not in told)
        if rest and rule not in fired:
            found[rule] = rest
    return found
