"""Numbers that are looked up after something was added to them, and axes that a model names in two ways."""

import pytest

import parity

torch = pytest.importorskip("torch")


class Shifted(torch.nn.Module):
    """Tokens that begin at 2, before functions of which one is written twice."""

    def __init__(self, rows):
        super().__init__()
        self.table = torch.nn.Embedding(rows, 3)

    def forward(self, x):
        return torch.relu(torch.relu(self.table(x + 2)))


class Unbatched(torch.nn.Module):
    """One matrix is taken for channels and steps by a convolution, and for rows by a product."""

    def __init__(self):
        super().__init__()
        self.kernel = torch.nn.Parameter(torch.randn(3, 3))
        self.conv = torch.nn.Conv1d(1, 1, 1, stride=2, bias=False)

    def forward(self, x):
        return self.conv(x), x @ self.kernel


@pytest.mark.parametrize("dynamo", [True, False])
@pytest.mark.parametrize("rows", [4, 5, 60])
def test_places_that_begin_later_stay_within_the_table(rows, dynamo, tmp_path):
    model, given = Shifted(rows).eval(), torch.randint(0, rows - 2, (3, 3))
    torch.onnx.export(model, (given,), tmp_path / "model.onnx", dynamo=dynamo, verbose=False)

    report = parity.compare(model, tmp_path / "model.onnx", left_inputs=[((3, 3), "int64")], outputs=True)

    assert report.verdict == "equivalent"
    assert report.facets["outputs"] == "same"


@pytest.mark.parametrize("dynamo", [True, False])
def test_an_axis_of_two_names_is_one(dynamo, tmp_path):
    model = Unbatched().eval()
    torch.onnx.export(model, (torch.randn(1, 3),), tmp_path / "model.onnx", dynamo=dynamo, verbose=False)

    assert parity.compare(model, tmp_path / "model.onnx", left_inputs=[(1, 3)]).verdict == "equivalent"


def test_what_is_added_in_many_ways_is_followed_once(tmp_path):
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper, save

    from parity.evaluation import fewest_places
    from parity.graphs import graph_of

    stages, rows, nodes = 20, 1 << 21, []
    table = np.zeros((rows, 1), "float32")
    stored = [numpy_helper.from_array(table, "table")]
    for name, number in (("start", 0), ("stop", 1)):
        stored.append(helper.make_tensor(name, TensorProto.INT64, [1], [number]))
    for at in range(stages):
        stored.append(helper.make_tensor(f"more{at}", TensorProto.INT64, [], [2**at]))
        nodes += [
            helper.make_node("Add", [f"v{at}", f"more{at}"], [f"added{at}"]),
            helper.make_node("Concat", [f"v{at}", f"added{at}"], [f"both{at}"], axis=0),
            helper.make_node("Slice", [f"both{at}", "start", "stop"], [f"v{at + 1}"]),
        ]
    nodes.append(helper.make_node("Gather", ["table", f"v{stages}"], ["y"]))
    ends = [
        helper.make_tensor_value_info("v0", TensorProto.INT64, [1]),
        helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1]),
    ]
    save(helper.make_model(helper.make_graph(nodes, "g", ends[:1], ends[1:], stored)), tmp_path / "model.onnx")
    graph = graph_of(tmp_path / "model.onnx", after="reading")

    assert fewest_places([(graph, graph.inputs[0])]) == rows - (2**stages - 1)
