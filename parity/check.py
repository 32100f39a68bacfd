"""The pipeline, top to bottom: read, translate, normalise, align, compare, explain -> Report."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from parity._discovery import any_installed
from parity._listening import tell_compared
from parity._stages import enter
from parity.adapters import Inputs, for_both, formats, read, read_for_samples, read_sized, sizes_beside
from parity.alignment import ALL_OUTPUTS, Alignment, OutputChoice, align, kept_places
from parity.alignment import with_outputs as with_places
from parity.comparison import Comparison, Facet, Orders, View, compare
from parity.config import suppressions
from parity.describing import class_ledgers, describe, links, names, tensor
from parity.graph import Effect, Evidence, Framework, Layer, LayerGraph, Shape, SourceGraph, Value
from parity.kinds import choices, declared, kinds, translate
from parity.outputs import (
    NOT_ASKED,
    NOTHING_COMPUTED,
    OTHER_ORDER,
    OUTPUT_RTOL,
    WORDING,
    Asked,
    Computed,
    Outputs,
    Recorded,
    Sides,
    asking,
    by_side,
    claims_outputs,
    computes_alike,
    left_open,
    may_be_wording,
    measured,
    with_outputs,
)
from parity.pairing import Answers, in_layout, input_layouts, may_be_plain, paired, reworded
from parity.parts import Extent, in_parts, orders_of, settled_by_parts, unnamed_axes
from parity.passes import normalise, phases
from parity.policy import NOTHING, Judged, Policy, is_open, is_real, judge
from parity.reports import Ledger, Report, Verdict, renderers
from parity.rules import Finding, Profile, Severity, answerable, explain, ledger_steps, profile_for, rules
from parity.store import NO_ELEMENTS
from parity.suppression import Suppression, accepting
from parity.transfer import RTOL, Compared, by_numbers, named_by_values, with_weights
from parity.walking import walks_over

Sources = tuple[SourceGraph, SourceGraph]
Told = SourceGraph | LayerGraph
"""What tells the sizes of a model's inputs."""

ROUNDS = 8
"""How often what is written alike may show what else is."""


def check(  # noqa: PLR0913  what can be asked of a comparison
    left: Any,
    right: Any,
    *,
    inputs: Inputs | None = None,
    left_inputs: Inputs | None = None,
    right_inputs: Inputs | None = None,
    profile: str | None = None,
    map: Mapping[str, str] | None = None,  # noqa: A002  the word of the command line
    ignore: str | Iterable[str] = (),
    suppress: Iterable[Suppression | Mapping[str, Any]] = (),
    policy: Policy = NOTHING,
    weights: bool = False,
    rtol: float = RTOL,
    numbers: bool = True,
    outputs: bool = False,
    data: Any = None,
    output_rtol: float = OUTPUT_RTOL,
    verify: str = "off",
    match_outputs: Mapping[str, str] | None = None,
    only_outputs: str | Iterable[str] = (),
) -> Report:
    """Compare two models.

    Args:
        left: a path, or a live model.
        right: another one.
        inputs: example inputs for live models that need them, for both sides.
        left_inputs: for the left side only.
        right_inputs: for the right side only.
        profile: ``exact``, ``train``, ``inference`` or ``interface``; None for the strictest that both can answer.
        map: layers to match whatever the alignment finds, by their paths in their own sources.
        ignore: rules whose findings are ignored, unless they are undecided.
        suppress: accepted differences, each with its reason: as in ``parity.toml``,
            ``[{"rule": "epsilon", "reason": "..."}]``. The verdict stays; ``report.fails`` leaves them out.
        policy: which rules count, and with which severity.
        weights: read and compare the values of all weights.
        rtol: tolerance of an element that is called close, relative to the largest of its weight.
        numbers: read the values that decide a question, up to 64 MiB, whether or not weights are compared.
        outputs: evaluate both models with their own weights on the same inputs, and compare their outputs.
        data: the inputs for that, by the names of either side or in the order of the left; None for random ones. Or a
            recording of either model, or one of each, which stands in the place of computing it.
        output_rtol: up to which error, relative to the norm of the left output, outputs are the same.
        verify: ``off``, ``auto`` or ``full``: whether the answer equivalent is checked by evaluating both
            models, where that takes some seconds or however long it takes.
        match_outputs: outputs of the left and their counterparts on the right, by name, whatever the alignment finds.
        only_outputs: the names, on either side, of the outputs that are compared; the others are left out, with the
            layers that serve nothing else. None means all.

    Raises:
        UnreadableModel: a side cannot be read.
        MissingFramework: a live model's framework is not installed.
        UsageError: an argument makes no sense.
    """
    examples, accepted = for_both(inputs, left_inputs, right_inputs), suppressions(suppress, "suppress")
    told: dict[str, Any] = {"profile": profile, "map": map, "policy": policy.ignoring(ignore), "numbers": numbers}
    asked = asking(outputs=outputs, data=data, rtol=output_rtol, verify=verify)
    told["choice"] = choosing(match_outputs, only_outputs)
    report, _ = examine(left, right, examples, **told, rtol=rtol if weights else None, asked=asked)
    report = accepting(report, accepted)
    tell_compared(report)
    return report


