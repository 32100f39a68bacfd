"""Types of inputs and outputs count where a runtime refuses the other type, and nowhere else."""

import numpy as np
import pytest
from onnx import TensorProto, helper

import parity
from parity.graphs import graph_of
from tests.rules.models import keras_net, layers, nn, onnx_model, torch_net

RULE = "interface-type"
PROFILES = ("exact", "inference", "interface")


def onnx_net(operator, given, made, **attributes):
    """One operator between an input and an output of these types."""
    model = onnx_model([helper.make_node(operator, ["x"], ["y"], **attributes)], [("x", ["N", 4])], [("y", ["N", 4])])
    for ends, kind in ((model.graph.input, given), (model.graph.output, made)):
        ends[0].type.tensor_type.elem_type = kind
    return model


def takes(model, array):
    from kinds.onnx_runs import session

    try:
        session(model).run(None, {"x": array})
    except Exception as error:  # noqa: BLE001  onnxruntime's own are many
        return "nexpected input data type" not in str(error)
    return True


PAIRS = [
    ("Abs", "float32", "float64"),
    ("Abs", "float32", "float16"),
    ("Abs", "int32", "int64"),
    ("Abs", "uint8", "float32"),
    ("Neg", "int8", "int32"),
]


@pytest.mark.parametrize(("operator", "one", "other"), PAIRS)
def test_a_file_takes_the_type_that_it_states(operator, one, other):
    codes = [helper.np_dtype_to_tensor_dtype(np.dtype(each)) for each in (one, other)]
    left, right = (onnx_net(operator, code, code) for code in codes)

    assert takes(left, np.ones((2, 4), one))
    assert not takes(right, np.ones((2, 4), one))
    for profile in PROFILES:
        report = parity.compare(left, right, profile=profile)
        assert report.verdict == "different"
        assert {finding.rule for finding, severity in report.findings if severity == "error"} == {RULE}
    assert parity.compare(left, left, profile="exact").verdict == "equivalent"


@pytest.mark.parametrize("to", [TensorProto.INT32, TensorProto.FLOAT16, TensorProto.DOUBLE])
def test_a_file_gives_the_type_that_it_states(to):
    given = TensorProto.FLOAT
    left, right = onnx_net("Cast", given, TensorProto.INT64, to=TensorProto.INT64), onnx_net("Cast", given, to, to=to)

    report = parity.compare(left, right, profile="interface")
    assert report.verdict == "different"
    assert RULE in {finding.rule for finding, severity in report.findings if severity == "error"}


def ids(kind):
    table = np.arange(12, dtype="float32").reshape(4, 3)
    nodes = [helper.make_node("Gather", ["table", "ids"], ["y"])]
    model = onnx_model(nodes, [("ids", [1, 5])], [("y", [1, 5, 3])], table=table)
    model.graph.input[0].type.tensor_type.elem_type = kind
    return model


def test_ids_of_another_framework_may_be_of_any_size():
    import keras

    onnx, torch = ids(TensorProto.INT32), torch_net(nn().Embedding(4, 3))
    inputs = keras.Input((5,), dtype="int32")
    model = keras.Model(inputs, layers().Embedding(4, 3)(inputs))

    for left, right in ((onnx, torch), (model, torch), (model, ids(TensorProto.INT64))):
        given = {"left_inputs": [((1, 5), "int64")], "right_inputs": [((1, 5), "int64")]}
        report = parity.compare(left, right, **given, profile="interface")
        assert report.verdict == "equivalent"
        assert RULE not in {finding.rule for finding, _ in report.findings}


def test_pytorch_computes_with_one_type_and_keras_casts():
    import torch

    def net(kind):
        return torch_net(nn().Linear(4, 2)).to(getattr(torch, kind))

    given = {"left_inputs": [((1, 4), "float32")], "right_inputs": [((1, 4), "float16")]}
    with pytest.raises(RuntimeError):
        net("float16")(torch.ones(1, 4))
    assert parity.compare(net("float32"), net("float16"), **given, profile="inference").verdict == "different"
    model = keras_net((4,), layers().Dense(2))
    report = parity.compare(model, net("float16"), **given, profile="inference")
    assert report.verdict == "equivalent"


TYPED = [
    lambda x: keras_ops().ones_like(x),
    lambda x: keras_ops().zeros_like(keras_ops().ones_like(x)),
    lambda x: x - x,
    lambda x: keras_ops().maximum(keras_ops().negative(x), x),
    lambda x: keras_ops().concatenate([x, keras_ops().flip(x, 0)], 0),
]


def keras_ops():
    import keras

    return keras.ops


