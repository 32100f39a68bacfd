"""Elements of ONNX models, against what the onnx package reads of the same."""

import os
import pickle
from pathlib import Path

import numpy as np
import onnx
import pytest
from elements import assert_same, assert_told, bytes_read
from onnx import TensorProto, helper, numpy_helper

from parity.adapters import read
from parity.errors import UnreadableTensor

LARGE = (300, 200)
SMALL = {"int4", "uint4", "float4_e2m1fn", "int2", "uint2"}


def numbers(*shape, dtype="float32"):
    return (np.random.default_rng(len(shape)).normal(size=shape) * 50).astype(dtype)


def model(nodes, tensors=(), **options):
    declared = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 300])]
    ends = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    graph = helper.make_graph(nodes, "g", declared, ends, [*tensors], **options)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def of(tensors):
    """A model that has tensors, used or not."""
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    return model(nodes, [numpy_helper.from_array(numbers(*LARGE), "w"), *tensors])


def saved(proto, folder, **options):
    path = folder / "model.onnx"
    onnx.save(proto, path, **options)
    return path


def both(proto, path):
    """The graph of the file, whose numbers are those of the model in memory."""
    graph, live = read(path), read(proto)
    assert set(graph.weights) == set(live.weights)
    for name in graph.weights:
        assert_same(graph.store.read(name), live.store.read(name))
    assert_told(graph)
    return graph


TYPES = sorted(
    helper.tensor_dtype_to_np_dtype(code).name
    for code in TensorProto.DataType.values()
    if code not in (TensorProto.UNDEFINED, TensorProto.STRING)
)


def typed(name, code, values):
    """A tensor whose numbers are in fields for them."""
    return helper.make_tensor(name, code, values.shape, values.ravel().tolist())


@pytest.mark.parametrize("shape", [(3, 5), LARGE, (), (0, 4)])
@pytest.mark.parametrize("dtype", TYPES)
def test_every_type_raw_and_in_fields(tmp_path, dtype, shape):
    code = next(
        each
        for each in TensorProto.DataType.values()
        if each not in (0, TensorProto.STRING) and helper.tensor_dtype_to_np_dtype(each).name == dtype
    )
    values = np.abs(numbers(*shape)).astype("float32") % 2
    values = values.astype("bool") if dtype == "bool" else values.astype(helper.tensor_dtype_to_np_dtype(code))
    raw = numpy_helper.from_array(values, "raw")
    fields = typed("fields", code, np.asarray(values).astype("complex128" if "complex" in dtype else "float32"))
    proto = of([raw, fields])
    graph = both(proto, saved(proto, tmp_path))

    for each in (raw, fields):
        expected = numpy_helper.to_array(each)
        found = graph.store.read(each.name)
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        assert (found.astype("complex128") == expected.astype("complex128")).all()


def test_texts(tmp_path):
    proto = of([helper.make_tensor("t", TensorProto.STRING, [2], ["a", "b"])])

    assert read(saved(proto, tmp_path)).store.read("t").tolist() == ["a", "b"]


def test_constants_in_nodes_and_in_graphs_inside_nodes(tmp_path):
    inner = numpy_helper.from_array(numbers(200, 300), "inner")
    body = helper.make_graph(
        [helper.make_node("MatMul", ["a", "inner"], ["b"])],
        "then",
        [],
        [helper.make_tensor_value_info("b", TensorProto.FLOAT, None)],
        [inner],
    )
    nodes = [
        helper.make_node("Constant", [], ["w"], value=numpy_helper.from_array(numbers(*LARGE), "any")),
        helper.make_node("Constant", [], ["v"], value_floats=[1.0, 2.5]),
        helper.make_node("MatMul", ["x", "w"], ["a"]),
        helper.make_node("Constant", [], ["yes"], value=numpy_helper.from_array(np.bool_(1), "c")),
        helper.make_node("If", ["yes"], ["d"], then_branch=body, else_branch=body),
        helper.make_node("Gemm", ["d", "u", "v"], ["y"]),
    ]
    proto = model(nodes, [numpy_helper.from_array(numbers(300, 2), "u")])
    graph = both(proto, saved(proto, tmp_path))

    found = {name: graph.store.read(name) for name in graph.weights}
    assert_same(found["w"], numbers(*LARGE))
    assert_same(found["u"], numbers(300, 2))
    assert_same(found["v"], np.asarray([1.0, 2.5], "float32"))
    assert sum(each.shape == (200, 300) and (each == numbers(200, 300)).all() for each in found.values()) == 2