def choosing(matched: Mapping[str, str] | None, only: str | Iterable[str]) -> OutputChoice:
    """What a person says of outputs, as ``check`` takes it."""
    return OutputChoice(dict(matched or {}), (only,) if isinstance(only, str) else tuple(only))


def examine(  # noqa: PLR0913  what can be asked of a comparison
    left: Any,
    right: Any,
    inputs: tuple[Inputs | None, Inputs | None],
    *,
    profile: str | None,
    map: Mapping[str, str] | None,  # noqa: A002  the word of the command line
    policy: Policy,
    rtol: float | None = None,
    weighing: Callable[[Layer], bool] = lambda _: True,
    numbers: bool = True,
    asked: Asked = NOT_ASKED,
    choice: OutputChoice = ALL_OUTPUTS,
) -> tuple[Report, View]:
    """What ``check`` gives, and both graphs that it is about.

    Where ``rtol`` is a number, the values of the weights of those layers are compared for which ``weighing`` holds.
    """
    sources, graphs, matched, recorded = _read(left, right, inputs, choice, asked, by_values=rtol is not None)
    question = profile_for(profile, *graphs)
    graphs, alignment = _aligned(graphs, map, matched)
    enter("comparing")
    comparison = compare(*graphs, alignment)
    known = by_numbers(comparison, *sources) if numbers else None
    if known is not None:
        comparison = compare(*known, alignment)
    findings = explain(comparison)
    question = question if profile is not None else answerable(question, findings)
    found = plain = _judged(comparison, findings, question, policy)
    read_from = sources if numbers else (replace(sources[0], store=NO_ELEMENTS), replace(sources[1], store=NO_ELEMENTS))

    answers: Answers = {}

    def look(found: _Found, extent: Extent, told: bool) -> tuple[LayerGraph, LayerGraph] | None:  # noqa: FBT001  a callback
        asked = found.comparison, found.judged, question, extent, lambda: found.orders
        done = in_parts(read_from, *asked, answers=answers, told=told)
        return done and _as_told((found.view.left, found.view.right), done)

    def again(graphs: tuple[LayerGraph, LayerGraph]) -> _Found:
        done, alignment = _aligned(graphs, map, matched)
        enter("comparing")
        comparison = compare(*done, alignment)
        return _judged(comparison, explain(comparison), question, policy)

    def settled(found: _Found) -> _Found:
        return settled_by_parts(found, look, again, lambda found: found.trouble)

    found, why = settled(found), None
    laid = _laid_out(sources, graphs) if found.against else None
    whole = again(laid) if laid is not None else None
    if whole is not None and not (other := settled(whole)).against:
        # Where the sizes are the same in both orders, nothing tells that one of them is meant.
        if may_be_plain(found.view.inputs):
            why = OTHER_ORDER
        else:
            found, plain = other, whole
    why = WORDING if _differ_in_wording(found, plain, read_from, question) else why

    def told(comparison: Comparison, outputs: Outputs | None = None) -> _Found:
        findings = measured(explain(comparison), outputs)
        findings = left_open(findings, why, comparison.view, trained=_asks_training(question))
        return _judged(comparison, findings, question, policy)

    found = told(found.comparison) if why is not None else found
    weighed = None
    if rtol is not None:
        enter("comparing weights")
        comparison, weighed = with_weights(found.comparison, *sources, rtol, weighing)
        found = told(comparison)
    computed = NOTHING_COMPUTED
    if asked != NOT_ASKED:
        enter("computing")
        claims = found.verdict is Verdict.EQUIVALENT and claims_outputs(found.findings, question)
        whole_sides = Sides(found.comparison, sources if asked.outputs else read_from, recorded=recorded)
        plain_sides = Sides(plain.comparison, sources, recorded=recorded)
        comparison, computed = with_outputs(whole_sides, plain_sides, asked, claims=claims)
        found = told(comparison, computed.outputs)
    return _report(sources, found, (question, profile is None), weighed, computed), found.view


