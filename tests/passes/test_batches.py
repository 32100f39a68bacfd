"""Attention whose samples and heads lie in one axis, as ``nn.MultiheadAttention`` writes it."""

import pytest

from parity.passes import normalise
from parity.passes.layout.fuse_rearrangements import fuse_rearrangements
from parity.passes.layout.sort_batch_axes import sort_batch_axes
from parity.passes.layout.split_batches import split_batches
from tests.builders import dense, graph, layer


def attention(samples, *, time_major=False, groups=1):
    """Five steps of two heads of four units each; the batch is the first axis of the input, or the second."""
    whole = (5, samples, 8) if time_major else (samples, 5, 8)
    layers, shapes = [layer("x", "input")], {"x": whole}
    for name in "qkv":
        turned = [] if time_major else [layer(f"{name}1", "permute", ("x",), order=(1, 0, 2))]
        before = f"{name}1" if turned else "x"
        merged = layer(f"{name}2", "reshape", (before,), target=(samples * 2, 4), first=5)
        layers += [*turned, merged, layer(f"{name}3", "permute", (f"{name}2",), order=(1, 0, 2))]
        shapes |= {f"{name}1": (5, samples, 8), f"{name}2": (5, samples * 2, 4), f"{name}3": (samples * 2, 5, 4)}
    settings = {"score": "dot", "scale": 0.5, "causal": False, "groups": groups, "softcap": 0.0, "dropout": 0.0}
    shapes["a"] = (samples * 2, 5, 4)
    return graph(*layers, layer("a", "attention", ("q3", "k3", "v3"), **settings), shapes=shapes)


@pytest.mark.parametrize("time_major", [True, False])
@pytest.mark.parametrize("samples", [1, 2, 3])
def test_samples_and_heads_are_apart_while_attention_works(samples, time_major):
    found = split_batches(attention(samples, time_major=time_major))

    (made,) = (each for each in found.layers if each.kind == "attention")
    assert [found.shape(value) for value in (*made.inputs, *made.outputs)] == [(samples, 2, 5, 4)] * 4
    assert found.shape(found.outputs[0]) == (samples * 2, 5, 4)
    assert split_batches(found) is found
    paths = [each.path for each in normalise(found).layers]
    assert len(set(paths)) == len(paths)


def test_a_batch_of_one_sample_is_in_front_of_what_a_dense_layer_works_on():
    moved = layer("p", "reshape", ("x",), target=(5, 8), first=1)
    turned = layer("t", "reshape", ("p",), target=(1, 8), first=5)
    shapes = {"x": (1, 5, 2, 4), "p": (5, 8), "t": (5, 1, 8), "d": (5, 1, 3)}
    found = sort_batch_axes(graph(layer("x", "input"), moved, turned, dense("d", "t", 8, 3), shapes=shapes))

    (made,) = (each for each in found.layers if each.kind == "dense")
    assert found.shape(made.inputs[0]) == (1, 5, 8)
    assert found.shape(made.outputs[0]) == (1, 5, 3)
    assert found.shape(found.outputs[0]) == (5, 1, 3)
    assert sort_batch_axes(found) is found


def test_a_batch_of_one_sample_that_is_in_front_stays_there():
    flat = layer("p", "reshape", ("x",), target=(1, 16), first=1)
    shapes = {"x": (1, 4, 2, 2), "p": (1, 1, 16), "d": (1, 1, 3)}
    found = graph(layer("x", "input"), flat, dense("d", "p", 16, 3), shapes=shapes)

    assert sort_batch_axes(found) is found


def test_groups_of_heads_stay_as_they_are():
    found = attention(2, groups=2)

    assert split_batches(found) is found


@pytest.mark.parametrize(
    ("added", "dropped", "gone"),
    [((0, None, None, None, 3), (0, None, None, 4), True), ((0, 1, None, 3), (0, 1, None, 3), True),
     ((0, None, None, None, 3), (0, None, 4, None), False)],
)  # fmt: skip
def test_axes_that_come_and_go_need_no_known_batch(added, dropped, gone):
    """Rows that a reshape has made of the batch are a batch of any size."""
    wide = (None, *(8 if at == 3 else 1 for at in added[1:]))
    ends = [8 if at is not None and added[at] == 3 else 1 for at in dropped[1:]]
    found = graph(
        layer("x", "input"),
        layer("a", "reshape", ("x",), target=wide[1:], kept=added),
        layer("b", "reshape", ("a",), target=tuple(ends), kept=dropped),
        layer("c", "activation", ("b",), function="relu"),
        shapes={"x": (None, 1, 1, 8), "a": wide, "b": (None, *ends), "c": (None, *ends)},
    )

    assert fuse_rearrangements(found).producers["c.out"].inputs == (("x.out",) if gone else ("b.out",))
