"""What a comparison costs grows with the layers, and not with their square."""

import sys

import pytest
from builders import add, dense, graph, layer

from parity.alignment import align
from parity.comparison import compare


def residual(blocks):
    """A chain of blocks of a dense layer and a sum with what went into it, whose values have shapes."""
    layers, last = [layer("x", "input")], "x"
    for at in range(blocks):
        layers += [dense(f"d{at}", last, 8, 8), add(f"a{at}", f"d{at}", last)]
        last = f"a{at}"
    return graph(*layers, shapes={each.path: (None, 8) for each in layers})


def lines_of(function):
    """How many lines of Python were run, those of a loop each time."""
    count = 0

    def trace(_frame, event, _argument):
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("what", ["aligned", "compared"])
def test_twice_the_layers_take_about_twice_the_lines(what):
    costs = []
    for blocks in (200, 400):
        left, right = residual(blocks), residual(blocks)
        found = align(left, right)
        costs.append(
            lines_of(
                {
                    "aligned": lambda left=left, right=right: align(left, right),
                    "compared": lambda left=left, right=right, found=found: compare(left, right, found),
                }[what]
            )
        )

    assert costs[1] < 2.2 * costs[0]
