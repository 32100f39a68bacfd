"""Operators of ONNX in other words: written out, merged, or as functions of the file's own."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from differential.onnx_rewritings import chosen, numbers, opset
from differential.programs import Const, Node, Operand, Program, Unfit

Values = dict[str, np.ndarray]
Random = np.random.Generator
Steps = list[tuple[str, tuple[Operand, ...], dict]]


def number(value: float, dtype: str = "float32") -> Const:
    return numbers(value, dtype)


def spelled(program: Program, node: Node, steps: Steps) -> Program:
    """The calls in the place of one; "<" is what the last has given, "<2" the one before it, "x" what the first operand was."""
    if node.outputs > 1:
        raise Unfit
    first, made, names = program.next_id(), [], []
    for at, (op, operands, settings) in enumerate(steps):
        taken = {"x": node.inputs[0], **({f"<{back}": names[-back] for back in range(1, len(names) + 1)})}
        read = tuple(taken.get(each, each) if isinstance(each, str) else each for each in operands)
        identity = node.id if at == len(steps) - 1 else first + at
        made.append(Node(identity, op, read, settings))
        names.append(made[-1].names()[0])
    at = program.nodes.index(node)
    return replace(program, nodes=(*program.nodes[:at], *made, *program.nodes[at + 1 :]))


def one(program: Program, rng: Random, *ops: str) -> Node:
    return chosen(rng, [node for node in program.nodes if node.op in ops and isinstance(node.inputs[0], str)])


def plain(values: Values, node: Node) -> np.ndarray:
    """What it reads, of single precision."""
    array = values[node.inputs[0]]
    if array.dtype != "float32":
        raise Unfit
    return array


FORMULAS: dict[str, Callable[[dict], Steps]] = {
    "Relu": lambda _: [("Max", ("x", number(0.0)), {})],
    "Sigmoid": lambda _: [("Neg", ("x",), {}), ("Exp", ("<1",), {}), ("Add", ("<1", number(1.0)), {}), ("Reciprocal", ("<1",), {})],
    "Softsign": lambda _: [("Abs", ("x",), {}), ("Add", ("<1", number(1.0)), {}), ("Div", ("x", "<1"), {})],
    "Softplus": lambda _: [("Exp", ("x",), {}), ("Add", ("<1", number(1.0)), {}), ("Log", ("<1",), {})],
    "HardSwish": lambda _: [("HardSigmoid", ("x",), {"alpha": 1 / 6, "beta": 0.5}), ("Mul", ("x", "<1"), {})],
    "Mish": lambda _: [("Softplus", ("x",), {}), ("Tanh", ("<1",), {}), ("Mul", ("x", "<1"), {})],
    "Reciprocal": lambda _: [("Pow", ("x", number(-1.0)), {})],
    "Sqrt": lambda _: [("Pow", ("x", number(0.5)), {})],
    "Neg": lambda _: [("Mul", ("x", number(-1.0)), {})],
    "Abs": lambda _: [("Neg", ("x",), {}), ("Max", ("x", "<1"), {})],
    "LeakyRelu": lambda s: [("Mul", ("x", number(s.get("alpha", 0.01))), {}), ("Max" if s.get("alpha", 0.01) < 1 else "Min", ("x", "<1"), {})],
    "HardSigmoid": lambda s: [("Mul", ("x", number(s.get("alpha", 0.2))), {}), ("Add", ("<1", number(s.get("beta", 0.5))), {}), ("Max", ("<1", number(0.0)), {}), ("Min", ("<1", number(1.0)), {})],
    "Gelu": lambda s: [("Mul", ("x", number(0.5**0.5)), {}), ("Erf", ("<1",), {}), ("Add", ("<1", number(1.0)), {}), ("Mul", ("x", "<1"), {}), ("Mul", ("<1", number(0.5)), {})] if s.get("approximate", "none") == "none" else [],
    "Swish": lambda s: [("Mul", ("x", number(s.get("alpha", 1.0))), {}), ("Sigmoid", ("<1",), {}), ("Mul", ("x", "<1"), {})],
}  # fmt: skip


def by_formula(program: Program, values: Values, rng: Random) -> Program:
    node = one(program, rng, *FORMULAS)
    plain(values, node)
    steps = FORMULAS[node.op](node.settings)
    if not steps:
        raise Unfit
    return spelled(program, node, steps)


def other_arithmetic(program: Program, values: Values, rng: Random) -> Program:
    """A difference as a sum, a quotient by a number as a product, a square as a power."""
    node = one(program, rng, "Sub", "Div", "Mul", "Pow", "Clip")
    plain(values, node)
    second = node.inputs[1] if len(node.inputs) > 1 else None
    scalar = isinstance(second, Const) and second.values is not None and len(second.values) == 1 and not second.shape
    if node.op == "Sub" and isinstance(second, str):
        return spelled(program, node, [("Neg", (second,), {}), ("Add", ("x", "<1"), {})])
    if node.op == "Sub" and scalar:
        return spelled(program, node, [("Add", ("x", number(-second.values[0])), {})])
    if node.op == "Div" and scalar and second.values[0] in {0.5, 2.0, -1.0, 0.25}:
        return spelled(program, node, [("Mul", ("x", number(1 / second.values[0])), {})])
    if node.op == "Mul" and node.inputs[0] == second:
        return spelled(program, node, [("Pow", ("x", number(2.0)), {})])
    if node.op == "Pow" and scalar and second.values[0] == 2.0:
        return spelled(program, node, [("Mul", ("x", "x"), {})])
    if node.op == "Clip":
        low, high = (node.inputs[at] if len(node.inputs) > at else None for at in (1, 2))
        return spelled(
            program,
            node,
            [
                (op, ("<1" if at else "x", bound), {})
                for at, (op, bound) in enumerate(
                    [each for each in (("Max", low), ("Min", high)) if each[1] is not None]
                )
            ],
        )
    raise Unfit


def as_reshape(program: Program, values: Values, rng: Random) -> Program:
    """What changes a shape alone, as a Reshape."""
    node = one(program, rng, "Flatten", "Flatten/9", "Squeeze", "Unsqueeze", "Squeeze/a", "Unsqueeze/a")
    shape = list(values[node.names()[0]].shape)
    if program.options.get("free"):
        if node.op.startswith("Flatten") and node.settings.get("axis", 1) == 1:
            shape[0], shape[1] = 0, -1
        else:
            raise Unfit
    return spelled(program, node, [("Reshape" if opset(program) >= 14 else "Reshape/5", ("x", numbers(shape)), {})])


def as_matmul(program: Program, values: Values, rng: Random) -> Program:
    """A Gemm as a product and a sum."""
    node = one(program, rng, "Gemm")
    if (
        any(node.settings.get(name) for name in ("transA", "transB"))
        or node.settings.get("alpha", 1.0) != 1.0
        or node.settings.get("beta", 1.0) != 1.0
    ):
        raise Unfit
    steps: Steps = [("MatMul", ("x", node.inputs[1]), {})]
    if len(node.inputs) > 2:
        steps.append(("Add", ("<1", node.inputs[2]), {}))
    return spelled(program, node, steps)


def as_mean(program: Program, values: Values, rng: Random) -> Program:
    """A global pooling as a reduction."""
    node = one(program, rng, "GlobalAveragePool", "GlobalMaxPool")
    axes = list(range(2, values[node.inputs[0]].ndim))
    name = "ReduceMean" if node.op == "GlobalAveragePool" else "ReduceMax"
    if opset(program) >= 18:
        return spelled(program, node, [(name, ("x", numbers(axes)), {"keepdims": 1})])
    return spelled(program, node, [(f"{name}/a", ("x",), {"axes": axes, "keepdims": 1})])


def bias_apart(program: Program, values: Values, rng: Random) -> Program:
    """The bias of a convolution, added afterwards."""
    node = one(program, rng, "Conv", "Conv/again", "ConvTranspose")
    if len(node.inputs) < 3 or not isinstance(node.inputs[2], Const):
        raise Unfit
    bias = node.inputs[2]
    shaped = replace(bias, shape=(*bias.shape, *(1 for _ in range(values[node.inputs[0]].ndim - 2))))
    return spelled(program, node, [(node.op, (*node.inputs[:2],), dict(node.settings)), ("Add", ("<1", shaped), {})])


def padding_apart(program: Program, values: Values, rng: Random) -> Program:
    """The padding of a convolution as a layer before it."""
    node = one(program, rng, "Conv", "Conv/again")
    pads, half = node.settings.get("pads"), values[node.inputs[0]].ndim - 2
    if not pads or opset(program) < 11:
        raise Unfit
    widths = [0, 0, *pads[:half], 0, 0, *pads[half:]]
    rest = {name: value for name, value in node.settings.items() if name != "pads"}
    return spelled(program, node, [("Pad", ("x", numbers(widths)), {}), (node.op, ("<1", *node.inputs[1:]), rest)])


def named_padding(program: Program, values: Values, rng: Random) -> Program:
    """Padding by name as numbers."""
    node = one(program, rng, "Conv", "Conv/again", "MaxPool", "AveragePool", "AveragePool/10")
    mode, shape = node.settings.get("auto_pad"), values[node.inputs[0]].shape[2:]
    if mode not in {"SAME_UPPER", "SAME_LOWER", "VALID"}:
        raise Unfit
    kernel = node.settings.get("kernel_shape") or list(node.inputs[1].shape[2:])
    steps, gaps = (node.settings.get(name) or [1] * len(shape) for name in ("strides", "dilations"))
    begins, ends = [], []
    for size, width, step, gap in zip(shape, kernel, steps, gaps, strict=True):
        total = 0 if mode == "VALID" else max((-(-size // step) - 1) * step + (width - 1) * gap + 1 - size, 0)
        less, more = total // 2, total - total // 2
        begins.append(less if mode != "SAME_LOWER" else more)
        ends.append(more if mode != "SAME_LOWER" else less)
    return program.replaced(node.having(auto_pad=None, pads=[*begins, *ends], ceil_mode=None))


def as_softmax_parts(program: Program, values: Values, rng: Random) -> Program:
    """A softmax as exponentials and their sum, as exporters of old wrote it."""
    node = one(program, rng, "Softmax")
    plain(values, node)
    axis = node.settings.get("axis", -1)
    total = ("ReduceSum", ("<1", numbers([axis])), {"keepdims": 1})
    return spelled(program, node, [("Exp", ("x",), {}), total, ("Div", ("<2", "<1"), {})])


def as_norm_parts(program: Program, values: Values, rng: Random) -> Program:
    """A layer normalisation written out."""
    node = one(program, rng, "LayerNormalization")
    rank = plain(values, node).ndim
    axis = node.settings.get("axis", -1) % rank
    axes = list(range(axis, rank))
    mean = (
        ("ReduceMean", ("x", numbers(axes)), {"keepdims": 1})
        if opset(program) >= 18
        else ("ReduceMean/a", ("x",), {"axes": axes, "keepdims": 1})
    )
    again = (
        ("ReduceMean", ("<1", numbers(axes)), {"keepdims": 1})
        if opset(program) >= 18
        else ("ReduceMean/a", ("<1",), {"axes": axes, "keepdims": 1})
    )
    steps: Steps = [mean, ("Sub", ("x", "<1"), {}), ("Pow", ("<1", number(2.0)), {}), again, ("Add", ("<1", number(node.settings.get("epsilon", 1e-5))), {}),
                    ("Sqrt", ("<1",), {}), ("Div", ("<5", "<1"), {}), ("Mul", ("<1", node.inputs[1]), {})]  # fmt: skip
    if len(node.inputs) > 2:
        steps.append(("Add", ("<1", node.inputs[2]), {}))
    return spelled(program, node, steps)


def as_function(program: Program, values: Values, rng: Random) -> Program:
    """A call within a function of the file's own."""
    from differential.onnx_source import TABLE

    found = [node for node in program.nodes if not TABLE[node.op].more.get("domain") and None not in node.inputs]
    return program.replaced(chosen(rng, found).having(within=opset(program)))


