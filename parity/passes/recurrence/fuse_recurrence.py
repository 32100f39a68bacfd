"""A recurrent layer whose steps an exporter has written down one by one, starting from zeros, is that layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from parity.graph import Evidence, Layer, LayerGraph, Shape, Value, Weight
from parity.graph.provenance import fuse
from parity.kinds import recurrent
from parity.passes._copies import original, without_copies
from parity.passes._patterns import between
from parity.passes._rewrite import rewrite
from parity.passes.recurrence._sequences import row
from parity.passes.recurrence._step_parts import Step
from parity.passes.recurrence._steps import step
from parity.passes.recurrence._zeros import is_zero

LEAST = 2
"""Steps of which a loop is told from a layer that stands alone."""


def fuse_recurrence(graph: LayerGraph) -> LayerGraph:
    """Make one layer of each chain of steps that goes through all of a sequence."""
    if graph.evidence is not Evidence.GRAPH:
        return graph
    found = [each for layer in graph.layers if (each := step(graph, layer)) is not None]
    # The last is made first, so that what comes in to it is still called as it was when it was found.
    for steps in reversed(_chains(found)):
        made = _made(graph, steps)
        if made is not None:
            graph = made
    return graph


def _chains(found: Sequence[Step]) -> list[list[Step]]:
    """Steps that follow each other, from one that starts from zeros to the last."""
    following = {each.before: each for each in found if each.before is not None}
    chains = []
    for first in found:
        if first.before is not None or first.cell_before is not None:
            continue
        chain = [first]
        while (after := following.get(chain[-1].hidden)) is not None and after.cell_before == chain[-1].cell:
            chain.append(after)
        if len(chain) >= LEAST and _is_one(chain):
            chains.append(chain)
    return chains


def _is_one(chain: Sequence[Step]) -> bool:
    """Whether all steps do the same to one sequence after the other, and the first starts from zeros."""
    first, last = chain[0], chain[-1]
    places, forth = [each.taken.at for each in chain], list(range(first.taken.steps))
    alike = all(
        (each.family, each.settings, each.taken.sequence) == (last.family, last.settings, last.taken.sequence)
        and _stored(each.fed.kernel, each.fed.bias) == _stored(last.fed.kernel, last.fed.bias)
        and _stored(each.inner) == _stored(last.inner)
        for each in chain
    )
    back = _stored(last.back.kernel, last.back.bias)
    rest = all(_stored(each.back.kernel, each.back.bias) == back for each in chain[1:])
    return alike and rest and places in (forth, forth[::-1]) and _starts(first, last)


def _stored(*weights: Weight | None) -> list[str | None]:
    return [original(each) if each is not None else None for each in weights]


def _starts(first: Step, last: Step) -> bool:
    """Whether what stands for the part of the first state is what zeros give: the bias alone."""
    bias, start = last.back.bias, first.back.start
    if first.back.kernel is not None and _stored(first.back.kernel) != _stored(last.back.kernel):
        return False
    if start is None:
        return _stored(first.back.bias) == _stored(bias)
    return start.repeats == bias.name if bias is not None else is_zero(start)


@dataclass(frozen=True, slots=True)
class _Joined:
    """The layer that puts the states of all steps along a first axis, and those that give them that axis."""

    layer: Layer
    parts: tuple[Layer, ...]
    backwards: bool


def _made(graph: LayerGraph, steps: Sequence[Step]) -> LayerGraph | None:
    """The graph with one layer for all steps; None where a step between is used by something else, too."""
    last, shape = steps[-1], graph.shape(steps[-1].hidden)
    sequence = graph.shape(last.taken.sequence)
    weights, end = _weights(last), graph.producers[last.hidden]
    if weights is None or not shape or sequence is None or len(sequence) != 3 or not _of_batch(shape, sequence):
        return None
    path = f"{end.path}:{last.family}"
    outputs = tuple(f"{path}-{name}" for name in ("sequence", "last", *(["cell"] if last.cell is not None else [])))
    joined, reverse = _joined(graph, steps), last.taken.at == 0
    aliases = {last.cell: outputs[2]} if last.cell is not None else {}
    aliases |= {joined.layer.outputs[0]: outputs[0]} if joined is not None else {}
    stacked: tuple[Layer, ...] = ()
    if len(shape) == 3:
        made = (last.hidden,)
        stacked = (
            replace(
                end, kind="stack_axis", path=f"{path}-1", attributes={"axis": 0}, inputs=outputs[1:2], outputs=made
            ),
        )
    else:
        aliases[last.hidden] = outputs[1]
    dead = _dead(graph, steps, joined, aliases)
    if dead is None or not isinstance(shape[-1], int):
        return None
    told: dict[str, Any] = {
        "reverse": reverse,
        "flipped": joined is not None and joined.backwards is not reverse,
        "time_major": True,
    }
    kernel = weights[0]
    told |= {"in_features": kernel.shape[kernel.axes.split().index("in")], **last.settings}
    layer = Layer(
        path,
        last.family,
        recurrent(last.family).settings("onnx", shape[-1], **told),
        weights,
        (last.taken.sequence,),
        outputs,
        op=last.family,
    )
    layer = fuse(layer, dead, f"its {len(steps)} steps are unrolled")
    done = rewrite(
        graph,
        replaced={end.path: layer},
        after={end.path: stacked},
        aliases=aliases,
        dropped={each.path for each in dead if each is not end},
        values=_values(graph, outputs, last, sequence, shape),
    )
    # What only the first step has is zeros, or computed of these.
    spent = {weight.storage for each in dead for weight in each.weights}
    return without_copies(replace(done, weights=_now(done, weights, last)), spent)


def _of_batch(state: Shape, sequence: Shape) -> bool:
    """Whether a state is one for each sample; a first state may have others."""
    sizes = state[-2] if len(state) > 1 else None, sequence[1]
    return not all(isinstance(size, int) for size in sizes) or sizes[0] == sizes[1]


def _joined(graph: LayerGraph, steps: Sequence[Step]) -> _Joined | None:
    """Where the states of all steps are put one after the other, in the order of the steps or the other way round."""
    states = [each.hidden for each in steps]
    users = graph.consumers.get(states[0], ())
    rows = [each for user in users if user.kind in {"reshape", "stack_axis"} for each in user.outputs]
    for value in (states[0], *rows):
        for user in graph.consumers.get(value, ()):
            if user.kind != "concat" or user.attributes["axis"] != 0 or len(user.inputs) != len(steps) or user.weights:
                continue
            told = [row(graph, each) for each in user.inputs]
            if [name for name, _ in told] in (states, states[::-1]):
                parts = tuple(layer for _, layer in told if layer is not None)
                return _Joined(user, parts, [name for name, _ in told] != states)
    return None


def _dead(
    graph: LayerGraph, steps: Sequence[Step], joined: _Joined | None, aliases: Mapping[str, str]
) -> tuple[Layer, ...] | None:
    """The layers that nothing needs any more; None where some state but the last is needed all the same."""
    end = graph.producers[steps[-1].hidden]
    candidates = {each.path for each in between(graph, end, steps[-1].taken.sequence)}
    if joined is not None:
        candidates |= {joined.layer.path, *(each.path for each in joined.parts)}
    dead: dict[str, Layer] = {}
    for layer in reversed(graph.layers):
        if layer.path not in candidates or layer.kind == "input":
            continue
        if all(_is_spent(graph, value, dead, aliases) for value in layer.outputs) or layer is end:
            dead[layer.path] = layer
    states = [value for each in steps for value in (each.hidden, each.cell) if value is not None]
    if any(graph.producers[value].path not in dead for value in states):
        return None
    # Whatever still uses a cell before the layer stands that gives it would come too early.
    early = [user for value in aliases for user in graph.consumers.get(value, ()) if user.path not in dead]
    order = {layer.path: at for at, layer in enumerate(graph.layers)} if early else {}
    return None if any(order[user.path] < order[end.path] for user in early) else tuple(dead.values())[::-1]


def _is_spent(graph: LayerGraph, value: str, dead: Mapping[str, Layer], aliases: Mapping[str, str]) -> bool:
    if value in aliases:
        return True
    return value not in graph.outputs and all(user.path in dead for user in graph.consumers.get(value, ()))


def _weights(last: Step) -> tuple[Weight, ...] | None:
    """The weights of a step by what they are to the layer; None where their layout is not known."""
    columns = recurrent(last.family).biases("gate")
    if last.fed.kernel is None or last.back.kernel is None:
        return None
    found = []
    for role, rows, weight in (("kernel", "in", last.fed.kernel), ("recurrent_kernel", "hidden", last.back.kernel)):
        layouts = {"in out": f"{rows} {columns}", "out in": f"{columns} {rows}"}
        if weight.axes not in layouts:
            return None
        found.append(replace(weight, role=role, axes=layouts[weight.axes]))
    if last.inner is not None:
        whole = _side_by_side(last.back.kernel, last.inner)
        if whole is None:
            return None
        found[1] = replace(whole, role="recurrent_kernel", axes=found[1].axes)
    biases = (("bias", last.fed.bias), ("recurrent_bias", last.back.bias))
    return (*found, *(replace(each, role=role, axes=columns) for role, each in biases if each is not None))


def _side_by_side(gates: Weight, inner: Weight) -> Weight | None:
    """The kernel that an exporter has cut before the part for the new state."""
    axis = gates.axes.split().index("out")
    rows = {each.shape[1 - axis] for each in (gates, inner)}
    if inner.axes != gates.axes or len(rows) > 1 or gates.shape[axis] != 2 * inner.shape[axis]:
        return None
    shape = list(gates.shape)
    shape[axis] += inner.shape[axis]
    both = f"{gates.name} + {inner.name}", f"{gates.storage} + {inner.storage}"
    whole = replace(gates, name=both[0], storage=both[1], shape=tuple(shape), whole="", cuts=(), pieces=())
    return replace(whole, joined=(gates, inner), along=axis)


def _values(graph: LayerGraph, outputs: Sequence[str], last: Step, sequence: Shape, shape: Shape) -> dict[str, Value]:
    told = graph.values[last.hidden]
    state = (sequence[1], shape[-1])
    shapes = ((*sequence[:2], shape[-1]), *(state for _ in outputs[1:]))
    return {name: replace(told, shape=each, axes=None) for name, each in zip(outputs, shapes, strict=True)}


def _now(graph: LayerGraph, weights: Sequence[Weight], last: Step) -> tuple[Weight, ...]:
    """The weights of the model, with what they are to the layer."""
    made: dict[str, tuple[Weight, ...]] = {each.name: (each,) for each in weights}
    if last.inner is not None and last.back.kernel is not None:
        made |= {last.back.kernel.name: (weights[1],), last.inner.name: ()}
    return tuple(now for each in graph.weights for now in made.get(each.name, (each,)))
