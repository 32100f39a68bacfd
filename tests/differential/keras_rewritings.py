"""Other ways to write a functional Keras model that change nothing."""

from dataclasses import replace

import numpy as np
from differential.onnx_rewritings import (
    chain,
    chosen,
    computed_twice,
    dead_call,
    numbers,
    renamed,
    reordered,
    somewhere,
    typed_input,
)
from differential.programs import Node, Program, Unfit

Values = dict[str, np.ndarray]
Random = np.random.Generator


def identity(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng, "f", 2)
    return chain(program, at, value, [(chosen(rng, ["layers.Identity", "ops.copy"]), (), {})])


def permutes(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng, "f", 3)
    order = rng.permutation(values[value].ndim - 1)
    calls = [
        ("layers.Permute", (), {"dims": tuple(int(axis) + 1 for axis in each)}) for each in (order, np.argsort(order))
    ]
    return chain(program, at, value, calls)


def split_concatenate(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng, "f", 2)
    axis = int(chosen(rng, [axis for axis, size in enumerate(values[value].shape) if size > 1 and axis]))
    first = program.next_id()
    cut = Node(first, "ops.split", (value,), {"axis": axis, "indices_or_sections": [1]}, 2)
    glue = Node(first + 1, "layers.Concatenate", cut.names(), {"axis": axis})
    return program.rewired({value: glue.names()[0]}, after=at - 1).inserted(at, [cut, glue])


def unit_axis(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng, "f", 2)
    axis = int(rng.integers(1, values[value].ndim + 1))
    return chain(program, at, value, [("ops.expand_dims", (), {"axis": axis}), ("ops.squeeze", (), {"axis": axis})])


def same_shape(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng, "f", 2)
    return chain(program, at, value, [("layers.Reshape", (), {"target_shape": values[value].shape[1:]})])


def neutral_number(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng, "f", 2)
    op, number = chosen(rng, [("ops.add", 0.0), ("ops.multiply", 1.0), ("ops.divide", 1.0), ("ops.subtract", 0.0)])
    return chain(program, at, value, [(op, (numbers(number, "float32"),), {})])


def twice_negative(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng, "f", 2)
    return chain(program, at, value, [("ops.negative", (), {})] * 2)


def training_only(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng, "f", 2)
    call = chosen(rng, [("layers.Dropout", (), {"rate": 0.5}), ("layers.GaussianNoise", (), {"stddev": 0.1}),
                        ("layers.ActivityRegularization", (), {"l1": 0.1})])  # fmt: skip
    return chain(program, at, value, [call])


training_only.profile = "inference"  # type: ignore[attr-defined]  it is a different training


ALIKE: tuple[tuple[str, ...], ...] = (
    ("layers.Add", "ops.add", "ops.+"), ("layers.Subtract", "ops.subtract", "ops.-"), ("layers.Multiply", "ops.multiply", "ops.*"),
    ("layers.Maximum", "ops.maximum"), ("layers.Minimum", "ops.minimum"), ("layers.Concatenate", "ops.concatenate"),
    ("layers.Softmax", "ops.softmax"), ("layers.ELU", "ops.elu"), ("layers.LeakyReLU", "ops.leaky_relu"),
)  # fmt: skip


def other_name(program: Program, values: Values, rng: Random) -> Program:
    """A layer as a function, or the other way round."""
    found = [
        (node, names)
        for node in program.nodes
        for names in ALIKE
        if node.op in names and len(node.values()) == len(node.inputs)
    ]
    node, names = chosen(rng, found)
    if names[0] == "layers.LeakyReLU" and "negative_slope" not in node.settings:
        raise Unfit
    return program.replaced(replace(node, op=chosen(rng, [name for name in names if name != node.op])))


def activation_apart(program: Program, values: Values, rng: Random) -> Program:
    """An activation as a layer of its own."""
    found = [
        node
        for node in program.nodes
        if "activation" in node.settings
        and node.op.startswith(("layers.Dense", "layers.Conv", "layers.Depth", "layers.Sep"))
    ]
    node = chosen(
        rng, [node for node in found if "LSTM" not in node.op and "activity_regularizer" not in node.settings]
    )
    name = node.names()[0]
    apart = Node(
        program.next_id(),
        "layers.Activation",
        (name,),
        {
            "activation": node.settings["activation"],
            **({"dtype": node.settings["dtype"]} if "dtype" in node.settings else {}),
        },
    )
    at = program.nodes.index(node)
    wired = program.rewired({name: apart.names()[0]}, after=at)
    return wired.replaced(node.having(activation=None)).inserted(at + 1, [apart])


