"""Other ways to write a PyTorch module that change nothing."""

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
    at, value = somewhere(program, values, rng, "fib")
    return chain(program, at, value, [(chosen(rng, ["nn.Identity", "torch.clone"]), (), {})])


def transposes(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng, "fib", 2)
    order = rng.permutation(values[value].ndim)
    calls = [(".permute", (), {"dims": tuple(int(axis) for axis in each)}) for each in (order, np.argsort(order))]
    return chain(program, at, value, calls)


def split_cat(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng, "f", 1)
    axis = int(chosen(rng, [axis for axis, size in enumerate(values[value].shape) if size > 1]))
    first = program.next_id()
    cut = Node(first, "torch.chunk", (value,), {"dim": axis, "chunks": 2}, 2)
    glue = Node(first + 1, "torch.cat", cut.names(), {"dim": axis})
    return program.rewired({value: glue.names()[0]}, after=at - 1).inserted(at, [cut, glue])


def unit_axis(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng)
    axis = int(rng.integers(values[value].ndim + 1))
    return chain(program, at, value, [("torch.unsqueeze", (), {"dim": axis}), ("torch.squeeze", (), {"dim": axis})])


def same_shape(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng, "f", 1)
    return chain(program, at, value, [("torch.reshape", (), {"shape": values[value].shape})])


def neutral_number(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng)
    op, number = chosen(
        rng, [("torch.add", 0.0), ("torch.mul", 1.0), ("torch.div", 1.0), ("torch.sub", 0.0), ("torch.pow", 1.0)]
    )
    return chain(program, at, value, [(op, (numbers(number, "float32"),), {})])


def twice_negative(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng)
    return chain(program, at, value, [("torch.neg", (), {})] * 2)


def dropout(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng)
    return chain(program, at, value, [("F.dropout", (), {"p": 0.5, "training": False})])


dropout.profile = "inference"  # type: ignore[attr-defined]  a dropout more is a different training


def no_move(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng, "f", 2)
    rank = values[value].ndim
    call = chosen(rng, [
        ("F.pad", (), {"pad": (0, 0)}), ("torch.roll", (), {"shifts": 0, "dims": 0}), ("[]", (), {"index": ":"}), ("[]", (), {"index": "..."}),
        ("torch.tile", (), {"dims": (1,) * rank}), (".repeat", (), {"sizes": (1,) * rank}), (".expand", (), {"sizes": (-1,) * rank}),
        ("torch.repeat_interleave", (), {"repeats": 1, "dim": 0}), ("torch.transpose", (), {"dim0": 1, "dim1": 1}),
        ("torch.flatten", (), {"start_dim": rank - 1}), (".to", (), {"dtype": "torch.float32"}),
    ])  # fmt: skip
    if values[value].dtype != "float32":
        raise Unfit
    return chain(program, at, value, [call])


ALIKE: tuple[tuple[str, ...], ...] = (
    ("nn.ReLU", "F.relu", "torch.relu"), ("nn.ReLU6", "F.relu6"), ("nn.Sigmoid", "torch.sigmoid"), ("nn.Tanh", "torch.tanh"), ("nn.SiLU", "F.silu"),
    ("nn.Mish", "F.mish"), ("nn.SELU", "F.selu"), ("nn.Softsign", "F.softsign"), ("nn.Hardsigmoid", "F.hardsigmoid"), ("nn.Hardswish", "F.hardswish"),
    ("nn.LogSigmoid", "F.logsigmoid"), ("nn.Tanhshrink", "F.tanhshrink"), ("nn.GELU", "F.gelu"), ("nn.LeakyReLU", "F.leaky_relu"), ("nn.ELU", "F.elu"),
    ("nn.CELU", "F.celu"), ("nn.Softplus", "F.softplus"), ("nn.Hardtanh", "F.hardtanh"), ("nn.Threshold", "F.threshold"), ("nn.Softmax", "F.softmax"),
    ("nn.LogSoftmax", "F.log_softmax"), ("nn.Softmin", "F.softmin"), ("nn.GLU", "F.glu"), ("nn.Flatten", "torch.flatten"), ("torch.add", "+"), ("torch.sub", "-"),
    ("torch.mul", "*"), ("torch.div", "/"), ("torch.matmul", "@"), ("torch.permute", ".permute"), ("torch.reshape", ".view"), ("nn.MaxPool2d", "F.max_pool2d"),
    ("nn.AvgPool2d", "F.avg_pool2d"), ("nn.AdaptiveAvgPool2d", "F.adaptive_avg_pool2d"), ("nn.Upsample", "F.interpolate"), ("nn.PixelShuffle", "F.pixel_shuffle"),
    ("torch.bmm", "@"), ("nn.Unfold", "F.unfold"),
)  # fmt: skip


def other_name(program: Program, values: Values, rng: Random) -> Program:
    """The same under the name of a module, a function or an operator."""
    found = [(node, names) for node in program.nodes for names in ALIKE if node.op in names]
    node, names = chosen(rng, found)
    other = chosen(rng, [name for name in names if name != node.op])
    settings = dict(node.settings)
    if names[0] == "nn.Flatten":
        settings.setdefault("start_dim", 1 if node.op == "nn.Flatten" else 0)
    return program.replaced(replace(node, op=other, settings=settings))


