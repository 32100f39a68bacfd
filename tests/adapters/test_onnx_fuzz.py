"""Damaged ONNX files, as bytes and as protobuf: a result or a ParityError, in little time and memory."""

import random
import resource
import time

import numpy as np
import pytest
from adapters.test_torch_fuzz import LONGEST, MOST_MEMORY, damaged
from onnx import TensorProto, helper, numpy_helper, parser

from parity.adapters import read
from parity.errors import ParityError
from parity.kinds import translate
from parity.passes import normalise

MUTATIONS = 250
"""For each of four models, as bytes, as fields of a file and as fields in memory."""


def tensor(name, *shape, kind="float32"):
    return numpy_helper.from_array(np.random.default_rng(0).normal(size=shape).astype(kind), name)


def network():
    """Convolutions with settings of every type, some of them inputs, and external data."""
    external = TensorProto(name="w4", dims=[4, 300], data_type=1, data_location=TensorProto.EXTERNAL)
    external.external_data.add(key="location", value="net.data")
    external.external_data.add(key="length", value="4800")
    nodes = [
        helper.make_node("Conv", ["x", "w1", "b1"], ["a"], pads=[1, 1, 1, 1], name="/layer1/conv/Conv"),
        helper.make_node("BatchNormalization", ["a", *("b1",) * 4], ["b"], epsilon=1e-5),
        helper.make_node("Clip", ["b", "", "six"], ["c"]),
        helper.make_node("MaxPool", ["c"], ["d"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Reshape", ["d", "shape"], ["e"]),
        helper.make_node("Gemm", ["e", "w2", "b2"], ["f"], transB=1),
        helper.make_node("Constant", [], ["k"], value=tensor("", 4)),
        helper.make_node("Mul", ["f", "k"], ["g"]),
        helper.make_node("MatMul", ["g", "w4"], ["h"]),
        helper.make_node("Softmax", ["h"], ["y"], axis=-1),
    ]
    stored = [tensor("w1", 4, 2, 3, 3), tensor("b1", 4), tensor("six"), tensor("w2", 4, 16), tensor("b2", 4), external]
    stored.append(helper.make_tensor("shape", TensorProto.INT64, [2], [0, -1]))
    return model(nodes, stored, ("N", 2, 4, 4))


def sequence():
    """Recurrence, attention and what moves axes about."""
    nodes = [
        helper.make_node("Transpose", ["x"], ["a"], perm=[1, 0, 2]),
        helper.make_node("LSTM", ["a", "w", "r", "b"], ["l", "", ""], hidden_size=4, direction="bidirectional"),
        helper.make_node("Squeeze", ["l", "one"], ["s"]),
        helper.make_node("Slice", ["a", "one", "two", "one"], ["p"]),
        helper.make_node("Split", ["p", "parts"], ["q1", "q2"], axis=2),
        helper.make_node("Concat", ["q1", "q2"], ["c"], axis=2),
        helper.make_node("Pad", ["c", "pads"], ["d"]),
        helper.make_node("ReduceMean", ["d", "one"], ["e"]),
        helper.make_node("LayerNormalization", ["e", "g"], ["f"], axis=-1),
        helper.make_node("Resize", ["f", "", "scales"], ["z"], mode="linear"),
        helper.make_node("Einsum", ["z", "z"], ["y"], equation="abc,adc->abd"),
    ]
    stored = [tensor("w", 2, 16, 6), tensor("r", 2, 16, 4), tensor("b", 2, 32), tensor("g", 6), tensor("scales", 3)]
    for name, values in {"one": [1], "two": [2], "parts": [3, 3], "pads": [0, 0, 0, 0, 1, 0]}.items():
        stored.append(helper.make_tensor(name, TensorProto.INT64, [len(values)], values))
    return model(nodes, stored, (1, 4, 6))


def nested():
    """Functions, graphs in nodes, sparse tensors and sets of operators that nobody knows."""
    proto = parser.parse_model("""
        <ir_version: 10, opset_import: ["": 20, "acme": 1]>
        g (float[2, 4] x, bool c) => (float[2, 4] y) <float[4, 4] w, float[4] v = {1.0, 2.0, 3.0, 4.0}> {
            a = acme.Twice <slope = 0.3> (x)
            b = If (c) <
                then_branch = t () => (float[2, 4] p) <float[4] k = {1.0, 2.0, 3.0, 4.0}> { p = Mul (a, k) },
                else_branch = e () => (float[2, 4] q) { q = acme.Twice (a) }
            >
            d = acme.Unknown <mode = "fast", size = [1, 2]> (b)
            y = MatMul (d, s)
        }
        <domain: "acme", opset_import: ["": 20, "acme": 1]>
        Twice <slope: float = 0.1> (v) => (z) {
            c = Constant <value_floats = [1.0, 2.0, 3.0, 4.0]> ()
            p = LeakyRelu <alpha: float = @slope> (v)
            z = Mul (p, c)
        }
    """)
    indices = helper.make_tensor("i", TensorProto.INT64, [2], [0, 5])
    proto.graph.sparse_initializer.append(helper.make_sparse_tensor(tensor("s", 2), indices, [4, 4]))
    return proto


def quantised():
    """Integers as weights, and metadata as exporters leave it."""
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "scale", "zero"], ["a"]),
        helper.make_node("DequantizeLinear", ["a", "scale", "zero"], ["b"]),
        helper.make_node("DequantizeLinear", ["q", "scale", "zero"], ["w"]),
        helper.make_node("Identity", ["bias"], ["alias"]),
        helper.make_node("MatMul", ["b", "w"], ["c"]),
        helper.make_node("Add", ["c", "alias"], ["d"]),
        helper.make_node("Dropout", ["d", "ratio"], ["y", ""]),
    ]
    nodes[4].metadata_props.add(key="namespace", value=": M/layer1: torch.nn.Linear/linear: aten.linear.default")
    nodes[4].metadata_props.add(key="pkg.torch.onnx.name_scopes", value="['', 'layer1', 'linear']")
    zero = helper.make_tensor("zero", TensorProto.UINT8, [], [128])
    stored = [tensor("scale"), zero, tensor("q", 4, 4, kind="uint8"), tensor("bias", 4), tensor("ratio")]
    return model(nodes, stored, (2, 4))


