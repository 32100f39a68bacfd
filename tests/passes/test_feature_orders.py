"""Queries and keys whose features are put in one order make the same scores; other orders do not."""

from dataclasses import replace

import numpy as np
import pytest

from parity import evaluation
from parity.graph import Value
from parity.kinds import reshaped
from parity.passes.arithmetic.eliminate_feature_orders import eliminate_feature_orders
from tests.builders import graph, layer

HEADS = (2, 5, 3, 8)
TURNED = (2, 3, 5, 8)
ATTENTION = {"score": "dot", "scale": 0.5, "causal": False, "mask": None, "groups": 1, "window": None, "softcap": 0.0}


def in_turn(name, pieces, *, swapped=False):
    """The features of pieces of a value in turn, turned for attention."""
    size = HEADS[-1] // pieces
    cuts = [(at * size, (at + 1) * size, 1) for at in range(pieces)]
    cuts = cuts[::-1] if swapped else cuts
    cut = (*HEADS[:-1], size)
    layers, shapes = [layer(name, "input")], {name: HEADS}
    for at, bounds in enumerate(cuts):
        layers.append(layer(f"{name}{at}", "slice", (name,), axes=(3,), bounds=(bounds,)))
        layers.append(layer(f"{name}{at}u", "reshape", (f"{name}{at}",), **reshaped(cut, (*cut, 1))))
        shapes |= {f"{name}{at}": cut, f"{name}{at}u": (*cut, 1)}
    whole = (*cut, pieces)
    layers += [
        layer(f"{name}s", "concat", tuple(f"{name}{at}u" for at in range(pieces)), axis=-1),
        layer(f"{name}r", "reshape", (f"{name}s",), **reshaped(whole, HEADS)),
        layer(f"{name}t", "permute", (f"{name}r",), order=(0, 2, 1, 3)),
    ]
    return layers, {**shapes, f"{name}s": whole, f"{name}r": HEADS, f"{name}t": TURNED}


def attending(query, key):
    (first, shapes), (second, more) = in_turn("q", **query), in_turn("k", **key)
    attention = layer("a", "attention", ("qt", "kt", "v"), **ATTENTION, dropout=0.0)
    inputs = [each for each in (*first, *second) if each.kind == "input"]
    rest = [each for each in (*first, *second) if each.kind != "input"]
    found = graph(*inputs, layer("v", "input"), *rest, attention)
    sizes = {**shapes, **more, "v": TURNED, "a": TURNED}
    return replace(found, values={f"{name}.out": Value(shape, "float32") for name, shape in sizes.items()})


def computed(found):
    rng = np.random.default_rng(0)
    given = {value: rng.normal(size=found.shape(value)) for value in ("q.out", "k.out", "v.out")}
    return evaluation.run(found, lambda _: None, given).values["a.out"]


@pytest.mark.parametrize("pieces", [2, 4])
def test_the_same_order_of_queries_and_keys_goes(pieces):
    found = attending({"pieces": pieces}, {"pieces": pieces})

    done = eliminate_feature_orders(found)

    (attention,) = (each for each in done.layers if each.kind == "attention")
    assert [done.producers[value].inputs for value in attention.inputs[:2]] == [("q.out",), ("k.out",)]
    assert np.allclose(computed(done), computed(found), atol=1e-12)
    assert eliminate_feature_orders(done) is done


@pytest.mark.parametrize("key", [{"pieces": 4}, {"pieces": 2, "swapped": True}])
def test_two_orders_stay_since_they_make_other_scores(key):
    found = attending({"pieces": 2}, key)

    assert eliminate_feature_orders(found) is found
    same = attending({"pieces": 2}, {"pieces": 2})
    assert not np.allclose(computed(found), computed(same))