def test_sparse_tensors_are_what_they_stand_for(tmp_path):
    whole = np.zeros((4, 5), "float32")
    whole[1, 2], whole[3, 4] = 7, -1
    flat = [int(each) for each in np.flatnonzero(whole)]
    pairs = np.argwhere(whole).astype("int64")
    sparse = [
        helper.make_sparse_tensor(
            helper.make_tensor(name, TensorProto.FLOAT, [2], [7.0, -1.0]),
            helper.make_tensor(f"{name}_at", TensorProto.INT64, places.shape, places.ravel().tolist()),
            whole.shape,
        )
        for name, places in (("flat", np.asarray(flat)), ("pairs", pairs))
    ]
    proto = model([helper.make_node("MatMul", ["x", "flat"], ["y"])], sparse_initializer=sparse)
    graph = both(proto, saved(proto, tmp_path))

    assert_same(graph.store.read("flat"), whole)
    assert_same(graph.store.read("pairs"), whole)


def test_a_sparse_tensor_with_places_outside_its_shape(tmp_path):
    values = helper.make_tensor("s", TensorProto.FLOAT, [1], [7.0])
    sparse = helper.make_sparse_tensor(values, helper.make_tensor("at", TensorProto.INT64, [1], [99]), [4, 5])
    graph = read(saved(model([helper.make_node("MatMul", ["x", "s"], ["y"])], sparse_initializer=[sparse]), tmp_path))

    with pytest.raises(UnreadableTensor, match="outside its shape"):
        graph.store.read("s")


def test_tensors_that_are_a_number_to_repeat(tmp_path):
    nodes = [
        helper.make_node(
            "ConstantOfShape", ["sizes"], ["w"], value=helper.make_tensor("v", TensorProto.FLOAT, [1], [0.25])
        ),
        helper.make_node("Gemm", ["x", "w"], ["y"]),
    ]
    proto = model(nodes, [numpy_helper.from_array(np.array([300, 2**38]), "sizes")])
    graph = read(saved(proto, tmp_path))
    found = graph.store.read("w")

    assert (found.shape, found.dtype, found[299, -1], found.strides) == ((300, 2**38), np.float32, 0.25, (0, 0))


def test_tensors_that_are_put_together(tmp_path):
    nodes = [
        helper.make_node("Transpose", ["w"], ["t"], perm=[1, 0]),
        helper.make_node("Concat", ["t", "u"], ["both"], axis=1),
        helper.make_node("Unsqueeze", ["both", "axes"], ["W"]),
        helper.make_node("LSTM", ["x", "W", "R"], ["y"], hidden_size=2),
    ]
    axes = numpy_helper.from_array(np.array([0]), "axes")
    w, u, r = numbers(3, 8), numbers(8, 1), numbers(1, 8, 2)
    tensors = [axes, *(numpy_helper.from_array(each, name) for name, each in (("w", w), ("u", u), ("R", r)))]
    proto = model(nodes, tensors)
    proto.graph.input[0].type.tensor_type.shape.dim.add().dim_value = 4
    graph = both(proto, saved(proto, tmp_path))

    assert graph.weights["W"].pieces
    assert_same(graph.store.read("W"), np.concatenate([w.T, u], axis=1)[None])


def test_external_data(tmp_path):
    tensors = {"a": numbers(3, 4), "b": numbers(5).astype("float16"), "c": np.arange(6, dtype="int8")}
    proto = of([numpy_helper.from_array(each, name) for name, each in tensors.items()])
    path = saved(proto, tmp_path, save_as_external_data=True, location="model.data", size_threshold=0)
    graph = read(path)

    for name, expected in {**tensors, "w": numbers(*LARGE)}.items():
        assert_same(graph.store.read(name), expected)
    assert_same(pickle.loads(pickle.dumps(graph.store)).read("a"), tensors["a"])
    with pytest.raises(UnreadableTensor, match="a model in memory does not name"):
        read(onnx.load(path, load_external_data=False)).store.read("a")
    (tmp_path / "model.data").write_bytes(b"other")
    with pytest.raises(UnreadableTensor, match="the file has changed since the model was read"):
        pickle.loads(pickle.dumps(graph.store)).read("c")
    with pytest.raises(UnreadableTensor, match="beyond the end of the file"):
        read(path).store.read("c")
    (tmp_path / "model.data").unlink()
    with pytest.raises(UnreadableTensor, match="the data file is missing"):
        read(path).store.read("c")


