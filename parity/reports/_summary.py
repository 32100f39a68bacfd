"""The summary of one model: its layers, the modules that hold them, and how much of it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from parity.graph import Gap, Shape, Weight
from parity.reports._contract import Side
from parity.reports._shown import Shown

DEFAULT = ("type", "output", "params", "formula")
"""The columns of a summary of which nothing else is said."""

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "type": "Type",
        "input": "Input shape",
        "output": "Output shape",
        "params": "Params",
        "share": "Share",
        "trainable": "Trainable",
        "kernel": "Kernel",
        "macs": "MACs",
        "memory": "Activations / weights",
        "connected": "Connected to",
        "dtype": "Dtype",
        "formula": "Formula",
    }
)
"""Every column by its name, beside that of the layer itself."""

NUMBERS = frozenset({"params", "macs", "memory"})
"""Columns that are numbers."""

ORDERS = ("params", "macs", "memory")
"""What layers can be sorted by, the largest first."""


@dataclass(frozen=True, slots=True)
class View:
    """How much of a summary is shown.

    Attributes:
        depth: levels of the tree; what is deeper is in the totals of the modules that hold it. None for all.
        columns: names of ``COLUMNS``.
        layer: a pattern as the shell has them; only layers and modules whose whole path matches are shown.
        sort: one of ``ORDERS``; "" for the order of the model, as a tree.
        full: operators outside of layers are rows of their own, also where several follow each other.
    """

    depth: int | None = None
    columns: tuple[str, ...] = DEFAULT
    layer: str = ""
    sort: str = ""
    full: bool = False


@dataclass(frozen=True)
class Row:
    """One layer of a summary, or a module that holds layers, under its own name and as its own framework counts it.

    Attributes:
        shapes: output shape of each call, None for a free batch; empty if unknown, for the given ``reason``.
        further: shapes of the further outputs of each call, such as the states of a recurrent layer.
        params: elements that no earlier row counts; the rows of a model add up to its total.
        held: the same including shared ones that an earlier row counts.
        formula: the arithmetic that gives ``params``, "" where there are none or the stored tensors are not reproduced.
        uncounted: why its weights are not among ``params``, though it has some.
        inputs: input shapes of all calls.
        connected: the layers, or inputs of the model, that its inputs come from.
        kernel, strides: of its window, () where it has none.
        macs: multiply-accumulates of all calls, None where they are not known.
        activations: bytes of its outputs, of all calls; None where they are not known.
        stored: bytes of its weights, without those that an earlier row has counted.
        dtype: of its first output, or of its weights; "" where neither is known.
        operator: it is an operator that the model calls outside of any layer.
        layers: the number of rows in it; 0 for a layer.
    """

    path: str
    kind: str
    type: str
    shapes: tuple[Shape, ...]
    reason: str
    params: int
    trainable: int
    frozen: int
    state: int
    formula: str
    uncounted: str
    weights: tuple[Weight, ...]
    held: int = 0
    inputs: tuple[Shape | None, ...] = ()
    connected: tuple[str, ...] = ()
    kernel: tuple[int, ...] = ()
    strides: tuple[int, ...] = ()
    further: tuple[tuple[Shape, ...], ...] = ()
    macs: int | None = 0
    activations: int | None = 0
    stored: int = 0
    dtype: str = ""
    operator: bool = False
    layers: int = 0


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of a model.

    Attributes:
        total: of all that the framework's headline counts.
        trainable: of what of it is trained.
        inputs: of the model's inputs for one batch; None where a size is not known.
    """

    total: int = 0
    trainable: int = 0
    inputs: int | None = None


@dataclass(frozen=True, repr=False)
class Summary(Shown):
    """A model's layers and counts.

    Attributes:
        rows: every layer, in the order of the model.
        containers: the modules or nested models that hold rows, with what is in them; parents first.
        gaps: what could not be read.
        batch: the size of the batch that multiply-accumulates and memory are for.
        view: how much of it is shown.
        memory: its size in bytes.
    """

    side: Side
    rows: tuple[Row, ...]
    containers: tuple[Row, ...]
    gaps: tuple[Gap, ...]
    batch: int = 1
    view: View = field(default_factory=View)
    memory: Memory = field(default_factory=Memory)

    @cached_property
    def knows_shapes(self) -> bool:
        """Whether anything is known of the values that flow between layers."""
        return any(row.shapes for row in self.rows)
