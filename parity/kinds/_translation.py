"""Source graph -> layer graph: each call in the terms of its kinds, with shapes inferred where the source has none."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod

from parity.axes import expand
from parity.errors import ParityError
from parity.graph import (
    Census,
    Evidence,
    Gap,
    Layer,
    LayerGraph,
    Shape,
    SourceGraph,
    SourceNode,
    Value,
    Weight,
)
from parity.kinds._accounting import Watched, plain, unread
from parity.kinds._contract import MALFORMED, Call, Draft, Role, Use, finer
from parity.kinds._declared import REMEDY as CORRECT
from parity.kinds._declared import Module, as_declared, classes_of
from parity.kinds._formula import contradictions
from parity.kinds._held import PENALTIES, beside, held
from parity.kinds._keras_calls import is_left_over
from parity.kinds._keras_masks import with_masks
from parity.kinds._located import UNNAMED, located
from parity.kinds._modes import CALLED_IN
from parity.kinds._module_calls import recomposed
from parity.kinds._number_types import made_type
from parity.kinds._operands import SOURCES, array, leaf
from parity.kinds._output_types import output_types
from parity.kinds._parametrized import unparametrized
from parity.kinds._read import gives_all, reads_all
from parity.kinds._registry import declared, kind, kinds, spelling
from parity.kinds._remnants import remnants
from parity.kinds._signatures import WEIGHTS_ONLY, recognised
from parity.kinds._tensorflow import in_words_of_keras
from parity.kinds._types import wrong_type
from parity.kinds.source.constant import flat
from parity.kinds.source.constant import held as constant
from parity.sizes import contradict

NOT_RECORDED = "the source does not record it and it could not be inferred"

UNCOUNTED = {Census.CONSTANT, Census.NONPERSISTENT}
"""Classes of weights that no framework counts: none is missed where no call uses it."""

UNTYPED = "unknown"
"""The type of a row whose class the source does not tell."""

RECHECK = "check the file, or export the model again"

WIRED = {"aten", "onnx"}
"""Dialects of operators, whose stored operands stand among their arguments."""

OPERATIONS = "keras.ops"
"""The dialect of Keras' operations, of which any operand may be stored, or an array of the code."""

CUSTOM = "__module__"
"""The attribute with which a reader marks a class that is not of the framework."""


def translate(source: SourceGraph, chosen: Mapping[str, int] | None = None) -> LayerGraph:
    """Say a model in the terms of kinds.

    Args:
        source: a model in its framework's own words.
        chosen: for layers that a file of tensors leaves open, by path, the number of the candidate.

    A call that is not supported becomes a layer of the kind ``opaque``. Weights that no call uses become layers of the
    kind ``unused``, so that every stored tensor of the source belongs to a layer.
    """
    types = {row.path: row.type for row in source.layers}
    source = with_masks(unparametrized(recomposed(in_words_of_keras(source))))
    state = _Translation(source, dict(source.values), {}, types=types, chosen=chosen or {})
    layers = [*_inputs(source)]
    for node in source.nodes:
        layers.extend(state.layers(node))
    left_out = state.left_out()
    layers.extend(state.leftovers())
    state.tell_stale()
    return LayerGraph(
        framework=source.framework,
        evidence=source.evidence,
        layers=tuple(layers),
        values=state.values,
        weights=(*state.classified.values(), *source.beside),
        ordered=source.ordered,
        inputs=source.inputs,
        outputs=source.outputs,
        input_names=tuple(source.names_of_inputs.values()),
        output_names=source.names_of_outputs,
        inputs_by_name=source.inputs_by_name,
        outputs_by_name=source.outputs_by_name,
        outputs_left_out=source.outputs_left_out,
        weights_left_out=left_out,
        inference_only=source.inference_only,
        mode=source.mode,
        gaps=(*source.gaps, *state.gaps),
        producer=source.producer,
        output_types=output_types(source, state.values),
    )


def _inputs(source: SourceGraph) -> list[Layer]:
    rows = {row.outputs[0]: row.path for row in source.layers if row.outputs}
    names = source.input_names or source.inputs
    layers = []
    for value, name in zip(source.inputs, names, strict=True):
        path = rows.get(value, name)
        layers.append(Layer(f"input:{path}", "input", {}, (), (), (value,), (path,), "Input"))
    return layers


