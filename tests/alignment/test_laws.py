"""What alignment must do whatever the graph."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from parity.alignment import align
from parity.comparison import compare
from parity.graph import Effect
from parity.rules import explain
from tests.builders import renamed
from tests.strategies import graphs, reordered


def pairs(alignment):
    return {(pair.left, pair.right) for pair in alignment.pairs}


def coherent(left, right, alignment):
    """Whether every layer has a counterpart and the wiring of the one is the wiring of the other."""
    assert alignment.left_only == alignment.right_only == ()
    to = alignment.to_right
    assert len(set(to.values())) == len(to) == len(left.layers) == len(right.layers)
    twin = {each.path: each for each in right.layers}
    for each in left.layers:
        other = twin[to[each.path]]
        assert other.kind == each.kind
        mine = [to[left.producers[value].path] for value in each.inputs]
        theirs = [right.producers[value].path for value in other.inputs]
        assert sorted(mine) == sorted(theirs)


@given(graphs())
def test_a_graph_aligns_with_itself(found):
    coherent(found, found, align(found, found))


@given(graphs())
def test_names_do_not_matter(found):
    coherent(found, renamed(found), align(found, renamed(found)))


@given(st.data(), graphs())
def test_the_order_of_the_file_does_not_matter(data, found):
    other = data.draw(reordered(found))

    coherent(found, other, align(found, other))


@given(st.data(), graphs())
def test_a_reordered_and_renamed_graph_has_no_finding(data, found):
    other = renamed(data.draw(reordered(found)))

    findings = explain(compare(found, other, align(found, other)))

    assert [each for each in findings if each.effect not in {Effect.BOOKKEEPING, Effect.UNKNOWN}] == []


@settings(max_examples=200)
@given(graphs(), graphs())
def test_mirrored_inputs_give_the_mirrored_answer(left, right):
    there, back = align(left, right), align(right, left)

    assert {(b, a) for a, b in pairs(back)} == pairs(there)
    assert set(back.left_only) == set(there.right_only)
    assert set(back.right_only) == set(there.left_only)


@given(graphs(), graphs())
def test_every_layer_is_paired_once_or_listed_as_alone(left, right):
    found = align(left, right)

    lefts = [path for pair in found.pairs for path in pair.left] + list(found.left_only)
    rights = [path for pair in found.pairs for path in pair.right] + list(found.right_only)
    assert sorted(lefts) == sorted(each.path for each in left.layers)
    assert sorted(rights) == sorted(each.path for each in right.layers)


@given(graphs(), st.data())
def test_only_equal_kinds_are_paired(found, data):
    kinds = ("dense", "activation")
    other = replace(
        found,
        layers=tuple(
            replace(each, kind=data.draw(st.sampled_from(kinds)), attributes={"units": 4, "function": "relu"})
            if each.kind in kinds
            else each
            for each in found.layers
        ),
    )
    kind = {each.path: each.kind for each in found.layers}, {each.path: each.kind for each in other.layers}

    for pair in align(found, other).pairs:
        assert kind[0][pair.left[0]] == kind[1][pair.right[0]]
