"""Graphs are evaluated from any values to any others, within a budget, from numbers that are stored or drawn."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from parity.errors import ParityError
from parity.evaluation import Budget, Tensors, drawn, drawn_inputs, run
from parity.graph import Census, Cut, Evidence, Framework, Layer, LayerGraph, Piece, Value, Weight
from parity.kinds import kind, kinds

SPELLED_IN_OTHERS = {
    "cropping": "it is spelled as a slice",
    "keras_scaling": "it is spelled as functions of each element",
    "rescaling": "it is spelled as functions of each element",
    "separable_conv": "it is spelled as two convolutions",
}
BY_NATURE = {
    "input": "it is given",
    "opaque": "nobody knows what it computes",
    "region": "it stands for layers of two models that have been computed already",
    "unused": "it has no outputs",
}


def weight(name, shape, role, axes="", **more):
    return Weight(name, shape, "float32", Census.TRAINABLE, name, role=role, axes=axes, **more)


def chain(*layers, shape=(2, 3), inputs=("x",), values=None):
    """A graph of layers one after the other; each is (kind, attributes, weights)."""
    made, known = [Layer("in", "input", {}, outputs=("x",))], {"x": Value(shape, "float32")}
    before = "x"
    for at, (name, attributes, weights) in enumerate(layers):
        made.append(Layer(f"l{at}", name, attributes, tuple(weights), (before,), (f"v{at}",), (f"source{at}",)))
        before = f"v{at}"
        known.setdefault(before, (values or {}).get(before, Value(None, "float32")))
    weights = tuple(each for layer in made for each in layer.weights)
    return LayerGraph(
        Framework.TORCH,
        Evidence.GRAPH,
        tuple(made),
        known,
        weights,
        inputs=inputs,
        outputs=(before,),
        input_names=inputs,
    )


RELU, EXP = ("activation", {"function": "relu"}, ()), ("activation", {"function": "exp"}, ())
UNKNOWN = ("opaque", {"operator": "aten.magic"}, ())


def dense(units, rows, name="w", **more):
    return ("dense", {"units": units}, (weight(name, (units, rows), "kernel", "out in", **more),))


def test_all_kinds_compute_but_those_with_a_reason_not_to():
    silent = {name for name, each in kinds().items() if each.compute is None}

    assert silent == {*SPELLED_IN_OTHERS, *BY_NATURE}


def test_evaluation_starts_and_stops_anywhere():
    graph = chain(UNKNOWN, RELU, EXP, UNKNOWN)
    given = np.array([[1.0, -2.0, 0.5]])

    done = run(graph, Tensors({}), {"v0": given}, wanted=["v2", "v1"])

    assert list(done.values) == ["v2", "v1"]
    np.testing.assert_allclose(done.values["v2"], np.exp(np.maximum(given, 0)))
    assert done.gaps == ()


def test_what_cannot_be_computed_is_told_with_what_depends_on_it_and_the_rest_is_computed():
    graph = chain(RELU, UNKNOWN, EXP)
    graph = replace(graph, outputs=("v0", "v1", "v2"))

    done = run(graph, Tensors({}), {"x": np.ones((2, 3))})

    assert list(done.values) == ["v0"]
    (gap,) = done.gaps
    assert (gap.layer, gap.source, gap.outputs) == ("l1", "source1", ("v1", "v2"))
    assert gap.reason == "parity has no formula for aten.magic"


def test_a_value_that_nothing_makes_is_a_gap():
    done = run(chain(RELU), Tensors({}), {})

    assert done.values == {}
    assert "not given" in done.gaps[0].reason


def test_numbers_that_are_not_there_are_a_gap():
    done = run(chain(dense(4, 3)), Tensors({}), {"x": np.ones((2, 3))})

    assert "the values of w are missing" in done.gaps[0].reason


def test_an_input_of_another_shape_is_refused():
    with pytest.raises(ParityError, match="the graph records the shape"):
        run(chain(RELU), Tensors({}), {"x": np.ones((2, 4))})


def test_free_sizes_take_those_of_what_is_given():
    graph = chain(
        *(("reshape", {"target": ("N", 3), "first": 1, "kept": None}, ()), RELU),
        shape=("N", 3),
        values={"v0": Value((1, "N", 3), "float32")},
    )

    done = run(graph, Tensors({}), {"x": np.ones((5, 3))})

    assert done.values["v1"].shape == (1, 5, 3)


def test_a_result_of_another_shape_than_the_graph_tells_is_none():
    graph = chain(RELU, values={"v0": Value((2, 4), "float32")})

    done = run(graph, Tensors({}), {"x": np.ones((2, 3))})

    assert "the graph records (2, 4)" in done.gaps[0].reason


HOSTILE = {
    "tile": ("tile", {"repeats": (1 << 20, 1 << 20), "interleaved": False}, ()),
    "pad": ("pad", {"amounts": ((0, 1 << 40), (0, 0)), "mode": "constant", "value": 0.0}, ()),
    "expand": ("expand", {"target": (1 << 30, 2, 3)}, ()),
    "one hot": ("one_hot", {"depth": 1 << 40, "axis": -1, "on": 1.0, "off": 0.0}, ()),
    "stride of nothing": (
        "max_pool",
        {
            "pool_size": (2,),
            "strides": (0,),
            "dilation": (1,),
            "padding": ((0, 0),),
            "ceil_mode": False,
            "data_format": "channels_first",
        },
        (),
    ),
    "window": (
        "conv",
        {
            "kernel_size": (1,),
            "strides": (1,),
            "dilation": (1,),
            "padding": ((1 << 40, 1 << 40),),
            "padding_mode": "zeros",
            "groups": 1,
            "filters": 1,
            "data_format": "channels_first",
        },
        (weight("w", (1, 3, 1), "kernel", "out in kw"),),
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_would_be_too_large_is_not_made(name):
    shape = (2, 3, 4) if "window" in name or "stride" in name else (2, 3)
    shape = (1, 2, 3) if name == "expand" else shape

    done = run(chain(HOSTILE[name], shape=shape), Tensors({"w": np.ones((1, 3, 1))}), {"x": np.ones(shape)})

    assert done.values == {}
    assert any(word in done.gaps[0].reason for word in ("operations", "elements", "do not make sense", "window"))


def test_a_budget_that_is_spent_says_so():
    graph = chain(dense(64, 64, "a"), dense(64, 64, "b"), shape=(64, 64))

    done = run(graph, drawn(graph), {"x": np.ones((64, 64))}, budget=Budget(operations=300_000))

    assert done.gaps[0].layer == "l1"
    assert done.gaps[0].reason == "the budget of operations is spent"


def test_a_part_of_a_part_is_read_from_the_stored_tensor():
    stored = np.arange(48.0).reshape(2, 6, 4)
    cut = weight("w", (2, 6, 4), "kernel").part(((1, 2), (2, 6), (0, 4)), (4, 4), name="c", storage="c")
    again = cut.part(((1, 3), (0, 4)), (2, 4), name="d", storage="d")

    assert cut.whole == again.whole == "w"
    assert again.cuts == (Cut((2, 6, 4), ((1, 2), (2, 6), (0, 4))), Cut((4, 4), ((1, 3), (0, 4))))
    np.testing.assert_array_equal(Tensors({"w": stored}).read(again), stored[1, 3:5])


def test_a_weight_that_is_joined_of_others_is_read_from_these():
    parts = weight("a", (2, 3), "kernel"), weight("b", (1, 3), "kernel")
    tensors = Tensors({"a": np.ones((2, 3)), "b": np.zeros((1, 3))})
    beside = weight("a + b", (3, 3), "kernel", joined=parts, along=0)
    flat = weight("a + b", (9,), "operand", joined=parts)

    np.testing.assert_array_equal(tensors.read(beside), [[1, 1, 1], [1, 1, 1], [0, 0, 0]])
    np.testing.assert_array_equal(tensors.read(flat), [1] * 6 + [0] * 3)


def test_a_weight_that_is_put_together_of_pieces_is_read_from_these():
    pieces = (
        Piece("a", ((0, 2), (1, 3)), ((0, 1), (0, 2), (0, 2)), (None, 1, 0)),
        Piece("b", ((0, 2),), ((0, 1), (2, 3), (0, 2)), (None, None, 0)),
    )
    whole = weight("w", (1, 3, 2), "kernel", pieces=pieces)
    a, b = np.arange(6.0).reshape(2, 3), np.array([8.0, 9.0])

    np.testing.assert_array_equal(Tensors({"a": a, "b": b}).read(whole), [[[1, 4], [2, 5], [8, 9]]])


def test_a_stored_tensor_of_other_sizes_is_a_gap():
    done = run(chain(dense(4, 3)), Tensors({"w": np.ones((5, 3))}), {"x": np.ones((2, 3))})

    assert "is stored with the shape (5, 3)" in done.gaps[0].reason


def test_integers_whose_scale_nobody_keeps_are_a_gap():
    graph = chain(("dense", {"units": 4}, (replace(weight("w", (4, 3), "kernel", "out in"), dtype="int8"),)))

    done = run(graph, Tensors({"w": np.ones((4, 3), "int8")}), {"x": np.ones((2, 3))})

    assert done.gaps[0].reason == "its kernel is stored as int8, without its scale"


def test_a_weight_that_its_kind_does_not_know_is_a_gap():
    graph = chain(("dense", {"units": 4}, (weight("w", (4, 3), "kernel", "out in"), weight("lora", (4, 2), "lora_a"))))

    done = run(graph, drawn(graph), {"x": np.ones((2, 3))})

    assert done.gaps[0].reason == "the role of lora in it is not known"


def test_drawn_numbers_are_those_of_their_storage_and_sensible_for_their_role():
    tied = replace(weight("b", (400, 300), "kernel", "out in"), storage="a")
    variance = replace(weight("v", (50,), "moving_variance", "c"), census=Census.STATE)
    graph = chain(dense(400, 300, "a"), ("dense", {"units": 400}, (tied,)), ("batch_norm", {}, (variance,)))
    numbers = drawn(graph, seed=3)
    kernel = numbers.read(graph.layers[1].weights[0])

    np.testing.assert_array_equal(kernel, numbers.read(tied))
    assert 0.9 < kernel.std() * 300**0.5 < 1.1
    assert numbers.read(variance).min() > 0
    assert not np.array_equal(kernel, drawn(graph, seed=4).read(tied))


def test_drawn_inputs_name_rows_that_a_table_has():
    table = ("embedding", {"vocab": 4, "dim": 3}, (weight("t", (4, 3), "embeddings", "vocab dim"),))
    graph = chain(table, shape=("N", 50))
    graph = replace(graph, values={**graph.values, "x": Value(("N", 50), "int64")})

    inputs = drawn_inputs(graph, sizes={"N": 7})
    done = run(graph, drawn(graph), inputs)

    assert inputs["x"].shape == (7, 50)
    assert set(np.unique(inputs["x"])) == {0, 1, 2, 3}
    assert done.values["v0"].shape == (7, 50, 3)


def test_a_kind_of_a_users_own_may_be_a_plain_function(monkeypatch):
    doubled = replace(kind("activation"), compute=lambda given: (given.inputs[0] * 2,))
    monkeypatch.setattr("parity.evaluation._layer.kind", lambda _: doubled)

    done = run(chain(RELU), Tensors({}), {"x": np.ones((2, 3))})

    np.testing.assert_array_equal(done.values["v0"], np.full((2, 3), 2.0))


def test_nothing_that_computes_is_loaded_when_two_plain_models_are_compared(fixtures):
    code = (
        "import sys, parity\n"
        f"parity.compare({str(fixtures / 'bn_cnn.pt2')!r}, {str(fixtures / 'bn_cnn.pt2')!r})\n"
        "print([name for name in sys.modules if name.endswith('._compute')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
