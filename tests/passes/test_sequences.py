"""Sequences that are turned round as a whole, and those that are not."""

from dataclasses import replace

import pytest

from parity.graph import Value
from parity.passes import normalise
from parity.passes.recurrence.flip_sequences import flip_sequences
from tests.builders import graph, layer

SETTINGS = {"time_axis": 0, "batch_axis": 1}


def reversed_up_to(**lengths):
    """A sequence of four steps of three samples, each turned round up to a length."""
    found = graph(
        layer("x", "input"),
        layer("n", **lengths),
        layer("r", "opaque", ("x", "n"), operator="onnx.ReverseSequence", settings=SETTINGS),
        outputs=("r.out",),
    )
    return replace(
        found,
        values={
            "x.out": Value((4, 3, 5), "float32"),
            "n.out": Value((3,), "int64"),
            "r.out": Value((4, 3, 5), "float32"),
        },
    )


@pytest.mark.parametrize(
    ("asked", "end", "place", "flips"),
    [(("batch", 3), None, 0, True), ((3, "batch"), None, 1, True), (("batch", 3), None, 1, False),
     (("other", 3), None, 0, False), (("batch", 3), 1, 1, False)],
)  # fmt: skip
def test_a_length_that_is_asked_of_a_value(asked, end, place, flips):
    """TensorFlow flips samples up to as many as there are; no number in the file says how many."""
    size = {"mode": "take", "axis": 0, "operands": ("value", (place,))}
    found = graph(
        layer("x", "input"),
        layer("y", "input"),
        layer("s", "shape_of", ("y",), function="shape", start=0, end=end),
        layer("g", "gather", ("s",), **size),
        layer("n", "expand", ("g",), target=(3,)),
        layer("r", "opaque", ("x", "n"), operator="onnx.ReverseSequence", settings=SETTINGS),
        outputs=("r.out",),
        shapes={"x": ("batch", 3), "y": asked, "r": ("batch", 3)},
    )

    assert flip_sequences(found).producers["r.out"].kind == ("slice" if flips else "opaque")


@pytest.mark.parametrize(
    ("lengths", "flips"),
    [
        ({"kind": "fill", "value": 4.0, "size": (3,)}, True),
        ({"kind": "constant", "numbers": (4, 4, 4), "size": (3,)}, True),
        ({"kind": "fill", "value": 3.0, "size": (3,)}, False),
        ({"kind": "constant", "numbers": (4, 4, 2), "size": (3,)}, False),
    ],
)
def test_whole_sequences(lengths, flips):
    """A sequence that is turned round up to a shorter length keeps its last steps where they are."""
    done = flip_sequences(reversed_up_to(**lengths))

    made = done.producers["r.out"]
    assert made.kind == ("slice" if flips else "opaque")
    assert not flips or (made.attributes["axes"], made.attributes["bounds"]) == ((0,), ((None, None, -1),))
    assert flip_sequences(done) is done
    assert [each.kind for each in normalise(done).layers] == (
        ["input", "slice"] if flips else ["input", lengths["kind"], "opaque"]
    )


@pytest.mark.parametrize(("told", "flips"), [((4, 4, 4), True), ((4, 4, 3), False), (4, False)])
def test_lengths_that_an_operator_holds_itself(told, flips):
    found = graph(
        layer("x", "input"),
        layer("r", "opaque", ("x",), operator="onnx.ReverseSequence", settings=SETTINGS | {"sequence_lens": told}),
        outputs=("r.out",),
        shapes={"x": (4, 3, 5), "r": (4, 3, 5)},
    )

    assert flip_sequences(found).producers["r.out"].kind == ("slice" if flips else "opaque")
