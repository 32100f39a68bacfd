"""PyTorch in other words: modules as functions of parameters, functions written out."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from differential.onnx_rewritings import chosen, numbers
from differential.onnx_written_out import Steps, spelled
from differential.programs import Const, Node, Program, Unfit

Values = dict[str, np.ndarray]
Random = np.random.Generator


def parameter(node: Node, at: int, *shape: int) -> Const:
    """The parameter of a place in a module."""
    return Const("float32", shape, seed=node.seed + at)


def one(program: Program, rng: Random, *ops: str) -> Node:
    found = [
        node
        for node in program.nodes
        if node.op in ops and isinstance(node.inputs[0], str) and "frozen" not in node.settings
    ]
    node = chosen(rng, found)
    if sum(other.seed == node.seed for other in program.nodes) > 1:
        raise Unfit
    return node


def single(values: Values, node: Node) -> np.ndarray:
    array = values[node.inputs[0]]
    if array.dtype != "float32":
        raise Unfit
    return array


def as_linear(program: Program, values: Values, rng: Random) -> Program:
    node = one(program, rng, "nn.Linear")
    wide, made = node.settings["in_features"], node.settings["out_features"]
    bias = (parameter(node, 1, made),) if node.settings.get("bias", True) else ()
    return spelled(program, node, [("F.linear", ("x", parameter(node, 0, made, wide), *bias), {})])


def as_product(program: Program, values: Values, rng: Random) -> Program:
    """A product with the transposed weight, and a sum."""
    node = one(program, rng, "nn.Linear")
    wide, made = node.settings["in_features"], node.settings["out_features"]
    steps: Steps = [("torch.t", (parameter(node, 0, made, wide),), {}), ("torch.matmul", ("x", "<1"), {})]
    if node.settings.get("bias", True):
        steps.append(("torch.add", ("<1", parameter(node, 1, made)), {}))
    return spelled(program, node, steps)


def as_convolution(program: Program, values: Values, rng: Random) -> Program:
    node = one(program, rng, "nn.Conv1d", "nn.Conv2d")
    settings, rank = node.settings, int(node.op[-2])
    if settings.get("padding_mode", "zeros") != "zeros":
        raise Unfit
    size = settings["kernel_size"] if isinstance(settings["kernel_size"], tuple) else (settings["kernel_size"],) * rank
    made = settings["out_channels"]
    weight = parameter(node, 0, made, settings["in_channels"] // settings.get("groups", 1), *size)
    bias = (parameter(node, 1, made),) if settings.get("bias", True) else ()
    kept = {name: value for name, value in settings.items() if name in {"stride", "padding", "dilation", "groups"}}
    return spelled(program, node, [(f"F.conv{rank}d", ("x", weight, *bias), kept)])


def as_norm(program: Program, values: Values, rng: Random) -> Program:
    node = one(program, rng, "nn.LayerNorm")
    settings = node.settings
    if settings.get("elementwise_affine", True) is False or settings.get("bias", True) is False:
        raise Unfit
    shape = settings["normalized_shape"]
    weights = (parameter(node, 0, *shape), parameter(node, 1, *shape))
    return spelled(
        program,
        node,
        [
            (
                "F.layer_norm",
                ("x", *weights),
                {"normalized_shape": shape, **({"eps": settings["eps"]} if "eps" in settings else {})},
            )
        ],
    )


def as_embedding(program: Program, values: Values, rng: Random) -> Program:
    node = one(program, rng, "nn.Embedding")
    if node.settings.get("max_norm") or node.settings.get("padding_idx") is not None:
        raise Unfit
    return spelled(
        program,
        node,
        [
            (
                "F.embedding",
                ("x", parameter(node, 0, node.settings["num_embeddings"], node.settings["embedding_dim"])),
                {},
            )
        ],
    )


def number(value: float) -> Const:
    return numbers(value, "float32")


FORMULAS: dict[str, Callable[[dict], Steps]] = {
    "nn.SiLU": lambda _: [("torch.sigmoid", ("x",), {}), ("torch.mul", ("x", "<1"), {})],
    "F.silu": lambda _: [("torch.sigmoid", ("x",), {}), ("*", ("x", "<1"), {})],
    "nn.ReLU": lambda _: [("torch.clamp", ("x",), {"min": 0.0})],
    "torch.relu": lambda _: [("torch.clamp_min", ("x",), {"min": 0.0})],
    "F.relu6": lambda _: [("torch.clamp", ("x",), {"min": 0.0, "max": 6.0})],
    "nn.Softsign": lambda _: [("torch.abs", ("x",), {}), ("torch.add", ("<1", number(1.0)), {}), ("torch.div", ("x", "<1"), {})],
    "nn.Tanhshrink": lambda _: [("torch.tanh", ("x",), {}), ("torch.sub", ("x", "<1"), {})],
    "F.mish": lambda _: [("F.softplus", ("x",), {}), ("torch.tanh", ("<1",), {}), ("torch.mul", ("x", "<1"), {})],
    "nn.Hardswish": lambda _: [("F.hardsigmoid", ("x",), {}), ("torch.mul", ("x", "<1"), {})],
    "torch.square": lambda _: [("torch.mul", ("x", "x"), {})],
    "torch.rsqrt": lambda _: [("torch.sqrt", ("x",), {}), ("torch.reciprocal", ("<1",), {})],
    "torch.neg": lambda _: [("torch.mul", ("x", number(-1.0)), {})],
    "torch.log1p": lambda _: [("torch.add", ("x", number(1.0)), {}), ("torch.log", ("<1",), {})],
    "nn.GELU": lambda s: [] if s else [("torch.div", ("x", number(2**0.5)), {}), ("torch.erf", ("<1",), {}), ("torch.add", ("<1", number(1.0)), {}), ("torch.mul", ("x", "<1"), {}), ("torch.mul", ("<1", number(0.5)), {})],
    "nn.LogSoftmax": lambda s: [("F.softmax", ("x",), s), ("torch.log", ("<1",), {})],
    "nn.Softmin": lambda s: [("torch.neg", ("x",), {}), ("F.softmax", ("<1",), s)],
    "torch.std": lambda s: [("torch.var", ("x",), s), ("torch.sqrt", ("<1",), {})],
    "torch.logsumexp": lambda s: [("torch.exp", ("x",), {}), ("torch.sum", ("<1",), s), ("torch.log", ("<1",), {})],
    "torch.mean/all": lambda _: [("torch.flatten", ("x",), {}), ("torch.mean", ("<1",), {"dim": 0})],
    "torch.tile": lambda s: [(".repeat", ("x",), {"sizes": s["dims"]})],
    "torch.movedim": lambda s: [] if abs(s["source"] - s["destination"]) != 1 else [("torch.transpose", ("x",), {"dim0": s["source"], "dim1": s["destination"]})],
    "torch.narrow": lambda s: [(".index_select", ("x", numbers(list(range(s["length"])))), {"dim": s["dim"]})],
}  # fmt: skip


def by_formula(program: Program, values: Values, rng: Random) -> Program:
    node = one(program, rng, *FORMULAS)
    single(values, node)
    steps = FORMULAS[node.op](dict(node.settings))
    if not steps:
        raise Unfit
    return spelled(program, node, steps)


def two_permutes(program: Program, values: Values, rng: Random) -> Program:
    node = one(program, rng, "torch.permute", ".permute")
    dims = node.settings["dims"]
    first = tuple(int(each) for each in rng.permutation(len(dims)))
    second = tuple(first.index(axis % len(dims)) for axis in dims)
    return spelled(program, node, [(".permute", ("x",), {"dims": first}), (".permute", ("<1",), {"dims": second})])


def pooled_mean(program: Program, values: Values, rng: Random) -> Program:
    """A pooling to one element as a mean."""
    node = one(program, rng, "nn.AdaptiveAvgPool1d", "nn.AdaptiveAvgPool2d", "F.adaptive_avg_pool2d")
    size = node.settings["output_size"]
    if set(size if isinstance(size, tuple) else (size,)) != {1}:
        raise Unfit
    dims = tuple(range(2, single(values, node).ndim))
    return spelled(program, node, [("torch.mean", ("x",), {"dim": dims, "keepdim": True})])


def causal(program: Program, values: Values, rng: Random) -> Program:
    """The causal flag as a mask."""
    node = one(program, rng, "F.scaled_dot_product_attention")
    if not node.settings.get("is_causal") or len(node.inputs) != 3:
        raise Unfit
    rows, columns = single(values, node).shape[-2], values[node.inputs[1]].shape[-2]
    mask = numbers(np.tril(np.ones((rows, columns))), "bool")
    return program.replaced(replace(node.having(is_causal=None), inputs=(*node.inputs, mask)))


TORCH_WRITTEN_OUT = (
    as_linear,
    as_product,
    as_convolution,
    as_norm,
    as_embedding,
    by_formula,
    by_formula,
    two_permutes,
    pooled_mean,
    causal,
)
