"""What is computed of numbers alone, against what PyTorch computes; and what that makes of graphs."""

import warnings
from dataclasses import replace

import pytest
from builders import graph, layer

from parity.adapters import read
from parity.graph import Census, Value, Weight
from parity.graphs import graph_of
from parity.kinds import translate
from parity.pairing.settled import settled
from parity.passes._known import MOST, known
from parity.passes.constants.fold_constants import fold_constants
from parity.passes.constants.fuse_negations import fuse_negations
from parity.passes.constants.fuse_sequences import fuse_sequences


def made():
    import torch

    steps, table = torch.arange(6), torch.arange(12).reshape(3, 4)
    places = torch.tensor([[2, 0], [1, 1]])
    return {
        "places": lambda: steps[None, :].expand(2, 6) + 1,
        "differences": lambda: torch.diff(steps * steps, prepend=steps[:1] - 1),
        "a triangle": lambda: torch.full((5, 5), float("-inf")).triu(1),
        "a lower triangle": lambda: (torch.ones(4, 4).tril(-1) > 0).to(torch.float32),
        "a comparison": lambda: (steps[None, :] <= steps[:, None]) * 2,
        "not equal": lambda: (steps % 2 != 0).long().cumsum(0),
        "a choice": lambda: torch.where(steps > 2, steps, -steps),
        "angles": lambda: torch.cos(steps[:, None].float() * 10000.0 ** (-torch.arange(0, 4, 2).float() / 4)),
        "a product": lambda: torch.arange(3).float()[:, None] @ torch.arange(4).float()[None, :],
        "rows": lambda: table[places],
        "points": lambda: table[torch.tensor([0, 2]), torch.tensor([3, 1])],
        "along": lambda: table.gather(1, torch.tensor([[0], [3], [1]])),
        "a column": lambda: table[:, 1],
        "every other": lambda: table[::2, 1:],
        "turned": lambda: table.t().reshape(2, 6).flip(1),
        "joined": lambda: torch.cat([steps, torch.zeros(2, dtype=torch.int64)]),
        "stacked": lambda: torch.stack([steps, steps + 1], 1),
        "repeated": lambda: table.repeat(2, 1).repeat_interleave(2, 1),
        "buckets": lambda: torch.min(torch.abs(steps[None] - steps[:, None]), torch.full((6, 6), 4)),
        "logarithms": lambda: (torch.log((steps + 1).float() / 2) * 3).to(torch.int64),
        "sums": lambda: table.sum(0, keepdim=True) - table.float().mean(1, keepdim=True),
    }


@pytest.mark.parametrize("name", list(made()))
def test_numbers_are_those_of_pytorch(name):
    import torch

    class Net(torch.nn.Module):
        def forward(self, x):
            return x + made()[name]()

    wanted = made()[name]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = translate(read(Net(), inputs=[tuple(wanted.shape)]))

    arrays = [each for each in known(found).values() if each.shape == tuple(wanted.shape)]

    assert any(bool((each == wanted.numpy()).all()) for each in arrays) or any(
        torch.allclose(torch.as_tensor(each).float(), wanted.float(), atol=1e-6) for each in arrays
    )
    done = fold_constants(found)
    assert {each.kind for each in done.layers} <= {"input", "elementwise"}
    assert fold_constants(done) is done


def test_what_is_said_to_be_small_is_not_computed_if_it_is_not():
    """A file that lies about its sizes makes nobody allocate."""
    tile = layer("t", "tile", ("f",), repeats=(10**12,), interleaved=False)
    outer = layer("m", "matmul", ("a", "b"))
    fills = [layer(name, "fill", value=1.0, size=size) for name, size in SIZES.items()]
    found = graph(*fills, tile, outer)
    shapes = {**{f"{name}.out": size for name, size in SIZES.items()}, "t.out": (3,), "m.out": (2, 2)}
    found = replace(found, values={name: Value(shape, "float32") for name, shape in shapes.items()})

    assert not {"t.out", "m.out"} & set(known(found))


SIZES = {"f": (3,), "a": (MOST, 1), "b": (1, MOST)}


def test_tables_of_angles_are_constants_where_the_other_side_computes_them():
    weight = Weight(
        "cos", (2, 2), "float32", Census.TRAINABLE, "cos", presumed=True, numbers=(1.0, 1.0, 0.5403, -0.4161)
    )
    stored = graph(layer("x", "input"), layer("y", "elementwise", ("x",), function="multiply", weights=(weight,)))
    numbers = {"numbers": (1.0, 1.0, 0.54030231, -0.41614684), "size": (2, 2)}
    held = graph(layer("x", "input"), layer("c", "constant", **numbers))
    held = replace(held, values={"c.out": Value((2, 2), "float32")})

    assert settled(stored, graph(layer("x", "input"))) is stored
    (_, done) = settled(stored, held).layers

    assert done.weights[0].census is Census.CONSTANT


