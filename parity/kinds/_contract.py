"""The value types of a kind: attributes, weight roles, and the calls that are spelled in its terms."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from parity.graph import Axes, Census, Effect, Evidence, Shape, SourceNode, Value, Weight
from parity.kinds._macs import Macs, no_products, unknown_products
from parity.kinds._types import Type

if TYPE_CHECKING:
    from parity.kinds._given import Compute

P = ParamSpec("P")
T = TypeVar("T")

MALFORMED = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)
"""What arithmetic on the settings of a stranger's file may raise, such as a stride of 0 or a kernel of no size."""

Attributes = Mapping[str, Any]
InputShapes = Sequence[Shape | None]
AxisNames = tuple[tuple[Axes | None, ...], tuple[Axes | None, ...]]
"""What a kind says of its inputs' axes and of its outputs' axes."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A behavioural attribute: two layers that differ in it are not the same.

    Attributes:
        effect: what a difference changes.
        is_axis: the value is the number of an axis of the first input, which layouts number differently, or a tuple
            of such numbers in any order.
        default: what a layer without it has.
        untold: why a source may not tell it; the value is None then, which is undecided against all but 0.
        type: what it may be, where its name alone does not say that (``VOCABULARY``).
    """

    effect: Effect = Effect.INFERENCE
    is_axis: bool = False
    untold: str = ""
    default: Any = None
    type: Type | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """A weight of a kind: the meaning of its axes in each framework, and its class if the role decides that."""

    keras: str
    torch: str = ""
    onnx: str = ""
    census: Census | None = None

    def layout(self, framework: str) -> str:
        """The layout in a framework; without an entry the same as in Keras, ONNX as in PyTorch."""
        torch = self.torch or self.keras
        return {"keras": self.keras, "torch": torch, "onnx": self.onnx or torch}[framework]