@dataclass
class _Translation:
    source: SourceGraph
    values: dict[str, Value]
    classified: dict[str, Weight]
    gaps: list[Gap] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    stale: list[tuple[Layer, str, Shape, Shape]] = field(default_factory=list)
    types: Mapping[str, str] = field(default_factory=dict)
    chosen: Mapping[str, int] = field(default_factory=dict)
    unread: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def layers(self, node: SourceNode) -> list[Layer]:
        stored = self._stored(node)
        said = declared(*classes_of(node))
        found = self._declared(node, said) if said is not None else self._spelled(node) or self._of_leaf(node)
        drafts = found or (_opaque(node, stored, self.unread.get(node.path, ())),)
        self._miss(node, drafts)
        layers = [self._layer(node, draft) for draft in drafts]
        if node.dialect == "keras" and (more := beside(node.attributes, [w for each in layers for w in each.weights])):
            # What passes its input on is there for the penalty.
            penal = layers[0].kind == "identity" and PENALTIES in more
            acts = "activity_regularization" if penal else layers[0].kind
            layers[0] = replace(layers[0], kind=acts, attributes={**layers[0].attributes, **more})
        told_by = {slot for draft in drafts for slot in draft.told_by}
        return self._attach_rest({slot: name for slot, name in stored.items() if slot not in told_by}, layers)

    def _stored(self, node: SourceNode) -> Mapping[str, str]:
        """The stored tensors of a call by slot, each of those that one is put together of under a number."""
        found: dict[str, str] = {}
        for slot, name in node.weights.items():
            pieces = dict.fromkeys(piece.name for piece in self.source.weights[name].pieces)
            found |= {f"{slot}.{at}": piece for at, piece in enumerate(pieces)} or {slot: name}
        return found

    def _spelled(self, node: SourceNode) -> tuple[Draft, ...]:
        """The layers that a kind recognises; () where none does, or where they would leave out an input of the call."""
        if node.dialect in WEIGHTS_ONLY:
            return recognised(Call(node, self.source.evidence, {}, self.source.weights), self.chosen.get(node.path))
        # A class of the user's own may have the name of a built-in one, and do something else.
        spell = spelling(node.dialect, node.op) if CUSTOM not in node.attributes else None
        node = _unscaled(node)
        settings = Watched(node.attributes)
        watched = replace(node, attributes=settings)
        mode = node.attributes.get(CALLED_IN)
        call = Call(watched, self.source.evidence, self.values, self.source.weights, training=mode)
        try:
            drafts = spell(call) if spell is not None else ()
        except MALFORMED as error:
            reason = f"the settings of this {node.op} do not make sense ({error or type(error).__name__})"
            self.gaps.append(Gap(node.path, reason, RECHECK))
            return ()
        if mistyped := wrong_type(drafts, kinds()):
            self.gaps.append(Gap(node.path, f"the settings of this {node.op} do not make sense ({mistyped})", RECHECK))
            return ()
        drafts = tuple(replace(draft, attributes=plain(draft.attributes)) for draft in drafts)
        if drafts and (left := unread(settings, node.dialect, node.op)):
            self.unread[node.path] = left
            return ()
        if (
            not drafts
            or not reads_all(call, drafts)
            or not gives_all(call, drafts, self.consumed)
            or is_left_over(call, drafts)
            or not all(self._wired(draft) and self._has_axes(draft) and self._is_stored(draft) for draft in drafts)
        ):
            return ()
        made = {value for draft in drafts for value in draft.outputs}
        more = tuple(value for value in node.outputs if value not in made and value in self.consumed)
        return (*drafts[:-1], replace(drafts[-1], outputs=drafts[-1].outputs + more)) if more else drafts

    def _declared(self, node: SourceNode, said: Module) -> tuple[Draft, ...]:
        """The layer that the user says a class of their own to be; () with the reason where it cannot be that."""
        call = Call(node, self.source.evidence, self.values, self.source.weights)
        found = as_declared(said, kind(said.kind), call, self.source.framework)
        if isinstance(found, Draft) and self._is_stored(found) and self._has_axes(found):
            return (found,)
        reason = (
            found if isinstance(found, str) else f"{said.name} is not a {said.kind}: its weights or axes do not match"
        )
        self.gaps.append(Gap(node.path, reason, CORRECT))
        return ()

    def _of_leaf(self, node: SourceNode) -> tuple[Draft, ...]:
        """The layers of a call that works on a stored tensor as others do on a value: a norm of learned queries."""
        if node.dialect == OPERATIONS:
            return self._of_operands(node)
        if node.dialect not in WIRED or self.source.evidence is not Evidence.GRAPH:
            return ()
        slots = (each for each in (*node.weights, *node.attributes) if each in SOURCES)
        slot = next((each for each in slots if each in node.weights or _is_array(node.attributes[each])), None)
        if slot is None:
            return ()
        value = f"{node.path}:{slot}"
        if slot in node.weights:
            weight = self.source.weights[node.weights[slot]]
            made, shape, dtype = leaf(weight, value, slot), weight.shape, weight.dtype
        else:
            numbers, shape = flat(node.attributes[slot])
            made, dtype = constant(value, numbers, shape, slot), None
        weights, attributes = (
            {name: each for name, each in given.items() if name != slot} for given in (node.weights, node.attributes)
        )
        self.values[value] = Value(shape, dtype)
        inputs = {slot: value, **node.inputs}
        drafts = self._spelled(replace(node, inputs=inputs, weights=weights, attributes=attributes))
        if not drafts:
            del self.values[value]
        return (made, *drafts) if drafts else ()

    def _of_operands(self, node: SourceNode) -> tuple[Draft, ...]:
        """The layers of an operation of Keras, each stored tensor and array among its operands a value of its own."""
        told = node.attributes.get("__inputs__") or tuple(node.inputs)
        if not isinstance(told, tuple) or len(told) != len(node.inputs):
            return ()  # a file that tells other places than it has values
        inputs = dict(zip(map(str, told), node.inputs.values(), strict=True))
        made, values = list[Draft](), dict[str, Value]()
        for slot, name in node.weights.items():
            inputs[slot] = value = f"{node.path}:given-{slot}"
            weight = self.source.weights[name]
            values[value] = Value(weight.shape, weight.dtype)
            made.append(leaf(weight, value, slot))
        arrays = {slot: found for slot, each in node.attributes.items() if (found := array(each)) is not None}
        for slot, (numbers, shape, dtype) in arrays.items():
            inputs[slot] = value = f"{node.path}:given-{slot}"
            values[value] = Value(shape, dtype)
            made.append(constant(value, numbers, shape, slot))
        if not made:
            return ()
        before = dict(self.values)
        self.values.update(values)
        ordered = {slot: inputs[slot] for slot in sorted(inputs, key=_place)}
        left = {name: each for name, each in node.attributes.items() if name not in arrays and name != "__inputs__"}
        drafts = self._spelled(replace(node, inputs=ordered, weights={}, attributes=left))
        if not drafts:
            self.values = before
        return (*made, *drafts) if drafts else ()

    def _wired(self, draft: Draft) -> bool:
        """Whether it computes something from something, as every layer of a graph must."""
        made = kind(draft.kind)
        # What computes with numbers of the call itself has to have them.
        numbers = draft.weights or "operands" in draft.attributes or "operands" not in made.attributes
        known = draft.inputs or (made.makes and numbers)
        return self.source.evidence is not Evidence.GRAPH or bool(known and draft.outputs)

    def _has_axes(self, draft: Draft) -> bool:
        """Whether the input has the axes that the layer numbers."""
        value = self.values.get(draft.inputs[0]) if draft.inputs else None
        if value is None or value.shape is None:
            return True
        numbered = (draft.attributes.get(name) for name, each in kind(draft.kind).attributes.items() if each.is_axis)
        axes = (axis for each in numbered for axis in (each if isinstance(each, tuple) else (each,)))
        return all(-len(value.shape) <= axis < len(value.shape) for axis in axes if isinstance(axis, int))

    @cached_property
    def settings(self) -> Mapping[str, frozenset[tuple[float, ...]]]:
        """The numbers of arrays that calls have for settings, by row: a reader has looked them up in stored tensors."""
        found: dict[str, set[tuple[float, ...]]] = {}
        for node in self.source.nodes:
            arrays = (flat(each)[0] for each in node.attributes.values() if isinstance(each, tuple) and _is_array(each))
            found.setdefault(node.layer, set()).update(map(tuple, arrays))
        return {row: frozenset(numbers) for row, numbers in found.items()}

    @cached_property
    def consumed(self) -> frozenset[str]:
        """Values that a call or the caller of the model uses."""
        inputs = (value for node in self.source.nodes for value in node.inputs.values())
        return frozenset((*inputs, *self.source.outputs))

    def _layer(self, node: SourceNode, draft: Draft) -> Layer:
        roles = kind(draft.kind).roles
        weights = tuple(self._weight(role, roles.get(role), use) for role, use in draft.weights.items())
        if node.dialect == "keras":
            weights = tuple(held(node.attributes, each, draft.part) for each in weights)
        path = f"{node.path}:{draft.part}" if draft.part else node.path
        op = self.types.get(node.layer, node.op)
        op = draft.kind if op == UNTYPED else op
        ends = draft.inputs, draft.outputs
        merged = node.merged if weights else ()
        layer = Layer(path, draft.kind, draft.attributes, weights, *ends, (node.layer,), op, merged=merged)
        self._infer(layer)
        self._check(layer)
        return layer

    def _miss(self, node: SourceNode, drafts: tuple[Draft, ...]) -> None:
        """Say which weights the settings of a Keras layer ask for that are not stored, where others of it are."""
        spell = spelling(node.dialect, node.op)
        if (
            node.dialect != "keras"
            or CUSTOM in node.attributes
            or not node.weights
            or spell is None
            or drafts[0].kind == "opaque"
        ):
            return
        try:
            asked = spell(Call(node, self.source.evidence, self.values, {}).with_every_weight())
        except MALFORMED:
            return  # settings that fit what is stored, and make no sense without it
        for role, use in (each for draft in asked for each in draft.weights.items()):
            if use.name not in node.weights:
                self.gaps.append(Gap(node.layer, f"its {role} is not stored", "save the model again", "counts"))

    def _check(self, layer: Layer) -> None:
        """Say where the stored weights are not those of the layer that the settings describe."""
        shapes = [value.shape if (value := self.values.get(each)) is not None else None for each in layer.inputs]
        for weight, made in contradictions(layer, shapes):
            reason = f"its {weight.role} has the shape {weight.shape}, and its settings imply {made}"
            self.gaps.append(Gap(layer.source, reason, "save the model again", "counts"))

    def _is_stored(self, draft: Draft) -> bool:
        """Whether each of its weights is stored, or is made of one that is."""
        roles = kind(draft.kind).roles
        return all(self._located(self._axes(use, roles.get(role)), use) for role, use in draft.weights.items())

    def _axes(self, use: Use, role: Role | None) -> str:
        return use.axes or (role.layout(self.source.framework) if role else "")

    def _located(self, axes: str, use: Use) -> tuple[str, Use] | None:
        """The stored tensor that a use is of, and its layout; None where it is put together of several."""
        weight = self.source.weights[use.name]
        return located(weight, self.source.weights, axes, use) if weight.pieces else (axes, use)

    def _weight(self, name: str, role: Role | None, use: Use) -> Weight:
        axes, use = self._located(self._axes(use, role), use) or ("", use)
        stored = self.source.weights[use.name]
        census = role.census if role is not None and role.census is not None else stored.census
        if census is Census.CONSTANT and not stored.presumed:
            census = stored.census  # the source says itself that a state to begin with is trained
        weight = replace(stored, census=census, role=name)
        if use.window:
            weight = _cut(weight, use, axes)
        axes = " ".join(each for each in axes.split() if each != UNNAMED)
        if use.parts:
            weight = _merged(weight, use.parts)
        try:
            weight = replace(weight, axes=expand(axes, len(weight.shape)) if axes else "")
        except ParityError as error:
            self.gaps.append(Gap(weight.name, f"a {name} of shape {weight.shape} is not what its layer needs: {error}"))
        self.classified.setdefault(weight.name, weight)
        self.used.add(stored.name)
        return weight

    def _infer(self, layer: Layer) -> None:
        if self.source.evidence is not Evidence.GRAPH:
            return
        given = [self.values.get(each) for each in layer.inputs]
        inferred = kind(layer.kind).shape(
            layer.attributes, [each.shape if each is not None else None for each in given]
        )
        dtype = made_type(layer, [each.dtype if each is not None else None for each in given])
        for at, name in enumerate(layer.outputs):
            known = self.values.get(name)
            shape = inferred[at] if at < len(inferred) else None
            if known is None or known.shape is None:
                self.values[name] = Value(shape, dtype, "" if shape is not None else NOT_RECORDED)
            elif shape is not None and contradict(known.shape, shape):
                if known.recorded:
                    self.stale.append((layer, name, known.shape, shape))
                self.values[name] = replace(known, shape=shape)
            elif shape is not None:
                self.values[name] = replace(known, shape=finer(known.shape, shape))

    def tell_stale(self) -> None:
        """Say that shapes which the source records are not those that its own layers make; these are taken.

        What nothing uses is of any shape: PyTorch's exporter gives that of an LSTM's state to its unused sequence.
        """
        used = {*self.source.outputs, *(value for node in self.source.nodes for value in node.inputs.values())}
        if stale := [each for each in self.stale if each[1] in used]:
            layer, _, told, made = stale[0]
            more = f", and {len(stale) - 1} more like it" if stale[1:] else ""
            reason = f"its output is recorded as {told}, and its inputs and settings imply {made}{more}"
            self.gaps.append(Gap(layer.source, reason, "export the model again, without stale shapes", "shapes"))

    def _attach_rest(self, stored: Mapping[str, str], layers: list[Layer]) -> list[Layer]:
        """Weights of the call that no draft has asked for stay with its first layer, with what their slot is called."""
        rest = tuple(self._extra(slot, name) for slot, name in stored.items() if name not in self.used)
        if rest:
            layers[0] = replace(layers[0], weights=layers[0].weights + rest)
        return layers

    def _extra(self, slot: str, name: str) -> Weight:
        weight = self._unassigned(name)
        if weight.role is None and not slot.isdecimal():
            self.classified[name] = weight = replace(weight, role=slot)
        return weight

    def _unassigned(self, name: str) -> Weight:
        self.used.add(name)
        return self.classified.setdefault(name, self.source.weights[name])

    def left_out(self) -> tuple[Weight, ...]:
        """What serves nothing but outputs that were left out."""
        names = [name for row in self.source.layers for name in row.weights if name in self.source.weights_left_out]
        return tuple(self._unassigned(name) for name in names)

    def leftovers(self) -> list[Layer]:
        """A layer for each row whose weights no call has used."""
        layers = []
        left = remnants(self.source.weights, self.classified.values())
        for row in self.source.layers:
            rest = [self._unassigned(name) for name in row.weights if name not in self.used]
            more = [left.pop(name) for name in row.weights if name in left]
            self.classified.update((weight.name, weight) for weight in more)
            rest += more
            known = self.settings.get(row.path, frozenset()) if rest else frozenset()
            weights = tuple(weight for weight in rest if weight.numbers not in known)
            if any(weight.census not in UNCOUNTED for weight in weights):
                layers.append(Layer(f"unused:{row.path}", "unused", {}, weights, (), (), (row.path,), row.type))
        return layers