@dataclass(frozen=True)
class _Found:
    """What was found so far, and what a question and a policy make of it."""

    comparison: Comparison
    findings: Sequence[Finding]
    judged: tuple[Judged, ...]
    left_out: tuple[Finding, ...]

    @property
    def view(self) -> View:
        return self.comparison.view

    @cached_property
    def orders(self) -> Orders | None:
        """In which order right values have the axes of left ones, which is asked for several extents of parts."""
        return orders_of(self.comparison)

    @property
    def trouble(self) -> int:
        """The layers of all findings that speak against an equivalence, or leave it open."""
        against = (
            finding for finding, severity in self.judged if is_real(finding, severity) or is_open(finding, severity)
        )
        return sum(max(len(finding.layers), 1) for finding in against)

    @property
    def against(self) -> list[Finding]:
        """The findings that speak against an equivalence."""
        return [finding for finding, severity in self.judged if is_real(finding, severity)]

    @property
    def verdict(self) -> Verdict:
        if self.against:
            return Verdict.DIFFERENT
        if any(is_open(*each) for each in self.judged) or not self.view.alignment.pairs:
            return Verdict.INCONCLUSIVE
        return Verdict.EQUIVALENT


def _differ_in_wording(found: _Found, plain: _Found, sources: Sources, question: Profile) -> bool:
    """Whether what speaks against an equivalence may be wording, and both models compute the same."""
    trained = _asks_training(question)
    sides = Sides(found.comparison, sources), Sides(plain.comparison, sources)
    ways = (may_be_wording(each.against, each.findings, each.view, trained=trained) for each in (found, plain))
    return bool(found.against) and any(ways) and computes_alike(*sides, found.against, trained=trained)


def _asks_training(question: Profile) -> bool:
    return question.severity(Effect.TRAINING, Effect.TRAINING) is not Severity.INFO


def _judged(comparison: Comparison, findings: Sequence[Finding], question: Profile, policy: Policy) -> _Found:
    return _Found(comparison, findings, *judge(findings, question, policy))