@dataclass(frozen=True, slots=True)
class Use:
    """How a layer uses a stored tensor: whole, or the part that ``window`` cuts out of it.

    Attributes:
        name: the weight's name.
        axes: its layout, where the spelling and not the framework decides it.
        window: (start, stop) for each axis that is cut; an axis of one element that ``axes`` does not name is dropped.
        parts: for each axis that the layer knows the stored axes that it consists of, where these are not one each.
    """

    name: str
    axes: str = ""
    window: tuple[tuple[int, int], ...] = ()
    parts: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A layer that a spelling has recognised in a call.

    Attributes:
        part: tells the layers of one call apart.
        ignored: inputs of the call that change nothing: sizes that the source records of the output anyway.
        told_by: the slots of weights of which the call takes no element, but the type or the sizes alone.
    """

    kind: str
    attributes: Attributes
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    weights: Mapping[str, Use] = field(default_factory=dict)
    part: str = ""
    ignored: tuple[str, ...] = ()
    told_by: tuple[str, ...] = ()


class _EverySlot(dict[str, str]):
    """Weights of a call that has whatever its kind asks for; each is called as its slot."""

    def __contains__(self, slot: object) -> bool:
        return isinstance(slot, str)

    def __missing__(self, slot: str) -> str:
        return slot


@dataclass(frozen=True, slots=True)
class Call:
    """A source node together with what is known of the values and weights that it touches.

    Attributes:
        asked: the arguments of a Keras layer's call, other than its inputs, that its kind has looked at.
        training: the mode that a Keras layer is called in, whatever the model's; None where the model decides.
    """

    node: SourceNode
    evidence: Evidence
    values: Mapping[str, Value]
    stored: Mapping[str, Weight]
    asked: set[str] = field(default_factory=set, compare=False)
    training: bool | None = None

    @property
    def inputs(self) -> tuple[str, ...]:
        """The values that it consumes."""
        return tuple(self.node.inputs.values())

    @property
    def outputs(self) -> tuple[str, ...]:
        """The values that it produces."""
        return self.node.outputs

    def get(self, name: str, default: Any = None) -> Any:
        """An attribute under the framework's own name."""
        return self.node.attributes.get(name, default)

    def argument(self, name: str, default: Any = None) -> Any:
        """What a Keras layer is called with beside its inputs; what no kind asks for makes the layer opaque."""
        self.asked.add(name)
        return self.get("__call__", {}).get(name, default)

    def shape(self, index: int = 0) -> Shape | None:
        """The shape of the n-th input."""
        if index >= len(self.inputs):
            return None
        found = self.values.get(self.inputs[index])
        return None if found is None else found.shape

    def output_shape(self, index: int = 0) -> Shape | None:
        """The shape of the n-th output, where the source records it."""
        if index >= len(self.outputs):
            return None
        found = self.values.get(self.outputs[index])
        return None if found is None else found.shape

    def with_every_weight(self) -> "Call":
        """The call as its settings describe it, with every weight: none has a shape, each is called as its slot."""
        return replace(self, node=replace(self.node, weights=_EverySlot()), stored={})

    def has(self, slot: str) -> bool:
        """Whether a stored tensor stands in the slot."""
        return slot in self.node.weights

    def weight_shape(self, slot: str) -> tuple[int, ...] | None:
        """The stored shape of the weight in a slot."""
        found = self.stored.get(self.node.weights[slot]) if self.has(slot) else None
        return None if found is None else found.shape

    def uses(self, **slots: str) -> dict[str, Use]:
        """Weights by role, for those of the given slots that are filled."""
        return {role: Use(self.node.weights[slot]) for role, slot in slots.items() if self.has(slot)}

    def matched(self, **roles: str) -> dict[str, tuple[int, ...]] | None:
        """Shapes by role, where the stored tensors are just these: a slot that ends in ``?`` may be missing.

        Where a source numbers its slots, they are filled in order, all of them or those that cannot be missing.
        """
        slots = self._slots(roles)
        if slots is None:
            return None
        shapes = {role: self.weight_shape(slot) for role, slot in slots.items()}
        return {role: shape for role, shape in shapes.items() if shape is not None}

    def may_be(self, *classes: str) -> bool:
        """Whether the source tells one of these classes, or none and calls its slots by the weights' own names."""
        named = not any(slot.isdecimal() for slot in self.node.weights)
        return self.node.op in classes or (self.node.op == "" and named)

    def stand_for(self, **roles: str) -> dict[str, Use]:
        """The weights of a match by role."""
        return self.uses(**(self._slots(roles) or {}))

    def _slots(self, roles: Mapping[str, str]) -> dict[str, str] | None:
        found = self.node.weights
        needed = {role: slot for role, slot in roles.items() if not slot.endswith("?")}
        if found and all(slot.isdecimal() for slot in found):
            chosen = next((each for each in (roles, needed) if len(each) == len(found)), None)
            return None if chosen is None else dict(zip(chosen, sorted(found, key=int), strict=True))
        slots = {role: slot.removesuffix("?") for role, slot in roles.items()}
        if not found.keys() <= set(slots.values()) or not found.keys() >= set(needed.values()):
            return None
        return {role: slot for role, slot in slots.items() if slot in found}

    def uses_in_order(self, *roles: str, prefix: str = "") -> dict[str, Use]:
        """Weights by role, where the source numbers them in the order of creation (Keras)."""
        return self.uses(**{role: f"{prefix}{at}" for at, role in enumerate(roles)})


Spelling = Callable[[Call], tuple[Draft, ...]]
"""Turns a call into the layers that it means; () where the call is none that this kind can express."""


