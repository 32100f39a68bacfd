"""An exported program in neutral terms: what an archive's JSON and a live ``ExportedProgram`` are both mapped to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import prod
from typing import Any

from parity.graph import MOST_NUMBERS, Mode, Shape
from parity.store import Elements


@dataclass(frozen=True, slots=True)
class Ref:
    """A tensor of the program as an argument, by its name in the graph."""

    name: str


@dataclass(frozen=True, slots=True)
class Tensor:
    """What the program says of a tensor; ``shape`` is None where it says nothing."""

    shape: Shape | None
    dtype: str | None
    requires_grad: bool | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """One level of the module stack: ``key`` tells the calls of a module apart, ``path`` and ``type`` name it."""

    key: str
    path: str
    type: str

    @property
    def class_name(self) -> str:
        """The class without its module."""
        return self.type.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Body:
    """A graph inside an operator: a branch, or a block with another gradient or autocast mode."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str | None, ...]
    ops: tuple["Op", ...]
    tensors: Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class Op:
    """One call of an operator.

    Attributes:
        name: its name in the graph.
        target: ``torch.ops.aten.conv2d.default``.
        arguments: by argument name; tensors are ``Ref``, in sequences too; graphs are ``Body``.
        outputs: names of the tensors that it makes, tuples taken apart.
        scalars: it makes numbers besides or instead of tensors.
        stack: the modules that it was called in, outermost first.
    """

    name: str
    target: str
    arguments: Mapping[str, Any]
    outputs: tuple[str, ...]
    scalars: bool = False
    stack: tuple[Scope, ...] = ()


class Role(StrEnum):
    """What a lifted tensor is to its module."""

    PARAMETER = "parameter"
    BUFFER = "buffer"
    NONPERSISTENT = "nonpersistent"
    CONSTANT = "constant"
    UNKNOWN = "tensor"


@dataclass(frozen=True, slots=True)
class Stored:
    """A parameter, buffer or constant under its full name; ``placeholder`` is its name in the graph, or "".

    ``numbers`` are its elements, where they are few and no training makes them; ``zeros`` says whether it is a
    parameter of one axis that holds zeros only; ``elements`` reads them all.
    """

    name: str
    placeholder: str
    role: Role
    tensor: Tensor
    storage: str
    numbers: tuple[float, ...] | None = None
    zeros: bool | None = None
    elements: Elements | None = None

    @property
    def is_table(self) -> bool:
        """Whether it is a number or a small table of them that a model makes when it is built, and never trains."""
        shape, whole = self.tensor.shape, (self.tensor.dtype or "").startswith(("int", "uint", "bool"))
        unsaved = self.role in {Role.NONPERSISTENT, Role.CONSTANT}
        sizes = [size for size in shape or () if isinstance(size, int)]
        made = (unsaved and shape is not None) or (self.role is Role.BUFFER and whole and bool(shape))
        return made and len(sizes) == len(shape or ()) and prod(sizes) <= MOST_NUMBERS

    @property
    def may_be_mask(self) -> bool:
        """Whether it may hold a mask of attention, which shows in its elements: no training changes it."""
        shape, kept = self.tensor.shape, self.role is Role.BUFFER or self.tensor.requires_grad is False
        sizes = [size for size in shape or () if isinstance(size, int)]
        shaped = len(sizes) == len(shape or ()) >= 2 and prod(sizes) <= MOST_NUMBERS
        return shaped and kept and (self.tensor.dtype or "").startswith(("float", "bfloat"))


@dataclass(frozen=True, slots=True)
class Program:
    """A whole exported program; ``modules`` are all module paths in the order of registration."""

    producer: str
    ops: tuple[Op, ...]
    tensors: Mapping[str, Tensor]
    stored: tuple[Stored, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    modules: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = field(default=())
    """Sentences on what the mapping could not tell."""
    hidden: tuple[str, ...] = ()
    """Classes that are known to do something in training that the program does not show."""
    mode: Mode | None = None
    """The mode that it was traced in, where somebody knows; else the flags of its operators tell."""
    input_names: tuple[str, ...] = ()
    """By which callers give the inputs; none where they do so by place."""
    output_names: tuple[str, ...] = ()
    """By which callers take the outputs; none where they do so by place."""