def _place(slot: str) -> tuple[tuple[int, int, str], ...]:
    """Where an argument stands among others: those with names come last."""
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in slot.split("."))


def _is_array(value: object) -> bool:
    """Whether a setting is an array of numbers, as nested tuples."""
    try:
        return isinstance(value, tuple) and all(type(each) in {int, float} for each in flat(value)[0])
    except ValueError:  # its rows are not of one length
        return False


def _unscaled(node: SourceNode) -> SourceNode:
    """The call without the scales and zero points of its weights, which change no meaning."""
    slots = {f"{slot}{suffix}" for slot in node.weights for suffix in ("_scale", "_zero_point")}.intersection(
        node.weights
    )
    if not slots:
        return node
    weights, attributes = (
        {slot: each for slot, each in given.items() if slot not in slots} for given in (node.weights, node.attributes)
    )
    return replace(node, weights=weights, attributes=attributes)


def _opaque(node: SourceNode, stored: Mapping[str, str], not_read: tuple[str, ...]) -> Draft:
    weights: Mapping[str, Use] = {slot: Use(name) for slot, name in stored.items()}
    settings = {name: value for name, value in node.attributes.items() if name != "name"}
    attributes = {"operator": f"{node.dialect}.{node.op}", "settings": settings, "unread": not_read}
    return Draft("opaque", attributes, tuple(node.inputs.values()), node.outputs, weights)


def _cut(weight: Weight, use: Use, axes: str) -> Weight:
    sizes = tuple(stop - start for start, stop in use.window)
    named = axes.split()
    wide = tuple(size for size in sizes if size != 1)
    if len(named) == len(sizes):
        shape = tuple(size for size, name in zip(sizes, named, strict=True) if name != UNNAMED)
    else:  # axes without a name have been cut to one element; they lead where others have one element too
        shape = wide if len(wide) == len(named) else sizes[len(sizes) - len(named) :]
    if sizes == weight.shape:
        return replace(weight, shape=shape)
    mark = ",".join(f"{start}:{stop}" for start, stop in use.window)
    return replace(
        weight.part(use.window, shape, name=f"{weight.name}[{mark}]", storage=f"{weight.storage}[{mark}]"),
        numbers=weight.numbers,
    )


def _merged(weight: Weight, parts: tuple[tuple[str, ...], ...]) -> Weight:
    """The weight with the axes merged that its layer knows as one; as it is where it has others."""
    if len(weight.shape) != sum(map(len, parts)):
        return weight
    sizes = iter(weight.shape)
    return replace(weight, shape=tuple(prod(next(sizes) for _ in part) for part in parts))
