"""What a report tells of two compared models as they are: totals, layers, pairs, ledgers, weights."""

from collections.abc import Sequence

from parity.census import MODEL, by_class, census, counts, headline
from parity.comparison import View
from parity.graph import Layer, LayerGraph, SourceGraph
from parity.reports import Box, Ledger, Link, Side, Tensor
from parity.rules import Finding, ledger_steps
from parity.transfer import Compared


def describe(source: SourceGraph, graph: LayerGraph) -> Side:
    """What is known of one model as a whole."""
    return Side(
        source=source.source,
        framework=source.framework,
        format=source.format,
        producer=source.producer,
        evidence=source.evidence,
        headline=headline(source.framework, graph.weights),
        census=census(graph.weights),
        paths=tuple(row.path for row in source.layers),
        presumed=any(weight.presumed for weight in graph.weights),
        uncounted=tuple(row.path for row in source.layers if row.uncounted),
        boxes=tuple(_box(layer, graph) for layer in graph.layers),
        mode=source.mode,
    )


def _box(layer: Layer, graph: LayerGraph) -> Box:
    makers = (graph.producers.get(value) for value in layer.inputs)
    return Box(
        path=layer.path,
        name=layer.source,
        op=str(layer.attributes.get("function")) if layer.kind == "activation" else layer.op or layer.kind,
        shape=graph.shape(layer.outputs[0]) if layer.outputs else None,
        params=sum(counts(graph.framework, weight) for weight in layer.weights),
        inputs=tuple(dict.fromkeys(maker.path for maker in makers if maker is not None)),
    )


def class_ledgers(graphs: tuple[LayerGraph, LayerGraph], findings: Sequence[Finding]) -> dict[str, Ledger]:
    """The way from one side to the other for each class of stored elements."""
    left, right = by_class(*(graph.weights for graph in graphs))
    order = [each.value for each in MODEL]
    classes = sorted({*left, *right}, key=lambda name: order.index(name.partition(" + ")[0]))
    return {name: Ledger(left.get(name, 0), right.get(name, 0), ledger_steps(findings, name)) for name in classes}


def tensor(compared: Compared) -> Tensor:
    """What came of comparing one tensor."""
    layers = compared.layers[0].source, compared.layers[1].source
    why = compared.diagnosis.words if compared.diagnosis is not None else compared.reason
    sides = compared.left, compared.right, layers, compared.role, compared.expression
    return Tensor(*sides, compared.state, compared.max_abs, compared.rel_l2, why)


def links(view: View) -> tuple[Link, ...]:
    """The layers that are each other's counterpart."""
    return tuple(
        Link(left.sources or (left.path,), right.sources or (right.path,), pair.why, (left.path, right.path))
        for (left, right), pair in zip(view.pairs, view.alignment.pairs, strict=True)
    )


def names(graph: LayerGraph, paths: Sequence[str]) -> tuple[str, ...]:
    """Layers by the names that a person knows them by."""
    wanted = set(paths)
    return tuple(layer.source for layer in graph.layers if layer.path in wanted)
