"""An ONNX protobuf -> SourceGraph, in ONNX's own words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from parity.adapters.onnx._attributes import attributes
from parity.adapters.onnx._constants import LITERAL, Constant, initializers, is_setting, node_constants, plain
from parity.adapters.onnx._contrib import is_parameter
from parity.adapters.onnx._filled import find_filled
from parity.adapters.onnx._filled import gaps as filled_gaps
from parity.adapters.onnx._inventory import SCALING, Inventory
from parity.adapters.onnx._masks import scores
from parity.adapters.onnx._merged import merged
from parity.adapters.onnx._numbers import Places, constant_store
from parity.adapters.onnx._order import Step, ordered, step_of
from parity.adapters.onnx._quantised import dequantised, scales_of
from parity.adapters.onnx._resolution import Resolution
from parity.adapters.onnx._rounds import resolved
from parity.adapters.onnx._scopes import modules, paths, unique
from parity.adapters.onnx._shapes import values
from parity.adapters.onnx._sizes import sizes_for
from parity.adapters.onnx._slots import Slots
from parity.adapters.onnx._tensors import SMALL, text
from parity.adapters.onnx._unfold import unfolded
from parity.adapters.onnx._validity import check, doubt, overrides
from parity.adapters.onnx._weight_slots import held_as_weights, is_weight
from parity.errors import UnreadableModel
from parity.graph import Evidence, Framework, Gap, Mode, Shape, SourceGraph, SourceLayer, SourceNode, Value
from parity.kinds import in_training

Fetch = Callable[[Any], Any]
"""Gives a small tensor its payload if that is external; ``Unknown`` where that cannot be had."""


def build(
    model: Any,
    source: str,
    form: str,
    fetch: Fetch,
    elements: Places,
    gaps: Iterable[Gap] = (),
    shapes: Sequence[Shape] = (),
) -> SourceGraph:
    """Translate a model whose large tensors may lack their payload.

    Args:
        model: the ``ModelProto``; it is not changed.
        source: how the user named it.
        form: name of the format.
        fetch: gives a small external tensor its payload.
        elements: tells where those of a tensor are.
        gaps: what is already known to be missing.
        shapes: those of the inputs that free sizes are to be fixed for.

    Raises:
        UnreadableModel: the graph is missing or contradicts itself.
    """
    if not model.HasField("graph"):
        raise UnreadableModel(source, "it contains no graph", remedy="export the model again")
    check(model, source)
    stored = Inventory(source, initializers(model, source))
    inputs = tuple(text(each.name) for each in model.graph.input if text(each.name) not in stored.constants)
    outputs = tuple(text(each.name) for each in model.graph.output)
    slots = Slots(model)
    calls = unfolded(model, source)
    steps = dequantised(_steps(model, calls, inputs, outputs, stored), stored, slots, outputs)
    stored.constants |= held_as_weights(steps, stored.constants, slots)
    sizes = sizes_for(model, inputs, shapes)
    found, shape_gaps = values(model, steps, stored.constants, sizes)
    resolution = Resolution(stored, slots, found, frozenset(outputs), fetch)
    resolution, steps, shape_gaps = resolved(model, steps, resolution, sizes, shape_gaps)
    found = dict(resolution.values)
    resolution = replace(resolution, values=found)
    nodes, node_gaps = _nodes([*steps, *_given(outputs, steps, stored)], resolution)
    for value in (name for node in nodes for name in node.outputs if name not in found):
        found[value] = Value(None, None, "an optional output that the model does not ask for")
    _check_outputs(outputs, inputs, nodes, stored)
    rows, mode = _rows(nodes, stored), _mode(nodes)
    weights = resolution.weights()
    return SourceGraph(
        framework=Framework.ONNX,
        format=form,
        source=source,
        producer=_producer(model),
        evidence=Evidence.GRAPH,
        layers=rows,
        nodes=tuple(nodes),
        values=found,
        weights=weights,
        inputs=inputs,
        outputs=outputs,
        input_names=inputs,
        output_names=outputs,
        inputs_by_name=True,
        outputs_by_name=True,
        inference_only=mode is not Mode.TRAINING,
        containers=tuple(modules(steps)),
        mode=mode,
        gaps=(*gaps, *_unread(model), *filled_gaps(stored.filled), *node_gaps, *shape_gaps),
        store=constant_store(source, {name: stored.constants[name] for name in weights}, elements),
    )


def _steps(
    model: Any, calls: Sequence[Any], inputs: Sequence[str], outputs: Sequence[str], stored: Inventory
) -> list[Step]:
    """The nodes that compute; constants and their aliases go to the inventory."""
    steps: list[Step] = []
    producer = text(model.producer_name)
    own = {text(each.name) for each in model.functions if overrides(each)}
    for step in ordered(calls, (*inputs, *stored.constants), stored.source):
        plain = text(step.proto.op_type) not in own
        constant = node_constants(step.proto, stored.constants, stored.source, producer) if plain else None
        if constant is None or (constant.name in outputs and step.inputs):
            steps.append(step)
        elif constant.name in outputs:  # what the model gives as it is no operator has as its weight
            stored.constants[constant.name] = replace(constant, declared=LITERAL, stored=constant.numel > SMALL)
        else:
            stored.constants[constant.name] = constant
    filled = find_filled(steps, stored.constants, outputs)
    stored.constants |= filled
    stored.filled = list(filled)
    return [step for step in steps if not filled.keys() & set(step.outputs)]


def _given(outputs: Iterable[str], steps: Sequence[Step], stored: Inventory) -> list[Step]:
    """What gives the stored tensors that are outputs of the model as they are."""
    from onnx import NodeProto

    made = {name for step in steps for name in step.outputs}
    given = (name for name in dict.fromkeys(outputs) if name in stored.constants and name not in made)
    return [step_of(NodeProto(op_type="Identity", name=name, input=[name], output=[name])) for name in given]


def _nodes(steps: Sequence[Step], resolution: Resolution) -> tuple[list[SourceNode], list[Gap]]:
    slots, stored = resolution.slots, resolution.stored
    nodes: list[SourceNode] = []
    gaps: list[Gap] = []
    columns: set[str] = set()
    scored = scores(steps, resolution.outputs)
    for step, path in zip(steps, paths(steps), strict=True):
        op, domain = text(step.proto.op_type), slots.domain(step.proto)
        given = attributes(step.proto, {name: f"captured {at}" for at, name in enumerate(step.captured)})
        doubtful = doubt(step.proto, slots)
        if doubtful or slots.is_function(step.proto):
            gaps.append(Gap(path, doubtful or _UNFIT.format(op)))
        captured = ((f"captured.{name}", name) for name in step.captured)
        biased = op == "Add" and not domain and not columns.isdisjoint(step.inputs)
        wiring = _wiring(
            (*resolution.named(step), *captured),
            (path, domain, op),
            resolution,
            biased=biased,
            scored=not scored.isdisjoint(step.outputs),
        )
        for _, name in resolution.neutral(step):
            stored.set_aside(name, path)
        weights = wiring.weights | stored.enter_bodies(step.proto, path)
        given |= wiring.settings | {"__opset__": slots.opset(domain)}
        dialect = f"onnx:{domain}" if domain else DOUBTFUL if doubtful else "onnx"
        made, into = _made(step, path), merged(step, wiring.weights)
        nodes.append(SourceNode(path, path, dialect, op, wiring.inputs, weights, given, made, into))
        if _is_column(nodes[-1], stored) or (op in KEPT and not columns.isdisjoint(step.inputs)):
            columns.update(made)
    return nodes, gaps


def _is_column(node: SourceNode, stored: Inventory) -> bool:
    """Whether a node has a stored kernel of one unit or filter and no bias; one of its own looks like any number."""
    slot, axis = {"MatMul": ("B", -1), "Conv": ("W", 0)}.get(node.op, ("", 0))
    kernel = stored.constants.get(node.weights.get(slot, ""))
    biased = node.op == "Conv" and "B" in node.weights
    return kernel is not None and not biased and len(kernel.shape) > 1 and kernel.shape[axis] == 1


OF_VALUES = {f"{value}_{what}" for value in "xy" for what in ("scale", "zero_point")}
"""What values are rounded by, where nothing but rounding is done to them."""

KEPT = {"Cast", "Transpose", "Reshape"}
"""Operators that leave the number of units what it is."""


DOUBTFUL = "onnx:undefined"
"""The dialect of operators of which nobody can tell what they do."""

_UNFIT = "{} is a function defined in the model for another opset version than the model uses"


@dataclass(frozen=True)
class _Wiring:
    """What a node's inputs are, by slot."""

    inputs: dict[str, str] = field(default_factory=dict)
    weights: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)


