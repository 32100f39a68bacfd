"""ONNX files that are broken or mean harm: one clear sentence, and nothing outside the model's folder is touched."""

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from parity.adapters import read
from parity.check import check
from parity.errors import ParityError, UnreadableModel
from parity.graph import Unknown
from parity.kinds import translate
from parity.reports import Verdict

X = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])
Y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
WEIGHT = numpy_helper.from_array(np.ones((4, 3000), dtype="float32"), "w")
MATMUL = helper.make_node("MatMul", ["x", "w"], ["y"])


def proto(nodes=(MATMUL,), initializers=(WEIGHT,)):
    graph = helper.make_graph(list(nodes), "g", [X], [Y], list(initializers))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def refused(path, content, cause):
    path.write_bytes(content if isinstance(content, bytes) else content.SerializeToString())
    with pytest.raises(UnreadableModel, match=cause) as caught:
        read(path)

    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def external(location, dims=(4, 3000), kind=TensorProto.FLOAT, name="w", **entries):
    tensor = TensorProto(name=name, dims=dims, data_type=kind, data_location=TensorProto.EXTERNAL)
    for key, value in {"location": location, **entries}.items():
        tensor.external_data.add(key=key, value=str(value))
    return tensor


@pytest.fixture
def path(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    return folder / "net.onnx"


def test_missing(path):
    with pytest.raises(UnreadableModel, match="no such file"):
        read(path)


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "the file is empty"),
        (b"version https://git-lfs.github.com/spec/v1\n", "not a ONNX model.*found text that begins"),
        (b"\x89HDF\r\n\x1a\n", "HDF5 file"),
        (b"\x18\0\0\0ORTM" + bytes(50), "ONNX Runtime's own format"),
        (proto().SerializeToString()[:-2000], "truncated"),
        (proto().SerializeToString()[:100], "truncated"),
        (b"\x08\x09\x3a\x04\x0a\x02\xff\xff", "not a valid ONNX protobuf|truncated"),
        (b"\x08\x09", "contains no graph"),
    ],
)
def test_broken_content(path, content, cause):
    refused(path, content, cause)


@pytest.mark.parametrize(
    ("model", "cause"),
    [
        (
            proto([helper.make_node("Add", ["x", "ghost"], ["y"], name="sum")]),
            r"Add named 'sum'.*nothing produces.*ghost",
        ),
        (proto([MATMUL, MATMUL]), "produce the same value.*found y"),
        (proto([helper.make_node("Relu", ["x"], ["w"]), MATMUL]), "produce the same value.*found w"),
        (proto([helper.make_node("Add", ["x", "b"], ["y"]), helper.make_node("Relu", ["y"], ["b"])]), "cycle"),
        (proto([]), "no node produces an output.*found y"),
        (proto(initializers=(WEIGHT, WEIGHT)), "two initializers have the same name"),
        (proto(initializers=(TensorProto(name="w", dims=[4, -3], data_type=1),)), "negative size"),
    ],
)
def test_graphs_that_contradict_themselves(path, model, cause):
    refused(path, model, cause)


@pytest.mark.parametrize(
    "location",
    ["/etc/passwd", "../secret", "a/../../secret", "C:\\secret", "C:secret", "\\\\host\\x", "..\\x", "", "x\0y"],
)
def test_data_outside_the_folder_is_refused(path, location):
    (path.parent.parent / "secret").write_bytes(bytes(48_000))
    refused(path, proto(initializers=(external(location),)), "'w' points outside its folder")


def test_links_out_of_the_folder_are_refused(path):
    secret = path.parent.parent / "secret"
    secret.write_bytes(bytes(48_000))
    (path.parent / "net.data").symlink_to(secret)
    refused(path, proto(initializers=(external("net.data"),)), "points outside its folder")


def test_links_of_a_hub_cache_are_followed(tmp_path):
    blobs, folder = tmp_path / "blobs", tmp_path / "snapshots" / "abc"
    blobs.mkdir()
    folder.mkdir(parents=True)
    (blobs / "123").write_bytes(bytes(48_000))
    (folder / "net.data").symlink_to(blobs / "123")
    onnx.save(proto(initializers=(external("net.data"),)), folder / "net.onnx")

    assert not read(folder / "net.onnx").gaps