def _report(
    sources: Sources,
    found: _Found,
    asked: tuple[Profile, bool],
    weighed: Sequence[Compared] | None,
    computed: Computed,
) -> Report:
    """What was found, as it is told; ``asked`` is the question, and whether nobody has chosen it."""
    view, alignment = found.view, found.view.alignment
    left, right = describe(sources[0], view.left), describe(sources[1], view.right)
    return Report(
        left=left,
        right=right,
        profile=asked[0],
        chosen=asked[1],
        verdict=found.verdict,
        facets={facet.value: _state(facet, found.judged, weighed, computed.outputs) for facet in Facet},
        links=links(view),
        left_only=names(view.left, alignment.left_only),
        right_only=names(view.right, alignment.right_only),
        findings=found.judged,
        ledger=Ledger(left.headline.total, right.headline.total, ledger_steps(found.findings)),
        class_ledgers=class_ledgers((view.left, view.right), found.findings),
        left_out=found.left_out,
        weights=None if weighed is None else tuple(tensor(each) for each in weighed),
        outputs=computed.outputs,
        certificate=computed.certificate,
        walks=walks_over(found.comparison, weighed or ()),
    )


def _read(
    left: Any,
    right: Any,
    inputs: tuple[Inputs | None, Inputs | None],
    choice: OutputChoice,
    asked: Asked = NOT_ASKED,
    *,
    by_values: bool = False,
) -> tuple[Sources, tuple[LayerGraph, LayerGraph], Mapping[str, str], Recorded]:
    """Both models, and both in the common form; what is matched by hand of the outputs asked about; and recordings.

    With ``by_values`` the values of weights tell which tensor is which where names do not.

    Raises:
        UsageError: no output has a name that is asked about, or a recording is of another model.
    """
    enter("reading")
    _look_up_extensions()
    sources = read(left, inputs[0]), read(right, inputs[1])
    recorded = by_side(asked.recordings, sources)
    if by_values:
        sources = sources[0], named_by_values(*sources)
    sized = _alike((left, right), inputs, sources)
    matched = choice.matched
    if choice.only:
        places = kept_places((translate(sized[0]), translate(sized[1])), choice)
        sources = with_places(sources[0], places[0]), with_places(sources[1], places[1])
        sized = with_places(sized[0], places[0]), with_places(sized[1], places[1])
        matched = {a: b for a, b in matched.items() if a in sources[0].names_of_outputs}
    return sized, _as_told(sources, _graphs(*sized)), matched, recorded


def _look_up_extensions() -> None:
    """Enter all that is installed beside parity, so that a report can tell what of it was not loaded."""
    if any_installed():
        for registry in (kinds, declared, formats, phases, rules, renderers):
            registry()


def compared(
    left: Any, right: Any, inputs: tuple[Inputs | None, Inputs | None], pinned: Mapping[str, str] | None
) -> tuple[Sources, Comparison]:
    """Both models and what differs, layer by layer: what can be carried over from one to the other.

    Args:
        left: a path, or a live model.
        right: another one.
        inputs: example inputs for live models, of either side.
        pinned: layers that are each other's counterpart.

    Raises:
        UnreadableModel: a side cannot be read.
    """
    sources, graphs, matched, _ = _read(left, right, inputs, ALL_OUTPUTS)
    graphs, alignment = _aligned(graphs, pinned, matched)
    return sources, compare(*graphs, alignment)


def _aligned(
    graphs: tuple[LayerGraph, LayerGraph], pinned: Mapping[str, str] | None, matched: Mapping[str, str]
) -> tuple[tuple[LayerGraph, LayerGraph], Alignment]:
    """The graphs with what they compute in other words written alike, and what is whose counterpart then."""
    enter("aligning")
    alignment = align(*graphs, pinned, matched)
    unnamed = unnamed_axes(graphs)
    for _ in range(ROUNDS):
        pairs = [(pair.left[0], pair.right[0]) for pair in alignment.pairs]
        now = reworded(*graphs, pairs, alignment.ends(*graphs), unnamed=unnamed)
        if now[0] is graphs[0] and now[1] is graphs[1]:
            break
        graphs, alignment = now, align(*now, pinned, matched)
    return graphs, alignment


