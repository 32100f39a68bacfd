"""The framework-free data that the stages hand on: source graphs, layer graphs, weights and values."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from math import prod
from types import MappingProxyType
from typing import Any

from parity.sizes import Dim as Dim
from parity.store import NO_ELEMENTS, TensorStore

Shape = tuple[Dim, ...]

Axes = tuple[str | None, ...]
"""The meaning of each axis of a value: N batch, C channels, T time, D/H/W space, None unnamed.

An axis that was merged from several carries them in the order of its rows: ``H*W*C``.
"""


class Framework(StrEnum):
    """Where a model is at home; decides how its headline numbers are counted."""

    KERAS = "keras"
    TORCH = "torch"
    ONNX = "onnx"


class Evidence(StrEnum):
    """How much a source can tell."""

    GRAPH = "graph"
    """Wiring, shapes and hyperparameters."""
    TREE = "tree"
    """Modules and hyperparameters, no wiring: a pickled ``nn.Module``."""
    TENSORS = "tensors"
    """Names and shapes of tensors only: a state_dict."""


class Census(StrEnum):
    """What a stored tensor is to training."""

    TRAINABLE = "trainable"
    FROZEN = "frozen"
    STATE = "state"
    NONPERSISTENT = "nonpersistent"
    RNG = "rng"
    OPTIMIZER = "optimizer"
    CONSTANT = "constant"
    UNKNOWN = "unknown"


class Mode(StrEnum):
    """What a source computes: a model of Keras or PyTorch does one thing while it is trained, and another after."""

    BOTH = "both"
    """What it does in training can be told as well as what it does in inference."""
    EVALUATION = "evaluation"
    """What it was traced to do in inference; what code does in training alone is not in it."""
    TRAINING = "training"
    """What it does in training: statistics of the batch, dropout that is on."""


class Effect(StrEnum):
    """What a difference changes."""

    BOOKKEEPING = "bookkeeping"
    CONVERSION = "conversion"
    TRAINING = "training"
    INFERENCE = "inference"
    INTERFACE = "interface"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Unknown:
    """An attribute whose value the source does not hold; never equal to anything."""

    reason: str
    remedy: str = ""


Window = tuple[tuple[int, int], ...]
"""A box in a tensor: (start, stop) for each axis."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a tensor that the model puts together of stored ones.

    Attributes:
        name: the stored tensor.
        window: which part of that.
        place: where it is in the tensor that is put together.
        order: for each axis of that the axis of the stored tensor that runs along it; None for an added one.
    """

    name: str
    window: Window
    place: Window
    order: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """A part that is taken of a tensor.

    Attributes:
        shape: of the tensor, in which the same elements may have been read with other axes before.
        window: which part of that.
    """

    shape: tuple[int, ...]
    window: Window


MOST_NUMBERS = 1 << 18
"""Tensors of more elements than this are never looked into."""


@dataclass(frozen=True, slots=True)
class Weight:
    """A stored tensor, or one that the model puts together of stored ones before it uses it.

    Attributes:
        name: the source's own name.
        shape: sizes in the source's own layout.
        dtype: numpy-style name, such as ``float32`` or ``bfloat16``.
        census: what it is to training.
        storage: identity of the stored elements; tied weights share it.
        presumed: the source does not say whether training is switched on; ``census`` is a guess from the role.
        role: what it is to its layer (``kernel``, ``bias``, ...), or None before translation.
        axes: the meaning of each axis, such as ``"kh kw in out"``, or "" where it is not known.
        regularizer, initializer, constraint: what holds it small in training, what it starts from and what it is
            brought back to after each step, as Keras calls them; "" where the source does not say.
        pieces: the stored tensors that it is put together of; none where it is stored itself.
        whole: the tensor of the source that it is cut out of, by name; "" where it is a whole one itself.
        cuts: the parts that are taken of that, one of the other; read with its own axes, the last one is ``shape``.
        joined: the weights that a pass has put together to this one, beside each other along the axis ``along``, or
            one after the other, element by element, where that is None.
        factor: what its elements are multiplied by before the layer uses them: an exporter stores a slope negated.
        numbers: its elements, row by row, where they are few and no training makes them: position ids.
        zeros: it is seen to hold zeros only, as biases do before training, and states from which a layer starts; False
            where it is seen to hold others, None where nobody has looked.
        ones: the same of ones, as scales do before training.
        repeats: the stored tensor that it, or each of its rows, is seen to be a copy of, where an exporter has made it.
        computed_of: the names that an exporter which has computed it beforehand gives of what it is computed of; none
            where it does not tell. None itself where the source does not show that an exporter has made it.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    census: Census
    storage: str
    presumed: bool = False
    role: str | None = None
    axes: str = ""
    pieces: tuple[Piece, ...] = ()
    whole: str = ""
    cuts: tuple[Cut, ...] = ()
    joined: "tuple[Weight, ...]" = ()
    along: int | None = None
    factor: float = 1.0
    numbers: tuple[float, ...] | None = None
    regularizer: str = ""
    initializer: str = ""
    constraint: str = ""
    zeros: bool | None = None
    ones: bool | None = None
    repeats: str = ""
    computed_of: tuple[str, ...] | None = None

    @property
    def numel(self) -> int:
        """The number of elements."""
        return prod(self.shape)

    def part(self, window: Window, shape: tuple[int, ...], *, name: str, storage: str) -> "Weight":
        """What a window cuts out of it, read with the axes of a shape."""
        whole, cuts = self.whole or self.name, (*self.cuts, Cut(self.shape, window))
        return replace(self, name=name, storage=storage, shape=shape, whole=whole, cuts=cuts, numbers=None)


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor that flows between layers: its shape, or the reason why that is not known.

    Attributes:
        recorded: the source itself states the shape; not so where a library has inferred it.
    """

    shape: Shape | None
    dtype: str | None = None
    reason: str = ""
    axes: Axes | None = None
    recorded: bool = True


WIRING = "wiring"
"""Where the gap is that says why a source of the evidence ``tree`` or ``tensors`` has no wiring."""


ONLY_TRAINED = "training"
"""Where the gap is that says what a model does in training and a trace in evaluation mode does not show."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that could not be read: where, why, what would help, and the facet that it leaves open."""

    where: str
    reason: str
    remedy: str = ""
    facet: str = "structure"