@pytest.mark.parametrize(
    ("entries", "size", "reason"),
    [
        ({}, None, "missing"),
        ({"offset": 0, "length": 48_000}, 48_000, None),
        ({"offset": 8, "length": 48_000}, 48_000, "beyond the end"),
        ({"length": 47_000}, 48_000, "does not match"),
        ({"offset": "-4"}, 48_000, "not a number"),
        ({"length": "many"}, 48_000, "not a number"),
    ],
)
def test_external_data_is_checked_but_not_needed(path, entries, size, reason):
    if size is not None:
        (path.parent / "net.data").write_bytes(bytes(size))
    onnx.save(proto(initializers=(external("net.data", **entries),)), path)
    graph = read(path)

    assert graph.weights["w"].numel == 12_000
    assert len(graph.gaps) == (reason is not None)
    assert all(reason in gap.reason and gap.remedy for gap in graph.gaps)


@pytest.mark.parametrize("there", [True, False])
def test_external_shapes_are_fetched_if_they_are_there(path, there):
    reshape = helper.make_node("Reshape", ["x", "s"], ["y"])
    onnx.save(proto([reshape], [external("net.data", [2], TensorProto.INT64, "s", offset=8)]), path)
    if there:
        (path.parent / "net.data").write_bytes(np.array([99, 2, -1], dtype="<i8").tobytes())
    shape = read(path).nodes[0].attributes["shape"]

    assert shape == (2, -1) if there else isinstance(shape, Unknown)


def test_a_payload_that_contradicts_its_sizes_is_a_gap(path):
    short = TensorProto(name="w", dims=[4, 3000], data_type=1, raw_data=bytes(40_000))
    onnx.save(proto(initializers=(short,)), path)
    graph = read(path)

    assert graph.weights["w"].numel == 12_000
    assert "40,000 bytes do not match" in graph.gaps[0].reason


def test_a_shape_that_contradicts_its_sizes_is_unknown(path):
    short = TensorProto(name="s", dims=[3], data_type=7, raw_data=bytes(8))
    onnx.save(proto([helper.make_node("Reshape", ["x", "s"], ["y"])], [short]), path)

    assert isinstance(read(path).nodes[0].attributes["shape"], Unknown)


def test_names_need_not_be_utf8(path):
    content = proto([helper.make_node("Relu", ["x"], ["y"], name="AAAA")], ()).SerializeToString()
    path.write_bytes(content.replace(b"AAAA", b"A\xff\xfeA"))

    assert read(path).layers[0].path == r"A\xff\xfeA"


def test_structure_without_end_is_refused(path, monkeypatch):
    monkeypatch.setattr("parity.adapters.onnx._wire.LIMIT", 1000)
    refused(path, proto([helper.make_node("Relu", ["x"], ["y"], doc=2000 * "a")]), "structure alone")


def test_a_file_by_another_name_is_recognised(tmp_path):
    path = tmp_path / "net.bin"
    path.write_bytes(proto().SerializeToString())

    assert read(path).format == "onnx"


GOOD = proto(
    [
        helper.make_node("Constant", [], ["four"], value_ints=[1, 4]),
        helper.make_node("Reshape", ["x", "four"], ["a"], name="/layer1/Reshape"),
        helper.make_node("MatMul", ["a", "w"], ["y"]),
    ]
).SerializeToString()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255), st.booleans())
def test_no_flipped_byte_or_cut_escapes_as_another_error(path, position, byte, cut):
    """Positions in the structure are as likely as those in the payload."""
    position = position % 300 if byte % 2 else len(GOOD) - 1 - position % 200
    path.write_bytes(GOOD[: position + 1] if cut else GOOD[:position] + bytes([byte]) + GOOD[position + 1 :])
    try:
        owned = [name for layer in read(path).layers for name in layer.weights]
    except ParityError:
        return

    assert len(owned) == len(set(owned))


