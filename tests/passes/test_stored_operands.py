"""Layers that work on a stored tensor, where most work on what another layer makes: no pass takes an input for granted.

Tables of positions are cut, turned and selected from, and what a pass looks for behind a layer may be nothing at all.
"""

from dataclasses import replace

import pytest

from parity.graph import Census, Weight
from parity.kinds import kinds
from parity.passes import normalise
from tests.corpus.stored import NAMES, graph

OF_EACH = 2
"""Layers of a kind that are tried in a model: the first ones, and as many of the last."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("corpus")


def with_stored(found, layer):
    """The graph with a stored tensor in place of what a layer works on."""
    value = found.values[layer.inputs[0]]
    sizes = tuple(size if isinstance(size, int) else 3 for size in value.shape)
    weight = Weight("stored", sizes, value.dtype or "float32", Census.TRAINABLE, "stored", role="operand")
    changed = replace(layer, inputs=(), weights=(weight,))
    return replace(found, layers=tuple(changed if each is layer else each for each in found.layers))


def tried(found):
    """A few layers of each kind that read a stored tensor in place of their only input."""
    by_kind = {}
    for layer in found.layers:
        shaped = len(layer.inputs) == 1 and found.shape(layer.inputs[0]) is not None
        if shaped and not layer.weights and "operand" in kinds()[layer.kind].roles:
            by_kind.setdefault(layer.kind, []).append(layer)
    return [layer for layers in by_kind.values() for layer in (*layers[:OF_EACH], *layers[OF_EACH:][-OF_EACH:])]


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_tensor_in_place_of_an_input_is_normalised(name, folder):
    found = graph(name, folder)
    for layer in tried(found):
        stored = with_stored(found, layer)

        done = normalise(stored)

        assert set(done.outputs) <= {*done.values}, layer.path
