"""ONNX files made by hand: what each part of the protobuf becomes."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from parity.adapters import read
from parity.adapters.onnx import _inference, live
from parity.graph import Census, Unknown


def tensor(name, shape, kind="float32"):
    rng = np.random.default_rng(0)
    values = rng.normal(size=shape) if kind.startswith("float") else rng.integers(0, 2, size=shape)
    return numpy_helper.from_array(np.asarray(values, dtype=kind), name)


def model(nodes, initializers=(), inputs=(("x", [None, 4]),), outputs=("y",), **options):
    declared = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    graph = helper.make_graph(nodes, "g", declared, ends, list(initializers), **options)
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("com.acme", 3)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


@pytest.fixture
def save(tmp_path):
    def write(proto):
        path = tmp_path / "model.onnx"
        onnx.save(proto, path)
        return path

    return write


def both(save, proto):
    """What the file gives, after making sure that the object in memory gives the same."""
    file, memory = read(save(proto)), read(proto)

    assert (memory.layers, memory.nodes, memory.values) == (file.layers, file.nodes, file.values)
    assert memory.weights == file.weights
    return file


def owned_once(graph):
    owned = sorted(name for layer in graph.layers for name in layer.weights)
    return owned == sorted(graph.weights)


def test_slots_follow_the_schema_and_settings_become_attributes(save):
    nodes = [
        helper.make_node("Gemm", ["x", "w", ""], ["a"], transB=1, alpha=0.1),
        helper.make_node("Reshape", ["a", "shape"], ["b"]),
        helper.make_node("Constant", [], ["eight"], value_float=8.0),
        helper.make_node("Div", ["b", "eight"], ["c"]),
        helper.make_node("Concat", ["c", "c"], ["y"], axis=1, name="join"),
    ]
    shape = helper.make_tensor("shape", TensorProto.INT64, [2], [-1, 3])
    graph = both(save, model(nodes, [tensor("w", (3, 4)), shape]))
    gemm, reshape, div, concat = graph.nodes

    assert (dict(gemm.inputs), dict(gemm.weights)) == ({"A": "x"}, {"B": "w"})
    assert dict(gemm.attributes) == {"transB": 1, "alpha": 0.1, "__opset__": 20}
    assert reshape.attributes["shape"] == (-1, 3)
    assert div.attributes["B"] == 8.0
    assert dict(concat.inputs) == {"inputs.0": "c", "inputs.1": "c"}
    assert [layer.path for layer in graph.layers] == ["Gemm_0", "Reshape_1", "Div_2", "join"]
    assert graph.weights["w"].census is Census.TRAINABLE
    assert graph.weights["w"].presumed
    assert graph.weights["shape"].census is Census.CONSTANT
    assert graph.values["y"].shape == (None, 6)
    assert owned_once(graph)


def test_large_constants_in_nodes_are_weights(save):
    value = tensor("", (4, 500))
    nodes = [helper.make_node("Constant", [], ["w"], value=value), helper.make_node("MatMul", ["x", "w"], ["y"])]
    graph = both(save, model(nodes))

    assert graph.weights["w"].shape == (4, 500)
    assert graph.values["y"].shape == (None, 500)
    assert owned_once(graph)


@pytest.mark.parametrize(
    ("op", "shape", "kept"),
    [("Add", (1,), False), ("Add", (), False), ("Add", (4,), True), ("PRelu", (1,), True)],
)
def test_a_number_is_a_setting_only_where_it_is_used_as_one(save, op, shape, kept):
    graph = both(save, model([helper.make_node(op, ["x", "w"], ["y"])], [tensor("w", shape)]))

    assert bool(graph.nodes[0].weights) is kept
    assert (graph.weights["w"].census is Census.TRAINABLE) is kept


def test_scales_of_a_resize_are_settings(save):
    scales = helper.make_tensor("s", TensorProto.FLOAT, [4], [1, 1, 2, 2])
    graph = both(save, model([helper.make_node("Resize", ["x", "", "s"], ["y"])], [scales], [("x", [1, 3, 4, 4])]))

    assert graph.nodes[0].attributes["scales"] == (1.0, 1.0, 2.0, 2.0)
    assert graph.weights["s"].census is Census.CONSTANT
    assert graph.values["y"].shape == (1, 3, 8, 8)


def test_aliases_share_their_storage(save):
    nodes = [
        helper.make_node("Identity", ["w"], ["alias"]),
        helper.make_node("Identity", ["lone"], ["renamed"]),
        helper.make_node("MatMul", ["x", "w"], ["a"]),
        helper.make_node("MatMul", ["a", "alias"], ["b"]),
        helper.make_node("Add", ["b", "renamed"], ["y"]),
    ]
    graph = both(save, model(nodes, [tensor("w", (4, 4)), tensor("lone", (4,))]))

    assert {name: weight.storage for name, weight in graph.weights.items()} == {"w": "w", "alias": "w", "lone": "lone"}
    assert [node.op for node in graph.nodes] == ["MatMul", "MatMul", "Add"]
    assert owned_once(graph)


def test_initializers_that_are_inputs_too_are_weights(save):
    proto = model(
        [helper.make_node("MatMul", ["x", "w"], ["y"])], [tensor("w", (4, 2))], [("x", [1, 4]), ("w", [4, 2])]
    )

    assert both(save, proto).inputs == ("x",)


def test_unused_initializers_have_rows_of_their_own(save):
    graph = both(save, model([helper.make_node("Relu", ["x"], ["y"], name="left")], [tensor("left", (7,))]))

    assert [(row.path, row.type, row.reason) for row in graph.layers] == [
        ("left", "Relu", ""),
        ("left_2", "Initializer", "not used by any node"),
    ]
    assert graph.weights["left"].census is Census.UNKNOWN
    assert owned_once(graph)


def test_wide_integers_count_as_constants(save):
    graph = both(save, model([helper.make_node("Gather", ["x", "i"], ["y"])], [tensor("i", (2000,), "int64")]))

    assert graph.nodes[0].weights == {"indices": "i"}
    assert graph.weights["i"].census is Census.CONSTANT


def test_quantised_kernels_are_weights(save):
    nodes = [
        helper.make_node("DequantizeLinear", ["q", "scale"], ["w"]),
        helper.make_node("MatMul", ["x", "w"], ["y"]),
    ]
    graph = both(save, model(nodes, [tensor("q", (4, 4), "int8"), tensor("scale", ())]))

    assert graph.weights["q"].census is Census.TRAINABLE
    assert graph.nodes[0].weights == {"B": "q", "B_scale": "scale"}
    assert (graph.weights["q"].dtype, graph.weights["scale"].census) == ("int8", Census.STATE)


@pytest.mark.parametrize("name", ["BFLOAT16", "FLOAT8E4M3FN", "INT4", "FLOAT16", "DOUBLE", "COMPLEX64"])
def test_dtypes_have_the_names_that_numpy_gives_them(save, name):
    code = getattr(TensorProto, name)
    proto = model([helper.make_node("Cast", ["w"], ["y"], to=1)], [TensorProto(name="w", dims=[3, 5], data_type=code)])

    assert both(save, proto).weights["w"].dtype == str(helper.tensor_dtype_to_np_dtype(code))


def test_omitted_outputs_keep_their_place(save):
    weights = [tensor("w", (1, 8, 4)), tensor("r", (1, 8, 2))]
    node = helper.make_node("LSTM", ["x", "w", "r"], ["", "y", ""], hidden_size=2, name="lstm")
    graph = both(save, model([node], weights, [("x", [5, 1, 4])]))

    assert graph.nodes[0].outputs == ("lstm#0", "y")
    assert graph.values["lstm#0"].reason
    assert graph.values["y"].shape == (1, 1, 2)


def test_unknown_operators_are_kept_as_they_are(save):
    node = helper.make_node("Warp", ["x", "w"], ["y"], domain="com.acme", mode=b"fast")
    graph = both(save, model([node], [tensor("w", (4,))]))

    assert (graph.nodes[0].dialect, graph.nodes[0].op) == ("onnx:com.acme", "Warp")
    assert (dict(graph.nodes[0].inputs), dict(graph.nodes[0].weights)) == ({"0": "x"}, {"1": "w"})
    assert dict(graph.nodes[0].attributes) == {"mode": "fast", "__opset__": 3}
    assert graph.values["y"].shape is None
    assert "Warp" in graph.values["y"].reason


def test_graphs_inside_nodes_are_opaque_but_their_tensors_count(save):
    ends = [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)]
    then = helper.make_graph(
        [helper.make_node("MatMul", ["x", "inner"], ["z"])], "t", [], ends, [tensor("inner", (4, 4))]
    )
    other = helper.make_graph([helper.make_node("MatMul", ["x", "outer"], ["z"])], "e", [], ends)
    node = helper.make_node("If", ["c"], ["y"], then_branch=then, else_branch=other, name="if")
    proto = model([node], [tensor("outer", (4, 4)), tensor("c", (), "bool")])
    graph = both(save, proto)

    assert graph.nodes[0].attributes["then_branch"] == {
        "inputs": 0,
        "stored": (((4, 4), "float32"),),
        "nodes": ((":MatMul", {}, ("captured 0", "stored 0"), (True,)),),
        "outputs": ("node 0 output 0",),
    }
    assert dict(graph.nodes[0].inputs) == {"captured.x": "x"}
    assert dict(graph.nodes[0].weights) == {"captured.outer": "outer", "body.4x4.0": "if/inner"}
    assert not graph.gaps
    assert owned_once(graph)


@pytest.mark.parametrize(("mode", "inference_only"), [(0, True), (1, False)])
def test_training_mode_is_noticed(save, mode, inference_only):
    weights = [tensor(name, (4,)) for name in "sbmv"]
    node = helper.make_node("BatchNormalization", ["x", *"sbmv"], ["y"], training_mode=mode)

    assert both(save, model([node], weights)).inference_only is inference_only


def test_unsorted_nodes_are_sorted(save):
    nodes = [helper.make_node("Relu", ["a"], ["y"]), helper.make_node("Neg", ["x"], ["a"])]

    assert [node.op for node in both(save, model(nodes)).nodes] == ["Neg", "Relu"]


def test_symbolic_sizes_keep_their_names_and_placeholders_are_unknown(save):
    graph = both(save, model([helper.make_node("Relu", ["x"], ["y"])], (), [("x", ["batch", "unk__7", 3])]))

    assert graph.values["y"].shape == ("batch", None, 3)


def test_sparse_tensors_count_in_full(save):
    values, indices = tensor("w", (2,)), helper.make_tensor("i", TensorProto.INT64, [2], [0, 5])
    sparse = helper.make_sparse_tensor(values, indices, [4, 4])
    graph = read(save(model([helper.make_node("MatMul", ["x", "w"], ["y"])], sparse_initializer=[sparse])))

    assert graph.weights["w"].shape == (4, 4)
    assert "sparse" in graph.gaps[0].reason


def test_sparse_tensors_of_graphs_inside_nodes_count_in_full(save):
    ends = [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)]
    sparse = helper.make_sparse_tensor(
        tensor("inner", (2,)), helper.make_tensor("i", TensorProto.INT64, [2], [0, 5]), [4, 4]
    )
    body = [helper.make_node("MatMul", ["x", "inner"], ["z"])]
    branches = [helper.make_graph(body, "b", [], ends, sparse_initializer=[sparse]) for _ in range(2)]
    node = helper.make_node("If", ["c"], ["y"], then_branch=branches[0], else_branch=branches[1], name="if")
    graph = both(save, model([node], [tensor("c", (), "bool")]))

    assert [weight.shape for name, weight in graph.weights.items() if "inner" in name] == [(4, 4), (4, 4)]


def test_weights_that_are_a_number_to_repeat_count_in_full(save):
    fill = helper.make_tensor("", TensorProto.FLOAT, [1], [0.02])
    nodes = [
        helper.make_node("ConstantOfShape", ["size"], ["w"], value=fill),
        helper.make_node("ConstantOfShape", ["size"], ["mask"], value=fill),
        helper.make_node("Gemm", ["x", "w"], ["a"], transB=1),
        helper.make_node("Add", ["a", "mask"], ["y"]),
    ]
    graph = both(save, model(nodes, [helper.make_tensor("size", TensorProto.INT64, [2], [3, 4])], [("x", [3, 4])]))

    assert [node.op for node in graph.nodes] == ["Gemm", "Add"]  # the mask is a number that the sum has
    assert (graph.weights["w"].shape, graph.weights["w"].census) == ((3, 4), Census.TRAINABLE)
    assert "one value to repeat" in graph.gaps[0].reason
    assert owned_once(graph)


def test_shape_inference_survives_what_broke_it_before():
    proto = model([helper.make_node("MatMul", ["x", "w"], ["y"])], [tensor("w", (4, 2))])
    assert read(proto).values["y"].shape == (None, 2)
    _inference._helper._process.kill()
    _inference._helper._process.wait()

    assert read(proto).values["y"].shape == (None, 2)


def test_reading_leaves_the_object_as_it_was():
    proto = model([helper.make_node("MatMul", ["x", "w"], ["y"])], [tensor("w", (4, 2))])
    before = proto.SerializeToString(deterministic=True)
    graph = read(proto)

    assert graph.format == live.FORMAT.name
    assert proto.SerializeToString(deterministic=True) == before


def test_constants_in_memory_whose_data_is_elsewhere_are_unknown():
    shape = TensorProto(name="s", dims=[2], data_type=7, data_location=1)
    graph = read(model([helper.make_node("Reshape", ["x", "s"], ["y"])], [shape]))

    assert isinstance(graph.nodes[0].attributes["shape"], Unknown)


def test_payloads_are_not_read(save, tmp_path):
    path = save(model([helper.make_node("MatMul", ["x", "w"], ["y"])], [tensor("w", (4, 100_000))]))
    content = path.read_bytes()
    start = content.index(numpy_helper.to_array(tensor("w", (4, 100_000))).tobytes()[:64])
    (tmp_path / "hole.onnx").write_bytes(content[:start] + bytes(1_600_000) + content[start + 1_600_000 :])

    assert read(tmp_path / "hole.onnx").weights == read(path).weights