def _wiring(
    named: Iterable[tuple[str, str]], node: tuple[str, str, str], resolution: Resolution, *, biased: bool, scored: bool
) -> _Wiring:
    """Sort the inputs.

    Args:
        named: the inputs by slot.
        node: its path, domain and operator.
        resolution: what is known of constants.
        biased: a vector of one element is a bias, as those of more would be.
        scored: a softmax is taken of what comes out.
    """
    path, domain, op = node
    wiring, stored = _Wiring(), resolution.stored
    for slot, name in named:
        constant = stored.find(name)
        if constant is None or (constant.pieces and not is_weight(op, slot)):
            wiring.inputs[slot] = name
            continue
        stored.own(constant, path)
        if is_parameter(slot):
            _scale(slot, constant, path, wiring, resolution)
        elif not domain and (mask := resolution.mask(op, constant, scored=scored)) is not None:
            stored.set_aside(name, path)
            wiring.settings[slot] = mask
        elif not (is_weight(op, slot) or (biased and _is_vector(constant))) and is_setting(constant, domain, op, slot):
            wiring.settings[slot] = plain(constant, resolution.fetch)
        else:
            stored.use(constant, domain, op, path)
            wiring.weights[slot] = constant.name
            for other, scale in scales_of(slot, constant):
                _scale(other, stored.constants[scale], path, wiring, resolution)
    return wiring


