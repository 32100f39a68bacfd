"""What is stacked and laid one after the other is a concatenation: halves that rotary embeddings turn."""

from dataclasses import replace

import numpy as np
import pytest

from parity import evaluation
from parity.graph import Value
from parity.kinds import reshaped
from parity.passes.layout.fuse_stacks import fuse_stacks
from tests.builders import graph, layer

HALF, STACK = (2, 5, 4), (2, 5, 2, 4)


def stacked(*, axis=2, merged=(2, 5, 8), units=(2, 5, 1, 4)):
    """Two values that are given an axis, joined along one, and laid out anew."""
    made = [layer(f"u{name}", "reshape", (name,), **reshaped(HALF, units)) for name in "ab"]
    joined = tuple(size * (2 if at == axis else 1) for at, size in enumerate(units))
    found = graph(
        layer("a", "input"),
        layer("b", "input"),
        *made,
        layer("stack", "concat", ("ua", "ub"), axis=axis),
        layer("laid", "reshape", ("stack",), **reshaped(joined, merged)),
    )
    shapes = {"a": HALF, "b": HALF, "ua": units, "ub": units, "stack": joined, "laid": merged}
    return replace(found, values={f"{name}.out": Value(shape, "float32") for name, shape in shapes.items()})


def computed(found):
    rng = np.random.default_rng(0)
    given = {value: rng.normal(size=HALF) for value in ("a.out", "b.out")}
    return evaluation.run(found, lambda _: None, given).values["laid.out"]


@pytest.mark.parametrize("axis", [2, -2])
def test_a_stack_before_the_last_axis_that_is_merged_is_a_concatenation(axis):
    found = stacked(axis=axis if axis > 0 else 2)
    found = replace(
        found,
        layers=tuple(
            replace(each, attributes={"axis": axis}) if each.kind == "concat" else each for each in found.layers
        ),
    )

    done = fuse_stacks(found)

    (whole,) = (each for each in done.layers if each.kind == "concat")
    assert (whole.inputs, whole.outputs, whole.attributes) == (("a.out", "b.out"), ("laid.out",), {"axis": 2})
    assert np.array_equal(computed(done), computed(found))
    assert fuse_stacks(done) is done


@pytest.mark.parametrize(
    "other",
    [
        {"axis": 3, "units": (2, 5, 4, 1)},  # neighbours: the elements of both in turn
        {"merged": (2, 10, 4)},
        {"merged": (2, 40)},
        {"axis": 0, "units": (1, 2, 5, 4), "merged": (2, 10, 4)},
    ],
)
def test_what_is_merged_otherwise_stays(other):
    found = stacked(**other)

    assert fuse_stacks(found) is found


def test_a_stack_that_something_else_takes_stays():
    found = stacked()
    found = replace(found, outputs=("laid.out", "stack.out"))

    assert fuse_stacks(found) is found