@dataclass(frozen=True, slots=True)
class SourceLayer:
    """A row of the source's own summary: a layer, leaf module or operator, under the source's own name.

    Attributes:
        path: unique in the graph, parents first, joined as the framework does (``layer1.0``, ``encoder/dense``).
        type: the class or operator name (``Conv2D``, ``Conv2d``, ``Conv``).
        weights: names of the weights that it owns; each weight of the graph is owned by exactly one row.
        outputs: for each call the id of its first output value; empty where it is not called.
        reason: why ``outputs`` is empty, if it is.
        uncounted: why its weights are not there to be counted, though it has some: it is not built.
    """

    path: str
    type: str
    weights: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    reason: str = ""
    uncounted: str = ""


@dataclass(frozen=True, slots=True)
class Container:
    """A model or module that only holds rows: a nested Keras model."""

    path: str
    type: str
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Merged:
    """A layer that an exporter has computed into the weights of another, and left evidence of.

    Attributes:
        op: the class or operator of the layer, as its framework calls it.
        path: where it was in the model that was exported, if the exporter says that.
        epsilon: its setting, if the exporter says that.
        by_numbers: the numbers of both models show it, whatever the exporter says.
    """

    op: str
    path: str = ""
    epsilon: float | None = None
    by_numbers: bool = False


@dataclass(frozen=True, slots=True)
class SourceNode:
    """One call of an operator or layer, in the framework's own words.

    Attributes:
        path: unique in the graph.
        layer: path of the row that it belongs to.
        dialect: whose vocabulary ``op`` is from: ``keras``, ``torch.nn``, ``aten`` or ``onnx``.
        op: ``Conv2D``, ``Conv2d``, ``conv2d``, ``Conv``.
        inputs: the values that it consumes by the operator's own argument name, in order.
        weights: the names of the weights that it uses by slot (argument name, parameter name or position).
        attributes: everything else, under the operator's own names; constants are resolved to plain Python.
        outputs: ids of the values that it produces.
        merged: what the exporter has computed into its weights.
    """

    path: str
    layer: str
    dialect: str
    op: str
    inputs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    weights: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    attributes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    outputs: tuple[str, ...] = ()
    merged: tuple[Merged, ...] = ()


@dataclass(frozen=True)
class SourceGraph:
    """A model as its framework tells it, before any interpretation.

    Attributes:
        source: how the user named it.
        producer: what wrote it, for people: ``Keras 3.15.1, functional``.
        nodes: calls in an order in which producers come before consumers.
        values: every value by id.
        weights: every stored tensor by name, tied ones under each name; and those put together of several, of which
            the pieces belong to rows.
        inputs, outputs: ids of the model's own inputs and outputs.
        input_names, output_names: the interface's names, beside ``inputs`` and ``outputs``; none where it has none.
        inputs_by_name, outputs_by_name: callers give or take them by these names, not by place: an ONNX file's, the
            keys of dicts, keyword arguments.
        outputs_left_out: the names of outputs that were left out; the calls that serve nothing else are left out.
        weights_left_out: the names of stored tensors that only such calls use.
        ordered: the order of the layers means something; not so where a file sorts its tensors by name.
        inference_only: the source was written for inference; training settings in it mean nothing.
        mode: the mode that it was saved or traced in.
        gaps: what could not be read.
        beside: stored tensors that are not the model's: the slots of its optimizer.
        store: reads the elements of each tensor in ``weights`` by its name, or says why they are not there.
    """

    framework: Framework
    format: str
    source: str
    producer: str
    evidence: Evidence
    layers: tuple[SourceLayer, ...]
    nodes: tuple[SourceNode, ...]
    values: Mapping[str, Value]
    weights: Mapping[str, Weight]
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    input_names: tuple[str, ...] = ()
    output_names: tuple[str, ...] = ()
    inputs_by_name: bool = False
    outputs_by_name: bool = False
    outputs_left_out: tuple[str, ...] = ()
    weights_left_out: frozenset[str] = frozenset()
    containers: tuple[Container, ...] = ()
    ordered: bool = True
    inference_only: bool = False
    mode: Mode = Mode.BOTH
    gaps: tuple[Gap, ...] = ()
    beside: tuple[Weight, ...] = ()
    store: TensorStore = field(default=NO_ELEMENTS, compare=False, repr=False)

    @property
    def names_of_inputs(self) -> dict[str, str]:
        """The name of each input by its value."""
        return dict(zip(self.inputs, self.input_names or self.inputs, strict=True))

    @property
    def names_of_outputs(self) -> tuple[str, ...]:
        """The name of each output.

        Where the interface has none it is that of its value, without the number of the first of a Keras layer.
        """
        if self.output_names:
            return self.output_names
        short = [value.removesuffix(":0") for value in self.outputs]
        return tuple(short) if len(set(short)) == len(short) else tuple(self.outputs)