def model(nodes, stored, shape):
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    made = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "g", [given], [made], stored)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], producer_name="pytorch")


MODELS = {each.__name__: each for each in (network, sequence, nested, quantised)}
HARM = {
    "int": (0, 1, -1, 2, 7, 2**31, -(2**63), 2**63 - 1, 10**15),
    "float": (0.0, -1.0, float("nan"), float("inf"), 1e300),
    "str": (
        "",
        "x",
        "y",
        "w1",
        "Conv",
        "Identity",
        "Constant",
        "If",
        "Loop",
        "\0",
        "\n",
        "../x",
        "acme",
        "[" * 500,
        "é",
    ),
    "bytes": (b"", b"\xff\xfe", b"x" * 7, b"\0" * 64),
}


def mutated(proto, chance):
    """A copy with one to three fields changed, doubled, moved or taken away, anywhere in the tree."""
    copy = type(proto)()
    copy.CopyFrom(proto)
    for _ in range(chance.randint(1, 3)):
        holder = copy
        while inner := [each for each in below(holder) if chance.random() < 0.9]:
            holder = chance.choice(inner)
            if chance.random() < 0.15:
                break
        change(holder, chance)
    return copy


def below(message):
    """The messages right inside a message."""
    for field, value in message.ListFields():
        if field.message_type is not None:
            yield from value if hasattr(value, "add") else [value]


def change(message, chance):
    field = chance.choice(message.DESCRIPTOR.fields)
    value = getattr(message, field.name)
    if hasattr(value, "add") or hasattr(value, "append"):
        many(value, field, chance)
    elif field.message_type is not None or chance.random() < 0.2:
        message.ClearField(field.name)
    else:
        put(lambda found: setattr(message, field.name, found), field, chance)


def many(values, field, chance):
    at = chance.randrange(len(values)) if values else 0
    match chance.randrange(4):
        case 0 if values:
            del values[at]
        case 1 if values and field.message_type is not None:
            values.add().CopyFrom(values[at])
        case 2 if values and field.message_type is None:
            put(lambda found: values.__setitem__(at, found), field, chance)
        case _ if field.message_type is not None:
            values.add()
        case _:
            put(values.append, field, chance)


def put(store, field, chance):
    """A value of the field's type that nobody expects; protobuf itself refuses some."""
    kinds = {1: "float", 2: "float", 9: "str", 12: "bytes"}
    try:
        store(chance.choice(HARM[kinds.get(field.type, "int")]))
    except (ValueError, TypeError):
        store(1 if field.type not in kinds else HARM[kinds[field.type]][1])


def outcome(source):
    """Whether a model could be read, translated and normalised; what else may happen is a sentence."""
    try:
        normalise(translate(read(source)))
    except ParityError as error:
        assert "\n" not in str(error)  # noqa: PT017  one of two right outcomes
        return False
    return True


@pytest.mark.parametrize("how", ["bytes", "fields"])
@pytest.mark.parametrize("name", MODELS)
def test_damaged_models_end_in_a_result_or_a_sentence(name, how, tmp_path):
    path, chance = tmp_path / "net.onnx", random.Random(name + how)  # noqa: S311  no secret
    proto = MODELS[name]()
    (tmp_path / "net.data").write_bytes(bytes(4800))
    whole = proto.SerializeToString()
    path.write_bytes(whole)
    assert outcome(path)
    assert outcome(proto)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    results, longest = 0, 0.0
    for _ in range(MUTATIONS):
        content = damaged(whole, chance) if how == "bytes" else mutated(proto, chance).SerializeToString()
        path.write_bytes(content)
        begin = time.process_time()
        results += outcome(path)
        longest = max(longest, time.process_time() - begin)

    assert 0 < results < MUTATIONS
    assert longest < LONGEST
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < MOST_MEMORY


@pytest.mark.parametrize("name", MODELS)
def test_damaged_models_in_memory_end_in_a_result_or_a_sentence(name):
    chance, proto = random.Random(name), MODELS[name]()  # noqa: S311  no secret
    results = sum(outcome(mutated(proto, chance)) for _ in range(MUTATIONS))

    assert 0 < results < MUTATIONS
