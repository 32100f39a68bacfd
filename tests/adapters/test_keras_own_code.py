"""Layers of the user's own in live Keras models are opened by a symbolic call, wherever they stand."""

import numpy as np
import pytest

import parity
from parity.adapters import read
from parity.graph import Census, Evidence


def _block(keras):
    class Block(keras.layers.Layer):
        def __init__(self, width, **settings):
            super().__init__(**settings)
            self.up = keras.layers.Dense(width, activation="relu", name="up")
            self.down = keras.layers.Dense(4, name="down")

        def build(self, shape):
            self.scale = self.add_weight(shape=(4,), name="scale")
            self.up.build(shape)
            self.down.build((*shape[:-1], self.up.units))

        def call(self, x):
            return x + self.down(self.up(x)) * self.scale

    return Block


def _written_in_torch():
    import torch
    from torch import nn

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.up, self.down, self.scale = nn.Linear(4, 8), nn.Linear(8, 4), nn.Parameter(torch.ones(4))

        def forward(self, x):
            return x + self.down(torch.relu(self.up(x))) * self.scale

    return nn.Sequential(Block(), Block(), nn.Linear(4, 2)).eval()


def _functional(keras):
    block = _block(keras)
    x = keras.Input((4,))
    return keras.Model(x, keras.layers.Dense(2)(block(8)(block(8)(x))))


def _sequential(keras):
    block = _block(keras)
    return keras.Sequential([keras.Input((4,)), block(8), block(8), keras.layers.Dense(2)])


def _nested(keras):
    block = _block(keras)
    inner = keras.Sequential([keras.Input((4,)), block(8), block(8)], name="inner")
    x = keras.Input((4,))
    return keras.Model(x, keras.layers.Dense(2)(inner(x)))


@pytest.mark.parametrize("make", [_functional, _sequential, _nested])
def test_blocks_are_opened_in_models_of_every_form(make):
    import keras

    model = make(keras)
    graph = read(model)

    assert not graph.gaps
    assert sum(each.numel for each in graph.weights.values()) == model.count_params() == 170
    assert {each.census for each in graph.weights.values()} == {Census.TRAINABLE}
    assert parity.compare(model, _written_in_torch(), right_inputs=[(2, 4)]).verdict == "equivalent"
    x = np.random.default_rng(0).normal(size=(2, 4)).astype("float32")
    (computed,) = parity.evaluate(model, [x]).values()
    assert np.allclose(computed, model(x), atol=1e-5)


def test_parts_are_named_by_the_layers_around_them_and_these_are_containers():
    import keras

    graph = read(_nested(keras))
    first = next(row.path for row in graph.layers if row.type == "Block")
    inside = [row.path for row in graph.layers if row.path.startswith(f"{first}/")]

    assert first.startswith("inner/block")
    assert inside == [f"{first}/{name}" for name in ("up", "down", "multiply", "add")]
    assert [(each.path, each.type) for each in graph.containers] == [("inner", "Sequential")]


def test_reading_leaves_the_layers_as_they_were():
    import keras

    model = _functional(keras)
    block = model.layers[1]
    classes = [type(each) for each in model.variables]
    nodes = [(len(each._inbound_nodes), len(each._outbound_nodes)) for each in model._flatten_layers()]
    attributes = [dict(vars(each)) for each in model._flatten_layers()]
    members = [{name: list(each) for name, each in found.items() if isinstance(each, list)} for found in attributes]
    read(model)

    assert [type(each) for each in model.variables] == classes
    assert [(len(each._inbound_nodes), len(each._outbound_nodes)) for each in model._flatten_layers()] == nodes
    for layer, before, lists in zip(model._flatten_layers(), attributes, members, strict=True):
        after = vars(layer)
        assert after.keys() == before.keys()
        assert all(after[name] is before[name] for name in before if name != "_jit_compile")  # Keras decides that late
        assert all([*map(id, after[name])] == [*map(id, lists[name])] for name in lists)
    assert model(np.ones((2, 4), "float32")).shape == (2, 2)
    assert not hasattr(block.scale, "_keras_history")


def _one(keras, layer, shape=(4,)):
    x = keras.Input(shape)
    return keras.Model(x, keras.layers.Dense(2)(layer(x)))


