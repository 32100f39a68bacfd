"""One change of a model: a setting, a stored number, an operator, wiring, a layer more or less."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from differential.drawing import Draw, Op, trimmed
from differential.generating import Family, Values, evaluated
from differential.programs import Const, Node, Program, Refused, Unfit

Change = tuple[Program, str]


def at_node(program: Program, values: Values, rng: np.random.Generator, node: Node) -> Draw:
    """A draw of a part of a call that is there."""
    before: Values = {}
    for each in (*(each.name for each in program.inputs), *(name for other in program.nodes for name in other.names())):
        if each in node.names():
            break
        before[each] = values[each]
    return Draw(rng, before, program.options, list(node.inputs), dict(node.settings))


def pick(rng: np.random.Generator, choices: list) -> object:
    """One of several."""
    if not choices:
        raise Unfit
    return choices[int(rng.integers(len(choices)))]


def setting(family: Family, program: Program, values: Values, rng: np.random.Generator) -> Change:
    """Another value of a setting; weights whose shape depends on it follow."""
    choices = [(node, name) for node in program.nodes for name in family.table[node.op].settings]
    node, name = pick(rng, choices)
    op = family.table[node.op]
    if _is_of_no_weight(op, node, name):
        raise Unfit
    for _ in range(6):
        draw = at_node(program, values, rng, node)
        draw.settings.pop(name, None)
        value = op.settings[name](draw)
        if value != node.settings.get(name) and not _is_default(op, name, (value, node.settings.get(name))):
            break
    else:
        raise Unfit
    on = any(node.settings.get(each) is True for each in ("training", "call.training"))
    word = "training" if name in op.more.get("training", ()) and not on else "setting"
    label = f"{word} {op.key}.{name}"
    changed = node.having(**{name: value})
    try:
        return _checked(family, program.agreed(changed)), label
    except Refused:
        return program.agreed(refitted(family, program, values, rng, changed)), label


def _is_of_no_weight(op: Op, node: Node, name: str) -> bool:
    """Whether a setting says how weights are trained that the layer does not have."""
    without = {each for each, value in node.settings.items() if value is False}
    if name == "trainable":
        return set(op.more.get("without weights", ("nothing",))) <= without
    return name.startswith("bias_") and "use_bias" in without


def _is_default(op: Op, name: str, values: Sequence[object]) -> bool:
    """Whether a setting of training is left out on one side, and what is taken in its place on the other."""
    made = op.more.get("class")
    if None not in values or made is None or name not in op.more.get("training", ()):
        return False
    found = inspect.signature(made()).parameters.get(name)
    return found is not None and found.default in values


def _checked(family: Family, program: Program) -> Program:
    evaluated(family, program)
    return program


def refitted(family: Family, program: Program, values: Values, rng: np.random.Generator, node: Node) -> Node:
    """The call with weights of the shapes that its settings ask for, of the same seeds."""
    op, draw = family.table[node.op], at_node(program, values, rng, node)
    for at, slot in enumerate(op.slots[: len(node.inputs)]):
        old = node.inputs[at]
        if isinstance(old, Const) and old.is_weight:
            draw.inputs = list(node.inputs)
            new = slot(draw)
            if not isinstance(new, Const):
                raise Unfit
            node = node.reading(at, replace(new, seed=old.seed, place=old.place))
    return node


def constant(family: Family, program: Program, values: Values, rng: np.random.Generator) -> Change:
    """Other stored numbers, where they are part of the program."""
    choices = [
        (node, at)
        for node in program.nodes
        for at, slot in enumerate(family.table[node.op].slots)
        if (at >= len(node.inputs) or not isinstance(node.inputs[at], str)) and not _of_weight(family, node, at)
    ]
    node, at = pick(rng, choices)
    op, old = family.table[node.op], node.inputs[at] if at < len(node.inputs) else None
    for _ in range(6):
        new = op.slots[at](at_node(program, values, rng, node))
        if isinstance(new, str) or (isinstance(new, Const) and new.is_weight and isinstance(old, Const)):
            raise Unfit
        if isinstance(old, Const) and old.is_weight and isinstance(new, Const):
            raise Unfit
        if new != old:
            word = "constant" if isinstance(old, Const) and isinstance(new, Const) else "operand taken or left out"
            changed = node.reading(at, new)
            return program.replaced(replace(changed, inputs=trimmed(changed.inputs))), f"{word} {op.key}[{at}]"
    raise Unfit


def _of_weight(family: Family, node: Node, at: int) -> bool:
    """Whether a place holds what a weight is scaled by."""
    places = family.table[node.op].more.get("of weight", ())
    weight = node.inputs[places[0]] if places else None
    return at in places and isinstance(weight, Const) and weight.is_weight


def operator(family: Family, program: Program, values: Values, rng: np.random.Generator) -> Change:
    """Another operator of the group."""
    choices = [node for node in program.nodes if family.table[node.op].group]
    node = pick(rng, choices)
    old = family.table[node.op]
    peers = [
        op
        for op in family.table.values()
        if op.group == old.group and op.key != old.key and family.eligible(op, program.options)
    ]
    new = pick(rng, peers)
    return program.replaced(_instead(program, values, rng, node, new)), f"operator {old.key} > {new.key}"


def _instead(program: Program, values: Values, rng: np.random.Generator, node: Node, op: Op) -> Node:
    """A call of another operator on the same operands, as far as it takes them."""
    draw = at_node(program, values, rng, node)
    draw.inputs, draw.settings = list(node.inputs[:1]), {}
    for name, each in op.settings.items():
        value = node.settings[name] if name in node.settings and rng.random() < 0.7 else each(draw)
        if value is not None:
            draw.settings[name] = value
    for at, slot in enumerate(op.slots[1:], 1):
        old = node.inputs[at] if at < len(node.inputs) else None
        draw.inputs.append(old if old is not None else slot(draw))
    outputs = op.outputs if isinstance(op.outputs, int) else op.outputs(draw)
    if outputs < node.outputs:
        raise Unfit
    return Node(node.id, op.key, trimmed(draw.inputs), draw.settings, outputs, node.seed)


def operands(family: Family, program: Program, values: Values, rng: np.random.Generator) -> Change:
    """Two operands in the other order."""
    choices = [node for node in program.nodes if len(node.inputs) > 1]
    node = pick(rng, choices)
    at, other = (int(each) for each in rng.permutation(len(node.inputs))[:2])
    inputs = list(node.inputs)
    if inputs[at] == inputs[other] or inputs[0] is None:
        raise Unfit
    if any(isinstance(inputs[each], Const) and inputs[each].is_weight for each in (at, other)):
        raise Unfit
    inputs[at], inputs[other] = inputs[other], inputs[at]
    return program.replaced(replace(node, inputs=tuple(inputs))), f"operands {node.op}"


def wire(family: Family, program: Program, values: Values, rng: np.random.Generator) -> Change:
    """Another value read, of the same shape and type."""
    choices = [(node, at) for node in program.nodes for at, each in enumerate(node.inputs) if isinstance(each, str)]
    node, at = pick(rng, choices)
    old = node.inputs[at]
    like = values[old]
    before = at_node(program, values, rng, node).values
    found = [n for n, each in before.items() if n != old and each.shape == like.shape and each.dtype == like.dtype]
    return program.replaced(node.reading(at, pick(rng, found))), f"wire {node.op}[{at}]"


def inserted(family: Family, program: Program, values: Values, rng: np.random.Generator) -> Change:
    """A layer more."""
    at = int(rng.integers(len(program.nodes) + 1))
    before = {each.name: values[each.name] for each in program.inputs}
    before |= {name: values[name] for node in program.nodes[:at] for name in node.names()}
    target = pick(rng, list(before))
    ops = [op for op in family.table.values() if op.group in {"unary", "softmax", "norm"}]
    op = pick(rng, [op for op in ops if family.eligible(op, program.options)])
    node = op.draw(Draw(rng, {target: before[target]}, program.options), program.next_id())
    wired = program.rewired({target: node.names()[0]}, after=at - 1)
    if wired.nodes == program.nodes and wired.outputs == program.outputs:
        raise Unfit
    return wired.inserted(at, [node]), f"inserted {op.key}"


def removed(family: Family, program: Program, values: Values, rng: np.random.Generator) -> Change:
    """A layer less."""
    node = pick(rng, [node for node in program.nodes if node.values()])
    source = pick(rng, list(node.values()))
    if len(program.nodes) < 2:
        raise Unfit
    kept = replace(program, nodes=tuple(each for each in program.nodes if each.id != node.id))
    return kept.rewired(dict.fromkeys(node.names(), source)), f"removed {node.op}"


def exchanged(family: Family, program: Program, values: Values, rng: np.random.Generator) -> Change:
    """Two layers, one after the other, in the other order."""
    pairs = [(a, b) for a in program.nodes for b in program.nodes if b.inputs and b.inputs[0] == a.names()[0]]
    first, second = pick(rng, pairs)
    if first.op == second.op and first.settings == second.settings:
        raise Unfit
    one = replace(second, id=first.id, inputs=(first.inputs[0], *second.inputs[1:]), outputs=first.outputs)
    other = replace(first, id=second.id, inputs=(first.names()[0], *first.inputs[1:]), outputs=second.outputs)
    if first.outputs != 1 or second.outputs != 1 or second.id < first.id:
        raise Unfit
    return program.replaced(one).replaced(other), f"exchanged {first.op}, {second.op}"


def output_order(family: Family, program: Program, values: Values, rng: np.random.Generator) -> Change:
    """The outputs in another order."""
    if len(program.outputs) < 2:
        raise Unfit
    return replace(program, outputs=(*program.outputs[1:], program.outputs[0])), "order of outputs"


def output_value(family: Family, program: Program, values: Values, rng: np.random.Generator) -> Change:
    """Another value given."""
    at = int(rng.integers(len(program.outputs)))
    like = values[program.outputs[at]]
    made = [name for node in program.nodes for name in node.names() if name not in program.outputs]
    found = [n for n in made if values[n].shape == like.shape and values[n].dtype == like.dtype]
    outputs = list(program.outputs)
    outputs[at] = pick(rng, found)
    return replace(program, outputs=tuple(outputs)), "another output"


def crossed(family: Family, program: Program, values: Values, rng: np.random.Generator) -> Change:
    """Two inputs, each in the place of the other."""
    names = [each.name for each in program.inputs]
    one, other = (str(each) for each in rng.permutation(names)[:2]) if len(names) > 1 else ("", "")
    if not one or values[one].shape != values[other].shape or values[one].dtype != values[other].dtype:
        raise Unfit
    return program.rewired({one: other, other: one}), "inputs crossed"


def input_type(family: Family, program: Program, values: Values, rng: np.random.Generator) -> Change:
    """Another type of an input."""
    at = int(rng.integers(len(program.inputs)))
    each = program.inputs[at]
    others = {"float32": ["float64", "float16"], "int64": ["int32", "int16"], "int32": ["int64"], "float64": ["float32"], "float16": ["float32"]}  # fmt: skip
    new = replace(each, dtype=pick(rng, others.get(each.dtype, [])))
    return replace(program, inputs=(*program.inputs[:at], new, *program.inputs[at + 1 :])), "type of an input"


def tied(family: Family, program: Program, values: Values, rng: np.random.Generator) -> Change:
    """A weight of another layer, where there were two."""
    found = [(node, at, each) for node in program.nodes for at, each in enumerate(node.inputs)
             if isinstance(each, Const) and each.is_weight]  # fmt: skip
    pairs = [
        (a, b)
        for a in found
        for b in found
        if a[2].seed != b[2].seed and a[2].shape == b[2].shape and a[2].how == b[2].how
    ]
    (_, _, mine), (node, at, _) = pick(rng, pairs)
    return program.replaced(node.reading(at, mine)), f"tied {node.op}[{at}]"


def shared(family: Family, program: Program, values: Values, rng: np.random.Generator) -> Change:
    """One layer called twice, where there were two of its kind."""
    found = [node for node in program.nodes if family.table[node.op].more.get("weights")]
    pairs = [
        (a, b)
        for a in found
        for b in found
        if a.id < b.id and a.op == b.op and a.settings == b.settings and a.seed != b.seed
    ]
    first, second = pick(rng, pairs)
    if values[first.values()[0]].shape[1:] != values[second.values()[0]].shape[1:]:
        raise Unfit
    return program.replaced(replace(second, seed=first.seed)), f"shared {first.op}"


def frozen(family: Family, program: Program, values: Values, rng: np.random.Generator) -> Change:
    """Weights that are not trained."""
    node = pick(
        rng,
        [
            node
            for node in program.nodes
            if family.table[node.op].more.get("freezes") and "frozen" not in node.settings and _is_trained(node)
        ],
    )
    return program.agreed(node.having(frozen=True)), f"training {node.op}.frozen"


def _is_trained(node: Node) -> bool:
    """Whether a layer that may do without weights has some; PyTorch's InstanceNorm has none unless it is told to."""
    usual = "InstanceNorm" not in node.op
    return bool(node.settings.get("affine", node.settings.get("elementwise_affine", usual)))


