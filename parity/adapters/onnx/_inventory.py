"""Every stored tensor of a model: who owns it, how it is used and what it is to training."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from parity.adapters.onnx._constants import BUFFER, LITERAL, PARAMETER, QUANTISED, TEMPORARY, Constant, node_constants
from parity.adapters.onnx._order import subgraphs
from parity.adapters.onnx._tensors import dtype, is_real, shape, stored_bytes, text
from parity.graph import Census, Gap, Weight

SCALING = "<scale>"
"""Stands for the operator where a tensor is a scale or a zero point."""

BODY = "<body>"
"""Stands for the domain where a tensor is used inside a node's own graph."""


@dataclass
class Inventory:
    """Filled while the nodes are read; then the source of the weights and of who owns them.

    Attributes:
        constants: stored tensors and constants by each of their names.
        owners: the row of each stored tensor, by name.
        uses: domain and operator of each use as a weight, by storage.
        direct: names that nodes use themselves, not through an alias.
        unused: names of stored tensors that no node uses.
        idle: names of tensors that change nothing where they stand: states of zeros.
        filled: names of weights that are a number to repeat.
        spent: names of constants that other constants have been computed of.
    """

    source: str
    constants: dict[str, Constant]
    owners: dict[str, str] = field(default_factory=dict)
    uses: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    direct: Collection[str] = ()
    unused: Collection[str] = ()
    idle: set[str] = field(default_factory=set)
    filled: Sequence[str] = ()
    spent: set[str] = field(default_factory=set)

    def find(self, name: str) -> Constant | None:
        """What a name stands for; an alias of a tensor that nothing else uses is that tensor."""
        constant = self.constants.get(name)
        if constant is not None and constant.storage != name and constant.storage not in self.direct:
            return self.constants[constant.storage]
        return constant

    def own(self, constant: Constant, row: str) -> None:
        """Enter the row as the owner of a stored tensor, if it is the first."""
        if constant.pieces:
            for piece in constant.pieces:
                self.own(self.constants[piece.name], row)
        elif constant.stored:
            self.owners.setdefault(constant.name, row)
        if constant.made_of:
            self.own(self.constants[constant.made_of], row)

    def set_aside(self, name: str, row: str) -> None:
        """Note that a node has a tensor that changes nothing."""
        constant = self.find(name)
        if constant is not None:
            self.own(constant, row)
            self.idle.add(constant.storage)

    def use(self, constant: Constant, domain: str, op: str, row: str) -> None:
        """Note that an operator uses a tensor as a weight, be it one that the graph computes."""
        if not constant.pieces:
            self.owners.setdefault(constant.name, row)
        for name in {piece.name for piece in constant.pieces} or {constant.storage}:
            self.uses.setdefault(self.constants[name].storage, []).append((domain, op))

    def enter_bodies(self, node: Any, row: str) -> dict[str, str]:
        """Tensors stored in the graphs inside a node: they count, though those graphs are not read.

        Each has a slot by its sizes and its turn among those of them: names inside a node mean nothing.
        """
        found: dict[str, str] = {}
        turns = Counter[str]()
        graphs = subgraphs(node)
        while graphs:
            graph = graphs.pop(0)
            graphs.extend(inner for each in graph.node for inner in subgraphs(each))
            for inner, tensor, sizes, indices in _tensors(graph, self.source):
                name = f"{row}/{inner}"
                while name in self.constants:
                    name += "_2"
                self.constants[name] = Constant(name, tensor, sizes, name, indices=indices)
                self.owners[name] = row
                self.use(self.constants[name], BODY, "", row)
                shape = "x".join(map(str, sizes)) or "number"
                found[f"body.{shape}.{turns[shape]}"] = name
                turns[shape] += 1
        return found

    def find_unused(self) -> list[str]:
        """Names of stored tensors that no node uses, which are noted as such."""
        used = set(self.owners) | {self.constants[name].storage for name in self.owners}
        stored = ((name, each) for name, each in self.constants.items() if each.storage == name and each.stored)
        self.unused = [name for name, _ in stored if name not in used]
        return list(self.unused)

    def weights(self) -> dict[str, Weight]:
        """Every owned tensor, and those that are put together of them."""
        found = {name: self._weight(self.constants[name]) for name in self.owners}
        for name, constant in self.constants.items():
            if constant.pieces:
                first = found[constant.pieces[0].name]
                found[name] = replace(first, name=name, shape=constant.shape, storage=name, pieces=constant.pieces)
        return found

    def _weight(self, constant: Constant) -> Weight:
        census, presumed = self._census(constant)
        kind = dtype(constant.tensor.data_type) or f"onnx type {constant.tensor.data_type}"
        made = constant.computed_of
        return Weight(
            constant.name, constant.shape, kind, census, constant.storage, presumed=presumed, computed_of=made
        )

    def _census(self, constant: Constant) -> tuple[Census, bool]:
        """What a tensor is to training, and whether that is presumed."""
        uses = self.uses.get(constant.storage, [])
        if constant.declared in (BUFFER, TEMPORARY) or self._scales(constant):
            gone = not uses and (constant.storage in self.spent or constant.name not in self.unused)
            temporary = Census.CONSTANT if gone else Census.NONPERSISTENT  # it has become a setting of an operator
            return (temporary if constant.declared == TEMPORARY else Census.STATE), False
        real = is_real(constant.tensor.data_type)
        if constant.declared in (PARAMETER, LITERAL):
            trained = real or bool(constant.scales)  # whole numbers are a buffer that has lost its name
            learned = Census.TRAINABLE if trained else Census.STATE
            return (learned if constant.declared == PARAMETER else Census.CONSTANT), True
        if not uses and constant.storage in self.idle:
            return Census.CONSTANT, False
        kernel = bool(constant.scales) or any(op in QUANTISED for _, op in uses)
        if kernel or (real and uses and not all(domain == BODY for domain, _ in uses)):
            return Census.TRAINABLE, True
        unused = constant.name in self.unused and real and constant.storage not in self.spent
        if unused or any(domain for domain, op in uses if op != SCALING):
            return Census.UNKNOWN, True
        return Census.CONSTANT, False

    def _scales(self, constant: Constant) -> bool:
        """Whether a tensor is a scale or a zero point, and nothing else."""
        uses = self.uses.get(constant.storage, [])
        return bool(uses) and all(op == SCALING for _, op in uses)


def size_gaps(tensors: Iterable[Any], sizes: Iterable[int | None]) -> Iterator[Gap]:
    """Initializers whose payload does not have the size that their shape and type call for."""
    for tensor, left_out in zip(tensors, sizes, strict=True):
        expected = stored_bytes(tensor)
        size = len(tensor.raw_data) if left_out is None else left_out
        if size and expected is not None and size != expected:
            yield Gap(
                text(tensor.name),
                f"its {size:,} bytes do not match its shape and dtype, which need {expected:,}",
                "export the model again; counts are those that its shape gives",
            )


def _tensors(graph: Any, source: str) -> Iterator[tuple[str, Any, tuple[int, ...], Any]]:
    """The tensors of a graph: name, elements, sizes, and the indices of those of a sparse one."""
    for tensor in graph.initializer:
        yield text(tensor.name), tensor, shape(tensor, source), None
    for sparse in graph.sparse_initializer:
        whole = type(sparse.values)(dims=sparse.dims, name=sparse.values.name)
        yield text(sparse.values.name), sparse.values, shape(whole, source), sparse.indices
    for node in graph.node:
        constant = node_constants(node, {}, source)
        if constant is not None and constant.stored:
            yield constant.name, constant.tensor, constant.shape, None
