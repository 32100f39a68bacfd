"""Other ways to write an ONNX graph down that change nothing."""

from dataclasses import replace

import numpy as np
from differential.programs import Const, Node, Operand, Program, Unfit, draws_lots

Values = dict[str, np.ndarray]
Random = np.random.Generator


def chosen(rng: Random, choices: list) -> object:
    if not choices:
        raise Unfit
    return choices[int(rng.integers(len(choices)))]


def numbers(values: object, dtype: str = "int64") -> Const:
    array = np.array(values, dtype)
    return Const(dtype, array.shape, tuple(array.reshape(-1).tolist()))


def places(program: Program) -> list[tuple[int, str]]:
    """Each value and the place behind what gives it."""
    found = [(0, each.name) for each in program.inputs]
    return found + [(at + 1, name) for at, node in enumerate(program.nodes) for name in node.names()]


def opset(program: Program) -> int:
    return program.options.get("opset", 18)


def chain(program: Program, at: int, value: str, calls: list[tuple], outputs: str = "") -> Program:
    """The calls, one after the other, between a value and all that reads it behind a place."""
    first, nodes, last = program.next_id(), [], value
    for step, (op, operands, settings) in enumerate(calls):
        nodes.append(Node(first + step, op, (last, *operands), settings))
        last = nodes[-1].names()[0]
    wired = program.rewired({value: last}, after=at - 1)
    if wired == program:
        raise Unfit
    return wired.inserted(at, nodes)


def somewhere(program: Program, values: Values, rng: Random, kinds: str = "f", least: int = 0) -> tuple[int, str]:
    return chosen(rng, [(at, name) for at, name in places(program)
                        if values[name].dtype.kind in kinds and values[name].ndim >= least and values[name].dtype != "float64"])  # fmt: skip


def axes_text(program: Program, axes: list[int]) -> tuple[tuple[Operand, ...], dict, str]:
    """Axes as the operator set takes them: an operand, or a setting."""
    return ((numbers(axes),), {}, "") if opset(program) >= 13 else ((), {"axes": axes}, "/a")


def identity(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng, "fiub")
    return chain(program, at, value, [("Identity", (), {})] * int(rng.integers(1, 3)))


def transposes(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng, "fiub", 2)
    order = rng.permutation(values[value].ndim)
    back = np.argsort(order)
    return chain(
        program, at, value, [("Transpose", (), {"perm": order.tolist()}), ("Transpose", (), {"perm": back.tolist()})]
    )


def split_concat(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng, "f", 1)
    shape = values[value].shape
    axis = int(
        chosen(
            rng,
            [axis for axis, size in enumerate(shape) if size > 1 and not (axis == 0 and program.options.get("free"))],
        )
    )
    sizes, first = [1, shape[axis] - 1], program.next_id()
    new = opset(program) >= 13
    cut = Node(first, "Split" if new else "Split/a", (value, numbers(sizes)) if new else (value,),
               {"axis": axis} if new else {"axis": axis, "split": sizes}, 2)  # fmt: skip
    glue = Node(first + 1, "Concat", cut.names(), {"axis": axis})
    return program.rewired({value: glue.names()[0]}, after=at - 1).inserted(at, [cut, glue])


def unit_axis(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng)
    if values[value].ndim > 4:
        raise Unfit
    operands, settings, form = axes_text(program, [int(rng.integers(values[value].ndim + 1))])
    return chain(program, at, value, [(f"Unsqueeze{form}", operands, settings), (f"Squeeze{form}", operands, settings)])


def same_shape(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng, "f", 1)
    shape = list(values[value].shape)
    if program.options.get("free") or rng.random() < 0.3:
        shape = [0] * len(shape)
    return chain(program, at, value, [("Reshape" if opset(program) >= 14 else "Reshape/5", (numbers(shape),), {})])


def neutral_number(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng)
    op, number = chosen(rng, [("Add", 0.0), ("Mul", 1.0), ("Div", 1.0), ("Sub", 0.0), ("Pow", 1.0)])
    return chain(program, at, value, [(op, (numbers(number, str(values[value].dtype)),), {})])


def twice_negative(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng)
    return chain(program, at, value, [("Neg", (), {})] * 2)


def same_cast(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng)
    return chain(program, at, value, [("Cast", (), {"to": 1 if values[value].dtype == "float32" else 11})])


def whole_slice(program: Program, values: Values, rng: Random) -> Program:
    if opset(program) < 10:
        raise Unfit
    at, value = somewhere(program, values, rng, "f", 1)
    axis = int(rng.integers(values[value].ndim))
    return chain(program, at, value, [("Slice", (numbers([0]), numbers([1 << 62]), numbers([axis])), {})])