@pytest.mark.parametrize(
    ("kind", "trained", "wanted"),
    [("scatter", "other", Census.CONSTANT), ("scatter", "token", Census.TRAINABLE), ("multiply", "other", None)],
)
def test_one_number_that_is_written_into_places(kind, trained, wanted):
    """What a module fills a region with; not so where it is made of a weight of the other side, or is multiplied."""
    made = {"presumed": True, "numbers": (2.0,) * 4, "computed_of": ("fill", "token")}
    weight = Weight("val_1", (2, 2), "float32", Census.TRAINABLE, "val_1", **made)
    function = {"function": kind} if kind == "multiply" else {}
    user = layer("y", "elementwise" if function else kind, ("x",), weights=(weight,), **function)
    own = Weight(trained, (2, 2), "float32", Census.TRAINABLE, trained)
    filled = graph(layer("x", "input"), layer("f", "fill", value=2.0, size=(2, 2)))
    filled = replace(filled, values={"f.out": Value((2, 2), "float32")}, weights=(own,))

    (_, done) = settled(graph(layer("x", "input"), user), filled).layers

    assert done.weights[0].census is (wanted or Census.TRAINABLE)


@pytest.mark.parametrize(
    ("function", "dtype", "wanted"),
    [("equal", "float32", "not_equal"), ("less", "int64", "greater_equal"), ("less", "float32", None)],
)
def test_negations(function, dtype, wanted):
    """What is no number is neither less nor greater."""
    found = graph(
        layer("x", "input"),
        layer("c", "elementwise", ("x",), function=function, operand=2.0),
        layer("n", "elementwise", ("c",), function="logical_not"),
    )
    found = replace(found, values={"x.out": Value((3,), dtype), "c.out": Value((3,), "bool")})

    done = fuse_negations(found)

    assert (done is found) is (wanted is None)
    assert wanted is None or done.layers[-1].attributes == {"function": wanted, "operand": 2.0}


@pytest.mark.parametrize(
    ("function", "dtype", "gone"),
    [
        ("negative", "float32", True),
        ("logical_not", "bool", True),
        ("logical_not", "float32", False),
        ("abs", "float32", False),
    ],
)
def test_what_is_negated_twice(function, dtype, gone):
    """A number that is negated as a truth value twice has become one."""
    found = graph(
        layer("x", "input"),
        layer("a", "elementwise", ("x",), function=function),
        layer("b", "elementwise", ("a",), function=function),
        layer("c", "elementwise", ("b",), function="sqrt"),
    )
    made = "bool" if function == "logical_not" else dtype
    types = {"x.out": dtype, "a.out": made, "b.out": made, "c.out": "float32"}
    found = replace(found, values={name: Value((3,), each) for name, each in types.items()})

    done = fuse_negations(found)

    assert done.producers["c.out"].inputs == (("x.out",) if gone else ("b.out",))


@pytest.mark.parametrize(("split", "bounds"), [(2, (2, 4, 1)), ((1, 4), (1, None, 1)), (0, None), ((1, 2), None)])
def test_parts_in_a_list(split, bounds):
    found = graph(
        layer("x", "input"),
        layer("s", "opaque", ("x",), operator="onnx.SplitToSequence", settings={"axis": -1, "split": split}),
        layer("p", "opaque", ("s",), operator="onnx.SequenceAt", settings={"position": 1}),
    )
    found = replace(found, values={"x.out": Value((2, 5), "float32")})

    done = fuse_sequences(found)

    if bounds is None:
        assert done is found
    else:
        assert done.layers[-1].attributes == {"axes": (1,), "bounds": (bounds,)}


def test_a_function_of_numbers_that_are_all_one_is_one_of_them_whatever_their_size(tmp_path):
    from onnx import TensorProto, helper, save

    shape = helper.make_node("Shape", ["x"], ["size"])
    ones = helper.make_node(
        "ConstantOfShape", ["size"], ["ones"], value=helper.make_tensor("v", TensorProto.FLOAT, [1], [1.0])
    )
    nodes = [shape, ones, helper.make_node("Erf", ["ones"], ["erf"]), helper.make_node("Relu", ["erf"], ["y"])]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 2]) for name in "xy"]
    save(helper.make_model(helper.make_graph(nodes, "g", ends[:1], ends[1:])), tmp_path / "model.onnx")

    graph = graph_of(tmp_path / "model.onnx")
    (made,) = [layer for layer in graph.layers if layer.kind != "input"]

    assert made.kind == "fill"
    assert made.attributes["value"] == pytest.approx(0.8427007929)