def newer(family: Family, program: Program, values: Values, rng: np.random.Generator) -> Change:
    """Another operator set, in which the same calls may mean something else."""
    if "opset" not in program.options:
        raise Unfit
    options = {
        **program.options,
        "opset": pick(rng, [each for each in (9, 11, 12, 13, 15, 17, 18, 20, 21) if each != program.options["opset"]]),
    }
    new = replace(program, options=options)
    for node in program.nodes:
        op = family.table[node.op]
        if not family.eligible(op, options):
            peers = [
                each
                for each in family.table.values()
                if each.type == op.type and family.eligible(each, options) and set(node.settings) <= set(each.settings)
            ]
            new = new.replaced(replace(node, op=pick(rng, peers).key))
    return new, "operator set"


def turned(family: Family, program: Program, values: Values, rng: np.random.Generator) -> Change:
    """A part of the model between a transposition and its inverse: it works on other axes."""
    places = [at for at, node in enumerate(program.nodes) if node.values() and values[node.values()[0]].ndim > 1]
    first = int(pick(rng, places))
    start = program.nodes[first]
    source, last = start.values()[0], program.nodes[min(first + int(rng.integers(2)), len(program.nodes) - 1)]
    rank, result = values[source].ndim, last.names()[0]
    order = [int(each) for each in rng.permutation(rank)]
    if order == sorted(order) or values[result].ndim != rank:
        raise Unfit
    into, back = family.transposed(program.next_id(), source, order), None
    program = program.replaced(start.renamed({source: into.names()[0]}))
    if rng.random() < 0.7:
        back = family.transposed(into.id + 1, result, [int(each) for each in np.argsort(order)])
        program = program.rewired(
            {result: back.names()[0]}, after=program.nodes.index(last) if last in program.nodes else first
        )
        program = program.inserted(
            first + 1 if last.id == start.id else [node.id for node in program.nodes].index(last.id) + 1, [back]
        )
    return program.inserted(first, [into]), "turned"