def test_a_name_that_no_file_can_have_is_that_of_a_missing_file(path):
    path.write_bytes(proto(initializers=(external("x" * 5000),)).SerializeToString())

    assert "missing" in read(path).gaps[0].reason


def test_numbers_that_fill_all_memory_are_not_inferred(path):
    ones = helper.make_tensor("", 7, [1], [1])
    nodes = [
        helper.make_node("ConstantOfShape", ["size"], ["sizes"], value=ones),
        helper.make_node("Concat", ["sizes", "sizes"], ["z"], axis=0),
        helper.make_node("Relu", ["x"], ["y"]),
    ]
    path.write_bytes(proto(nodes, [helper.make_tensor("size", 7, [1], [2**31])]).SerializeToString())
    graph = read(path)

    assert "shape inference failed" in graph.gaps[0].reason
    assert graph.nodes


def test_sizes_below_zero_are_unknown(path):
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [-(2**63), 4])
    model = proto([helper.make_node("ReduceMean", ["x", "axis"], ["y"])], [helper.make_tensor("axis", 7, [1], [0])])
    model.graph.input[0].CopyFrom(x)
    path.write_bytes(model.SerializeToString())

    assert read(path).values["x"].shape == (None, 4)
    assert read(path).values["y"].shape == (1, 4)


@pytest.mark.parametrize(
    "nodes",
    [
        [helper.make_node("Conv", ["x", "w"], ["y"])],  # an image of two axes
        [helper.make_node("Gemm", ["w", "x"], ["y"])],  # sizes that do not fit
        [helper.make_node("LSTM", ["x", "w", "w"], ["y"])],
        [helper.make_node("Transpose", ["x"], ["y"], perm=[0, 7])],
        [helper.make_node("MatMul", ["x", "w"], ["y"], domain="never.heard.of")],
        [helper.make_node("NoSuchOperator", ["x", "w"], ["y"])],
        [helper.make_node("Concat", [], ["y"])],
        [helper.make_node("Relu", ["x", "w", "w"], ["y"], axis=3)],
    ],
    ids=lambda nodes: nodes[0].op_type,
)
def test_operators_that_cannot_be_are_read_and_never_the_same_as_right_ones(path, nodes):
    path.write_bytes(proto(nodes).SerializeToString())
    graph = translate(read(path))

    assert graph.layers[1].kind in {"opaque", "activation"}
    assert [weight.numel for weight in graph.weights] == [12_000]


@pytest.mark.parametrize("told", [[1, 2999], [1, 3000, 1], [2, 3000]])
def test_shapes_that_the_operators_contradict_are_not_believed(told):
    model = proto((helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("Relu", ["h"], ["y"])))
    model.graph.value_info.append(helper.make_tensor_value_info("h", TensorProto.FLOAT, told))
    graph = translate(read(model))

    (gap,) = graph.gaps
    assert gap.facet == "shapes"
    assert gap.reason.startswith(
        f"its output is recorded as {tuple(told)}, and its inputs and settings imply (1, 3000)"
    )
    assert [graph.shape(layer.outputs[0]) for layer in graph.layers[1:]] == [(1, 3000), (1, 3000)]
    assert check(model, model).verdict is Verdict.INCONCLUSIVE


def test_the_shape_of_what_nothing_uses_does_not_matter():
    """PyTorch's exporter writes that of an LSTM's state for its sequence where only the state is used."""
    split = helper.make_node("Split", ["x"], ["y", "unused"], axis=1, num_outputs=2)
    model = proto((split,))
    model.graph.value_info.append(helper.make_tensor_value_info("unused", TensorProto.FLOAT, (7, 7, 7)))
    graph = translate(read(model))

    assert not graph.gaps
    assert check(model, model).verdict is Verdict.EQUIVALENT


def test_shapes_with_names_or_free_sizes_contradict_nothing():
    model = proto((helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("Relu", ["h"], ["y"])))
    model.graph.value_info.append(helper.make_tensor_value_info("h", TensorProto.FLOAT, ["batch", None]))

    assert translate(read(model)).gaps == ()
