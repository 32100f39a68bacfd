"""An operator that does what several others do, said as those, one after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from parity.graph import SourceNode, Value
from parity.kinds._contract import Call, Draft


@dataclass(frozen=True, slots=True)
class Step:
    """One of the operators.

    Attributes:
        op: its name in ONNX.
        inputs: for each of its slots the slot of the whole operator, or what an earlier step makes.
        made: what it makes is called so by later steps; that of the last one is the output of the whole.
        settings: its attributes.
    """

    op: str
    inputs: Mapping[str, str]
    made: str
    settings: Mapping[str, Any] = field(default_factory=dict)


def written_out(call: Call, steps: Sequence[Step], more: Mapping[str, str] | None = None) -> tuple[Draft, ...]:
    """The layers of the steps; () where one of them cannot be said.

    Args:
        call: of the whole operator.
        steps: in order; the last makes its first output.
        more: ids of values by the step that makes them, for the further outputs of the whole.
    """
    from parity.kinds._registry import kind, spelling

    made: dict[str, str] = {}
    values, drafts = dict(call.values), list[Draft]()
    for step in steps:
        output = call.outputs[0] if step is steps[-1] else (more or {}).get(step.made, f"{call.node.path}:{step.made}")
        node = _node(call, step, made, output)
        spell = spelling("onnx", step.op)
        found = spell(Call(node, call.evidence, values, call.stored)) if spell is not None else ()
        if not found:
            return ()
        for draft in found:
            part = f"{step.made}-{draft.part}" if draft.part else step.made
            drafts.append(replace(draft, part=part))
            shapes = [value.shape if (value := values.get(each)) is not None else None for each in draft.inputs]
            inferred = kind(draft.kind).shape(draft.attributes, shapes)
            dtype = next((values[each].dtype for each in draft.inputs if each in values), None)
            for name, shape in zip(draft.outputs, inferred, strict=False):
                if name not in values or values[name].shape is None:
                    values[name] = Value(shape, dtype)
        made[step.made] = output
    return tuple(drafts)


def _node(call: Call, step: Step, made: Mapping[str, str], output: str) -> SourceNode:
    """The call of a step, with what the whole was given."""
    given = call.node
    inputs = {
        slot: made.get(name) or given.inputs[name]
        for slot, name in step.inputs.items()
        if name in {**made, **given.inputs}
    }
    weights = {
        slot: given.weights[name] for slot, name in step.inputs.items() if name in given.weights and name not in made
    }
    held = {
        slot: given.attributes[name]
        for slot, name in step.inputs.items()
        if name in given.attributes and name not in made
    }
    settings = {**held, **step.settings}
    return SourceNode(f"{given.path}:{step.made}", given.layer, "onnx", step.op, inputs, weights, settings, (output,))