def test_side_effects_of_the_code_are_undone():
    import keras

    class Counts(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.seen, self.last = [], None

        def call(self, x):
            self.seen.append(1)
            self.last = x
            return x * 2

    layer = Counts()
    model = _one(keras, layer)
    before = len(layer.seen), layer.last
    assert not read(model).gaps
    assert (len(layer.seen), layer.last) == before


def test_code_that_cannot_be_traced_stays_closed_with_the_reason_and_its_surroundings_are_read():
    import keras

    class Raises(keras.layers.Layer):
        def call(self, x):
            if isinstance(x, keras.KerasTensor):
                raise RuntimeError("not today")  # noqa: TRY004  whatever code raises
            return x * 2

    class Calls(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = Raises()

        def call(self, x):
            return self.inner(x) + 1

    class Itself(keras.layers.Layer):
        def call(self, x):
            return self(x) if isinstance(x, keras.KerasTensor) else x * 2

    graph = read(_one(keras, Calls()))
    assert graph.evidence is Evidence.GRAPH
    assert [node.op for node in graph.nodes] == ["Raises", "Add", "Dense"]
    assert "its call was not traced: RuntimeError: not today" in graph.gaps[0].reason

    graph = read(_one(keras, Itself()))
    assert "it calls itself" in graph.gaps[0].reason


def test_layers_of_one_name_are_told_apart():
    import keras

    class Twice(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.parts = [keras.layers.Dense(4, name="same"), keras.layers.Dense(4, name="same")]

        def build(self, shape):
            for each in self.parts:
                each.build(shape)

        def call(self, x):
            return self.parts[1](self.parts[0](x))

    graph = read(_one(keras, Twice()))
    assert [row.path.rpartition("/")[2] for row in graph.layers if row.type == "Dense"][:2] == ["same", "same_1"]
    assert not graph.gaps


def test_a_layer_that_is_called_twice_is_one_row_with_one_set_of_weights():
    import keras

    block = _block(keras)(8)
    x = keras.Input((4,))
    graph = read(keras.Model(x, block(block(x))))

    up = next(row for row in graph.layers if row.path.endswith("/up"))
    assert len(up.outputs) == 2
    assert sum(each.numel for each in graph.weights.values()) == 80


def test_a_weight_of_another_layer_is_that_layers_own():
    import keras

    class Tied(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.table = keras.layers.Embedding(7, 4)

        def build(self, shape):
            self.table.build(shape)

        def call(self, x):
            return keras.ops.matmul(self.table(x), keras.ops.transpose(self.table.embeddings))

    x = keras.Input((3,), dtype="int32")
    graph = read(keras.Model(x, Tied()(x)))
    (name,) = graph.weights
    assert [node.op for node in graph.nodes if name in node.weights.values()] == ["Embedding", "Transpose"]


def test_a_class_that_changes_nothing_of_keras_own_is_that():
    import keras

    class Mine(keras.layers.Dense):
        def __init__(self, units, note="", **settings):
            super().__init__(units, **settings)
            self.note = note

    class Other(keras.layers.Dense):
        def call(self, x):
            return super().call(x) * 2

    assert [node.dialect for node in read(_one(keras, Mine(4))).nodes] == ["keras", "keras"]
    assert "__module__" not in read(_one(keras, Mine(4))).nodes[0].attributes
    assert {node.op for node in read(_one(keras, Other(4))).nodes} >= {"Matmul", "Multiply"}


def test_a_function_of_ones_own_as_activation_is_code_after_the_layer():
    from functools import partial

    import keras
    from torch import nn

    right = nn.Sequential(nn.Linear(4, 3), nn.GELU("tanh"), nn.Linear(3, 2)).eval()
    for function in (partial(keras.activations.gelu, approximate=True), lambda x: keras.ops.gelu(x, approximate=True)):
        model = _one(keras, keras.layers.Dense(3, activation=function))
        assert parity.compare(model, right, right_inputs=[(2, 4)]).verdict == "equivalent"
        assert model.layers[1].activation is function


def test_random_numbers_that_the_code_draws_are_not_taken_for_constants():
    import keras

    class Noise(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.seeds = keras.random.SeedGenerator(1)

        def call(self, x):
            return x + keras.random.normal((1, 4), seed=self.seeds)

    graph = read(_one(keras, Noise()))
    assert [node.op for node in graph.nodes] == ["Noise", "Dense"]
    assert any("not traced" in gap.reason for gap in graph.gaps)

    class Global(keras.layers.Layer):
        def call(self, x):
            return x + keras.random.normal((1, 4))

    assert [node.op for node in read(_one(keras, Global())).nodes] == ["Global", "Dense"]


def test_attention_of_ones_own_is_what_it_computes():
    """As the layers of Keras' own libraries are written: equations, a causal mask, a table of places, tied weights."""
    import keras

    ops = keras.ops

    class Attends(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.parts = [keras.layers.EinsumDense("abc,cde->abde", (None, 2, 3)) for _ in range(3)]
            self.softmax, self.out = keras.layers.Softmax(axis=(3,)), keras.layers.Dense(6)

        def build(self, shape):
            for each in self.parts:
                each.build(shape)
            self.out.build(shape)
            self.table = self.add_weight(shape=(9, 6), name="table")

        def call(self, x, mask=None):
            length = ops.shape(x)[1]
            x = x + ops.broadcast_to(ops.slice(self.table, (0, 0), (length, 6)), ops.shape(x))
            query, key, value = (each(x) for each in self.parts)
            scores = ops.einsum("aecd,abcd->acbe", key, query / 3**0.5)
            seen = ops.arange(length)[:, None] >= ops.arange(length)[None]
            seen = ops.minimum(ops.cast(seen, "int32"), ops.cast(mask[:, None], "int32"))
            weights = self.softmax(scores, ops.expand_dims(seen, 1))
            mixed = ops.einsum("acbe,aecd->abcd", weights, value)
            return self.out(ops.reshape(mixed, ops.shape(x)))

    x, mask = keras.Input((None, 6), name="x"), keras.Input((None,), dtype="int32", name="mask")
    model = keras.Model([x, mask], Attends()(x, mask=mask))
    arrays = np.random.default_rng(0).normal(size=(2, 5, 6)).astype("float32"), np.array([[1] * 5, [1, 1, 1, 0, 0]])
    (computed,) = parity.evaluate(model, list(arrays)).values()
    assert np.allclose(computed, model(arrays), atol=1e-5)


def test_code_that_does_something_else_in_training_is_undecided_there_and_compared_in_inference():
    import keras

    class Doubled(keras.layers.Layer):
        def call(self, x, training=None):
            return x * 2 if training else x

    class Plain(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.drop = keras.layers.Dropout(0.5)

        def call(self, x, training=None):
            return self.drop(x, training=training)

    model, twin = _one(keras, Doubled()), keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    assert "Doubled does something else in training" in read(model).gaps[0].reason
    assert parity.compare(model, twin, profile="train").verdict == "inconclusive"
    assert parity.compare(model, twin, profile="inference").verdict == "equivalent"

    dropped = keras.Sequential([keras.Input((4,)), keras.layers.Dropout(0.5), keras.layers.Dense(2)])
    assert parity.compare(_one(keras, Plain()), dropped, profile="train").verdict == "equivalent"


def test_sizes_that_the_code_computes_with_are_those_of_example_inputs():
    import keras

    class Positions(keras.layers.Layer):
        def call(self, x):
            return x + keras.ops.cast(keras.ops.arange(keras.ops.shape(x)[1]), "float32")[:, None]

    x = keras.Input((None, 4))
    model = keras.Model(x, keras.layers.Dense(2)(Positions()(x)))

    alone = read(model)
    assert "pass example inputs" in alone.gaps[0].remedy
    graph = read(model, inputs=[(2, 5, 4)])
    assert not graph.gaps
    assert [graph.values[each].shape for each in graph.inputs] == [(None, 5, 4)]


@pytest.mark.parametrize("given", [None, [(2, 4)], {"features": (2, 4)}])
def test_a_wired_model_of_a_class_that_defines_what_its_layers_are_is_traced_from_its_inputs(given):
    import keras

    class Task(keras.Model):
        """As KerasHub's tasks are: a preprocessor is none of their layers."""

        @property
        def layers(self):
            return [each for each in super().layers if each.name != "preprocessor"]

    def make(kind):
        x = keras.Input((4,), name="features")
        return kind(x, keras.layers.Dense(2)(keras.layers.Dense(3, activation="relu")(x)))

    model, twin = make(Task), make(keras.Model)
    assert read(model, inputs=given).evidence is Evidence.GRAPH
    assert parity.compare(model, twin, left_inputs=given, verify="full").verdict == "equivalent"
    other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])
    assert parity.compare(model, other, left_inputs=given).verdict == "different"