def no_padding(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng, "f", 1)
    pads = [0] * (2 * values[value].ndim)
    call = ("Pad", (numbers(pads),), {}) if opset(program) >= 11 else ("Pad/a", (), {"pads": pads})
    return chain(program, at, value, [call])


def one_expand(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng, "f", 1)
    if opset(program) < 8:
        raise Unfit
    return chain(program, at, value, [("Expand", (numbers([1] * values[value].ndim),), {})])


def one_tile(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng, "f", 1)
    return chain(program, at, value, [("Tile", (numbers([1] * values[value].ndim),), {})])


def dropout(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng)
    call = ("Dropout/12", (numbers(0.5, "float32"),), {}) if opset(program) >= 12 else ("Dropout", (), {"ratio": 0.5})
    return chain(program, at, value, [call])


def one_operand(program: Program, values: Values, rng: Random) -> Program:
    at, value = somewhere(program, values, rng)
    if opset(program) < 8:
        raise Unfit
    return chain(program, at, value, [(chosen(rng, ["Max/1", "Sum/1", "Mean/1", "Min/1"]), (), {})])


def stored_elsewhere(program: Program, values: Values, rng: Random) -> Program:
    """A stored tensor as the output of a Constant node, or of an Identity."""
    found = [(node, at) for node in program.nodes for at, each in enumerate(node.inputs)
             if isinstance(each, Const) and each.place == "initializer"]  # fmt: skip
    node, at = chosen(rng, found)
    return program.replaced(node.reading(at, replace(node.inputs[at], place=chosen(rng, ["constant", "identity"]))))


def other_end(program: Program, values: Values, rng: Random) -> Program:
    """An axis counted from the other end."""
    found = [(node, name) for node in program.nodes for name in ("axis", "axes") if name in node.settings]
    node, name = chosen(rng, found)
    if (
        opset(program) < 13
        or not node.values()
        or node.op.startswith(("OneHot", "Unsqueeze", "Flatten", "Gather/table", "LayerNorm", "RMS", "Simpl"))
    ):
        raise Unfit
    rank, old = values[node.values()[0]].ndim, node.settings[name]
    turned = [each - rank if each >= 0 else each + rank for each in (old if isinstance(old, list) else [old])]
    return program.replaced(node.having(**{name: turned if isinstance(old, list) else turned[0]}))


COMMUTATIVE = [
    "Add",
    "Mul",
    "Max",
    "Max/3",
    "Min",
    "Sum",
    "Sum/3",
    "Mean",
    "Mean/3",
    "And",
    "Or",
    "Xor",
    "Equal",
    "BitwiseAnd",
    "BitwiseOr",
    "BitwiseXor",
]


def other_order(program: Program, values: Values, rng: Random) -> Program:
    node = chosen(rng, [node for node in program.nodes if node.op in COMMUTATIVE])
    return program.replaced(replace(node, inputs=tuple(reversed(node.inputs))))


