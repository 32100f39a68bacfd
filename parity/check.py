"""The pipeline, top to bottom: read, translate, normalise, align, compare, explain -> Report."""

from collections.abc import Sequence
from typing import Any

from parity.adapters import Inputs, read
from parity.alignment import Alignment, align
from parity.census import census, headline
from parity.comparison import Facet, View, compare
from parity.graph import Effect, Evidence, LayerGraph, SourceGraph
from parity.kinds import choices, translate
from parity.passes import looked_up, normalise, settled
from parity.reports import Ledger, Link, Report, Side, Verdict
from parity.rules import Finding, Profile, Severity, explain, ledger_steps, profile_for

LOOKED_AT = (Facet.STRUCTURE, Facet.SHAPES, Facet.COUNTS, Facet.ATTRIBUTES)
"""Facets that a comparison of files decides; weights and outputs take reading tensors and running models."""

ORDER = (
    Effect.INTERFACE,
    Effect.INFERENCE,
    Effect.TRAINING,
    Effect.UNKNOWN,
    Effect.CONVERSION,
    Effect.BOOKKEEPING,
)
SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.INFO)

Judged = tuple[Finding, Severity]


def check(
    left: Any,
    right: Any,
    *,
    inputs: Inputs | None = None,
    left_inputs: Inputs | None = None,
    right_inputs: Inputs | None = None,
    profile: str | None = None,
) -> Report:
    """Compare two models.

    Args:
        left: a path, or a live model.
        right: another one.
        inputs: example inputs for live models that need them, for both sides.
        left_inputs: for the left side only.
        right_inputs: for the right side only.
        profile: ``exact``, ``train``, ``inference`` or ``interface``; None for the strictest that both can answer.

    Raises:
        UnreadableModel: a side cannot be read.
        MissingFramework: a live model's framework is not installed.
        UsageError: an argument makes no sense.
    """
    sources = read(left, left_inputs or inputs), read(right, right_inputs or inputs)
    graphs = _graphs(*sources)
    question = profile_for(profile, *graphs)
    alignment = align(*graphs)
    comparison = compare(*graphs, alignment)
    findings = explain(comparison)
    judged = _judge(findings, question)
    sides = describe(sources[0], graphs[0]), describe(sources[1], graphs[1])
    return Report(
        left=sides[0],
        right=sides[1],
        profile=question,
        chosen=profile is None,
        verdict=_verdict(judged, alignment),
        facets={facet.value: _state(facet, judged) for facet in Facet},
        links=_links(comparison.view),
        left_only=_names(graphs[0], alignment.left_only),
        right_only=_names(graphs[1], alignment.right_only),
        findings=judged,
        ledger=Ledger(sides[0].headline.total, sides[1].headline.total, ledger_steps(findings)),
    )


def _graphs(left: SourceGraph, right: SourceGraph) -> tuple[LayerGraph, LayerGraph]:
    """Both models in the common form; what a file leaves open of its tensors is what the other side says they are."""
    mine, theirs = translate(left), translate(right)
    mine = _chosen(left, mine, theirs)
    theirs = _chosen(right, theirs, mine)
    mine, theirs = settled(mine, theirs), settled(theirs, mine)
    mine, theirs = normalise(mine), normalise(theirs)
    return looked_up(mine, theirs), looked_up(theirs, mine)


def _chosen(source: SourceGraph, graph: LayerGraph, other: LayerGraph) -> LayerGraph:
    """A file of tensors as the other side tells what its layers are."""
    if graph.evidence is not Evidence.TENSORS:
        return graph
    found = choices(source, graph, normalise(other))
    return translate(source, found) if found else graph


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
    )


def _judge(findings: Sequence[Finding], profile: Profile) -> tuple[Judged, ...]:
    """Severities by profile, the most severe first, in the order of the graph otherwise."""
    judged = [(each, _severity(each, profile)) for each in findings]
    return tuple(sorted(judged, key=lambda pair: (SEVERITIES.index(pair[1]), ORDER.index(pair[0].effect))))


def _severity(finding: Finding, profile: Profile) -> Severity:
    severity = profile.severity(finding.effect, finding.concerns)
    return severity if finding.facet in LOOKED_AT else Severity.INFO


def _state(facet: Facet, judged: Sequence[Judged]) -> str:
    if facet not in LOOKED_AT:
        return "unchecked"
    found = {severity for finding, severity in judged if finding.facet is facet}
    if Severity.ERROR in found:
        return "different"
    if Severity.WARNING in found:
        return "unchecked"
    return "explained" if found else "same"


def _verdict(judged: Sequence[Judged], alignment: Alignment) -> Verdict:
    severities = {severity for _, severity in judged}
    if Severity.ERROR in severities:
        return Verdict.DIFFERENT
    if Severity.WARNING in severities or not alignment.pairs:
        return Verdict.INCONCLUSIVE
    return Verdict.EQUIVALENT


def _links(view: View) -> tuple[Link, ...]:
    return tuple(
        Link(left.sources or (left.path,), right.sources or (right.path,), pair.why)
        for (left, right), pair in zip(view.pairs, view.alignment.pairs, strict=True)
    )


def _names(graph: LayerGraph, paths: Sequence[str]) -> tuple[str, ...]:
    wanted = set(paths)
    return tuple(layer.source for layer in graph.layers if layer.path in wanted)
