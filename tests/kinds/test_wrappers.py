"""Layers around layers, layers for tokens and categories, and small layers of one framework."""

import numpy as np
import pytest

import parity
from parity.adapters import read
from parity.kinds import kind, translate
from parity.passes import normalise
from tests.kinds.translated import checked, kinds_of, of_keras, only, read_keras, read_torch, roles


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda k: k.layers.Dense(4, "relu"), ["dense", "activation"]),
        (lambda k: k.layers.Dropout(0.5), ["dropout"]),
        (lambda k: k.layers.ReLU(), ["activation"]),
        (lambda k: k.layers.Conv2D(4, 3, padding="same"), ["reshape", "conv", "reshape"]),
        (lambda k: k.layers.BatchNormalization(), ["reshape", "batch_norm", "reshape"]),
        (lambda k: k.layers.GlobalAveragePooling2D(), ["reshape", "global_average_pool", "reshape"]),
        (lambda k: k.layers.Softmax(axis=1), ["reshape", "activation", "reshape"]),
        (lambda k: k.layers.Flatten(), ["reshape", "flatten", "reshape"]),
        (lambda k: k.Sequential([k.layers.Dense(4)]), ["opaque"]),
        (lambda k: k.layers.Lambda(lambda x: x), ["opaque"]),
    ],
)
def test_time_distributed(make, expected):
    import keras

    model = of_keras(keras.layers.TimeDistributed(make(keras)), shape=(5, 6, 6, 3))

    graph = checked(read(model))

    assert kinds_of(graph) == expected
    assert graph.shape(graph.outputs[0]) == tuple(model.output.shape)
    assert sum(weight.numel for weight in graph.weights) == model.count_params()


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("strides", [1, 2])
@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
def test_convolutional_lstm(rank, sequences, padding, strides, layout):
    import keras

    shape = (4, *(7, 6, 5)[:rank], 3) if layout == "channels_last" else (4, 3, *(7, 6, 5)[:rank])
    layer = getattr(keras.layers, f"ConvLSTM{rank}D")(
        2, 3, strides=strides, padding=padding, data_format=layout, return_sequences=sequences
    )
    told = layer.compute_output_shape((None, *shape))
    # Keras builds those with channels first on a GPU only; the settings are the same without.
    graph = checked(read_keras(layer, shape=shape)) if layout == "channels_last" else None
    attributes = {
        "filters": 2,
        "kernel_size": (3,) * rank,
        "strides": (strides,) * rank,
        "dilation": (1,) * rank,
        "padding": padding,
        "data_format": layout,
    }

    if graph is not None:
        found = only(graph, "conv_lstm")
        assert attributes.items() <= found.attributes.items()
        assert sum(weight.numel for weight in found.weights) == layer.count_params()
        assert ("return_sequences" in found.attributes) is False
    assert kind("conv_lstm").shape(attributes, [(None, *shape)])[0 if sequences else 1] == told


@pytest.mark.parametrize(
    ("mode", "shape", "expected"),
    [
        ("one_hot", (1,), ["select", "one_hot"]),
        ("one_hot", (), ["one_hot"]),
        ("multi_hot", (4,), ["one_hot", "reduce"]),
        ("count", (4,), ["one_hot", "reduce"]),
    ],
)
def test_categories(mode, shape, expected):
    import keras

    graph = checked(read_keras(keras.layers.CategoryEncoding(5, mode), shape=shape, dtype="int32"))

    assert kinds_of(graph) == expected
    assert only(graph, "one_hot").attributes["depth"] == 5


def test_categories_are_the_numbers_that_keras_makes():
    """The composition computes what the layer does."""
    import keras
    import numpy as np

    numbers = np.array([[1, 2, 2, 4], [0, 0, 0, 3]])
    hot = np.eye(5)[numbers]

    for mode, made in (("multi_hot", hot.max(axis=1)), ("count", hot.sum(axis=1))):
        assert np.array_equal(keras.ops.convert_to_numpy(keras.layers.CategoryEncoding(5, mode)(numbers)), made)


def test_masking_and_intervals():
    import keras

    masked = only(checked(read_keras(keras.layers.Masking(0.5), shape=(4, 2))), "masking")
    interval = only(checked(read_keras(keras.layers.Discretization([0.0, 1.0]), shape=(4,))), "bucketize")

    assert masked.attributes == {"value": 0.5}
    assert interval.attributes["boundaries"] == (0.0, 1.0)
    assert keras.ops.convert_to_numpy(keras.layers.Discretization([0.0, 1.0])([0.0, 0.5, 1.0])).tolist() == [1, 1, 2]
    learnt = keras.layers.Discretization(num_bins=3)
    learnt.adapt([[0.0], [1.0], [2.0]])
    assert kinds_of(checked(read_keras(learnt, shape=(4,)))) in (["opaque"], ["bucketize"])


