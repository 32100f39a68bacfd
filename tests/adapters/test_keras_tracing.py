"""Live Keras models that define their own call, traced with symbolic inputs."""

import numpy as np
import pytest

import parity
from parity.adapters import read
from parity.errors import UnreadableModel
from parity.graph import Census, Evidence
from parity.summarise import summarise


def _residual(keras):
    """A subclassed model with a block of its own and a layer that is never called, and its functional twin."""

    class Block(keras.layers.Layer):
        def __init__(self, units):
            super().__init__()
            self.dense, self.norm = keras.layers.Dense(units), keras.layers.LayerNormalization()

        def call(self, x):
            return self.norm(x + self.dense(x))

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.blocks = [Block(6) for _ in range(3)]
            self.norm = keras.layers.BatchNormalization()
            self.drop = keras.layers.Dropout(0.5)
            self.top = keras.layers.Dense(2, activity_regularizer="l2")

        def call(self, x, *, training=False):
            for block in self.blocks:
                x = block(x)
            x = keras.ops.relu(self.norm(x, training=training))
            return self.top(self.drop(x, training=training))

    inputs = x = keras.Input((6,))
    for _ in range(3):
        x = keras.layers.LayerNormalization()(x + keras.layers.Dense(6)(x))
    x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
    top = keras.layers.Dense(2, activity_regularizer="l2")  # a penalty on one side alone would be a difference
    twin = keras.Model(inputs, top(keras.layers.Dropout(0.5)(x)))
    return Net(), twin


def test_a_subclassed_model_is_its_functional_twin():
    import keras

    model, twin = _residual(keras)
    model(np.ones((2, 6), "float32"))
    graph = read(model)

    assert graph.evidence is Evidence.GRAPH
    assert graph.producer.endswith("subclassed Net, traced")
    assert graph.values[graph.inputs[0]].shape == (None, 6)
    assert parity.compare(model, twin).verdict == "equivalent"


def _state(model, keras):
    layers = [model, *model._flatten_layers(include_self=False)]
    nodes = [(len(each._inbound_nodes), len(each._outbound_nodes)) for each in layers]
    losses = [list(each._losses) for each in layers]
    uids = dict(keras.src.backend.common.global_state.get_global_attribute("object_name_uids"))
    return nodes, losses, [each.numpy().tolist() for each in model.variables], uids, [each.built for each in layers]


@pytest.mark.parametrize("fails", [False, True])
def test_tracing_leaves_the_model_as_it_was(fails):
    import keras

    model, _ = _residual(keras)
    model(np.ones((2, 6), "float32"))
    if fails:
        model.drop = None
    before, call = _state(model, keras), keras.layers.Layer.__call__
    assert read(model).evidence is (Evidence.TREE if fails else Evidence.GRAPH)
    assert _state(model, keras) == before
    assert keras.layers.Layer.__call__ is call


def test_example_inputs_where_the_model_needs_several():
    import keras

    class Sum(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(4)

        def call(self, x, y):
            return self.dense(x) + y

    model = Sum()
    model(np.ones((1, 3), "float32"), np.ones((1, 4), "float32"))

    alone = read(model)
    assert alone.evidence is Evidence.TREE
    assert "wiring was not traced" in alone.gaps[0].reason
    assert "missing 1 required positional argument" in alone.gaps[0].reason
    assert "pass example inputs" in alone.gaps[0].remedy
    for inputs in ([(2, 3), (2, 4)], [((2, 3), "float32"), np.ones((2, 4))], {"x": (2, 3), "y": (2, 4)}):
        graph = read(model, inputs=inputs)
        assert graph.evidence is Evidence.GRAPH
        assert [graph.values[each].shape for each in graph.inputs] == [(None, 3), (None, 4)]


def test_what_the_call_does_not_use_is_counted():
    import keras

    class Partly(keras.Model):
        def __init__(self):
            super().__init__()
            self.used, self.idle = keras.layers.Dense(2), keras.layers.Dense(3)
            self.idle.build((None, 7))

        def call(self, x):
            return self.used(x)

    model = Partly()
    model(np.ones((1, 5), "float32"))
    graph = read(model)
    assert graph.evidence is Evidence.GRAPH
    assert sum(each.numel for each in graph.weights.values()) == model.count_params() == 12 + 24
    assert {each.census for each in graph.weights.values()} == {Census.TRAINABLE}
    assert any("not called" in gap.where for gap in graph.gaps)


def _reads_numbers(keras):
    class Scaled(keras.Model):
        def __init__(self):
            super().__init__()
            self.scale = self.add_weight(shape=(4,), name="scale")

        def call(self, x):
            return x * float(keras.ops.convert_to_numpy(self.scale)[0])

    return Scaled(), "the call reads or sets the value of a variable"


def _runs_for_ever(keras):
    class Endless(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(4)

        def call(self, x):
            while isinstance(x, keras.KerasTensor):
                pass
            return self.dense(x)

    return Endless(), "takes more than 0.5 s"


def _gives_no_tensor(keras):
    class Words(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(4)

        def call(self, x):
            return self.dense(x), "words" if isinstance(x, keras.KerasTensor) else x

    return Words(), "one of its outputs is not a tensor"


def _depends_on_values(keras):
    class Choice(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(4)

        def call(self, x):
            return self.dense(x) if keras.ops.sum(x) > 0 else x

    return Choice(), "fails with symbolic inputs"


@pytest.mark.parametrize("make", [_reads_numbers, _depends_on_values, _runs_for_ever, _gives_no_tensor])
def test_a_call_that_cannot_be_traced_says_why(make, monkeypatch):
    import keras

    monkeypatch.setattr("parity.adapters.keras._symbols.LIMIT", 0.5)
    model, reason = make(keras)
    model(np.ones((2, 4), "float32"))
    graph = read(model, inputs=[(2, 4)])
    assert graph.evidence is Evidence.TREE
    assert reason in graph.gaps[0].reason
    assert sum(each.numel for each in graph.weights.values()) == model.count_params()


def test_a_model_that_is_not_built_has_no_counts():
    import keras

    model, _ = _residual(keras)
    found = summarise(model)
    assert {row.path.rpartition("_")[0]: row.uncounted for row in found.rows if row.uncounted} == {
        "dense": "not built",
        "batch_normalization": "not built",
    }
    assert found.side.uncounted
    assert "not built; call it once" in found.gaps[0].reason

    class Empty(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(UnreadableModel, match="build the model"):
        read(Empty())


def test_code_is_traced_as_in_inference_whatever_mode_it_has_by_default():
    import keras

    class Block(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.drop = keras.layers.Dropout(0.5)

        def call(self, x, *, training=True):
            return self.drop(x, training=training)

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.block, self.drop, self.top = Block(), keras.layers.Dropout(0.5), keras.layers.Dense(2)

        def call(self, x, *, training=True):
            return self.top(self.drop(self.block(x), training=training))

    model = Net()
    x = np.ones((8, 4), "float32")
    model(x)
    again = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dropout(0.5), keras.layers.Dropout(0.5), keras.layers.Dense(2)]
    )
    again.set_weights(model.get_weights())

    assert np.allclose(model.predict(x, verbose=0), again.predict(x, verbose=0))
    assert parity.compare(model, again, profile="inference").verdict == "equivalent"
