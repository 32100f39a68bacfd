"""What the nodes compute of constants and stored tensors alone, found before the graph is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from parity.adapters.onnx._assembled import Assembled, assemble, cut, whole
from parity.adapters.onnx._attributes import attributes
from parity.adapters.onnx._constants import ELEMENTWISE, LITERAL, TEMPORARY, Constant
from parity.adapters.onnx._folding import MALFORMED, SIZED, fold
from parity.adapters.onnx._inventory import Inventory
from parity.adapters.onnx._masks import SEEN, mask, may_be_mask
from parity.adapters.onnx._order import Step
from parity.adapters.onnx._repeats import with_repeats
from parity.adapters.onnx._slots import Slots
from parity.adapters.onnx._tensors import CODES, SMALL, dtype, is_real, text
from parity.adapters.onnx._weight_slots import is_weight
from parity.graph import MOST_NUMBERS, Census, Unknown, Value, Weight
from parity.kinds import holds_truth_values, is_stored_mask

NORMS = frozenset(("InstanceNormalization", "LayerNormalization", "RMSNormalization"))
STATES = frozenset(("initial_h", "initial_c"))
NEUTRAL: Mapping[str, Mapping[str, float]] = {
    **{op: {"B": 0.0} for op in ("Conv", "ConvTranspose")},
    **{op: dict.fromkeys(STATES, 0.0) for op in ("LSTM", "GRU", "RNN")},
    "Gemm": {"C": 0.0},
    "InstanceNormalization": {"scale": 1.0, "B": 0.0},
    "LayerNormalization": {"Scale": 1.0, "B": 0.0},
    "RMSNormalization": {"scale": 1.0},
}
"""Inputs that mean the same as none where every element is this number."""

WRITTEN = ELEMENTWISE | {"ScatterElements", "ScatterND"}
"""Operators by which a module writes masks and tables of positions, beside those that compute with its weights."""

REALS = {"float16", "bfloat16", "float32", "float64"}
"""The types between which a cast of a weight tells what a layer computes in."""

LEARNED = {Census.TRAINABLE, Census.UNKNOWN}

MOST_PARTS = 64
"""A weight that is split into more parts is left as it is."""


@dataclass
class Resolution:
    """Goes through the nodes, producers first.

    Attributes:
        values: every value of the graph by name.
        outputs: names of the model's outputs, whose nodes stay.
        assembled: what is put together of stored tensors, by name.
        large: computed tensors of one number that is repeated, by name.
        repeated: the number that a tensor consists of, by name; None where it has several.
        lists: the parts of stored tensors that are in a list, by its name.
        shapes: those of values that are computed of others of known shape, by name.
        recast: names of what is cast.
    """

    stored: Inventory
    slots: Slots
    values: Mapping[str, Value]
    outputs: frozenset[str]
    fetch: Callable[[Any], Any]
    assembled: dict[str, Assembled] = field(default_factory=dict)
    large: dict[str, Any] = field(default_factory=dict)
    repeated: dict[str, float | None] = field(default_factory=dict)
    lists: dict[str, list[Assembled]] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    recast: frozenset[str] = frozenset()

    def copy(self) -> "Resolution":
        """One that finds out more by itself, and leaves this one and the inventory as they are."""
        return replace(
            self,
            stored=replace(self.stored, constants=dict(self.stored.constants)),
            assembled=dict(self.assembled),
            large=dict(self.large),
            repeated=dict(self.repeated),
            lists=dict(self.lists),
            shapes=dict(self.shapes),
        )

    def enter_common(self, one: "Resolution", other: "Resolution") -> None:
        """Enter the constants that two others have found and this one has not, where these are the same."""
        for name in one.stored.constants.keys() - self.stored.constants.keys():
            arrays = one.array(name), other.array(name)
            if _same(*arrays):
                self._enter(name, arrays[0])

    def resolve(self, steps: Sequence[Step]) -> list[Step]:
        """The nodes that are left; what the others give is in the inventory then."""
        self.recast = frozenset(step.inputs[0] for step in steps if step.inputs and text(step.proto.op_type) == "Cast")
        left = [step for step in steps if not self._is_known(step)]
        needed = set(self.outputs)
        kept = []
        for step in reversed(left):
            spent = step.outputs and step.outputs[0] in {*self.assembled, *self.large, *self.lists}
            if spent and needed.isdisjoint(step.outputs):
                continue
            kept.append(step)
            needed.update(
                step.captured, (name for slot, name in self.named(step) if not self.replaces(step, slot, name))
            )
        self.stored.direct = needed
        return kept[::-1]

    def named(self, step: Step) -> list[tuple[str, str]]:
        """The inputs of a node by slot, without those that mean the same as none."""
        gone = self.neutral(step)
        return [each for each in self.slots.named(step.proto, step.inputs) if each not in gone]

    def neutral(self, step: Step) -> list[tuple[str, str]]:
        """The inputs of a node that mean the same as none, by slot."""
        op = text(step.proto.op_type)
        wanted = NEUTRAL.get(op, {}) if not self.slots.domain(step.proto) else {}
        found = [each for each in self.slots.named(step.proto, step.inputs) if each[0] in wanted]
        gone = [(slot, name) for slot, name in found if self._repeats(name) == wanted[slot]]
        if op in NORMS:
            return gone if len(gone) == len(found) else []
        return [(slot, name) for slot, name in gone if slot in STATES or not self.is_stored(name)]

    def is_stored(self, name: str) -> bool:
        """Whether a tensor is one of the model's own, which counts even where it is of zeros."""
        constant = self.stored.constants.get(name)
        return constant is not None and constant.stored

    def replaces(self, step: Step, slot: str, name: str) -> bool:
        """Whether an input is a weight that is put together of stored tensors; enters it as one."""
        if name not in self.assembled or not is_weight(text(step.proto.op_type), slot):
            return False
        found = self.assembled[name]
        if name not in self.stored.constants:
            first = self.stored.constants[found.pieces[0].name]
            self.stored.constants[name] = Constant(
                name, first.tensor, found.shape, name, stored=False, pieces=found.pieces
            )
        return True

    def _is_known(self, step: Step) -> bool:
        """Whether what a node gives is a constant of little size, which is entered in its place."""
        op = text(step.proto.op_type)
        if op in ("Split", "SplitToSequence") and not self.slots.domain(step.proto):
            self._take_apart(op, step)
        other = self.slots.domain(step.proto) or self.slots.is_function(step.proto)
        if other or len(step.outputs) != 1 or step.outputs[0] in self.outputs:
            return not other and op == "Split" and self._split(step)
        name = step.outputs[0]
        if name in self.stored.constants:
            return True
        settings = attributes(step.proto, {})
        same = self.stored.constants.get(step.inputs[0]) if op in {"Cast", "Transpose"} and step.inputs else None
        if same is not None and (self._is_cast_weight if op == "Cast" else _is_as_stored)(step, settings, same):
            self.stored.constants[name] = replace(same, name=name)
            return True
        if op in ELEMENTWISE:
            self._broadcast(step)
        sized = SIZED.get(op)
        array = sized(self.shape(step.inputs[0]), settings) if sized else self._folded(op, step, settings)
        if array is None:
            self._assemble(op, step, settings)
            return False
        if array.size > SMALL:
            self.large[name] = array
            return False
        self._enter(name, array)
        return True

    def _is_cast_weight(self, step: Step, settings: Mapping[str, Any], same: Constant) -> bool:
        """Whether a node casts a stored tensor of real numbers to others, which layers compute in then.

        One that is cast back is rounded, and is not what is stored any more.
        """
        if not same.stored or same.pieces or same.scales or step.outputs[0] in self.recast:
            return False
        types = [dtype(code) if isinstance(code, int) else None for code in (same.tensor.data_type, settings.get("to"))]
        return REALS.issuperset(types)

    def _split(self, step: Step) -> bool:
        """Whether a node takes sizes apart that are known; enters each of them."""
        import numpy as np

        data, *given = step.inputs
        array, settings = self.array(data), attributes(step.proto, {})
        told = bool(given and given[0])
        sizes = self.array(given[0]) if told else settings.get("split")
        if array is None or array.dtype.kind not in "iu" or array.ndim != 1 or (sizes is None and told):
            return False
        count = len(step.outputs)
        each = -(-array.size // count)
        ends = np.cumsum(sizes) if sizes is not None else np.minimum(np.arange(1, count + 1) * each, array.size)
        if len(ends) != count or ends[-1] != array.size or not self.outputs.isdisjoint(step.outputs):
            return False
        self.stored.spent.update(step.inputs)
        for name, part in zip(step.outputs, np.split(array, ends[:-1]), strict=True):
            if name:
                self._enter(name, part)
        return True

    def _broadcast(self, step: Step) -> None:
        """Note the shape of what is computed element by element of tensors that may be too large to look into."""
        import numpy as np

        shapes = [self.shape(each) for each in step.inputs if each]
        if not shapes or any(each is None or not all(type(size) is int for size in each) for each in shapes):
            return
        try:
            self.shapes[step.outputs[0]] = np.broadcast_shapes(*shapes)
        except ValueError:  # the node stays in the graph, where its kind says what is wrong with it
            return

    def _folded(self, op: str, step: Step, settings: dict[str, Any]) -> Any:
        inputs, node = step.inputs, step.proto
        if op == "CastLike" and len(inputs) > 1:
            node, inputs = self._cast(inputs[1]), inputs[:1]
        arrays = [self.array(name) if name else None for name in inputs]
        known = all(array is not None for array, name in zip(arrays, inputs, strict=True) if name)
        opset = self.slots.opset("")
        made = fold(node, arrays, settings, opset) if node is not None and known and arrays else None
        if made is not None:
            self.stored.spent.update(inputs)
        return made

    def _cast(self, like: str) -> Any:
        """A cast to the type of a value; None where that is not known."""
        from onnx import helper

        constant, value = self.stored.constants.get(like), self.values.get(like)
        told = dtype(constant.tensor.data_type) if constant is not None else value.dtype if value else None
        known = CODES.get(told or "")
        return helper.make_node("Cast", [""], [""], to=known) if known is not None else None

    def _enter(self, name: str, array: Any) -> None:
        from onnx import numpy_helper

        tensor = numpy_helper.from_array(array, name)
        self.stored.constants[name] = Constant(name, tensor, tuple(array.shape), name, LITERAL, stored=False)

    def shape(self, name: str) -> Any:
        """The sizes of a constant or a value, as far as they are known."""
        constant = self.stored.constants.get(name)
        if constant is not None:
            return constant.shape
        if name in self.large:
            return self.large[name].shape
        value = self.values.get(name)
        return value.shape if value is not None and name not in self.shapes else self.shapes.get(name)

    def array(self, name: str) -> Any:
        """The elements of a constant that is no weight."""
        if name in self.large:
            return self.large[name]
        constant = self.stored.constants.get(name)
        if constant is None or constant.numel > SMALL or constant.pieces:
            return None
        real = is_real(constant.tensor.data_type)
        number = constant.declared == LITERAL or not constant.stored or (not real or not constant.shape)
        own = constant.declared in ("", LITERAL) or not real  # whole numbers are trained by nobody, whatever they are
        return self._payload(constant) if number and own else None

    def enter(self, name: str, numbers: Any, kind: str = "int64") -> None:
        """Enter numbers of a kind as what a name stands for."""
        import numpy as np

        self._enter(name, np.array(numbers, kind))

    def number(self, name: str) -> Any:
        """The one number that a constant is; None for others, and where it is not known."""
        array = self.array(name)
        return array.item() if array is not None and array.size == 1 else None

    def _payload(self, constant: Constant) -> Any:
        from onnx import numpy_helper

        tensor = self.fetch(constant.tensor)
        if isinstance(tensor, Unknown):
            return None
        try:
            return numpy_helper.to_array(tensor).reshape(constant.shape)
        except MALFORMED:  # the payload was left out, or does not fit; its reader says so where it is used
            return None

    def weights(self) -> dict[str, Weight]:
        """Every owned tensor, with the numbers of those that no training makes; masks are constants."""
        found = self.stored.weights()
        for name, weight in found.items():
            constant = self.stored.constants[name]
            array = self._payload(constant) if may_be_mask(constant) and constant.numel <= MOST_NUMBERS else None
            if array is not None and array.dtype.kind == "f" and _is_mask(constant, array):
                made = Census.CONSTANT if weight.census in LEARNED else weight.census
                found[name] = replace(weight, numbers=tuple(array.ravel().tolist()), census=made, presumed=False)
            elif (numbers := self._numbers(constant)) is not None:
                found[name] = replace(weight, numbers=numbers)
        return with_repeats(found, self.stored.constants, self._payload)

    def _numbers(self, constant: Constant) -> tuple[float, ...] | None:
        """The elements of a small table that an exporter has made, or a module before it was exported."""
        uses = self.stored.uses.get(constant.storage, [])
        made = constant.declared in (TEMPORARY, LITERAL) or not is_real(constant.tensor.data_type)
        made = made or (not constant.declared and all(op in WRITTEN and not domain for domain, op in uses))
        if not made or not constant.shape or constant.numel > MOST_NUMBERS or constant.pieces or constant.scales:
            return None
        array = self._payload(constant)
        return tuple(array.ravel().tolist()) if array is not None and array.dtype.kind in "biuf" else None

    def _repeats(self, name: str) -> float | None:
        """The number that a tensor consists of which an exporter has made: no parameter of the model's."""
        if name not in self.repeated:
            constant = self.stored.constants.get(name)
            if constant is None and name not in self.large:
                return None  # it may still be found
            own = constant is not None and constant.declared in ("", LITERAL) and constant.numel <= SEEN
            array: Any = self.large.get(name, self._payload(constant) if own and constant is not None else None)
            same = array is not None and array.dtype.kind in "fiu" and array.size > 0
            same = same and bool((array == array.flat[0]).all())
            self.repeated[name] = float(array.flat[0]) if same and array is not None else None
        return self.repeated[name]

    def mask(self, op: str, constant: Constant, *, scored: bool) -> str | None:
        """What a fixed mask lets through that ``Add`` has, marked as one; None for others."""
        if op != "Add" or not may_be_mask(constant):
            return None
        array = self._payload(constant)
        return mask(constant, array, scored=scored) if array is not None and array.dtype.kind == "f" else None

    def _take_apart(self, op: str, step: Step) -> None:
        """Enter the parts that a stored tensor is split into."""
        data, *given = step.inputs
        constant, settings = self.stored.constants.get(data), attributes(step.proto, {})
        part = self.assembled.get(data)
        if part is None and constant is not None and constant.stored and is_real(constant.tensor.data_type):
            part = whole(constant.storage, constant.shape)
        array = self.array(given[0]) if given and given[0] else None
        split = tuple(int(size) for size in array.ravel()) if array is not None else settings.get("split")
        if part is None or not settings.get("keepdims", 1) or (given and array is None):
            return
        try:
            axis = settings.get("axis", 0) % len(part.shape)
            size = part.shape[axis]
            if split is None:
                split = -(-size // len(step.outputs))
            elif array is not None and not array.ndim:
                (split,) = split
            if not isinstance(split, tuple):
                starts = range(0, size, split)[: MOST_PARTS + 1]
                split = tuple(min(split, size - at) for at in starts)
            sizes = split
            if sum(sizes) != size or len(sizes) > MOST_PARTS or (op == "Split" and len(sizes) != len(step.outputs)):
                return
            ends = [sum(sizes[: at + 1]) for at in range(len(sizes))]
            parts = [cut(part, axis, end - size, end) for end, size in zip(ends, sizes, strict=True)]
        except MALFORMED:  # the node stays in the graph, where its kind says what is wrong with it
            return
        if op == "Split":
            self.assembled |= dict(zip(step.outputs, parts, strict=True))
        else:
            self.lists[step.outputs[0]] = parts

    def _assemble(self, op: str, step: Step, settings: dict[str, Any]) -> None:
        parts = []
        if op == "SequenceAt" and step.inputs[0] in self.lists:
            place = self.array(step.inputs[1])
            found = self.lists[step.inputs[0]]
            if place is not None and -len(found) <= int(place) < len(found):
                self.assembled[step.outputs[0]] = found[int(place)]
            return
        for slot, name in self.slots.named(step.proto, step.inputs):
            constant = self.stored.constants.get(name)
            if name in self.assembled:
                parts.append(self.assembled[name])
            elif constant is not None and constant.stored and is_real(constant.tensor.data_type):
                parts.append(whole(constant.storage, constant.shape))
            elif (array := self.array(name)) is not None and array.size <= SMALL:
                settings[slot] = tuple(int(each) for each in array.ravel()) if array.dtype.kind in "iu" else None
            else:
                return
        try:
            made = assemble(op, parts, settings) if parts else None
        except MALFORMED:  # the node stays in the graph, where its kind says what is wrong with it
            return
        if made is not None:
            self.assembled[step.outputs[0]] = made


def _is_as_stored(_step: Step, settings: Mapping[str, Any], same: Constant) -> bool:
    """Whether a transpose leaves the axes of a tensor where they are."""
    return settings.get("perm") == tuple(range(len(same.shape)))


def _same(one: Any, other: Any) -> bool:
    known = one is not None and other is not None and one.shape == other.shape
    return bool(known and (one == other).all())


def _is_mask(constant: Constant, array: Any) -> bool:
    """Whether numbers are those of a mask: of what is far below zero, or of truth values that an exporter has cast."""
    return is_stored_mask(array) or (constant.computed_of is not None and holds_truth_values(array))