CHANGES: tuple[tuple[Callable[..., Change], float], ...] = (
    (setting, 5), (constant, 3), (operator, 2), (operands, 1.5), (wire, 1.5), (inserted, 2), (removed, 1.5),
    (exchanged, 1.5), (output_order, 0.5), (output_value, 0.5), (crossed, 0.7), (input_type, 0.3), (tied, 0.4), (turned, 1.0), (shared, 0.7), (frozen, 0.2), (newer, 0.4),
)  # fmt: skip


def _more(family: Family, program: Program, values: Values, rng: np.random.Generator) -> Change:
    """Another change; none of training alone, whose truth no numbers tell."""
    shares = np.array([share for _, share in CHANGES])
    change = CHANGES[int(rng.choice(len(CHANGES), p=shares / shares.sum()))][0]
    new, label = change(family, program, values, rng)
    if label.startswith("training"):
        raise Unfit
    return new, label


def changed(family: Family, program: Program, values: Values, rng: np.random.Generator) -> Change:
    """One change that the framework takes."""
    shares = np.array([share for _, share in CHANGES])
    for _ in range(25):
        change = CHANGES[int(rng.choice(len(CHANGES), p=shares / shares.sum()))][0]
        try:
            new, label = change(family, program, values, rng)
            if rng.random() < 0.15 and not label.startswith("training"):
                new, more = _more(family, *evaluated(family, new), rng)
                label = f"{label} and {more}"
            new = replace(new, inputs=program.inputs) if "type of an input" not in label else new
            new, _ = evaluated(family, new)
        except (Unfit, Refused, KeyError, IndexError):
            continue
        if new != program:
            return new, label
    raise Unfit
