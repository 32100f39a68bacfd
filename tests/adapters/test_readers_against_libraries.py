"""Readers that are written by hand say what the libraries of their formats say, for files that nobody chose."""

import io
import pickle
import pickletools
import zipfile

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file, save_file

from parity.adapters._archive import Archive
from parity.adapters._bytes import File
from parity.adapters._protobuf import Message
from parity.adapters.onnx._wire import load
from parity.adapters.torch._pickles import load as load_pickle
from parity.adapters.torch._records import Asked
from parity.adapters.torch._safetensors import read_header


def plain(*more):
    """Values of Python's own types, and of more."""
    keys = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), *more)
    return st.recursive(
        keys | st.floats(allow_nan=False) | st.text(),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.lists(inner, max_size=4).map(tuple)
            | st.dictionaries(keys, inner, max_size=4)
            | st.sets(keys, max_size=4)
        ),
        max_leaves=30,
    )


# Before protocol 3 bytes are a call, which is recorded and not made.
WRITTEN = st.tuples(plain(), st.integers(0, 2)) | st.tuples(plain(st.binary(max_size=300)), st.integers(3, 5))
TEXTS = (rb"S'plain'", rb'S"it\'s"', rb"S'a\\b\n\x41\303'", rb"V\u00e9 \U0001f600 e")


@given(WRITTEN, st.booleans())
@settings(max_examples=300)
def test_pickles_hold_what_python_reads_in_them(case, shorter):
    value, protocol = case
    written = pickle.dumps(value, protocol)
    found = load_pickle(io.BytesIO(pickletools.optimize(written) if shorter else written), Asked())

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("text", TEXTS, ids=repr)
def test_texts_of_the_first_protocol_are_those_of_python(text):
    written = text + b"\n."

    assert load_pickle(io.BytesIO(written), Asked()) == pickle.loads(written, encoding="latin-1")


MEMBERS = st.dictionaries(st.text("abc/é.", min_size=1, max_size=12), st.binary(max_size=3000), min_size=1, max_size=6)


@given(MEMBERS, st.data())
@settings(max_examples=60)
def test_members_of_archives_hold_what_zipfile_reads_in_them(tmp_path_factory, members, data):
    path = tmp_path_factory.mktemp("zip") / "archive.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = data.draw(st.sampled_from((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))
            info.extra = b"\x34\x12\x03\x00abc" * data.draw(st.integers(0, 3))
            archive.writestr(info, content)
    with zipfile.ZipFile(path) as archive:
        ours = Archive(File.at(path).whole(), archive.infolist())
        for name in members:
            whole = archive.read(name)
            start = data.draw(st.integers(0, len(whole)))
            count = data.draw(st.integers(0, len(whole) - start))

            assert ours.member(name).size == len(whole)
            assert ours.member(name).read(start, count).tobytes() == whole[start : start + count]


@st.composite
def onnx_models(draw):
    """Models with tensors of all sizes, as initializers, in attributes and in the branches of an If."""
    rng = np.random.default_rng(draw(st.integers(0, 99)))

    def tensor(name):
        dtype = draw(st.sampled_from(("float32", "float16", "int64", "uint8", "bool")))
        array = (100 * rng.normal(size=draw(st.sampled_from(((), (3,), (40, 9), (70, 800)))))).astype(dtype)
        if draw(st.booleans()) and dtype in {"float32", "int64"}:
            return helper.make_tensor(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape, array.ravel())
        return numpy_helper.from_array(array, name)

    def graph(name, depth):
        nodes = [helper.make_node("Constant", [], [f"{name}_{at}"], value=tensor("")) for at in range(2)]
        if depth:
            branches = {f"{each}_branch": graph(name + each, depth - 1) for each in ("then", "else")}
            nodes.append(helper.make_node("If", ["c"], [f"{name}_out"], **branches))
        ends = [helper.make_tensor_value_info(f"{name}_0", TensorProto.FLOAT, None)]
        held = [tensor(f"{name}_w{at}") for at in range(draw(st.integers(0, 3)))]
        return helper.make_graph(nodes, name, [], ends, held, doc_string=draw(st.text(max_size=50)))

    return helper.make_model(graph("g", draw(st.integers(0, 2))), producer_name=draw(st.text(max_size=9)))


def tensors(graph):
    """All tensors of a graph, with those of the graphs in it, in the order of the file."""
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            if attribute.HasField("g"):
                yield from tensors(attribute.g)
    yield from graph.initializer


@given(onnx_models())
@settings(max_examples=60)
def test_onnx_files_hold_what_onnx_reads_in_them_but_for_large_payloads(tmp_path_factory, model):
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    onnx.save(model, path)
    theirs, ours = onnx.load(path), load(path)
    pairs = [*zip(tensors(theirs.graph), tensors(ours.model.graph), strict=True)]
    for told, found in pairs:
        place = ours.place(found)
        if place is None:
            continue
        held, raw = place
        assert (found.dims, found.data_type) == (told.dims, told.data_type)
        assert not raw or held.read(0, held.size).tobytes() == told.raw_data
        found.CopyFrom(told)

    assert ours.model == theirs
    assert len(ours.sizes) == len(theirs.graph.initializer)


@given(onnx_models())
@settings(max_examples=30)
def test_fields_of_messages_are_those_that_protobuf_reads(model):
    found = Message(model.SerializeToString())

    assert found.text(2) == model.producer_name
    assert found.integer(1) == model.ir_version
    assert [each.text(8) for each in found.one(7).all(5)] == [each.name for each in model.graph.initializer]
    assert [each.text(4) for each in found.one(7).all(1)] == [each.op_type for each in model.graph.node]


TENSORS = st.dictionaries(
    st.text("abc.0/é", min_size=1, max_size=12),
    st.tuples(
        st.sampled_from(("float16", "float32", "float64", "int8", "uint8", "int64", "bool")),
        st.lists(st.integers(0, 5), max_size=4),
    ),
    max_size=6,
)


@given(TENSORS, st.integers(0, 99))
@settings(max_examples=60)
def test_tensors_of_a_file_are_those_that_safetensors_reads(tmp_path_factory, wanted, seed):
    path, rng = tmp_path_factory.mktemp("safetensors") / "model.safetensors", np.random.default_rng(seed)
    save_file({name: np.asarray(9 * rng.normal(size=sizes), dtype) for name, (dtype, sizes) in wanted.items()}, path)
    theirs, ours = load_file(path), {each.name: each for each in read_header(path).tensors}

    assert ours.keys() == theirs.keys()
    for name, array in theirs.items():
        found = ours[name]
        assert (found.tensor.shape, found.tensor.dtype) == (array.shape, str(array.dtype))
        assert found.elements.source.read(0, array.nbytes).tobytes() == array.tobytes()
