"""A failure in its smallest form: fewer layers, outputs, operands and settings, as long as the failure stays."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from differential.generating import Family, Values, evaluated
from differential.programs import Input, Node, Pair, Program, Refused, Unfit

Check = Callable[[Pair], bool]


def reduced(family: Family, pair: Pair, fails: Check, attempts: int = 200) -> Pair:
    """The smallest pair found that fails as the given one does."""
    for _ in range(12):
        for smaller in _smaller(family, pair):
            attempts -= 1
            if attempts < 0:
                return pair
            tidy = _tidied(family, smaller)
            if tidy is None or (tidy.known and tidy.left.nodes == tidy.right.nodes):
                continue
            if _size(tidy) < _size(pair) and fails(tidy):
                pair = tidy
                break
        else:
            return pair
    return pair


def _size(pair: Pair) -> tuple[int, ...]:
    sides = list(pair.sides())
    nodes = [node for side in sides for node in side.nodes]
    return (
        len(nodes), sum(len(side.outputs) + len(side.inputs) for side in sides), sum(len(node.settings) + len(node.inputs) for node in nodes),
        sum(sum(each.shape) for side in sides for each in side.inputs), sum(bool(side.options.get("free")) for side in sides),
    )  # fmt: skip


def _tidied(family: Family, pair: Pair) -> Pair | None:
    """Both sides without what no output needs, for the same inputs; None where a side cannot be computed."""
    try:
        sides = [side.alive() for side in pair.sides()]
        read = {name for side in sides for name in (*(each.name for each in side.inputs), *side.outputs)}
        inputs = tuple(each for each in pair.left.inputs if each.name in read)
        others = tuple(each for each in pair.right.inputs if each.name in read)
        read_by_each = [{each.name for each in side.inputs} for side in sides]
        if pair.kind == "rewriting" and read_by_each[0] != read_by_each[1]:
            return None  # a part that is computed again on one side has become an input on the other
        if not inputs or not all(side.nodes for side in sides):
            return None
        left, right = (replace(side, inputs=given) for side, given in zip(sides, (inputs, others), strict=True))
        return replace(pair, left=evaluated(family, left)[0], right=evaluated(family, right)[0])
    except (Refused, Unfit, KeyError, ValueError):
        return None


def _smaller(family: Family, pair: Pair) -> Iterator[Pair]:
    try:
        values = evaluated(family, pair.left)[1], evaluated(family, pair.right)[1]
    except (Refused, KeyError):
        return
    yield from _outputs(pair)
    yield from _cuts(pair, values)
    yield from _bypassed(pair)
    yield from _settings(family, pair)
    yield from _options(pair)
    yield from _sizes(pair)


def _outputs(pair: Pair) -> Iterator[Pair]:
    """One output alone, or an earlier value as the output."""
    if len(pair.left.outputs) == len(pair.right.outputs) > 1:
        for at in range(len(pair.left.outputs)):
            yield pair.both(lambda side, at=at: replace(side, outputs=side.outputs[at : at + 1]))
    mine, theirs = ([name for node in side.nodes for name in node.names()] for side in pair.sides())
    for name in mine:
        if name in theirs:
            yield pair.both(lambda side, name=name: replace(side, outputs=(name,)))


def _cuts(pair: Pair, values: tuple[Values, Values]) -> Iterator[Pair]:
    """A value as an input of its own."""
    for node in reversed(pair.left.nodes):
        twin = pair.right.node(node.id)
        for name in node.names():
            one, other = values[0][name], values[1].get(name)
            if twin is None or other is None or one.shape != other.shape or one.dtype != other.dtype:
                continue
            given = Input(name, one.shape, str(one.dtype), pair.left.inputs[0].free if one.ndim else ())
            yield pair.both(lambda side, given=given, gone=node.id: _given(side, given, gone))


def _given(side: Program, given: Input, gone: int) -> Program:
    fresh = Input(f"x{given.name}", given.shape, given.dtype, given.free)
    side = side.rewired({given.name: fresh.name})
    nodes = tuple(node for node in side.nodes if node.id != gone or node.outputs > 1)
    return replace(side, nodes=nodes, inputs=(*side.inputs, fresh))


def _bypassed(pair: Pair) -> Iterator[Pair]:
    """Without a layer that has the same type and shape before and after it."""
    for node in pair.left.nodes:
        for source in node.values()[:2]:
            names = dict.fromkeys(node.names(), source)
            yield pair.both(lambda side, names=names, gone=node.id: _without(side, names, gone))


def _without(side: Program, names: dict[str, str], gone: int) -> Program:
    return replace(side, nodes=tuple(node for node in side.nodes if node.id != gone)).rewired(names)


def _settings(family: Family, pair: Pair) -> Iterator[Pair]:
    for node in (*pair.left.nodes, *pair.right.nodes):
        for name in node.settings:
            yield pair.both(
                lambda side, name=name, at=node.id: _edited(side, at, lambda each: each.having(**{name: None}))
            )
        slots = family.table[node.op].slots[: len(node.inputs)]
        for at in [at for at, slot in enumerate(slots) if at and getattr(slot, "optional", False)]:
            yield pair.both(lambda side, at=at, of=node.id: _edited(side, of, lambda each: _shorter(each, at)))


def _shorter(node: Node, at: int) -> Node:
    return replace(node, inputs=node.inputs[:at]) if at == len(node.inputs) - 1 else node.reading(at, None)


def _edited(side: Program, identity: int, edit: Callable[[Node], Node]) -> Program:
    node = side.node(identity)
    return side if node is None else side.agreed(edit(node))


def _options(pair: Pair) -> Iterator[Pair]:
    if any(each.free for each in pair.left.inputs):
        yield pair.both(
            lambda side: replace(side, inputs=tuple(replace(each, free=()) for each in side.inputs)).option(free=False)
        )


def _sizes(pair: Pair) -> Iterator[Pair]:
    """Smaller inputs, where nothing stored depends on them."""
    for at, each in enumerate(pair.left.inputs):
        if at >= len(pair.right.inputs) or pair.right.inputs[at].shape != each.shape:
            continue
        for axis, size in enumerate(each.shape):
            if size > 2:
                shape = (*each.shape[:axis], 2, *each.shape[axis + 1 :])
                yield pair.both(lambda side, at=at, shape=shape: _resized(side, at, shape))


def _resized(side: Program, at: int, shape: tuple[int, ...]) -> Program:
    inputs = list(side.inputs)
    inputs[at] = replace(inputs[at], shape=shape)
    return replace(side, inputs=tuple(inputs))