def same_shape(_: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    """The shape function of kinds that keep the shape of their first input."""
    return (inputs[0] if inputs else None,)


def same_axes(_: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    """The axis function of kinds that keep the meaning of every axis: what one operand knows, all know."""
    known = [axes for axes in inputs if axes is not None]
    if not known:
        return inputs, (None,)
    widest = max(known, key=len)
    named = tuple(widest if axes is None else axes for axes in inputs)
    return named, (widest,)


def unknown_axes(_: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    """The axis function of kinds that lose the meaning of axes."""
    return inputs, (None,)


def unknown_shape(_: Attributes, __: InputShapes) -> tuple[Shape | None, ...]:
    """The shape function of kinds that cannot tell."""
    return (None,)


def finer(told: Shape, made: Shape) -> Shape:
    """A recorded shape with the sizes that follow from what comes in: one is free, too, where nobody had to tell it."""
    return tuple(a if isinstance(a, int) or b is None else b for a, b in zip(told, made, strict=True))


def no_sizes(_: Attributes, __: InputShapes) -> Mapping[str, int]:
    """The size function of kinds without weights."""
    return {}


def nothing_follows(_: Mapping[str, int], __: Shape | None) -> Attributes:
    """For kinds of which every attribute has to be said."""
    return {}


@dataclass(frozen=True)
class Kind:
    """A kind of layer.

    Attributes:
        name: unique; what alignment compares first.
        attributes: the behavioural ones, which are compared.
        told: the others that its layers carry: what describes them, and follows from their weights, shapes or layout.
        roles: its weights.
        shape: output shapes from attributes and input shapes, in the source's own layout; None where it cannot tell.
        sizes: sizes of the axes that its weights name, from attributes and input shapes (never from the weights).
        axes: names of the axes of inputs and outputs, from what is known of the inputs.
        macs: the multiply-accumulates of one call; none for kinds that sum no products.
        makes: it may make its output of settings or stored tensors alone, where no value comes in.
        spellings: how the dialects say it, by (dialect, operator).
        signatures: how its stored tensors look in a file that holds nothing else, by dialect (``torch.weights``,
            ``keras.weights``): each what such tensors tell of the layer, () where they cannot be those of one.
        training_only: it passes its input on unchanged in inference.
        follows: of a class that is declared to be of this kind, the attributes that need not be said: from the sizes of
            the axes of its weights by name, and the shape of its input.
        takes_complex: whether it means with complex numbers what it means with real ones, or the functions that do.
        compute: what it makes of arrays in inference, in double precision; None where it makes nothing that can be
            computed. A body in the family's ``_compute`` is loaded when it is first used (``later``).
    """

    name: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    roles: Mapping[str, Role] = field(default_factory=dict)
    shape: Callable[[Attributes, InputShapes], tuple[Shape | None, ...]] = same_shape
    sizes: Callable[[Attributes, InputShapes], Mapping[str, int]] = no_sizes
    axes: Callable[[Attributes, tuple[Axes | None, ...]], AxisNames] = same_axes
    macs: Macs = no_products
    makes: bool = False
    spellings: Mapping[tuple[str, str], Spelling] = field(default_factory=dict)
    signatures: Mapping[str, tuple[Spelling, ...]] = field(default_factory=dict)
    training_only: bool = False
    follows: Callable[[Mapping[str, int], Shape | None], Attributes] = nothing_follows
    takes_complex: bool | Collection[str] = False
    compute: "Compute | None" = None

    def __post_init__(self) -> None:
        """Let the functions say that they know nothing where a file's settings make no sense."""
        object.__setattr__(self, "shape", _total_or(_with_shapes(self.shape), unknown_shape))
        object.__setattr__(self, "sizes", _total_or(_with_numbers(self.sizes), no_sizes))
        object.__setattr__(self, "axes", _total_or(self.axes, unknown_axes))
        object.__setattr__(self, "macs", _total_or(self.macs, unknown_products))


def _with_shapes(function: Callable[P, tuple[Shape | None, ...]]) -> Callable[P, tuple[Shape | None, ...]]:
    """Settings of a stranger's file may be of any type, and so may the sizes that are made of them."""

    def call(*args: P.args, **kwargs: P.kwargs) -> tuple[Shape | None, ...]:
        made = function(*args, **kwargs)
        sizes = (size for shape in made if shape is not None for size in shape)
        if not all(size is None or isinstance(size, int | str) for size in sizes):
            raise TypeError(made)
        return made

    return call


def _with_numbers(function: Callable[P, Mapping[str, int]]) -> Callable[P, Mapping[str, int]]:
    def call(*args: P.args, **kwargs: P.kwargs) -> Mapping[str, int]:
        return {name: size for name, size in function(*args, **kwargs).items() if isinstance(size, int)}

    return call


def _total_or(function: Callable[P, T], otherwise: Callable[P, T]) -> Callable[P, T]:
    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except MALFORMED:
            return otherwise(*args, **kwargs)

    return call


def whole(*numbers: Any, least: int = 1) -> bool:
    """Whether all are whole numbers, or tuples of them, of at least this size."""
    return all(
        whole(*each, least=least) if isinstance(each, tuple) else type(each) is int and each >= least
        for each in numbers
    )
