"""What a batch norm comes down to in inference, and what only looks like it."""

from dataclasses import replace

import pytest

from parity.graph import Merged
from parity.pairing.norms_written_out import norms_written_out
from parity.passes.arithmetic.fuse_scale_shift import fuse_scale_shift
from tests.builders import graph, layer, weight


def row(*functions, merged=(), at="", size=4):
    """Layers in a row that each do something with a stored number for each channel."""
    layers, before = [], "x"
    for name in functions:
        stored = weight(f"{at}{name}/w", (size,), "operand")
        made = layer(f"{at}{name}", "elementwise", (before,), weights=[stored], function=name, operand_axis=1)
        layers.append(made)
        before = made.path
    return [each if each.attributes["function"] != "multiply" else replace(each, merged=merged) for each in layers]


def norm(name, size=4):
    roles = ("gamma", "beta", "moving_mean", "moving_variance")
    return layer(name, "batch_norm", ("x",), weights=[weight(f"{name}/{role}", (size,), role, "c") for role in roles])


def net(*layers, inference_only=True):
    shapes = {each.path: (2, 4, 8, 8) for each in layers} | {"x": (2, 4, 8, 8)}
    return graph(layer("x", "input"), *layers, shapes=shapes, inference_only=inference_only)


def kinds(found):
    return [each.kind for each in found.layers[1:]]


@pytest.mark.parametrize("functions", [("multiply", "add"), ("subtract", "multiply", "add")])
def test_what_an_exporter_says_it_has_computed_of_a_norm(functions):
    found = fuse_scale_shift(net(*row(*functions, merged=(Merged("BatchNormalization"),))))

    assert kinds(found) == ["batch_norm"]
    assert len(found.layers[1].weights) == len(functions)
    assert fuse_scale_shift(found) is found


@pytest.mark.parametrize("functions", [("multiply", "add"), ("subtract", "multiply", "add")])
def test_a_models_own_factors_and_terms_are_no_norm(functions):
    found = net(*row(*functions))

    assert fuse_scale_shift(found) is found
    assert norms_written_out(found, net(*row(*functions), inference_only=False)) is found


def test_a_norm_written_out_faces_one_that_is_nowhere_else():
    found = net(*row("subtract", "multiply", "add"))

    assert kinds(norms_written_out(found, net(norm("n")))) == ["batch_norm"]


@pytest.mark.parametrize(
    "others", [[norm("n", 5)], [], [norm("n"), *row("subtract", "multiply", "add", at="own/")]], ids=len
)
def test_where_the_other_model_has_no_such_norm_to_spare_or_such_layers_too(others):
    found = net(*row("subtract", "multiply", "add"))

    assert norms_written_out(found, net(*others, inference_only=False)) is found
