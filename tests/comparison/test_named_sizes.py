"""Free sizes are told from one another by the inputs that they are of, whatever each model calls them."""

import numpy as np
import pytest

import parity
from parity.reports import Verdict
from tests.rules.models import onnx_model

UNNAMED = (None,) * 4
NAMED = ("batch", "time", "rows", "steps")
TIED = ("batch", "time", "batch", "steps")

FILLS = {
    "fill": lambda op: [op("Concat", "b", "two"), op("ConstantOfShape", "v")],
    "fill, last axis": lambda op: [op("Concat", "two", "b"), op("ConstantOfShape", "v")],
    "fill, more by one": lambda op: [op("Add", "b", "one"), op("Concat", "v", "two"), op("ConstantOfShape", "v")],
    "fill that is summed up": lambda op: [op("ConstantOfShape", "b"), op("Cos", "v"), op("ReduceSum", "v")],
    "its norm": lambda op: [op("ConstantOfShape", "b"), op("Cos", "v"), op("ReduceL2", "v")],
    "its logarithm": lambda op: [op("ConstantOfShape", "b"), op("ReduceLogSumExp", "v")],
    "its product with itself": lambda op: [op("ConstantOfShape", "b"), op("Cos", "v"), op("MatMul", "v", "v")],
    "stored row": lambda op: [op("Concat", "b", "two"), op("Expand", "row", "v")],
    "mean": lambda op: [op("ReduceMean", "x", axes=[0, 1]), op("Concat", "b", "two"), op("Expand", "m", "v")],
    "reshape": lambda op: [op("Concat", "b", "minus"), op("Reshape", "x", "v")],
    "identity matrix": lambda op: [op("Concat", "b", "b"), op("ConstantOfShape", "v"), op("EyeLike", "v")],
}


def model(made, source, sizes=NAMED):
    """Two inputs ``[batch, time, 2]`` and ``[rows, steps, 2]``, and a tensor with the size of one of their axes."""
    from onnx import helper

    last, nodes = ["", ""], []

    def op(kind, *operands, **settings):
        operands = [{"v": last[0], "m": last[1]}.get(each, each) for each in operands]
        last[:] = [f"v{len(nodes)}", last[0]]
        settings |= {"axis": 0} if kind == "Concat" else {"keepdims": 0} if kind.startswith("Reduce") else {}
        nodes.append(helper.make_node(kind, operands, [last[0]], **settings))

    tensor, axis = source
    nodes.append(helper.make_node("Shape", [tensor], ["sizes"]))
    nodes.append(helper.make_node("Gather", ["sizes", "axis"], ["b"]))
    FILLS[made](op)
    nodes += [helper.make_node("Relu", [each], [f"{each}_out"]) for each in "xy"]
    stored = {"two": [2], "one": [1], "minus": [-1], "axis": [axis]}
    inputs = [("x", (*sizes[:2], 2)), ("y", (*sizes[2:], 2))]
    outputs = [(name, None) for name in (last[0], "x_out", "y_out")]
    numbers = {name: np.array(each) for name, each in stored.items()}
    return onnx_model(nodes, inputs, outputs, row=np.array([[0.5, 2]], "float32"), **numbers)


@pytest.mark.parametrize("made", FILLS)
@pytest.mark.parametrize("other", [("y", 0), ("x", 1)], ids=["another batch", "another axis"])
def test_a_size_is_of_one_axis(made, other):
    mine = model(made, ("x", 0))

    assert parity.compare(mine, mine).verdict is Verdict.EQUIVALENT
    assert parity.compare(mine, model(made, other)).verdict is not Verdict.EQUIVALENT


@pytest.mark.parametrize("made", [each for each in FILLS if each != "reshape"])
def test_names_of_axes_tell_nothing(made):
    renamed = ("free9", "batch", "time", "rows")
    for sizes in (UNNAMED, renamed):
        assert parity.compare(model(made, ("x", 0)), model(made, ("x", 0), sizes)).verdict is Verdict.EQUIVALENT
        assert parity.compare(model(made, ("x", 0)), model(made, ("y", 0), sizes)).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("made", FILLS)
def test_batches_of_one_name_are_one(made):
    assert parity.compare(model(made, ("x", 0), TIED), model(made, ("y", 0), TIED)).verdict is Verdict.EQUIVALENT
    # What only one model ties is one size for inputs that both take.
    assert parity.compare(model(made, ("x", 0), TIED), model(made, ("y", 0))).verdict is Verdict.EQUIVALENT


def test_a_number_more_is_another_size():
    one, more = model("fill that is summed up", ("x", 0)), model("fill, more by one", ("x", 0))
    assert parity.compare(one, more).verdict is Verdict.DIFFERENT
    twice = model("fill", ("x", 0), (4, "time", "rows", "steps"))
    assert parity.compare(model("fill", ("x", 0)), twice).verdict is Verdict.EQUIVALENT


def test_a_size_that_one_side_does_not_tell_is_not_taken_for_the_other():
    told, untold = (model("reshape", source, UNNAMED) for source in (("x", 1), ("y", 1)))
    assert parity.compare(told, untold).verdict is Verdict.INCONCLUSIVE
