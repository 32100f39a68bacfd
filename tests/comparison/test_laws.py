"""What comparison and rules must do whatever the graphs."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from parity.alignment import align
from parity.census import headline
from parity.comparison import compare
from parity.graph import Census, Framework
from parity.rules import explain, ledger_steps
from tests.strategies import graphs

FRAMEWORKS = st.sampled_from(list(Framework))
CLASSES = st.sampled_from([each for each in Census if each is not Census.UNKNOWN])


@st.composite
def varied(draw):
    """A graph with classes, ties, number types, sizes and settings of every sort."""
    found = draw(graphs())
    layers, stored = [], {}
    for layer in found.layers:
        weights = []
        for weight in layer.weights:
            units = draw(st.sampled_from((3, 4))) if weight.role == "bias" else weight.shape[-1]
            made = replace(
                weight,
                census=draw(CLASSES),
                presumed=draw(st.booleans()),
                dtype=draw(st.sampled_from(("float32", "float16"))),
                role=draw(st.sampled_from((weight.role, None))),
                axes=draw(st.sampled_from((weight.axes, ""))),
                shape=(*weight.shape[:-1], units),
            )
            twin = draw(st.sampled_from([None, *(each for each in stored.values() if each.shape == made.shape)]))
            made = made if twin is None else replace(made, storage=twin.storage)
            stored[made.name] = made
            weights.append(made)
        kind = draw(st.sampled_from((layer.kind, "opaque"))) if layer.kind != "input" else "input"
        attributes = {"operator": draw(st.sampled_from("ab")), "settings": {}} if kind == "opaque" else layer.attributes
        layers.append(replace(layer, kind=kind, attributes=attributes, weights=tuple(weights)))
    lost = {"inference_only": draw(st.booleans()), "framework": draw(FRAMEWORKS)}
    return replace(found, layers=tuple(layers), weights=tuple(stored.values()), **lost)


def findings(left, right):
    return explain(compare(left, right, align(left, right)))


def said(found):
    return sorted(
        (each.rule, each.effect, each.left, each.right, repr(each.left_value), repr(each.right_value), each.delta)
        for each in found
    )


def turned(found):
    other = {"layer-missing": "layer-extra", "layer-extra": "layer-missing"}
    return said(
        replace(
            each,
            rule=other.get(each.rule, each.rule),
            left=each.right,
            right=each.left,
            left_value=each.right_value,
            right_value=each.left_value,
            delta=-each.delta,
        )
        for each in found
    )


@settings(max_examples=200)
@given(varied(), varied())
def test_the_ledger_balances_whatever_the_graphs(left, right):
    found = findings(left, right)

    totals = [headline(each.framework, each.weights).total for each in (left, right)]
    assert sum(step.delta for step in ledger_steps(found)) == totals[1] - totals[0]
    assert [each for each in found if each.rule == "unexplained-remainder"] == []


@settings(max_examples=200)
@given(varied(), varied())
def test_a_mirrored_comparison_mirrors_its_findings(left, right):
    assert said(findings(right, left)) == turned(findings(left, right))


@given(varied(), varied())
def test_causes_are_roots_and_fingerprints_are_unique(left, right):
    found = findings(left, right)

    prints = {each.fingerprint: each for each in found}
    assert len(prints) == len(found)
    assert [each for each in found if each.caused_by and prints[each.caused_by].caused_by] == []


@given(varied())
def test_a_graph_differs_from_itself_in_nothing_that_can_be_told(found):
    assert {each.delta for each in findings(found, found)} <= {0}