class Undone(StrEnum):
    """What a way to write a layer down has done to it, and a pass undoes; the rule of that name tells of it."""

    DECOMPOSED = "layer-decomposed"
    """Several operators do what one layer does."""
    PADDING = "padding-made-explicit"
    LAYOUT = "channels-layout"
    TIME_MAJOR = "time-major"
    COVERED = "window-covers-image"
    MASK = "mask-computed"
    TWINS = "equal-layers-merged"
    QUANTISED = "quantisation-parameters"


@dataclass(frozen=True, slots=True)
class Note:
    """What a pass did to a layer, in words for people."""

    undone: Undone
    text: str


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the common form: one call of one kind.

    Attributes:
        path: unique in the graph.
        kind: name of the kind; ``opaque`` for an operator that nobody spells.
        attributes: the kind's canonical attributes.
        weights: the weights that this call uses, with role and axes.
        inputs, outputs: ids of values.
        sources: paths of the source's own rows that it stands for, the main one first.
        op: the source's own name for what it is (``Conv2D``, ``BatchNorm2d``), for people.
        notes: what passes did to it.
        merged: what the exporter has computed into its weights, where it left evidence of that.
    """

    path: str
    kind: str
    attributes: Mapping[str, Any]
    weights: tuple[Weight, ...] = ()
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    op: str = ""
    notes: tuple[Note, ...] = ()
    merged: tuple[Merged, ...] = ()

    @property
    def source(self) -> str:
        """The path that a person knows it by."""
        return self.sources[0] if self.sources else self.path

    def weight(self, role: str) -> Weight | None:
        """The weight with the role, or None."""
        return next((each for each in self.weights if each.role == role), None)


@dataclass(frozen=True)
class LayerGraph:
    """A model in the common form.

    Attributes:
        layers: producers before consumers; without wiring in the order of registration, if ``ordered``.
        input_names, output_names: what the source calls ``inputs`` and ``outputs``.
        inputs_by_name, outputs_by_name, outputs_left_out: as the source tells.
        weights_left_out: the stored tensors, among ``weights``, that serve nothing but outputs that were left out.
        producer: what wrote the source.
        output_types: the types of number that the source records of ``outputs``; none where there is no wiring.
        weights: every stored tensor of the model with its final class and role, whatever becomes of the layers.
    """

    framework: Framework
    evidence: Evidence
    layers: tuple[Layer, ...]
    values: Mapping[str, Value]
    weights: tuple[Weight, ...]
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    input_names: tuple[str, ...] = ()
    output_names: tuple[str, ...] = ()
    inputs_by_name: bool = False
    outputs_by_name: bool = False
    outputs_left_out: tuple[str, ...] = ()
    weights_left_out: tuple[Weight, ...] = ()
    ordered: bool = True
    inference_only: bool = False
    mode: Mode = Mode.BOTH
    gaps: tuple[Gap, ...] = ()
    producer: str = ""
    output_types: tuple[str | None, ...] = ()

    @property
    def names_of_outputs(self) -> tuple[str, ...]:
        """The name of each output; that of its value where the source has none."""
        return self.output_names or self.outputs

    @cached_property
    def producers(self) -> Mapping[str, Layer]:
        """The layer that makes each value."""
        return {value: layer for layer in self.layers for value in layer.outputs}

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The number of each layer in the order of the graph, by path."""
        return {layer.path: at for at, layer in enumerate(self.layers)}

    @cached_property
    def consumers(self) -> Mapping[str, tuple[Layer, ...]]:
        """The layers that use each value, in graph order, once for each use."""
        users: dict[str, list[Layer]] = {}
        for layer in self.layers:
            for value in layer.inputs:
                users.setdefault(value, []).append(layer)
        return {value: tuple(layers) for value, layers in users.items()}

    def shape(self, value: str) -> Shape | None:
        """The shape of a value, or None where it is not known."""
        found = self.values.get(value)
        return None if found is None else found.shape
