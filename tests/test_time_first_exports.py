"""tf2onnx runs recurrent layers with time first, which shows no more where time goes behind them."""

import pytest

import parity
from parity.graphs import graph_of

keras = pytest.importorskip("keras")
tf2onnx = pytest.importorskip("tf2onnx")

BEHIND = {
    "the largest": keras.layers.GlobalMaxPooling1D(),
    "the mean": keras.layers.GlobalAveragePooling1D(),
    "the sum": lambda x: keras.ops.sum(x, axis=1),
    "the first": lambda x: x[:, 0],
    "the last": lambda x: x[:, -1],
    "two of them": lambda x: keras.ops.concatenate([keras.ops.max(x, axis=1), keras.ops.mean(x, axis=1)]),
}


@pytest.mark.parametrize("name", BEHIND)
@pytest.mark.parametrize("layer", ["LSTM", "GRU"])
def test_time_that_goes_behind_them_is_the_second_axis(layer, name, tmp_path):
    x = keras.Input((4, 4))
    steps = getattr(keras.layers, layer)(4, return_sequences=True)(x)
    model = keras.Model(x, keras.layers.Dense(2)(BEHIND[name](steps)))
    tf2onnx.convert.from_keras(model, opset=17, output_path=str(tmp_path / "model.onnx"))

    graph = graph_of(tmp_path / "model.onnx")

    assert [each.kind for each in graph.layers if each.kind in {"permute", "reshape"}] == []
    assert [each.attributes["time_major"] for each in graph.layers if each.kind in {"lstm", "gru"}] == [False]
    assert parity.compare(model, tmp_path / "model.onnx", weights=True).verdict == "equivalent"
