"""Learned positions: rows that Keras slices of a table, or adds all of, are those that PyTorch looks up."""

import numpy as np
import pytest

import parity
from parity.rules import Severity

pytestmark = pytest.mark.filterwarnings("ignore")

WORDS, STEPS, TABLE, WIDTH = 50, 7, 12, 6


def keras_model(rows, *, steps=STEPS, table=TABLE):
    """Words and positions, of which ``rows`` takes some of a table for a tensor."""
    import keras

    class Positions(keras.layers.Layer):
        def build(self, shape):
            self.table = self.add_weight(shape=(table, shape[-1]), initializer="random_normal", name="table")

        def call(self, words):
            return words + rows(keras.ops, self.table, words)

    words = keras.Input((steps,), dtype="int32")
    x = Positions()(keras.layers.Embedding(WORDS, WIDTH)(words))
    return keras.Model(words, keras.layers.Dense(3)(keras.layers.LayerNormalization(epsilon=1e-5)(x)))


def torch_model(rows, *, table=TABLE):
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.positions = nn.Embedding(WORDS, WIDTH), nn.Embedding(table, WIDTH)
            self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 3)
            self.register_buffer("places", torch.arange(table)[None], persistent=False)

        def forward(self, words):
            return self.head(self.norm(self.words(words) + rows(self, words.shape[1])))

    return Net().eval()


def sliced(ops, table, words):
    return ops.slice(table, (0, 0), (ops.shape(words)[1], WIDTH))


def converted(ops, table, words):
    return ops.broadcast_to(sliced(ops, ops.convert_to_tensor(table), words), ops.shape(words))


def taken(ops, table, _):
    return ops.take(ops.convert_to_tensor(table), ops.arange(STEPS), axis=0)


def stored_places(net, steps):
    return net.positions(net.places[:, :steps])


def counted(net, steps):
    import torch

    return net.positions(torch.arange(steps))


def cut(net, steps):
    return net.positions.weight[:steps]


def compared(keras_rows, torch_rows, *, steps=STEPS, tables=(TABLE, TABLE)):
    left, right = keras_model(keras_rows, steps=steps, table=tables[0]), torch_model(torch_rows, table=tables[1])
    return parity.compare(left, right, right_inputs=[((2, STEPS), "int64")], verify="full")


@pytest.mark.parametrize("torch_rows", [stored_places, counted, cut])
@pytest.mark.parametrize(
    ("keras_rows", "steps"), [(sliced, STEPS), (converted, STEPS), (converted, None), (taken, STEPS)]
)
def test_the_first_rows_of_a_table_are_positions_however_they_are_taken(keras_rows, steps, torch_rows):
    report = compared(keras_rows, torch_rows, steps=steps)
    assert report.verdict == "equivalent", str(report)


def test_a_table_that_is_added_as_it_is_has_all_its_rows_looked_up():
    report = compared(lambda _, table, __: table, counted, tables=(STEPS, STEPS))
    assert report.verdict == "equivalent", str(report)


@pytest.mark.parametrize(
    "torch_rows",
    [
        lambda net, steps: net.positions(net.places[:, 1 : steps + 1]),
        lambda net, steps: net.positions(net.places[:, :steps].flip(1)),
        lambda net, steps: net.positions.weight[1 : steps + 1],
        lambda net, steps: 2 * net.positions(net.places[:, :steps]),
    ],
)
def test_other_rows_are_another_model(torch_rows):
    assert compared(converted, torch_rows).verdict == "different"


def test_tables_of_two_sizes_are_two_models():
    report = compared(converted, stored_places, tables=(TABLE, TABLE + 1))
    assert any(severity is Severity.ERROR for _, severity in report.findings)


@pytest.mark.parametrize("rows", [sliced, converted, taken])
def test_what_is_read_of_the_code_computes_what_keras_does(rows):
    model = keras_model(rows)
    words = np.random.default_rng(0).integers(0, WORDS, (2, STEPS))
    (computed,) = parity.evaluate(model, words).values()
    assert np.allclose(computed, model.predict(words, verbose=0), atol=1e-5)


def for_each_sample(net, steps):
    import torch

    return net.positions(torch.arange(steps)[None].repeat(2, 1))


def shifted(net, steps):
    import torch

    return net.positions(torch.arange(steps) + 2)


@pytest.mark.parametrize(("keras_rows", "steps"), [(sliced, STEPS), (converted, None), (taken, STEPS)])
def test_places_that_are_the_same_for_each_sample_are_looked_up_once(keras_rows, steps):
    report = compared(keras_rows, for_each_sample, steps=steps)
    assert report.verdict == "equivalent", str(report)


def test_places_that_differ_from_sample_to_sample_are_another_model():
    def each_its_own(net, steps):
        import torch

        return net.positions(torch.stack([torch.arange(steps), torch.arange(steps) + 1]))

    assert compared(converted, each_its_own).verdict == "different"


def real(report):
    return [finding for finding, severity in report.findings if severity is Severity.ERROR]


def test_more_rows_before_those_that_are_looked_up_are_one_difference():
    report = compared(sliced, shifted, tables=(TABLE, TABLE + 2))

    assert report.verdict == "different"
    roots = [finding for finding in real(report) if finding.caused_by is None]
    assert [finding.rule for finding in roots] == ["weight-shape"], str(report)
    assert "from 0 on the left and from 2 on the right" in roots[0].message
    assert len(report.left_only) == len(report.right_only) == 0


def test_other_rows_of_a_larger_table_are_two_differences():
    report = compared(sliced, shifted, tables=(TABLE, TABLE + 1))

    roots = {finding.rule for finding in real(report) if finding.caused_by is None}
    assert {"weight-shape", "hyper-parameter"} <= roots, str(report)