def other_end(program: Program, values: Values, rng: Random) -> Program:
    names = ("axis", "axis1", "axis2", "source", "destination")
    found = [
        (node, name)
        for node in program.nodes
        for name in names
        if isinstance(node.settings.get(name), int) and node.op not in {"ops.expand_dims", "ops.stack"}
    ]
    node, name = chosen(rng, found)
    rank, old = values[node.values()[0]].ndim, node.settings[name]
    return program.replaced(node.having(**{name: old - rank if old >= 0 else old + rank}))


DEFAULTS = {
    "layers.Dense": {"use_bias": True, "activation": "linear"}, "layers.Conv2D": {"padding": "valid", "strides": 1, "use_bias": True}, "layers.Conv1D": {"padding": "valid", "strides": 1},
    "layers.BatchNormalization": {"epsilon": 1e-3, "momentum": 0.99, "center": True, "scale": True, "axis": -1}, "layers.LayerNormalization": {"epsilon": 1e-3, "axis": -1, "center": True},
    "layers.LSTM": {"return_sequences": False, "activation": "tanh", "recurrent_activation": "sigmoid", "unit_forget_bias": True}, "layers.GRU": {"reset_after": True, "activation": "tanh"},
    "layers.MaxPooling2D": {"padding": "valid"}, "layers.AveragePooling2D": {"padding": "valid"}, "layers.Softmax": {"axis": -1}, "layers.Concatenate": {"axis": -1}, "layers.LeakyReLU": {"negative_slope": 0.3},
    "layers.ELU": {"alpha": 1.0}, "layers.ReLU": {"threshold": 0.0, "negative_slope": 0.0}, "layers.MultiHeadAttention": {"use_bias": True, "dropout": 0.0}, "layers.GroupNormalization": {"epsilon": 1e-3},
    "layers.UpSampling2D": {"interpolation": "nearest"}, "layers.Embedding": {"mask_zero": False}, "layers.Rescaling": {"offset": 0.0}, "layers.SimpleRNN": {"activation": "tanh"},
    "ops.mean": {"keepdims": False}, "ops.sum": {"keepdims": False}, "ops.argmax": {"keepdims": False}, "layers.Flatten": {"data_format": "channels_last"},
    "layers.Bidirectional/LSTM": {"merge_mode": "concat"}, "layers.Attention": {"use_scale": False, "score_mode": "dot"},
}  # fmt: skip


def said(program: Program, values: Values, rng: Random) -> Program:
    """A default that is written down."""
    found = [
        (node, name, value)
        for node in program.nodes
        for name, value in DEFAULTS.get(node.op, {}).items()
        if name not in node.settings
    ]
    node, name, value = chosen(rng, found)
    return program.replaced(node.having(**{name: value}))


def other_order(program: Program, values: Values, rng: Random) -> Program:
    names = {
        "layers.Add",
        "layers.Multiply",
        "layers.Average",
        "layers.Maximum",
        "layers.Minimum",
        "ops.add",
        "ops.multiply",
        "ops.maximum",
        "ops.+",
        "ops.*",
    }
    node = chosen(rng, [node for node in program.nodes if node.op in names and len(node.values()) == 2])
    return program.replaced(replace(node, inputs=tuple(reversed(node.inputs))))


def flat_reshape(program: Program, values: Values, rng: Random) -> Program:
    node = chosen(
        rng,
        [
            node
            for node in program.nodes
            if node.op == "layers.Flatten" and node.settings.get("data_format") != "channels_first"
        ],
    )
    return program.replaced(replace(node, op="layers.Reshape", settings={"target_shape": (-1,)}))


def as_transpose(program: Program, values: Values, rng: Random) -> Program:
    node = chosen(rng, [node for node in program.nodes if node.op == "layers.Permute"])
    return program.replaced(replace(node, op="ops.transpose", settings={"axes": [0, *node.settings["dims"]]}))


def dead(program: Program, values: Values, rng: Random) -> Program:
    return dead_call(program, values, rng, ["ops.relu", "ops.negative"])


REWRITINGS = (
    identity, permutes, split_concatenate, unit_axis, same_shape, neutral_number, twice_negative, training_only, other_name, other_name, activation_apart,
    activation_apart, other_end, said, said, other_order, flat_reshape, as_transpose, dead, computed_twice, reordered, renamed, typed_input,
)  # fmt: skip