def _is_vector(constant: Constant) -> bool:
    return constant.numel == 1 and bool(constant.shape) and constant.declared != LITERAL


def _scale(slot: str, constant: Constant, path: str, wiring: _Wiring, resolution: Resolution) -> None:
    """Enter a scale or a zero point: state of the model, whose value is told too where it is one, or of a value."""
    resolution.stored.own(constant, path)
    resolution.stored.use(constant, "", SCALING, path)
    wiring.weights[slot] = constant.name
    if constant.numel == 1 or (slot in OF_VALUES and constant.numel <= SMALL):
        wiring.settings[slot] = plain(constant, resolution.fetch)


def _made(step: Step, path: str) -> tuple[str, ...]:
    """Ids of the outputs; one that is left out between others keeps its place under an id of its own."""
    names = list(step.outputs)
    while names and not names[-1]:
        names.pop()
    return tuple(name or f"{path}#{index}" for index, name in enumerate(names))


def _rows(nodes: Sequence[SourceNode], stored: Inventory) -> tuple[SourceLayer, ...]:
    taken = dict.fromkeys((node.path for node in nodes), 1)
    unused = {name: unique(name, taken) for name in stored.find_unused()}
    for name, path in unused.items():
        stored.owners[name] = path
    owned: dict[str, list[str]] = {}
    for name, path in stored.owners.items():
        owned.setdefault(path, []).append(name)
    rows = [SourceLayer(node.path, node.op, tuple(owned.get(node.path, ())), node.outputs[:1]) for node in nodes]
    rows += [SourceLayer(path, "Initializer", (name,), (), "not used by any node") for name, path in unused.items()]
    return tuple(rows)


def _check_outputs(
    outputs: Sequence[str], inputs: Sequence[str], nodes: Sequence[SourceNode], stored: Inventory
) -> None:
    made = {name for node in nodes for name in node.outputs}
    for name in outputs:
        if name not in made and name not in inputs and name not in stored.constants:
            raise UnreadableModel(stored.source, "no node produces an output of the model", found=name)


def _producer(model: Any) -> str:
    opset = max(
        (int(each.version) for each in model.opset_import if text(each.domain) in ("", "ai.onnx")), default=None
    )
    by = f"{text(model.producer_name)} {text(model.producer_version)}".strip()
    return ", ".join(filter(None, (f"ONNX opset {opset}" if opset else "ONNX", by)))


def _mode(nodes: Sequence[SourceNode]) -> Mode:
    """The mode that the model was exported in: batch normalisations tell it, as some models always drop out."""
    flags = {op: [flag for node in nodes if node.op == op and (flag := in_training(node)) is not None] for op in ACTING}
    return Mode.TRAINING if any(next(filter(None, flags.values()), ())) else Mode.EVALUATION


ACTING = ("BatchNormalization", "Dropout")
"""Operators that do in training what they don't do in inference."""


def _unread(model: Any) -> list[Gap]:
    """Parts of the model beside its graph's nodes that are not looked into."""
    sparse = [
        Gap(text(each.values.name), "it is stored sparse; counts are those of the whole tensor", facet="weights")
        for each in model.graph.sparse_initializer
    ]
    return sparse + [
        Gap("training_info", "the training graph is not read", facet="outputs") for _ in model.training_info
    ]
