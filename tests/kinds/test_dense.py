"""Dense layers, embeddings and normalisations of every framework."""

import numpy as np
import pytest
from kinds.onnx_runs import session
from onnx import helper

import parity
from parity.adapters import read
from parity.graph import Census, Unknown
from parity.kinds import kind, translate
from parity.reports import Verdict
from tests.kinds.translated import array, checked, kinds_of, only, read_keras, read_onnx, read_torch, roles
from tests.rules.models import onnx_export, onnx_model


@pytest.mark.parametrize("dynamo", [True, False])
@pytest.mark.parametrize("factors", [{}, {"beta": 0.5}, {"alpha": 2.0}, {"alpha": 2.0, "beta": 0.5}])
def test_a_sum_with_a_product_of_a_stored_matrix_has_factors(factors, dynamo, tmp_path):
    import torch

    class Net(torch.nn.Module):
        def __init__(self, **factors):
            super().__init__()
            torch.manual_seed(0)
            self.matrix, self.row = torch.nn.Parameter(torch.randn(2, 3)), torch.nn.Parameter(torch.randn(3))
            self.factors = factors

        def forward(self, x):
            return torch.addmm(self.row, x, self.matrix, **self.factors)

    torch.onnx.export(Net(**factors), (torch.randn(4, 2),), tmp_path / "net.onnx", dynamo=dynamo, verbose=False)

    for given, verdict in ((factors, "equivalent"), ({"alpha": 3.0}, "different"), ({"beta": 3.0}, "different")):
        report = parity.compare(Net(**given), tmp_path / "net.onnx", left_inputs=[(4, 2)], outputs=True)
        assert report.verdict.value == verdict


@pytest.mark.parametrize("shape", [(3,), (5, 3), (4, 5, 3), (2, 4, 5, 3)])
@pytest.mark.parametrize("bias", [False, True])
def test_dense_at_any_rank(shape, bias):
    import keras
    import torch

    layer, module = keras.layers.Dense(7, use_bias=bias), torch.nn.Linear(3, 7, bias=bias)

    for graph, axes in (
        (checked(read_keras(layer, shape=shape)), "in out"),
        (checked(read_torch(module, (2, *shape))), "out in"),
    ):
        found = only(graph, "dense")
        assert kind("dense").shape(found.attributes, [(None, *shape)]) == ((None, *shape[:-1], 7),)
        assert roles(found)["kernel"] == ((3, 7) if axes == "in out" else (7, 3), axes)
        assert ("bias" in roles(found)) is bias


@pytest.mark.parametrize("transposed", [0, 1])
@pytest.mark.parametrize("bias", [None, (7,), (1, 7)])
def test_gemm(transposed, bias):
    stored = {"w": array(7, 3) if transposed else array(3, 7)} | ({"b": array(*bias)} if bias else {})

    graph = checked(read_onnx("Gemm", (2, 3), "w", *(["b"] if bias else []), stored=stored, transB=transposed))

    found = only(graph, "dense")
    assert roles(found)["kernel"] == (stored["w"].shape, "out in" if transposed else "in out")
    assert roles(found).get("bias") == (((7,), "out") if bias else None)


@pytest.mark.parametrize("settings", [{"alpha": 0.5}, {"beta": 2.0}, {"transA": 1}, {"alpha": 3.0, "beta": -1.0}])
def test_a_gemm_with_factors_is_a_product_with_what_comes_before_and_after_it(settings):
    shape, stored = (3, 2) if "transA" in settings else (2, 3), {"w": array(3, 7), "b": array(7)}

    graph = checked(read_onnx("Gemm", shape, "w", "b", stored=stored, **settings))

    assert {*kinds_of(graph)} <= {"permute", "dense", "elementwise"}
    assert {weight.shape for layer in graph.layers for weight in layer.weights} == {(3, 7), (7,)}
    node = helper.make_node("Gemm", ["x", "w", "b"], ["y"], **settings)
    model = onnx_model([node], [("x", shape)], [("y", (2, 7))], **stored)
    (expected,) = session(model).run(None, {"x": (given := array(*shape))})
    (made,) = parity.evaluate(model, {"x": given}).values()
    np.testing.assert_allclose(made, expected, rtol=1e-5)