DEFAULTS = {
    "LeakyRelu": {"alpha": 0.01}, "Elu": {"alpha": 1.0}, "Selu": {"alpha": 1.67326319217681884765625, "gamma": 1.05070102214813232421875},
    "HardSigmoid": {"alpha": 0.2, "beta": 0.5}, "ThresholdedRelu": {"alpha": 1.0}, "Celu": {"alpha": 1.0},
    "BatchNormalization": {"epsilon": 1e-5, "momentum": 0.9}, "InstanceNormalization": {"epsilon": 1e-5}, "Softmax": {"axis": -1},
    "LogSoftmax": {"axis": -1}, "Hardmax": {"axis": -1}, "LayerNormalization": {"axis": -1, "epsilon": 1e-5}, "Gemm": {"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 0},
    "LRN": {"alpha": 1e-4, "beta": 0.75, "bias": 1.0}, "Gather": {"axis": 0}, "Flatten": {"axis": 1}, "LpNormalization": {"axis": -1, "p": 2},
    "Conv": {"group": 1}, "ConvTranspose": {"group": 1}, "MaxPool": {"ceil_mode": 0, "storage_order": 0}, "AveragePool": {"ceil_mode": 0, "count_include_pad": 0},
    "TopK": {"largest": 1, "sorted": 1}, "CumSum": {"exclusive": 0, "reverse": 0}, "Trilu": {"upper": 1}, "Gelu": {"approximate": "none"},
    "LSTM": {"direction": "forward", "input_forget": 0}, "GRU": {"direction": "forward", "linear_before_reset": 0}, "RNN": {"direction": "forward"},
    "DepthToSpace": {"mode": "DCR"}, "Pad": {"mode": "constant"}, "GatherND": {"batch_dims": 0}, "Concat": {}, "Shrink": {"lambd": 0.5, "bias": 0.0},
    "ArgMax": {"select_last_index": 0, "keepdims": 1}, "ArgMin": {"select_last_index": 0, "keepdims": 1}, "OneHot": {"axis": -1}, "Reshape": {"allowzero": 0},
    "ScatterND": {"reduction": "none"}, "ScatterElements": {"reduction": "none"}, "Split": {"axis": 0}, "Attention": {"is_causal": 0, "softcap": 0.0},
    "Resize/scales": {"mode": "nearest", "coordinate_transformation_mode": "half_pixel", "nearest_mode": "round_prefer_floor", "cubic_coeff_a": -0.75},
    "QuickGelu": {"alpha": 1.702}, "Mod": {"fmod": 0}, "Dropout": {"ratio": 0.5}, "Swish": {"alpha": 1.0}, "Clip": {}, "GroupNormalization": {"epsilon": 1e-5},
    **{f"Reduce{each}": {"keepdims": 1, "noop_with_empty_axes": 0} for each in ["L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "SumSquare", "Sum"]},
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


def reordered(program: Program, values: Values, rng: Random) -> Program:
    """The calls in another order in which they can be made, under other names."""
    ready, left, nodes = {each.name for each in program.inputs}, list(program.nodes), []
    while left:
        node = chosen(rng, [node for node in left if ready.issuperset(node.values())])
        left.remove(node)
        nodes.append(node)
        ready.update(node.names())
    return replace(program, nodes=tuple(nodes))


def renamed(program: Program, values: Values, rng: Random) -> Program:
    """All calls under other numbers."""
    names = {
        name: name.replace(f"n{node.id}", f"n{node.id + 100}", 1) for node in program.nodes for name in node.names()
    }
    wired = program.rewired(names)
    types = {names.get(key, key): value for key, value in program.options.get("types", {}).items()}
    return replace(wired, nodes=tuple(replace(node, id=node.id + 100) for node in wired.nodes)).option(types=types)


def dead_call(program: Program, values: Values, rng: Random, names: list[str]) -> Program:
    """A call that nothing reads."""
    at, value = somewhere(program, values, rng)
    return program.inserted(at, [Node(program.next_id(), chosen(rng, names), (value,))])


def dead(program: Program, values: Values, rng: Random) -> Program:
    """A call that nothing reads."""
    return dead_call(program, values, rng, ["Relu", "Neg", "Sigmoid"])


def computed_twice(program: Program, values: Values, rng: Random) -> Program:
    """The same call made twice, one for each reader."""
    read = [each for node in program.nodes for each in node.values()]
    node = chosen(
        rng,
        [
            node
            for node in program.nodes
            if read.count(node.names()[0]) > 1 and node.outputs == 1 and not draws_lots(node)
        ],
    )
    again = replace(node, id=program.next_id())
    at = program.nodes.index(node) + 1
    reader = max(i for i, other in enumerate(program.nodes) if node.names()[0] in other.values())
    changed = program.nodes[reader].renamed({node.names()[0]: again.names()[0]})
    return program.replaced(changed).inserted(at, [again])


def later_set(program: Program, values: Values, rng: Random) -> Program:
    """A newer operator set, in which all calls mean the same."""
    from differential.onnx_source import TABLE

    newest = min((TABLE[node.op].until for node in program.nodes), default=22)
    choices = [each for each in (11, 12, 13, 15, 17, 18, 20, 21, 22, 23) if opset(program) < each <= newest]
    if opset(program) < 7 or any(
        node.op.startswith(("Reshape", "Scatter", "Resize", "Pad", "Group")) for node in program.nodes
    ):
        raise Unfit
    return program.option(opset=int(chosen(rng, choices)))


def typed_input(program: Program, values: Values, rng: Random) -> Program:
    """Nothing but the order of attributes."""
    node = chosen(rng, [node for node in program.nodes if len(node.settings) > 1])
    return program.replaced(replace(node, settings=dict(reversed(node.settings.items()))))


REWRITINGS = (
    identity, transposes, split_concat, unit_axis, same_shape, neutral_number, twice_negative, same_cast, whole_slice, no_padding,
    one_expand, one_tile, dropout, one_operand, stored_elsewhere, stored_elsewhere, other_end, other_order, said, said, reordered, renamed, dead,
    computed_twice, later_set, typed_input,
)  # fmt: skip
