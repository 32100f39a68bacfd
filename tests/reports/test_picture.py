"""Blocks of rows, the layout of a still picture, and the picture as SVG, whatever the names in it are."""

import re
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports.hostile import attacked, attacked_run, multiplied

import parity
from parity.reports import Box, Line, Screen, named, run_of
from parity.reports._blocks import MOST, SHOWN, names, opened, tree
from parity.reports._layered import layered
from parity.reports._rows import Mark

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def report(fixtures):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(fixtures)
        return parity.compare("bn_cnn.keras", "bn_cnn.pt2")


def rows(*paths, marks=None):
    """Rows of layers of these names on both sides."""
    boxes = [Box(f"{path}:{at}", path, "Conv2d", (1, 2), 3, ()) for at, path in enumerate(paths)]
    marks = marks or {}
    return tuple(Line(box, box, marks.get(at, Mark.SAME), ()) for at, box in enumerate(boxes))


def told(block, lines):
    """A block as its names on the left, with what is in it."""
    if not block.parts:
        return lines[block.start].left.name
    return {names(lines, block)[0]: [told(part, lines) for part in block.parts]}


def shape(lines):
    return [told(part, lines) for part in tree(lines).parts]


def test_modules_are_blocks():
    lines = rows("x", "a.0.conv", "a.0.bn", "a.1.conv", "a.1.bn", "b.conv", "b.bn", "b.relu", "head")

    assert shape(lines) == [
        "x",
        {"a": [{"a.0": ["a.0.conv", "a.0.bn"]}, {"a.1": ["a.1.conv", "a.1.bn"]}]},
        {"b": ["b.conv", "b.bn", "b.relu"]},
        "head",
    ]


def test_a_module_that_is_nearly_all_is_no_block():
    assert shape(rows("x", "net.a", "net.b", "net.c", "net.d")) == ["x", "net.a", "net.b", "net.c", "net.d"]


def test_a_row_without_modules_is_in_the_block_around_it():
    lines = rows("a.conv", "add", "a.bn", "b.conv", "b.bn", "b.relu")

    assert shape(lines) == [{"a.conv … a.bn": ["a.conv", "add", "a.bn"]}, {"b": ["b.conv", "b.bn", "b.relu"]}]


def test_words_between_underscores_are_modules_where_several_rows_share_them():
    lines = rows("in", *(f"conv{stage}_block{at}_{what}" for stage in (1, 2) for at in (1, 2, 3) for what in "abc"))

    assert [next(iter(each)) for each in shape(lines)[1:]] == ["conv1", "conv2"]
    assert shape(rows("dense_1", "dense_2", "dense_3", "add_1")) == ["dense_1", "dense_2", "dense_3", "add_1"]


def test_the_side_with_modules_tells_the_blocks():
    pairs = zip(rows("c1", "c2", "c3", "c4", "c5", "c6"), rows("a.0", "a.1", "a.2", "b.0", "b.1", "b.2"), strict=True)
    lines = [replace(one, right=other.right) for one, other in pairs]

    assert [names(lines, block) for block in tree(lines).parts] == [("c1 … c3", "a"), ("c4 … c6", "b")]


@given(st.lists(st.sampled_from(["a", "a.b", "a.b.c", "b.a", "x_1", "", ".", "a..b", "…"]), max_size=120))
def test_each_row_is_in_the_tree_once(paths):
    lines = rows(*paths)

    def leaves(block):
        assert len(block.parts) <= MOST
        if not block.parts:
            assert block.end == block.start + 1
            return [block.start]
        assert (block.parts[0].start, block.parts[-1].end) == (block.start, block.end)
        return [row for part in block.parts for row in leaves(part)]

    root = tree(lines)
    assert [row for part in root.parts for row in leaves(part)] == list(range(len(lines)))
    _, seen = opened(root, lines)
    assert len(seen) <= SHOWN
    assert [block.start for block in seen] == sorted(block.start for block in seen)