def _alike(given: tuple[Any, Any], inputs: tuple[Inputs | None, Inputs | None], sources: Sources) -> Sources:
    """Both models for inputs of the same sizes, and for so many samples that what they do to a batch shows.

    A Keras model that is read for one sample takes one, and what is beside it stays as it is.
    """
    sized = _of_one_size(given, sources)
    if any(now is not was and now.framework is Framework.KERAS for now, was in zip(sized, sources, strict=True)):
        return sized
    left, right = sources
    more = read_for_samples(given[0], inputs[0], left, right), read_for_samples(given[1], inputs[1], right, left)
    return sized if more[0] is left and more[1] is right else _of_one_size(given, more)


def _of_one_size(given: tuple[Any, Any], sources: Sources) -> Sources:
    """Both models for inputs of one size: what one of them leaves free is as the other has it.

    Keras has its axes in another order, so that an ONNX file beside it is as it is.
    """
    left, right = sources
    return read_sized(given[0], left, _wanted(left, right)), read_sized(given[1], right, _wanted(right, left))


def _wanted(source: SourceGraph, beside: SourceGraph) -> list[Shape | None]:
    """The shapes of a model's inputs: as the other one has them, by place, or by size where Keras is beside another."""
    if source.framework is beside.framework or Framework.KERAS not in (source.framework, beside.framework):
        return [beside.values[value].shape for value in beside.inputs]
    if source.framework is Framework.KERAS:
        return sizes_beside(source, beside)
    return [source.values[value].shape for value in source.inputs]


def _as_told(sources: tuple[Told, Told], graphs: tuple[LayerGraph, LayerGraph]) -> tuple[LayerGraph, LayerGraph]:
    """The graphs with the inputs as the models themselves tell them: sizes that these leave free are a finding."""
    left, right = (
        replace(graph, values={**graph.values, **_told_inputs(source, graph)})
        for source, graph in zip(sources, graphs, strict=True)
    )
    return left, right


def _told_inputs(source: Told, graph: LayerGraph) -> dict[str, Value]:
    return {value: _told(source, graph, value) for value in graph.inputs}


def _told(source: Told, graph: LayerGraph, value: str) -> Value:
    """An input as the model tells it, and the meaning of its axes."""
    return replace(graph.values[value], shape=source.values[value].shape)


def _graphs(left: SourceGraph, right: SourceGraph) -> tuple[LayerGraph, LayerGraph]:
    """Both models in the common form."""
    enter("normalising")
    return paired(*_translated(left, right))


def _translated(left: SourceGraph, right: SourceGraph) -> tuple[LayerGraph, LayerGraph]:
    """Both models; what a file leaves open of its tensors is what the other side says they are."""
    mine, theirs = translate(left), translate(right)
    mine = _chosen(left, mine, theirs)
    return mine, _chosen(right, theirs, mine)


def _laid_out(sources: Sources, graphs: tuple[LayerGraph, LayerGraph]) -> tuple[LayerGraph, LayerGraph] | None:
    """Both models in the common form, inputs of unknown axes as their homes have them; None where there is none."""
    layouts = input_layouts(*graphs)
    if layouts is None:
        return None
    left, right = map(in_layout, _translated(*sources), layouts)
    return _as_told(graphs, paired(left, right))


def _chosen(source: SourceGraph, graph: LayerGraph, other: LayerGraph) -> LayerGraph:
    """A file of tensors as the other side tells what its layers are."""
    if graph.evidence is not Evidence.TENSORS:
        return graph
    found = choices(source, graph, normalise(other))
    return translate(source, found) if found else graph


def _state(facet: Facet, judged: Sequence[Judged], weights: Sequence[Compared] | None, outputs: Outputs | None) -> str:
    compared = {Facet.WEIGHTS: bool(weights), Facet.OUTPUTS: outputs is not None and bool(outputs.final)}
    if not compared.get(facet, True):
        return "unchecked"
    found = [(finding, severity) for finding, severity in judged if finding.facet is facet]
    if any(is_real(*each) for each in found):
        return "different"
    if any(is_open(*each) for each in found):
        return "unchecked"
    return "explained" if found else "same"