@pytest.mark.parametrize("tied", [True, False])
def test_an_embedding_and_its_reverse(tied):
    import keras

    tokens, layer = keras.Input((4,), dtype="int32"), keras.layers.ReversibleEmbedding(7, 3, tie_weights=tied)

    graph = checked(read(keras.Model(tokens, layer(layer(tokens), reverse=True))))

    assert kinds_of(graph) == ["embedding", "dense"]
    assert roles(only(graph, "dense"))["kernel"] == (((7, 3), "out in") if tied else ((3, 7), "in out"))
    assert only(graph, "dense").attributes["units"] == 7


@pytest.mark.parametrize("tied", [True, False])
def test_the_cap_of_a_reversible_embedding_is_for_its_other_direction(tied):
    import keras

    tokens = keras.Input((4,), dtype="int32")
    layer = keras.layers.ReversibleEmbedding(7, 3, tie_weights=tied, logit_soft_cap=0.5)
    model = keras.Model(tokens, layer(layer(tokens), reverse=True))
    for weight in layer.weights:
        weight.assign(np.random.default_rng(0).normal(size=weight.shape))
    given = np.array([[0, 1, 2, 6]], "int32")

    graph = checked(read(model))
    (made,) = parity.evaluate(model, [given]).values()

    assert kinds_of(graph) == ["embedding", "dense", "elementwise", "activation", "elementwise"]
    np.testing.assert_allclose(made, model.predict(given, verbose=0), rtol=1e-5, atol=1e-6)
    assert kinds_of(checked(read(keras.Model(tokens, layer(tokens))))) in (["embedding"], ["embedding", "unused"])


def test_a_table_for_the_other_direction_that_no_call_uses_is_part_of_no_layer():
    import keras

    import parity

    tokens = keras.Input((4,), dtype="int32")
    both = keras.Model(tokens, keras.layers.ReversibleEmbedding(7, 3, tie_weights=False)(tokens))
    one = keras.Model(tokens, keras.layers.Embedding(7, 3)(tokens))
    both.layers[-1].embeddings.assign(one.layers[-1].embeddings)

    graph = checked(read(both))
    report = parity.compare(both, one, outputs=True)

    assert kinds_of(graph) == ["embedding", "unused"]
    assert report.verdict == "equivalent"
    assert report.facets["outputs"] == "same"
    assert report.ledger.remainder == 0
    assert "never-called" in {finding.rule for finding, _ in report.findings}


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_bags_of_rows(mode, tmp_path):
    import torch

    bag = torch.nn.EmbeddingBag(7, 4, mode=mode)
    torch.save(torch.nn.Sequential(bag), tmp_path / "model.pt")

    traced, stored = checked(read_torch(bag, (2, 5), dtype="int64")), translate(read(tmp_path / "model.pt"))

    found, other = only(traced, "embedding_bag"), only(stored, "embedding_bag")
    assert found.attributes["mode"] == other.attributes["mode"] == mode
    assert roles(found)["embeddings"] == roles(other)["embeddings"] == ((7, 4), "vocab dim")
    assert kind("embedding_bag").shape(found.attributes, [(10,), (2,)])[0] == (2, 4)


def test_two_vectors():
    import torch

    class Both(torch.nn.Module):
        def __init__(self, layer):
            super().__init__()
            self.layer = layer

        def forward(self, x, y):
            return self.layer(x, y)

    def attributes(layer, name):
        return dict(only(checked(read_torch(Both(layer), (2, 4), (2, 4))), name).attributes)

    bilinear = only(checked(read_torch(Both(torch.nn.Bilinear(4, 5, 3)), (2, 4), (2, 5))), "bilinear")
    assert {role: shape for role, (shape, _) in roles(bilinear).items()} == {"kernel": (3, 4, 5), "bias": (3,)}
    assert attributes(torch.nn.CosineSimilarity(dim=-1), "distance")["function"] == "cosine"
    near, far = (attributes(torch.nn.PairwiseDistance(p=each), "distance") for each in (1.0, 2.0))
    assert (near["order"], far["order"]) == (1.0, 2.0)


def test_repeat_vector():
    import keras

    graph = normalise(checked(read_keras(keras.layers.RepeatVector(5), shape=(3,))))

    assert kinds_of(graph) == ["reshape", "tile"]
    assert graph.shape(graph.outputs[0]) == (None, 5, 3)


def test_weight_norm():
    import torch

    layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(3, 5))

    graph = checked(read_torch(layer, (2, 3)))

    assert kinds_of(graph) == ["dense"]
    assert roles(only(graph, "dense")).keys() == {"kernel", "bias", "magnitude"}
    assert sum(weight.numel for weight in graph.weights) == sum(each.numel() for each in layer.parameters())
