"""The elements of the tensors in a TensorFlow checkpoint: its data files, and which variable has which key."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

from parity.adapters._bytes import File, Range
from parity.adapters._elements import NotThere, Strided, element_type
from parity.adapters._location import Location
from parity.adapters._protobuf import varint
from parity.adapters.keras._bundle import Index, StoredTensor
from parity.adapters.keras._saved_objects import SavedObjects, checkpoint_keys
from parity.graph import SourceGraph, Weight
from parity.store import Absent, Elements, TensorStore

OBJECT = "object "
"""What the storages of a SavedModel's variables begin with; the number of the object follows."""

OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
"""The key of a text that tells which object has which key."""

LARGEST_GRAPH = 64 << 20
CHECKSUM = 4
"""Bytes that follow the lengths of texts, and come before the texts themselves."""

AGAIN = "copy the whole folder, with its variables"
LOST = NotThere("the checkpoint does not record which of its tensors is this variable", "save the model as .keras")
SLICED = NotThere("the checkpoint stores it in slices, which parity does not join", "save the model as .keras")


@dataclass
class Shards:
    """The data files of a checkpoint, as they were when the model was read.

    Attributes:
        prefix: their path, to which a number is added.
        index: where the tensors are in them.
    """

    prefix: Location
    index: Index
    _files: dict[int, File | None] = field(default_factory=dict)

    def entered(self, graph: SourceGraph, saved: SavedObjects) -> SourceGraph:
        """A graph with the places of its elements.

        Args:
            graph: its weights have keys of the checkpoint as storages, or numbers of objects.
            saved: those objects.
        """
        keys = self._keys(saved) if any(each.storage.startswith(OBJECT) for each in graph.weights.values()) else {}
        found = {
            name: self._elements(keys.get(each.storage, each.storage), each) for name, each in graph.weights.items()
        }
        return replace(graph, store=TensorStore(graph.source, found))

    def _elements(self, key: str, weight: Weight) -> Elements:
        tensor = self.index.tensors.get(key)
        if tensor is None or (tensor.shape, tensor.dtype) != (weight.shape, weight.dtype):
            return LOST
        if tensor.sliced:
            return SLICED
        held = self._range(tensor)
        if isinstance(held, NotThere):
            return held
        try:
            needed = prod(tensor.shape) * element_type(tensor.dtype).itemsize
        except Absent as error:
            return NotThere(error.cause)
        if needed != tensor.size:
            cause = f"its {tensor.size:,} bytes do not match its shape and dtype, which need {needed:,}"
            return NotThere(cause, AGAIN)
        return Strided(held, tensor.dtype, tensor.shape, order=self.index.order)

    def _range(self, tensor: StoredTensor) -> Range | NotThere:
        if tensor.shard not in self._files:
            path = self.prefix.with_name(f"{self.prefix.name}.data-{tensor.shard:05}-of-{self.index.shards:05}")
            self._files[tensor.shard] = File.at(path) if path.is_file() else None
        file = self._files[tensor.shard]
        if file is None:
            return NotThere("the data file of the checkpoint is missing", AGAIN)
        try:
            return file.whole().part(tensor.start, tensor.size)
        except Absent as error:
            return NotThere(f"{error.cause}: {error.found}", AGAIN)

    def _keys(self, saved: SavedObjects) -> Mapping[str, str]:
        """The keys of objects, which go by the same names in the model and in the checkpoint."""
        try:
            nodes = checkpoint_keys(self._object_graph())
        except (ValueError, Absent):
            return {}
        found: dict[str, str] = {}
        seen, waiting = {0}, [(0, 0)] if nodes and saved.objects else []
        while waiting:
            own, other = waiting.pop()
            if nodes[other][1]:
                found.setdefault(f"{OBJECT}{own}", nodes[other][1])
            for name, child in saved.objects[own].children.items():
                same = nodes[other][0].get(name, -1)
                if child not in seen and 0 <= child < len(saved.objects) and 0 <= same < len(nodes):
                    seen.add(child)
                    waiting.append((child, same))
        return found

    def _object_graph(self) -> Any:
        """The text that tells which object has which key: its length, a checksum, and the text itself.

        Raises:
            ValueError, Absent: there is none, or it is damaged.
        """
        tensor = self.index.tensors.get(OBJECT_GRAPH)
        held = self._range(tensor) if tensor is not None else LOST
        if isinstance(held, NotThere) or held.size > LARGEST_GRAPH:
            raise ValueError(OBJECT_GRAPH)
        data = held.read(0, held.size).tobytes()
        size, at = varint(data, 0)
        if at + CHECKSUM + size != len(data):
            raise ValueError(OBJECT_GRAPH)
        return memoryview(data)[at + CHECKSUM :]