@pytest.mark.parametrize("function", TYPED)
@pytest.mark.parametrize("other", ["int32", "float16"])
def test_the_type_that_a_cast_gives_goes_on_through_operations(function, other, tmp_path):
    import keras

    def net(dtype):
        x = keras.Input((4,), dtype="int64")
        model = keras.Model(x, function(keras.ops.cast(x, dtype)))
        model.save(tmp_path / f"{dtype}.keras")
        return model(np.ones((2, 4), "int64")).dtype, tmp_path / f"{dtype}.keras"

    (mine, left), (theirs, right) = net("float32"), net(other)

    assert mine != theirs
    assert RULE in {each.rule for each, _ in parity.compare(left, right).findings}
    assert RULE not in {each.rule for each, _ in parity.compare(left, left).findings}


OF_WHOLE_NUMBERS = ("prod", "sum", "mean", "exp", "sinh", "sqrt", "relu", "argmax", "logical_not", "square", "max")


@pytest.mark.parametrize("name", OF_WHOLE_NUMBERS)
@pytest.mark.parametrize("given", ["int32", "bool", "float64"])
def test_the_type_that_an_operation_makes_is_that_of_keras_or_not_told(name, given, tmp_path):
    """A file of Keras records no types between its layers."""
    import keras

    x = keras.Input((4,), dtype="int32")
    try:
        made = getattr(keras.ops, name)(keras.ops.cast(x, given))
    except Exception:  # noqa: BLE001  Keras has no such function of truth values
        pytest.skip("Keras refuses this type")
    model = keras.Model(x, made)
    model.save(tmp_path / "net.keras")
    found = graph_of(tmp_path / "net.keras")
    told = found.values[found.outputs[0]].dtype

    assert told is None or told[:3] == str(model.output.dtype)[:3]


def test_activations_of_another_precision_than_what_comes_in(tmp_path):
    """A layer computes in its own type, which a product of what it gives has, too."""
    import keras

    def saved(name, *between):
        x = keras.Input((4,), dtype="int64")
        made = keras.ops.cast(x, "float64")
        for layer in between:
            made = layer(made)
        model = keras.Model(x, keras.ops.prod(made, axis=-1))
        model.save(tmp_path / name)
        return tmp_path / name

    left, right = saved("one.keras"), saved("other.keras", keras.layers.Activation("linear"))

    assert RULE in {each.rule for each, _ in parity.compare(left, right).findings}


@pytest.mark.parametrize("kind", ["float16", "float64"])
def test_an_export_that_gives_another_precision_is_another_model(kind):
    """Keras casts what it is given; what a file of ONNX gives nobody casts."""
    from onnx import TensorProto, helper

    def file(number):
        ends = [helper.make_tensor_value_info(name, number, [None, 4]) for name in ("x", "y")]
        made = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "net", ends[:1], ends[1:])
        return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)

    model = keras_net((4,), layers().ReLU())

    assert parity.compare(model, file(TensorProto.FLOAT)).verdict == "equivalent"
    assert (
        parity.compare(model, file(getattr(TensorProto, {"float64": "DOUBLE"}.get(kind, kind.upper())))).verdict
        == "different"
    )


@pytest.mark.parametrize(
    ("mine", "theirs", "same"), [("int32", "FLOAT", False), ("float32", "INT64", False), ("int32", "INT64", True)]
)
def test_an_export_that_gives_real_numbers_for_whole_ones_is_another_model(mine, theirs, same):
    import keras
    from onnx import TensorProto, helper

    number = getattr(TensorProto, theirs)
    ends = [
        helper.make_tensor_value_info("x", TensorProto.INT64, [None, 4]),
        helper.make_tensor_value_info("y", number, [None, 4]),
    ]
    made = helper.make_graph([helper.make_node("Cast", ["x"], ["y"], to=number)], "net", ends[:1], ends[1:])
    file = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    x = keras.Input((4,), dtype="int64")
    model = keras.Model(x, keras.ops.cast(x, mine))

    assert (RULE in {each.rule for each, _ in parity.compare(model, file).findings}) is not same


@pytest.mark.parametrize("other", ["int16", "uint8", "bool"])
@pytest.mark.parametrize(
    "passes_on",
    [
        lambda x: x.flatten(1),
        lambda x: x.transpose(0, 1).transpose(1, 0),
        lambda x: (x.view(2, 3), x.float()),
        lambda x: (x[:, 0:3], x > 1),
    ],
)
def test_whole_numbers_that_a_model_only_passes_on_keep_their_type(passes_on, other, tmp_path):
    import torch

    class Passing(torch.nn.Module):
        def forward(self, x):
            return passes_on(x)

    for kind in ("int64", other):
        example = torch.ones((2, 3), dtype=getattr(torch, kind))
        torch.export.save(torch.export.export(Passing(), (example,)), tmp_path / f"{kind}.pt2")

    report = parity.compare(tmp_path / "int64.pt2", tmp_path / f"{other}.pt2")

    assert report.verdict == "different"
    assert RULE in {finding.rule for finding, severity in report.findings if severity == "error"}
    assert parity.compare(tmp_path / f"{other}.pt2", tmp_path / f"{other}.pt2").verdict == "equivalent"
