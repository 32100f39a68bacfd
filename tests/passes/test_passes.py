"""Each pass on a tiny graph, and on real models where the frameworks differ."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from parity.adapters import read
from parity.check import check
from parity.graph import Value
from parity.kinds import translate
from parity.passes import normalise
from parity.passes.arithmetic.fuse_bias import fuse_bias
from parity.passes.canonical.eliminate_dead_code import eliminate_dead_code
from parity.passes.canonical.name_axes import name_axes
from parity.passes.constants.eliminate_identities import eliminate_identities
from parity.passes.recurrence.batch_first import batch_first
from parity.passes.recurrence.eliminate_zero_states import eliminate_zero_states
from parity.passes.recurrence.resolve_states import resolve_states
from parity.passes.windows.flatten_associative import flatten_associative
from parity.passes.windows.fuse_neighbouring_slices import fuse_neighbouring_slices
from parity.passes.windows.fuse_padding import fuse_padding
from parity.passes.windows.fuse_squeeze_into_global_pool import fuse_squeeze_into_global_pool
from parity.reports import Verdict
from tests.builders import activation, dense, graph, layer, weight
from tests.rules.models import onnx_model

IMAGE = (None, 3, 8, 8)


def kinds_of(found):
    return [each.kind for each in found.layers if each.kind != "input"]


def pad(path, source, amount=1, value=0.0, mode="constant"):
    amounts = ((0, 0), (0, 0), (amount, amount), (amount, amount))
    return layer(path, "pad", (source,), amounts=amounts, mode=mode, value=value)


def conv(path, source, padding=0, **more):
    window = {"kernel_size": (3, 3), "strides": (1, 1), "dilation": (1, 1), "padding": ((padding, padding),) * 2}
    rest = {"padding_mode": "zeros", "groups": 1, "filters": 3, "data_format": "channels_first"}
    return layer(path, "conv", (source,), **{**window, **rest, **more})


def pool(path, source, kind="max_pool", padding=0, **more):
    window = {"pool_size": (2, 2), "strides": (2, 2), "dilation": (1, 1), "padding": ((padding, padding),) * 2}
    return layer(path, kind, (source,), **{**window, "ceil_mode": False, "data_format": "channels_first", **more})


def lstm(path, source, *, time_major=False, reverse=False, flipped=False):
    made = tuple(f"{path}.{what}" for what in ("out", "last", "cell"))
    attributes = {"units": 4, "time_major": time_major, "reverse": reverse, "flipped": flipped}
    return layer(path, "lstm", (source,), outputs=made, **attributes)


def test_drop_identities():
    found = graph(
        layer("x", "input"), layer("i", "identity", ("x",)), layer("j", "identity", ("i",)), dense("d", "j", 2, 3)
    )

    done = eliminate_identities(found)

    assert kinds_of(done) == ["dense"]
    assert done.layers[-1].inputs == ("x.out",)


def test_an_identity_may_be_an_output():
    done = eliminate_identities(graph(layer("x", "input"), layer("i", "identity", ("x",))))

    assert done.outputs == ("x.out",)


@pytest.mark.parametrize(
    ("kind", "attributes", "after", "goes"),
    [
        ("flatten", {}, (None, 4), True),
        ("reshape", {"target": (4,)}, (None, 4), True),
        ("reshape", {"target": (2, 2)}, (None, 2, 2), False),
        ("permute", {"order": (0, 1)}, (None, 4), True),
        ("permute", {"order": (1, 0)}, (4, None), False),
        ("expand", {"target": (None, 4)}, (None, 4), True),
        ("expand", {"target": (3, None, 4)}, (3, None, 4), False),
        ("flatten", {}, None, False),
        ("pad", {"amounts": ((0, 0), (0, 0)), "mode": "reflect"}, (None, 4), True),
        ("pad", {"amounts": ((0, 0), (0, 1)), "mode": "reflect"}, (None, 5), False),
        ("max_pool", {"pool_size": (1,), "strides": (1,), "padding": ((0, 0),), "ceil_mode": True}, (None, 4), True),
        ("average_pool", {"pool_size": (1, 1), "strides": (1, 1), "padding": ((0, 0),) * 2}, (None, 4), True),
        ("max_pool", {"pool_size": (1, 1), "strides": (1, 2), "padding": ((0, 0),) * 2}, (None, 4), False),
        ("max_pool", {"pool_size": (1, 2), "strides": (1, 1), "padding": ((0, 0),) * 2}, (None, 4), False),
        ("average_pool", {"pool_size": (1,), "strides": (1,), "padding": ((0, 1),)}, (None, 4), False),
        ("roll", {"axes": (1,), "shifts": (8,)}, (None, 4), True),
        ("roll", {"axes": (-1, 1), "shifts": (4, -4)}, (None, 4), True),
        ("roll", {"axes": (1,), "shifts": (3,)}, (None, 4), False),
        ("roll", {"axes": (0,), "shifts": (4,)}, (None, 4), False),
        ("lp_pool", {"pool_size": (1,), "strides": (1,), "padding": ((0, 0),)}, (None, 4), False),
    ],
)
def test_what_changes_nothing(kind, attributes, after, goes):
    found = graph(layer("x", "input"), layer("f", kind, ("x",), **attributes), shapes={"x": (None, 4), "f": after})

    assert (eliminate_identities(found) is not found) is goes


@pytest.mark.parametrize(("value", "goes"), [(0.0, True), (1.0, False)])
def test_drop_zero_states(value, goes):
    cell = layer("r", "lstm", ("x", "h", "c"), units=4)
    found = graph(layer("x", "input"), layer("h", "fill", value=value), layer("c", "fill", value=0.0), cell)

    done = eliminate_zero_states(found)

    assert (done.layers[-1].inputs == ("x.out",)) is goes
    assert kinds_of(eliminate_dead_code(done)) == (["lstm"] if goes else ["fill", "fill", "lstm"])


def test_drop_dead_keeps_weights_and_what_computes():
    stored = layer("s", "reshape", ("x",), weights=[weight("w", (2,))])
    found = graph(layer("x", "input"), stored, layer("r", "reshape", ("s",)), dense("d", "x", 2, 3), outputs=("x.out",))

    done = eliminate_dead_code(found)

    assert kinds_of(done) == ["unused", "unused"]
    assert [each.name for each in done.weights] == [each.name for each in found.weights]
    assert eliminate_dead_code(done) is done


def test_merge_bias():
    stored = layer("a", "elementwise", ("d",), weights=[weight("b", (3,), "operand")], function="add")
    found = graph(layer("x", "input"), dense("d", "x", 2, 3, bias=False), stored)

    done = fuse_bias(found)

    (merged,) = (each for each in done.layers if each.kind == "dense")
    assert (merged.weight("bias").name, merged.weight("bias").axes) == ("b", "out")
    assert merged.sources == ("d", "a")
    assert {each.name: each.role for each in done.weights}["b"] == "bias"


@pytest.mark.parametrize("shape", [(1,), (2, 3)])
def test_an_addition_that_is_no_bias(shape):
    stored = layer("a", "elementwise", ("d",), weights=[weight("b", shape, "operand")], function="add")
    found = graph(layer("x", "input"), dense("d", "x", 2, 3, bias=False), stored)

    assert fuse_bias(found) is found


def test_a_rank_3_linear_from_onnx(tmp_path):
    import torch

    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU())
    for dynamo in (False, True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(module, (torch.zeros(2, 5, 3),), tmp_path / "m.onnx", dynamo=dynamo, verbose=False)

        done = normalise(translate(read(tmp_path / "m.onnx")))

        assert kinds_of(done) == ["dense", "activation"]
        assert {each.role for each in done.layers[1].weights} == {"kernel", "bias"}


def test_merge_padding_in_a_row():
    found = graph(layer("x", "input"), pad("p", "x"), pad("q", "p", 2), conv("c", "q", 1, padding_rule="same"))

    done = fuse_padding(found)

    assert kinds_of(done) == ["conv"]
    assert done.layers[-1].attributes["padding"] == ((4, 4), (4, 4))
    assert "padding_rule" not in done.layers[-1].attributes
    assert done.layers[-1].sources == ("c", "q", "p")


@pytest.mark.parametrize(
    ("before", "window"),
    [
        (pad("p", "x", value=1.0), conv("w", "p")),
        (pad("p", "x", mode="reflect"), conv("w", "p")),
        (pad("p", "x"), conv("w", "p", 1, padding_mode="circular")),
        (pad("p", "x"), pool("w", "p")),
        (pad("p", "x"), pool("w", "p", "average_pool", 1, count_include_pad=False)),
        (pad("p", "x"), pool("w", "p", "average_pool", count_include_pad=None, ceil_mode=True)),
        (
            layer("p", "pad", ("x",), amounts=((0, 0), (1, 1), (0, 0), (0, 0)), mode="constant", value=0.0),
            conv("w", "p"),
        ),
        (layer("p", "pad", ("x",), amounts=((0, 0), (1, 1)), mode="constant", value=0.0), conv("w", "p")),
    ],
)
def test_padding_that_stays(before, window):
    found = graph(layer("x", "input"), before, window)

    assert fuse_padding(found) is found


@pytest.mark.parametrize(
    ("function", "goes"), [("relu", True), ("sigmoid", True), ("tanh", False), ("leaky_relu", False)]
)
def test_zeros_before_a_maximum(function, goes):
    found = graph(layer("x", "input"), activation("a", "x", function), pad("p", "a"), pool("w", "p"))

    assert (kinds_of(fuse_padding(found)) == ["activation", "max_pool"]) is goes


def test_zeros_before_an_average_are_counted():
    found = graph(layer("x", "input"), pad("p", "x"), pool("w", "p", "average_pool", count_include_pad=None))

    assert fuse_padding(found).layers[-1].attributes["count_include_pad"] is True


@pytest.mark.parametrize("relu_first", [True, False])
def test_padding_of_both_frameworks(relu_first):
    import keras
    from torch import nn

    k = keras.layers
    tail = (
        [k.ReLU(), k.ZeroPadding2D(1), k.MaxPooling2D(3, 2)]
        if relu_first
        else [k.ZeroPadding2D(1), k.MaxPooling2D(3, 2)]
    )
    left = keras.Sequential([keras.Input((9, 9, 3)), k.ZeroPadding2D(1), k.Conv2D(4, 3), *tail])
    right = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), *([nn.ReLU()] if relu_first else []), nn.MaxPool2d(3, 2, 1))

    mine, theirs = normalise(translate(read(left))), normalise(translate(read(right.eval(), [(1, 3, 9, 9)])))

    assert (kinds_of(mine) == kinds_of(theirs)) is relu_first
    if relu_first:
        assert [x.attributes.get("padding") for x in mine.layers] == [
            x.attributes.get("padding") for x in theirs.layers
        ]


@pytest.mark.parametrize(
    ("shapes", "goes", "kept"),
    [
        ([(None, 3)], True, False),
        ([(None, 3, 1), (None, 3)], True, False),
        ([(None, 3, 1)], False, True),
        ([(6, 1)], False, True),
        ([(None, 3, 1), (None, 3, 1, 1)], True, True),
        ([(None, 3), (None, 1, 1, 3)], False, False),
    ],
)
def test_squeeze_global_pool(shapes, goes, kept):
    layers = [layer("x", "input"), layer("g", "global_max_pool", ("x",), keepdims=True, data_format="channels_first")]
    for at, _ in enumerate(shapes):
        layers.append(layer(f"r{at}", "reshape", (layers[-1].path,), target=()))
    told = {f"r{at}": shape for at, shape in enumerate(shapes)}

    done = fuse_squeeze_into_global_pool(graph(*layers, shapes={"x": IMAGE, "g": (None, 3, 1, 1), **told}))

    assert (kinds_of(done) == ["global_max_pool"]) is goes
    assert done.layers[1].attributes["keepdims"] is kept
    assert fuse_squeeze_into_global_pool(done) is done


def test_global_pooling_of_both_frameworks():
    import keras
    from torch import nn

    class Squeezed(nn.Module):
        def forward(self, x):
            return nn.functional.adaptive_avg_pool2d(x, 1).squeeze(-1).squeeze(-1)

    left = keras.Sequential([keras.Input((9, 9, 3)), keras.layers.GlobalAveragePooling2D()])
    for right in (nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), Squeezed()):
        mine, theirs = normalise(translate(read(left))), normalise(translate(read(right.eval(), [(1, 3, 9, 9)])))
        assert kinds_of(mine) == kinds_of(theirs) == ["global_average_pool"]
        assert mine.values[mine.outputs[0]].axes == theirs.values[theirs.outputs[0]].axes == ("N", "C")


@pytest.mark.parametrize(
    ("settings", "goes"),
    [
        ({"kernel_size": 9}, True),
        ({"kernel_size": 20, "ceil_mode": True}, True),
        ({"kernel_size": 11, "padding": 1, "count_include_pad": False}, True),
        ({"kernel_size": 11, "padding": 1}, False),
        ({"kernel_size": 8}, False),
        ({"kernel_size": (9, 3)}, False),
    ],
)
def test_a_window_that_covers_the_image(settings, goes):
    import keras
    import torch

    left = keras.Sequential([keras.Input((9, 9, 3)), keras.layers.GlobalAveragePooling2D(keepdims=True)])
    right = torch.nn.AvgPool2d(**settings)
    image = torch.rand(1, 3, 9, 9)
    assert torch.allclose(right(image), image.mean((2, 3), keepdim=True)[:, :, :1, :1]) is goes

    report = check(left, right.eval(), right_inputs=[(1, 3, 9, 9)])

    assert report.verdict == ("equivalent" if goes else "different")
    assert kinds_of(normalise(translate(read(right, [(1, 3, 9, 9)])))) == [
        "global_average_pool" if goes else "average_pool"
    ]


def test_squeeze_and_excitation():
    import keras
    from torch import nn

    x = keras.Input((9, 9, 3))
    weights = keras.layers.Reshape((1, 1, 3))(keras.layers.GlobalAveragePooling2D()(x))
    left = keras.Model(x, x * keras.layers.Conv2D(3, 1, activation="sigmoid")(weights))

    class Excited(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(size), nn.Conv2d(3, 3, 1), nn.Sigmoid())

        def forward(self, x):
            return x * self.gate(x)

    shape = [(1, 3, 9, 9)]
    assert check(left, Excited(1).eval(), right_inputs=shape).verdict == "equivalent"
    assert check(left, Excited(9).eval(), right_inputs=shape).verdict == "different"


def test_batch_first():
    swap, back = (layer(path, "permute", (source,), order=(1, 0, 2)) for path, source in (("p", "x"), ("q", "r")))
    found = graph(layer("x", "input"), swap, lstm("r", "p", time_major=True), back, shapes={"x": (2, 5, 3)})

    done = batch_first(found)

    assert kinds_of(done) == ["lstm"]
    assert done.layers[-1].inputs == ("x.out",)
    assert done.outputs[-1] == "r.out"
    assert done.layers[-1].attributes["time_major"] is False


def test_a_time_first_layer_of_a_time_first_model_stays():
    found = graph(layer("x", "input"), lstm("r", "x", time_major=True))

    assert batch_first(found) is found


@pytest.mark.parametrize(
    ("flags", "index", "goes"),
    [
        ({}, -1, True),
        ({}, 4, True),
        ({}, 0, False),
        ({"reverse": True}, 0, True),
        ({"reverse": True}, -1, False),
        ({"reverse": True, "flipped": True}, -1, True),
        ({"reverse": True, "flipped": True}, 0, False),
    ],
)
def test_the_last_step(flags, index, goes):
    pick = layer("s", "select", ("r",), axis=1, index=index)
    found = graph(layer("x", "input"), lstm("r", "x", **flags), pick, shapes={"r": (2, 5, 4)})

    done = resolve_states(found)

    assert ("r.last" in done.outputs and kinds_of(done) == ["lstm"]) is goes


def axes_of_outputs(found):
    return [found.values[value].axes for value in found.outputs]


def test_axes_of_an_image():
    import keras
    from torch import nn

    k = keras.layers
    left = keras.Sequential([keras.Input((8, 8, 3)), k.Conv2D(4, 3), k.ReLU(), k.Flatten(), k.Dense(2)])
    first = keras.Sequential(
        [keras.Input((3, 8, 8)), k.Conv2D(4, 3, data_format="channels_first"), k.Flatten("channels_first")]
    )
    right = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten())

    mine = name_axes(translate(read(left)))
    theirs = name_axes(translate(read(right.eval(), [(1, 3, 8, 8)])))

    assert mine.values[mine.inputs[0]].axes == ("N", "H", "W", "C")
    flat = next(each for each in mine.layers if each.kind == "flatten")
    assert mine.values[flat.outputs[0]].axes == ("N", "H*W*C")
    assert axes_of_outputs(mine) == [("N", "C")]
    assert axes_of_outputs(theirs) == [("N", "C*H*W")]
    assert axes_of_outputs(name_axes(translate(read(first)))) == [("N", "H*W*C")]


def test_axes_of_a_sequence():
    import keras

    k = keras.layers
    tokens = keras.Sequential(
        [keras.Input((7,), dtype="int32"), k.Embedding(9, 4), k.LSTM(3, return_sequences=True), k.Dense(2)]
    )
    found = name_axes(translate(read(tokens)))

    assert found.values[found.inputs[0]].axes == ("N", "T")
    assert axes_of_outputs(found) == [("N", "T", "C")]


@pytest.mark.parametrize(("shape", "made"), [((2,), (2, 1)), (("batch",), ("batch", 1))])
@pytest.mark.parametrize("after", [((1, 1), (0, None, None)), ((1,), (0, None))])
def test_an_axis_that_is_made_of_none_has_no_name(shape, made, after):
    target, kept = after
    flat = layer("flat", "flatten", ("x",))
    last = layer("last", "reshape", ("flat",), target=target, first=made[0], kept=kept)
    shapes = {"x": shape, "flat": made, "last": (made[0], *target)}
    found = name_axes(graph(layer("x", "input"), flat, last, shapes=shapes))

    assert found.values["flat.out"].axes == ("N", None)
    assert found.values["last.out"].axes == ("N", *(None,) * len(target))


def test_axes_go_back_through_what_keeps_them():
    """Nothing names the branches but the convolution after their sum."""
    import keras

    k = keras.layers
    x, y = keras.Input((8, 8, 3)), keras.Input((8, 8, 3))
    found = name_axes(translate(read(keras.Model([x, y], k.Conv2D(2, 1)(k.Add()([k.ReLU()(x), k.Dropout(0.5)(y)]))))))

    assert {found.values[value].axes for value in found.inputs} == {("N", "H", "W", "C")}


def joined(count, *, anew):
    """A dense block: each step joins all before with what it has made of that, or all anew."""
    layers, last, made = [layer("x", "input")], "x", ["x"]
    for at in range(count):
        made.append(f"m{at}")
        inputs = made if anew else (last, f"m{at}")
        layers += [
            layer(f"m{at}", "activation", (last,), function="relu"),
            layer(f"c{at}", "concat", tuple(inputs), axis=-1),
        ]
        last = f"c{at}"
    found = graph(*layers)
    return replace(found, values={value: Value((2, 8)) for value in found.values})


@pytest.mark.parametrize("anew", [True, False])
def test_what_a_dense_block_joins_anew_is_joined_step_by_step(anew):
    found = joined(4, anew=anew)

    done = flatten_associative(found)

    joins = [each.inputs for each in done.layers if each.kind == "concat"]
    assert joins == [("x.out", "m0.out"), *((f"c{at}.out", f"m{at + 1}.out") for at in range(3))]
    assert flatten_associative(done) is done
    assert anew or done is found


def test_what_begins_alike_along_another_axis_is_no_step():
    found = graph(
        layer("x", "input"),
        layer("y", "input"),
        layer("a", "concat", ("x", "y"), axis=1),
        layer("b", "concat", ("x", "y", "x"), axis=2),
        layer("s", "elementwise", ("a", "b"), function="add"),
    )
    found = replace(found, values={value: Value((2, 8, 8)) for value in found.values})

    assert flatten_associative(found) is found


def test_long_rows_of_joins_stay_as_they_are_written():
    found = joined(1000, anew=False)

    assert flatten_associative(found) is found


def cut_and_joined(ranges, size=4):
    """Ranges of one axis, joined in this order."""
    cuts = [layer(f"cut{at}", "slice", ("x",), axes=(1,), bounds=(each,)) for at, each in enumerate(ranges)]
    whole = layer("whole", "concat", tuple(each.path for each in cuts), axis=-2)
    return graph(layer("x", "input"), *cuts, whole, activation("act", "whole"), shapes={"x": (None, size, 8)})


@pytest.mark.parametrize("size", [4, pytest.param("n", id="free")])
@pytest.mark.parametrize(
    ("ranges", "left"),
    [
        (((0, 2, 1), (2, None, 1)), ["activation"]),
        (((0, 1, 1), (1, 2, 1), (2, None, 1)), ["activation"]),
        (((1, 2, 1), (2, 4, 1)), ["slice", "activation"]),
        (((2, 4, 1), (0, 2, 1)), None),
        (((0, 2, 1), (0, 2, 1)), None),
        (((0, 2, 1), (3, 4, 1)), None),
        (((0, 4, 2), (1, 4, 2)), None),
    ],
)
def test_parts_that_are_joined_again_in_their_order_are_the_tensor(ranges, left, size):
    before = cut_and_joined(ranges, size)
    after = fuse_neighbouring_slices(before)

    if left is None:
        assert after is before
    else:
        assert [kind for kind in kinds_of(normalise(after)) if kind in {"slice", "concat", "activation"}] == left


@pytest.mark.parametrize(("size", "whole"), [(4, True), ("n", False)])
@pytest.mark.parametrize("ranges", [((0, 2, 1), (-2, None, 1)), ((0, 1, 1), (1, 4, 1))])
def test_parts_are_the_tensor_where_its_size_tells(ranges, size, whole):
    before = cut_and_joined(ranges, size)
    left = [kind for kind in kinds_of(normalise(fuse_neighbouring_slices(before))) if kind in {"slice", "concat"}]

    assert (not left) is whole


def split_and_joined(sizes, opset):
    """An ONNX file whose axis of free size is split into parts of these sizes, and joined again."""
    from onnx import TensorProto, helper, numpy_helper

    names = [f"p{at}" for at, _ in enumerate(sizes)]
    stored = [numpy_helper.from_array(np.array(sizes), "s")] if opset > 12 else []
    cut = helper.make_node(
        "Split", ["x", *(["s"] if stored else [])], names, axis=1, **({} if stored else {"split": sizes})
    )
    join = helper.make_node("Concat", names, ["j"], axis=1)
    relu = helper.make_node("Relu", ["j"], ["y"])
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2, "n", 3]) for name in ("x", "y")]
    made = helper.make_graph([cut, join, relu], "g", ends[:1], ends[1:], stored)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


@pytest.mark.parametrize("opset", [11, 13])
@pytest.mark.parametrize("sizes", [[1, 1], [1, 3], [2, 1, 2]])
def test_a_split_takes_all_of_an_axis_of_free_size(sizes, opset):
    assert kinds_of(normalise(translate(read(split_and_joined(sizes, opset))))) == ["activation"]


def test_twins_are_one_where_both_are_outputs():
    found = normalise(
        graph(layer("x", "input"), activation("a", "x"), activation("b", "x"), activation("c", "x", "tanh"))
    )

    assert kinds_of(found) == ["activation"] * 2
    assert found.outputs == ("a.out", "a.out", "c.out")


@pytest.mark.parametrize("factor", [[1.0, 1.0, 1.0], [0.0, 1.0, 2.0], [0.0]])
def test_a_factor_for_each_channel_is_no_part_of_an_activation(factor):
    from onnx import helper

    nodes = [
        helper.make_node("Add", ["x", "three"], ["a"]),
        helper.make_node("Clip", ["a", "low", "six"], ["b"]),
        helper.make_node("Mul", ["b", "sixth"], ["c"]),
        helper.make_node("Mul", ["c", "factor"], ["y"]),
    ]
    numbers = {"three": 3, "low": 0, "six": 6, "sixth": 1 / 6}
    held = {name: np.array(each, "float32") for name, each in numbers.items()}
    ends = [("x", (2, 3))], [("y", (2, 3))]
    written = onnx_model(nodes, *ends, **held, factor=np.array(factor, "float32"))
    plain = onnx_model([helper.make_node("HardSigmoid", ["x"], ["y"], alpha=1 / 6)], *ends)

    same = all(each == 1 for each in factor)
    assert check(written, plain).verdict is (Verdict.EQUIVALENT if same else Verdict.DIFFERENT)