def external(name, offset, shape, **more):
    made = TensorProto(name=name, dims=shape, data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL)
    entries = {"location": "model.data", "offset": str(offset), **more}
    for key, value in entries.items():
        made.external_data.add(key=key, value=value)
    return made


def test_external_data_that_overlaps(tmp_path):
    proto = of([external("a", 0, [4]), external("b", 8, [4]), external("c", 32, [2]), external("d", 32, [2])])
    (tmp_path / "model.data").write_bytes(numbers(16).tobytes())
    store = read(saved(proto, tmp_path)).store

    for name in "ab":
        with pytest.raises(UnreadableTensor, match="overlap those of another tensor"):
            store.read(name)
    assert store.read("c") is store.read("d")
    assert_same(store.read("c"), numbers(16)[8:10])


def test_one_tensor_of_large_files_is_read_alone(tmp_path):
    size = 10 * 2**30
    (tmp_path / "model.data").write_bytes(b"")
    os.truncate(tmp_path / "model.data", size + 16)
    path = saved(of([external("a", 0, [size // 4]), external("b", size, [4])]), tmp_path)
    assert bytes_read(path, "b") == (pytest.approx(16, abs=5000), 16)

    # A tensor of 3 GB inside the file, which protobuf itself cannot read, after one of 240 kB.
    size = 3 * 2**30
    large = TensorProto(name="large", dims=[size // 4], data_type=TensorProto.FLOAT, raw_data=b"").SerializeToString()
    head = large.replace(b"\x4a\x00", b"") + b"\x4a" + _varint(size)
    rest = model([helper.make_node("MatMul", ["x", "w"], ["y"])], [numpy_helper.from_array(numbers(*LARGE), "w")])
    graph = rest.graph.SerializeToString()
    rest.ClearField("graph")
    total = len(graph) + 1 + len(_varint(len(head) + size)) + len(head) + size
    start = rest.SerializeToString() + b"\x3a" + _varint(total) + graph + b"\x2a" + _varint(len(head) + size) + head
    path.write_bytes(start)
    os.truncate(path, len(start) + size)

    count, found = bytes_read(path, "w")
    assert (found, count < 300_000) == (240_000, True)
    assert_same(read(path).store.read("w"), numbers(*LARGE))


def _varint(number):
    parts = bytearray()
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


def test_payloads_that_do_not_fit_their_sizes(tmp_path):
    tensors = [
        TensorProto(name="a", dims=[2**40], data_type=TensorProto.FLOAT, raw_data=bytes(16)),
        TensorProto(name="b", dims=[7], data_type=TensorProto.FLOAT, raw_data=numbers(*LARGE).tobytes()),
        TensorProto(name="c", dims=[2**40], data_type=TensorProto.FLOAT, float_data=[1.0] * 60_000),
        TensorProto(name="d", dims=[3], data_type=TensorProto.FLOAT),
        TensorProto(name="e", dims=[3], data_type=77, raw_data=bytes(16)),
    ]
    store = read(saved(of(tensors), tmp_path)).store

    for name in "abcd":
        with pytest.raises(UnreadableTensor, match="data do not match its shape"):
            store.read(name)
    with pytest.raises(UnreadableTensor, match="an unknown type"):
        store.read("e")


def test_a_file_cannot_tell_where_its_tensors_are(tmp_path):
    forged = TensorProto(name="a", dims=[4], data_type=TensorProto.FLOAT)
    forged.metadata_props.add(key="parity", value="1 0 16")
    store = read(saved(of([forged]), tmp_path)).store

    with pytest.raises(UnreadableTensor, match="data do not match"):
        store.read("a")


FILES = sorted((Path(onnx.__file__).parent / "backend" / "test" / "data").rglob("*.onnx"))


def test_every_model_that_ships_with_onnx():
    count = 0
    for path in FILES:
        graph, proto = read(path), onnx.load(path)
        assert_told(graph)
        for each in proto.graph.initializer:
            if each.name in graph.weights:
                assert_same(graph.store.read(each.name), numpy_helper.to_array(each))
                count += 1
    assert count > 1000