AXES = ("dim", "dim0", "dim1", "axis0", "axis1", "dims", "source", "destination", "start_dim")


def other_end(program: Program, values: Values, rng: Random) -> Program:
    found = [(node, name) for node in program.nodes for name in AXES
             if name in node.settings and node.op not in {"torch.unsqueeze", "torch.stack", "torch.tile"}]  # fmt: skip
    node, name = chosen(rng, found)
    rank, old = values[node.values()[0]].ndim, node.settings[name]
    turned = tuple(each - rank if each >= 0 else each + rank for each in (old if isinstance(old, tuple) else (old,)))
    return program.replaced(node.having(**{name: turned if isinstance(old, tuple) else turned[0]}))


def as_permute(program: Program, values: Values, rng: Random) -> Program:
    """A transposition of two axes as an order of all."""
    node = chosen(rng, [node for node in program.nodes if node.op in {"torch.transpose", "torch.swapaxes", ".mT"}])
    rank = values[node.values()[0]].ndim
    one, other = tuple(node.settings.values()) or (-1, -2)
    order = list(range(rank))
    order[one], order[other] = order[other], order[one]
    return program.replaced(replace(node, op=".permute", settings={"dims": tuple(order)}))


def other_order(program: Program, values: Values, rng: Random) -> Program:
    names = {
        "torch.add",
        "torch.mul",
        "torch.maximum",
        "torch.minimum",
        "+",
        "*",
        "torch.logaddexp",
        "torch.hypot",
        "torch.eq",
        "torch.ne",
    }
    node = chosen(rng, [node for node in program.nodes if node.op in names and len(node.values()) == 2])
    return program.replaced(replace(node, inputs=tuple(reversed(node.inputs))))


DEFAULTS = {
    "nn.Conv2d": {"stride": 1, "padding": 0, "dilation": 1, "padding_mode": "zeros"}, "nn.Conv1d": {"stride": 1, "padding": 0}, "nn.Linear": {"bias": True},
    "nn.BatchNorm2d": {"eps": 1e-5, "momentum": 0.1, "affine": True}, "nn.BatchNorm1d": {"eps": 1e-5, "affine": True}, "nn.LayerNorm": {"eps": 1e-5, "elementwise_affine": True, "bias": True},
    "nn.GroupNorm": {"eps": 1e-5, "affine": True}, "nn.LSTM": {"num_layers": 1, "bias": True, "batch_first": False, "bidirectional": False, "dropout": 0.0},
    "nn.GRU": {"num_layers": 1, "bias": True, "batch_first": False}, "nn.RNN": {"nonlinearity": "tanh", "batch_first": False}, "nn.MaxPool2d": {"padding": 0, "ceil_mode": False, "dilation": 1},
    "nn.AvgPool2d": {"padding": 0, "count_include_pad": True}, "nn.GELU": {"approximate": "none"}, "nn.LeakyReLU": {"negative_slope": 0.01}, "nn.ELU": {"alpha": 1.0},
    "nn.MultiheadAttention": {"batch_first": False, "bias": True, "dropout": 0.0, "add_zero_attn": False}, "nn.InstanceNorm2d": {"affine": False, "track_running_stats": False},
    "nn.PReLU": {}, "nn.Softplus": {"beta": 1.0, "threshold": 20.0}, "torch.mean": {"keepdim": False}, "torch.sum": {"keepdim": False}, "torch.argmax": {"keepdim": False},
    "F.softmax": {}, "torch.std": {"correction": 1}, "torch.var": {"correction": 1}, "torch.topk": {"largest": True, "sorted": True}, "torch.sort": {"descending": False},
    "F.gelu": {"approximate": "none"}, "nn.Embedding": {}, "nn.Hardtanh": {"min_val": -1.0, "max_val": 1.0}, "F.normalize": {"p": 2.0, "eps": 1e-12},
    "nn.TransformerEncoderLayer": {"norm_first": False, "activation": "relu", "layer_norm_eps": 1e-5, "dropout": 0.1}, "nn.Flatten": {"start_dim": 1, "end_dim": -1},
    "torch.flatten": {"start_dim": 0, "end_dim": -1}, "nn.LocalResponseNorm": {"alpha": 1e-4, "beta": 0.75, "k": 1.0}, "F.scaled_dot_product_attention": {"dropout_p": 0.0, "is_causal": False},
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


def dead(program: Program, values: Values, rng: Random) -> Program:
    return dead_call(program, values, rng, ["torch.relu", "torch.neg", "torch.sigmoid"])


REWRITINGS = (
    identity, transposes, split_cat, unit_axis, same_shape, neutral_number, twice_negative, dropout, no_move, other_name, other_name, other_end, as_permute,
    other_order, said, said, dead, computed_twice, reordered, renamed, typed_input,
)  # fmt: skip