def turned_weight(program: Program, values: Values, rng: Random) -> Program:
    """A weight that is stored turned, and turned back before it is used."""
    found = [(node, at) for node in program.nodes for at, each in enumerate(node.inputs)
             if isinstance(each, Const) and each.is_weight and len(each.shape) == 2 and at]  # fmt: skip
    node, at = chosen(rng, found)
    weight = node.inputs[at]
    if node.op == "MatMul" and 1 in weight.shape:
        flat = replace(weight, shape=weight.shape[::-1], place="initializer")
        turn = Node(program.next_id(), "Transpose", (flat,), {"perm": [1, 0]})
        return program.replaced(node.reading(at, turn.names()[0])).inserted(program.nodes.index(node), [turn])
    raise Unfit


def gathered_slice(program: Program, values: Values, rng: Random) -> Program:
    """One place of an axis, cut out and squeezed."""
    node = one(program, rng, "Gather")
    second = node.inputs[1]
    if not isinstance(second, Const) or second.shape or opset(program) < 13:
        raise Unfit
    at, axis = second.values[0], node.settings.get("axis", 0)
    end = at + 1 if at != -1 else 1 << 31
    return spelled(
        program,
        node,
        [
            ("Slice", ("x", numbers([at]), numbers([end]), numbers([axis])), {}),
            ("Squeeze", ("<1", numbers([axis])), {}),
        ],
    )


def two_transposes(program: Program, values: Values, rng: Random) -> Program:
    """An order of axes in two steps."""
    node = one(program, rng, "Transpose")
    perm = node.settings.get("perm") or list(range(values[node.inputs[0]].ndim))[::-1]
    first = rng.permutation(len(perm))
    second = [int(np.argwhere(first == axis)[0, 0]) for axis in perm]
    return spelled(
        program, node, [("Transpose", ("x",), {"perm": first.tolist()}), ("Transpose", ("<1",), {"perm": second})]
    )


WRITTEN_OUT = (
    by_formula, by_formula, other_arithmetic, as_reshape, as_matmul, as_mean, bias_apart, padding_apart, named_padding, as_softmax_parts, as_norm_parts,
    as_function, turned_weight, gathered_slice, two_transposes,
)  # fmt: skip
