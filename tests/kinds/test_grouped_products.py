"""Attention whose queries share keys and values in groups: however it is written, it is the same layer."""

import numpy as np
import pytest

import parity
from parity.adapters import read
from parity.graphs import graph_of
from parity.kinds import translate
from parity.passes import normalise

torch, keras = pytest.importorskip("torch"), pytest.importorskip("keras")
functional = torch.nn.functional

BATCH, STEPS, HEADS, GROUPS, WIDTH = 2, 5, 2, 3, 4
QUERY, SHARED = (BATCH, STEPS, HEADS * GROUPS, WIDTH), (BATCH, STEPS, HEADS, WIDTH)


class Attends(torch.nn.Module):
    """Grouped attention of queries, keys and values that have heads behind the steps."""

    def __init__(self, way):
        super().__init__()
        self.way = way

    def forward(self, query, key, value):
        return self.way(*(each.transpose(1, 2) for each in (query, key, value))).transpose(1, 2)


def told(query, key, value):
    return functional.scaled_dot_product_attention(query, key, value, enable_gqa=True)


def repeated(query, key, value):
    key, value = (each.repeat_interleave(GROUPS, dim=1) for each in (key, value))
    return functional.scaled_dot_product_attention(query, key, value)


def expanded(query, key, value):
    key, value = (
        each[:, :, None].expand(BATCH, HEADS, GROUPS, STEPS, WIDTH).reshape(BATCH, HEADS * GROUPS, STEPS, WIDTH)
        for each in (key, value)
    )
    return functional.scaled_dot_product_attention(query, key, value)


def apart(query, key, value):
    query = query.reshape(BATCH, HEADS, GROUPS, STEPS, WIDTH)
    scores = torch.einsum("bkgth,bksh->bkgts", query, key) / WIDTH**0.5
    return torch.einsum("bkgts,bksh->bkgth", scores.softmax(-1), value).reshape(BATCH, HEADS * GROUPS, STEPS, WIDTH)


def turned(query, key, value):
    """Groups of which the other heads share keys: the same sizes, and another function."""
    key, value = (torch.cat([each] * GROUPS, dim=1) for each in (key, value))
    return functional.scaled_dot_product_attention(query, key, value)


WAYS = (told, repeated, expanded, apart)


def with_keras():
    """As KerasHub's Gemma has it: steps before heads, and the queries of a group along an axis of their own."""
    query, key, value = (keras.Input(shape[1:], batch_size=BATCH) for shape in (QUERY, SHARED, SHARED))
    split = keras.ops.reshape(query, (BATCH, STEPS, HEADS, GROUPS, WIDTH))
    scores = keras.ops.einsum("btkgh,bskh->bkgts", split, key) / WIDTH**0.5
    made = keras.ops.einsum("bkgts,bskh->btkgh", keras.ops.softmax(scores), value)
    return keras.Model([query, key, value], keras.ops.reshape(made, QUERY))


def compared(left, right):
    """A model, and what another way of grouping does."""
    sizes = [QUERY, SHARED, SHARED]
    told = {} if isinstance(left, keras.Model) else {"left_inputs": sizes}
    return parity.compare(left, Attends(right), **told, right_inputs=sizes)


@pytest.mark.parametrize("right", WAYS)
@pytest.mark.parametrize("left", WAYS)
def test_however_groups_are_written_it_is_one_layer(left, right):
    assert compared(Attends(left), right).verdict is parity.Verdict.EQUIVALENT


@pytest.mark.parametrize("right", WAYS)
def test_keras_groups_are_those_of_torch(right):
    assert compared(with_keras(), right).verdict is parity.Verdict.EQUIVALENT


@pytest.mark.parametrize("left", [*map(Attends, WAYS), with_keras()], ids=[*(way.__name__ for way in WAYS), "keras"])
def test_other_groups_are_a_difference(left):
    assert compared(left, turned).verdict is parity.Verdict.DIFFERENT


@pytest.mark.parametrize("way", WAYS)
def test_there_is_one_layer_that_says_how_many_queries_share_keys(way):
    found = graph_of(Attends(way), inputs=[QUERY, SHARED, SHARED])
    (layer,) = [each for each in found.layers if each.kind == "attention"]
    assert layer.attributes["groups"] == GROUPS
    assert not any(each.kind in {"tile", "einsum", "matmul"} for each in found.layers)


EQUATIONS = (
    *("btkgh,bskh->bkgts", "bkgts,bskh->btkgh", "bskh,btkgh->bkgts"),
    *("abc,adec->adeb", "nab,ncdb->ncda", "xab,xbcd->xacd"),
)


@pytest.mark.parametrize("equation", EQUATIONS)
def test_products_over_several_axes_of_their_own_are_computed_as_the_framework_does(equation):
    sizes = dict(zip("abcdeghkmnstx", (3, 2, 5, 4, 3, 3, 4, 2, 2, 2, 5, 6, 2), strict=True))
    shapes = [[sizes[each] for each in term] for term in equation.partition("->")[0].split(",")]

    class Product(torch.nn.Module):
        def forward(self, left, right):
            return torch.einsum(equation, left, right)

    arrays = [np.random.default_rng(at).standard_normal(shape).astype("float32") for at, shape in enumerate(shapes)]
    truth = Product()(*map(torch.tensor, arrays)).numpy()

    run = parity.evaluate(Product(), arrays)

    (found,) = run.outputs.values()
    np.testing.assert_allclose(found, truth, rtol=1e-5, atol=1e-6)
    read_again = translate(read(Product(), inputs=[tuple(shape) for shape in shapes]))
    assert not any(layer.kind == "einsum" for layer in normalise(read_again).layers)
