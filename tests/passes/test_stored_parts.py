"""Stored tensors that are cut and put together again before they are added."""

import pytest

from parity.graph import Value
from parity.passes.constants.fuse_stored_parts import fuse_stored_parts
from tests.builders import graph, layer, weight


def table(*, first="token", second="places", order=(0, 1)):
    """A sum with a class token and a table of places, which is turned twice."""
    stored = {"token": weight("token", (1, 1, 2), "operand"), "places": weight("places", (1, 4, 2), "operand")}
    layers = [
        layer("x", "input"),
        layer("token", "expand", weights=[stored["token"]], target=(1, 1, 2), operands=("stored",)),
        layer("square", "reshape", weights=[stored["places"]], target=(2, 2, 2), operands=("stored",)),
        layer("turned", "permute", ("square",), order=(0, *(1 + each for each in order), 3)),
        layer("places", "reshape", ("turned",), target=(4, 2)),
        layer("joined", "concat", (first, second), axis=1),
        layer("sum", "elementwise", ("x", "joined"), function="add"),
    ]
    sizes = {"x": (1, 5, 2), "token": (1, 1, 2), "square": (1, 2, 2, 2), "turned": (1, 2, 2, 2), "places": (1, 4, 2)}
    return graph(*layers, shapes={**sizes, "joined": (1, 5, 2), "sum": (1, 5, 2)})


def test_the_parts_are_one_operand():
    done = fuse_stored_parts(table())

    assert [each.path for each in done.layers] == ["x", "sum"]
    (operand,) = done.layers[1].weights
    assert (operand.name, operand.shape, operand.role) == ("token + places", (1, 5, 2), "operand")
    assert done.layers[1].attributes["operand_shapes"] == ((1, 5, 2),)
    assert [each.name for each in done.weights] == ["token + places"]


@pytest.mark.parametrize("change", [{"order": (1, 0)}, {"first": "x"}, {"second": "token"}])
def test_parts_that_are_moved_stay(change):
    found = table(**change)
    assert fuse_stored_parts(found) is found


def test_parts_in_another_order_are_another_operand():
    (operand,) = fuse_stored_parts(table(first="places", second="token")).layers[1].weights
    assert operand.name == "places + token"


def test_what_has_no_shape_stays():
    found = table()
    found.values["places.out"] = Value(None, reason="not told")
    assert fuse_stored_parts(found) is found
