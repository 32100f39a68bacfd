"""Random models of a framework, evaluated call by call while they are drawn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from differential.drawing import Draw, Op
from differential.programs import Input, Node, Program, Refused, Unfit

LARGEST = 20000
"""Elements of a value."""

Values = dict[str, np.ndarray]


@dataclass(frozen=True)
class Family:
    """A framework: its operators, how it computes, and the text of its models.

    Attributes:
        transposed: a call that gives a value with its axes in another order.
        step: what one call gives.
        source: assignments that make the model of a name.
        run: what a model gives for several feeds, each by the names of the inputs.
        options: drawn for a whole model, such as the operator set.
        layout: operators that rearrange, reduce or read positions, which half of all models are mostly made of.
    """

    name: str
    table: Mapping[str, Op]
    header: str
    step: Callable[..., list[np.ndarray]]
    source: Callable[[Program, str], str]
    build: Callable[[Program], Any]
    run: Callable[..., list[Any]]
    options: Callable[[Draw], dict[str, Any]]
    eligible: Callable[[Op, Mapping[str, Any]], bool] = lambda _op, _options: True
    transposed: Callable[[int, str, list[int]], Node] | None = None
    types: Sequence[str] = ("float32",)
    rewritings: Sequence[Callable[..., Program]] = ()
    ranks: Sequence[int] = (2, 3, 3, 4, 4, 4, 5)
    layout: Sequence[str] = ()
    groups: Mapping[str, str] = field(default_factory=dict)

    @property
    def chains(self) -> Sequence[tuple[str, ...]]:
        """The patterns of short models."""
        return CHAINS if self.groups else ()


def shape(draw: Draw, ranks: Sequence[int]) -> tuple[int, ...]:
    """Cubes, boxes with axes of one element, and boxes of odd sizes."""
    rank, size = draw.pick(ranks), draw.pick([2, 3, 3, 4, 5])
    style = draw.pick(["cube", "cube", "cube", "ones", "odd", "image"])
    if style == "cube":
        return (size,) * rank
    if style == "ones":
        return tuple(draw.pick([1, size]) for _ in range(rank))
    if style == "image":
        return (draw.pick([1, 2]), draw.pick([2, 3, 4, 6]), *(size + 2 for _ in range(rank - 2)))[:rank]
    return tuple(draw.between(1, 6) for _ in range(rank))


def inputs(draw: Draw, family: Family) -> tuple[Input, ...]:
    """One to three inputs, often of one shape."""
    found: list[Input] = []
    for at in range(draw.pick([1, 1, 1, 2, 2, 3])):
        dtype = draw.pick(["float32"] * 6 + list(family.types))
        sizes = found[0].shape if found and draw.chance(0.6) else shape(draw, family.ranks)
        if dtype in {"int64", "int32"} and not draw.chance(0.5):
            sizes = sizes[:2]
        if found and draw.options.get("free"):
            sizes = (found[0].shape[0], *sizes[1:])
        free = (0,) if draw.options.get("free") else ()
        found.append(Input(f"x{at}", sizes, dtype, free, 2 if dtype.startswith("int") else 0))
    return tuple(found)


def sample(each: Input, rng: np.random.Generator, sizes: tuple[int, ...] | None = None) -> np.ndarray:
    """Numbers for an input, of the normal size."""
    sizes = each.shape if sizes is None else sizes
    if each.dtype == "bool":
        return rng.random(sizes) < 0.5
    if np.dtype(each.dtype).kind in "iu":
        return rng.integers(0, max(each.below, 2), sizes).astype(each.dtype)
    return rng.standard_normal(sizes).astype(each.dtype)


def samples(program: Program, seed: int = 0) -> Values:
    """Numbers for all inputs."""
    rng = np.random.default_rng(seed)
    return {each.name: sample(each, rng) for each in program.inputs}


def evaluated(family: Family, program: Program) -> tuple[Program, Values]:
    """The program with the types of its outputs, and all its values for a sample."""
    values = samples(program)
    for node in program.nodes:
        values.update(zip(node.names(), family.step(node, values, program.options), strict=True))
    if not all(name in values for name in program.outputs):
        raise Refused("an output is not computed")
    types = {name: str(values[name].dtype) for name in program.outputs}
    return program.option(types=types), values


def sound(arrays: Sequence[np.ndarray]) -> bool:
    """Whether values are worth computing on."""
    return all(
        0 < array.size <= LARGEST
        and (array.dtype.kind != "f" or bool(np.isfinite(array).all()))
        and array.dtype.kind in "fiub"
        for array in arrays
    )


def random_program(family: Family, rng: np.random.Generator, most: int = 12) -> Program:
    """A model of one to so many layers."""
    draw = Draw(rng, {})
    draw.options = family.options(draw)
    ops = [op for op in family.table.values() if family.eligible(op, draw.options)]
    if draw.chance(0.45) and family.chains:
        return _chain(family, draw, ops)
    program = Program(inputs(draw, family), (), (), draw.options)
    if draw.chance(0.5):
        chosen = {*family.layout, *(draw.pick(ops).key for _ in range(8))}
        ops = [op for op in ops if op.key in chosen]
    values = samples(program)
    wanted = draw.between(1, most)
    for _ in range(wanted * 8):
        if len(program.nodes) >= wanted:
            break
        op = draw.pick(ops)
        before = program
        program = _extended(family, program, op, values, values, rng)
        if program is not before and op.more.get("then"):
            program = _followed(family, program, op.more["then"], values, rng)
    if not program.nodes:
        raise Unfit
    return ended(program, values, draw)


def _extended(
    family: Family, program: Program, op: Op, seen: Values, values: Values, rng: np.random.Generator
) -> Program:
    """With a call of the operator on what it may see; as it is where that does not fit."""
    try:
        node = _again(family, program, seen, values, rng) if rng.random() < 0.06 else None
        node = node or op.draw(Draw(rng, seen, program.options), program.next_id())
        made = family.step(node, values, program.options)
    except (Unfit, Refused):
        return program
    if not sound(made):
        return program
    values.update(zip(node.names(), made, strict=True))
    return replace(program, nodes=(*program.nodes, node))


def _again(family: Family, program: Program, seen: Values, values: Values, rng: np.random.Generator) -> Node | None:
    """A layer called once more, on another value.

    Not on features of one element where it has weights for several: Keras tells another shape then than it computes.
    """
    found = [node for node in program.nodes if family.table[node.op].more.get("weights") or node.weights()]
    if not found or not seen:
        return None
    node = found[int(rng.integers(len(found)))]
    other = list(seen)[int(rng.integers(len(seen)))]
    at = next((at for at, each in enumerate(node.inputs) if isinstance(each, str)), None)
    if at is None or (seen[other].shape[-1:] == (1,) != values[str(node.inputs[at])].shape[-1:]):
        return None
    return replace(node.reading(at, other), id=program.next_id())


def _followed(
    family: Family, program: Program, keys: Sequence[str], values: Values, rng: np.random.Generator
) -> Program:
    """With a call on the last value, of one of several operators."""
    last = program.nodes[-1].names()[0]
    found = [op for op in family.table.values() if op.key in keys and family.eligible(op, program.options)]
    for _ in range(8 if found else 0):
        longer = _extended(family, program, found[int(rng.integers(len(found)))], {last: values[last]}, values, rng)
        if longer is not program:
            return longer
    return program


def _chain(family: Family, draw: Draw, ops: Sequence[Op]) -> Program:
    """One layer after the other as a pattern has them, on axes of one size: what moves axes, and what reads them."""
    keys = {op.key for op in ops}
    size, rank = draw.pick([2, 3, 4]), draw.pick([rank for rank in (2, 3, 3, 4, 4) if rank in family.ranks])
    free = (0,) if draw.options.get("free") else ()
    whole = draw.pick([size, size, draw.between(1, 4)])
    program = Program((Input("x0", (whole, *[size] * (rank - 1)), "float32", free),), (), (), draw.options)
    values = samples(program)
    for stage in draw.pick(family.chains):
        names = [key for name in stage.split() for key in family.groups[name].split() if key in keys]
        if stage.startswith("maybe") and draw.chance(0.5):
            continue
        if not program.nodes:
            for _ in range(8):
                program = _extended(family, program, family.table[draw.pick(names)], values, values, draw.rng)
                if program.nodes:
                    break
        else:
            program = _followed(family, program, names, values, draw.rng)
    if not program.nodes:
        raise Unfit
    return ended(program, values, draw)


CHAINS = (
    ("turn", "reader"), ("reader", "turn"), ("reduce", "turn"), ("turn", "reduce"), ("turn", "weighted"), ("turn", "weighted", "turn"),
    ("weighted", "turn", "flatten", "reader"), ("weighted", "maybe pointwise", "turn", "flatten", "reader", "maybe weighted"),
    ("weighted", "turn", "flatten", "weighted"), ("turn", "pointwise", "turn"), ("reduce", "weighted"), ("weighted", "reduce", "turn"),
    ("reduce",), ("reader",), ("weighted",), ("turn", "reader", "turn"), ("weighted", "turn", "reader", "turn", "weighted"),
    ("weighted", "pointwise", "weighted"), ("flatten", "reader"), ("reshape", "turn", "reshape"), ("weighted", "reshape", "turn", "reshape", "reader"),
    ("reshape", "reader"), ("reshape", "weighted"), ("weighted", "reduce", "weighted"),
)  # fmt: skip
"""What gives one model for another where axes are of one size: each stage is one of some groups of operators."""


def ended(program: Program, values: Values, draw: Draw) -> Program:
    """With outputs: the last value, and some that nothing reads."""
    read = {name for node in program.nodes for name in node.values()}
    last = program.nodes[-1].names()[0]
    loose = [name for node in program.nodes for name in node.names() if name not in read and name != last]
    chosen = [last, *(name for name in loose if draw.chance(0.35))][: draw.pick([1, 2, 3])]
    if draw.chance(0.1):
        chosen.append(draw.pick([node.names()[0] for node in program.nodes]))
    chosen = list(dict.fromkeys(chosen))
    program = replace(program, outputs=tuple(chosen)).alive()
    return program.option(types={name: str(values[name].dtype) for name in chosen})