def test_thousands_of_layers_without_modules_are_runs_of_runs():
    lines = rows(*(f"layer{at:05}" for at in range(10_000)))
    root = tree(lines)

    assert len(root.parts) <= MOST
    assert all(part.is_run for part in root.parts)
    assert names(lines, root.parts[0])[0].startswith("layer00000 … layer")


def test_what_differs_is_opened_first():
    lines = rows(*(f"{block}.{at}" for block in "abcdefgh" for at in range(20)), marks={45: Mark.DIFFERENT})
    found, seen = opened(tree(lines), lines)

    assert found == {"40-60"}
    assert 45 in {block.start for block in seen}


@given(st.integers(0, 24).flatmap(lambda size: st.tuples(st.just(size), edges_of(size))))
def test_no_two_nodes_are_at_one_place_and_edges_go_down(drawn):
    size, edges = drawn
    found = layered(size, edges)

    assert len(found.places) == size
    by_rank = {}
    for column, rank in found.places:
        by_rank.setdefault(rank, []).append(column)
        assert 0.5 - 1e-6 <= column <= found.width - 0.5 + 1e-6
    for columns in by_rank.values():
        ordered = sorted(columns)
        assert all(after - before >= 1 - 1e-6 for before, after in pairwise(ordered))
    for start, end in edges:
        way = [found.places[start], *found.routes[start, end], found.places[end]]
        assert [rank for _, rank in way] == list(range(way[0][1], way[-1][1] + 1))


def edges_of(size):
    pairs = [(start, end) for end in range(size) for start in range(end)]
    return st.sets(st.sampled_from(pairs), max_size=40) if pairs else st.just(set())


def parsed(run):
    return ET.fromstring(named("svg").run(run, Screen()))  # noqa: S314  it is what parity wrote


def test_a_picture_shows_both_sides_at_the_same_places(report):
    root = parsed(run_of(report))
    nodes = [each for each in root.iter(f"{SVG}g") if each.get("class", "").startswith("node")]
    places = [tuple(map(int, re.findall(r"\d+", each.get("transform")))) for each in nodes]
    left, right = places[: len(places) // 2], places[len(places) // 2 :]

    assert len(left) == len(right) == 9
    assert len({(b[0] - a[0], b[1] - a[1]) for a, b in zip(left, right, strict=True)}) == 1
    kinds = [each.get("class").removeprefix("node ") for each in nodes]
    assert [kinds.count(kind) for kind in ("different", "left-only", "nothing", "equal")] == [2, 2, 2, 12]
    assert [each.get("class") for each in root.iter(f"{SVG}path")].count("wire only") == 1
    assert root.find(f"{SVG}title").text == "bn_cnn.keras against bn_cnn.pt2: different"


def test_ten_thousand_layers_are_a_small_picture(report):
    root = parsed(run_of(multiplied(report, 1_250)))

    assert len([each for each in root.iter(f"{SVG}g") if each.get("class", "").startswith("node")]) <= 2 * SHOWN


def test_names_stay_names_in_a_picture(report):
    for run in (run_of(attacked(report)), attacked_run(report)):
        text = named("svg").run(run, Screen())
        root = ET.fromstring(text)  # noqa: S314  it is what parity wrote

        tags = {each.tag.removeprefix(SVG) for each in root.iter()}
        assert tags <= {"svg", "title", "style", "rect", "g", "text", "line", "path"}
        attributes = {name for each in root.iter() for name in each.attrib}
        assert not any(name.startswith("on") or "href" in name for name in attributes)
        assert "<script>document.title='owned'</script>" in "".join(root.itertext())
        assert not re.search("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", text), "nothing turns text round"


def test_a_pair_that_could_not_be_compared_is_told_of(report):
    root = parsed(attacked_run(report))

    assert any(text.startswith("cannot read ") for text in root.itertext())