def test_products_with_stored_matrices():
    import torch

    class Product(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.matrix = torch.nn.Parameter(torch.zeros(3, 7))

        def forward(self, x):
            return x @ self.matrix

    class Computed(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = torch.nn.Linear(3, 3)

        def forward(self, x):
            return torch.nn.functional.linear(x, self.scale.weight * 2)

    assert only(checked(read_torch(Product(), (2, 3))), "dense").attributes["units"] == 7
    assert "dense" not in kinds_of(checked(read_torch(Computed(), (2, 3))))
    assert kinds_of(checked(read_onnx("MatMul", (2, 5, 3), "w", stored={"w": array(3, 7)}))) == ["dense"]
    assert kinds_of(checked(read_onnx("MatMul", "w", (3, 5), stored={"w": array(7, 3)}))) == ["matmul"]
    assert kinds_of(checked(read_onnx("MatMul", (2, 3), (3, 5)))) == ["matmul"]


@pytest.mark.parametrize("shape", [(), (4,), (4, 5)])
def test_embedding(shape):
    import keras
    import torch

    stored = {"table": array(9, 3)}
    for graph in (
        checked(read_keras(keras.layers.Embedding(9, 3), shape=shape, dtype="int32")),
        checked(read_torch(torch.nn.Embedding(9, 3), (2, *shape), dtype="int64")),
        checked(read_onnx("Gather", "table", (2, *shape), stored=stored)),
    ):
        found = only(graph, "embedding")
        assert roles(found) == {"embeddings": ((9, 3), "vocab dim")}
        assert kind("embedding").shape(found.attributes, [(2, *shape)]) == ((2, *shape, 3),)


def test_a_mask_is_told():
    import keras

    found = only(checked(read_keras(keras.layers.Embedding(9, 3, mask_zero=True), shape=(4,))), "embedding")

    assert found.attributes["mask_zero"] is True


@pytest.mark.parametrize(
    ("shape", "axis", "name"), [((4,), -1, -1), ((4,), 1, -1), ((8, 6, 4), -1, -1), ((4, 8, 6), 1, -3)]
)
@pytest.mark.parametrize("flags", [{}, {"center": False}, {"scale": False}, {"center": False, "scale": False}])
def test_keras_batch_norm(shape, axis, name, flags):
    import keras

    layer = keras.layers.BatchNormalization(axis=axis, epsilon=0.01, momentum=0.7, **flags)

    found = only(checked(read_keras(layer, shape=shape)), "batch_norm")

    said = {name: found.attributes[name] for name in kind("batch_norm").attributes if name in found.attributes}
    assert said == {"epsilon": 0.01, "momentum": 0.7, "axis": name, "statistics": "moving"}
    wanted = {"gamma": flags.get("scale", True), "beta": flags.get("center", True)}
    assert set(roles(found)) == {role for role, on in wanted.items() if on} | {"moving_mean", "moving_variance"}
    for weight in found.weights:
        assert (weight.census is Census.STATE) == weight.role.startswith("moving")
        assert weight.name.endswith(
            {"gamma": "0", "moving_variance": str(len(found.weights) - 1)}.get(weight.role, weight.name)
        )


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("affine", [False, True])
def test_torch_batch_norm(rank, affine):
    import torch

    module = getattr(torch.nn, f"BatchNorm{rank}d")(4, eps=0.01, momentum=0.3, affine=affine)

    found = only(checked(read_torch(module, (2, 4, *(3,) * rank))), "batch_norm")

    assert found.attributes["axis"] == -1 - rank
    assert found.attributes["momentum"] == pytest.approx(0.7)
    assert {"moving_mean", "moving_variance"} <= set(roles(found))
    assert ("gamma" in roles(found)) is affine


def test_a_torch_batch_norm_without_statistics_takes_those_of_the_batch(tmp_path):
    import torch

    from parity.adapters import read
    from parity.kinds import translate

    module = torch.nn.BatchNorm1d(4, track_running_stats=False)
    torch.save(torch.nn.Sequential(module), tmp_path / "model.pt")

    for graph in (checked(read_torch(module, (2, 4))), translate(read(tmp_path / "model.pt"))):
        found = only(graph, "batch_norm")
        assert (found.attributes["statistics"], set(roles(found))) == ("batch", {"gamma", "beta"})


@pytest.mark.parametrize("opset", [13, 17])
def test_an_export_computes_statistics_that_the_operator_does_not_use(opset):
    """Before opset 14 five outputs say that it is in training, where PyTorch's layer has one mode only."""
    import torch

    net = torch.nn.Sequential(torch.nn.BatchNorm1d(4, track_running_stats=False)).eval()
    other = torch.nn.Sequential(torch.nn.BatchNorm1d(4)).eval()
    export = onnx_export(net, (3, 4, 2), opset=opset)

    assert parity.compare(net, export, left_inputs=[(3, 4, 2)], profile="inference").verdict is Verdict.EQUIVALENT
    assert parity.compare(other, export, left_inputs=[(3, 4, 2)], profile="inference").verdict is Verdict.DIFFERENT


def test_what_an_export_does_not_tell_of_momentum(tmp_path):
    """torch.export writes 0 for None; the module itself is asked where there is one."""
    import torch

    norm = torch.nn.BatchNorm1d(4, momentum=None).eval()
    live = only(checked(read_torch(norm, (2, 4))), "batch_norm")
    torch.export.save(torch.export.export(norm, (torch.ones(2, 4),)), tmp_path / "norm.pt2")
    exported = only(translate(read(tmp_path / "norm.pt2")), "batch_norm")
    stored = {name: array(4) for name in ("scale", "b", "mean", "variance")}
    file = only(checked(read_onnx("BatchNormalization", (2, 4, 5), *stored, stored=stored)), "batch_norm")

    assert live.attributes["momentum"] == "cumulative average"
    assert isinstance(exported.attributes["momentum"], Unknown)
    assert isinstance(file.attributes["momentum"], Unknown)
    assert file.attributes["axis"] == -2


@pytest.mark.parametrize("flags", [{}, {"center": False}, {"scale": False}])
@pytest.mark.parametrize("axis", [-1, 2, (2,)])
def test_keras_layer_norm(flags, axis):
    import keras

    found = only(checked(read_keras(keras.layers.LayerNormalization(axis=axis, **flags), shape=(5, 3))), "layer_norm")

    assert set(roles(found)) == {"gamma", "beta"} - {"beta" if "center" in flags else "gamma" if flags else ""}


def test_layer_norm():
    import keras
    import torch

    stored = {"scale": array(3), "b": array(3)}
    for graph in (
        checked(read_torch(torch.nn.LayerNorm(3, eps=1e-3), (2, 5, 3))),
        checked(read_onnx("LayerNormalization", (2, 5, 3), "scale", "b", stored=stored, epsilon=1e-3)),
        checked(read_keras(keras.layers.LayerNormalization(), shape=(5, 3))),
    ):
        found = only(graph, "layer_norm")
        assert found.attributes["epsilon"] == pytest.approx(1e-3)
        assert roles(found) == {"gamma": ((3,), "c"), "beta": ((3,), "c")}
