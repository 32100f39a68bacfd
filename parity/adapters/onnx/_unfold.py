"""Calls of functions that the model itself defines, unfolded into what is inside."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from parity.adapters.onnx._order import subgraphs
from parity.adapters.onnx._slots import plain_domain, schema_of
from parity.adapters.onnx._tensors import text
from parity.adapters.onnx._validity import overrides
from parity.errors import UnreadableModel

MOST = 200_000
"""Functions that call functions can unfold to any number of nodes; no honest model has as many."""

DEEPEST = 64
"""Functions that call functions that call functions ..."""

Key = tuple[str, str, str]
"""Domain, name and overload of a function."""


def unfolded(model: Any, source: str) -> Sequence[Any]:
    """The nodes of the model's graph, with calls of its own functions replaced by their nodes.

    A function that was written for another version of an operator it uses stays a call.

    Raises:
        UnreadableModel: a function calls itself, or they unfold to too many nodes.
    """
    if not model.functions:
        nodes: Sequence[Any] = model.graph.node
        return nodes
    functions = _Functions(model, source)
    size = functions.size(model.graph.node)
    if size > MOST:
        raise UnreadableModel(source, f"its functions expand to more than {MOST:,} nodes", found=f"{size:,}")
    return list(functions.unfold(model.graph.node, "", set(_values(model.graph))))


@dataclass
class _Functions:
    model: Any
    source: str
    sizes: dict[Key, int | None] = field(default_factory=dict)
    """Nodes that each function unfolds to; None while that is being counted."""
    depth: int = 0
    constants: dict[tuple[Key, tuple[str, ...]], str] = field(default_factory=dict)
    """The names that constants of functions have in their first call."""

    def __post_init__(self) -> None:
        self.versions = {plain_domain(each.domain): int(each.version) for each in self.model.opset_import}
        defined = {_key(each, each.name): each for each in self.model.functions}
        self.defined = {key: each for key, each in defined.items() if not overrides(each) and self._fits(each)}

    def size(self, nodes: Iterable[Any]) -> int:
        """How many nodes these unfold to."""
        return sum(self._size(_key(node, node.op_type)) + self._sizes_inside(node) for node in nodes)

    def _sizes_inside(self, node: Any) -> int:
        return sum(self.size(graph.node) for graph in subgraphs(node))

    def _size(self, key: Key) -> int:
        if key not in self.defined:
            return 1
        if key not in self.sizes:
            self.sizes[key] = None
            self.depth += 1
            if self.depth > DEEPEST:
                raise UnreadableModel(self.source, "its functions call each other too deeply", found=key[1])
            self.sizes[key] = self.size(self.defined[key].node)
            self.depth -= 1
        size = self.sizes[key]
        if size is None:
            raise UnreadableModel(self.source, "a function of the model calls itself", found=key[1])
        return size

    def _fits(self, function: Any) -> bool:
        """Whether its nodes mean the same under the versions that the model imports."""
        for each in function.opset_import:
            domain, version = plain_domain(each.domain), int(each.version)
            ours = self.versions.setdefault(domain, version)
            if ours != version and not all(_unchanged(node, domain, (ours, version)) for node in _all(function.node)):
                return False
        return True

    def unfold(self, nodes: Iterable[Any], prefix: str, taken: set[str]) -> Iterator[Any]:
        """The nodes, those of functions in the place of calls."""
        for index, node in enumerate(nodes):
            function = self.defined.get(_key(node, node.op_type))
            if function is None:
                yield self._with_bodies(node, taken)
                continue
            path = _free(text(node.name) or f"{prefix}{text(node.op_type)}_{index}", taken)
            body = _Body(function, node, path)
            inside = map(body.node, function.node)
            yield from self.unfold(self._shared(body, inside), f"{path}/", taken)

    def _shared(self, body: "_Body", inside: Iterable[Any]) -> Iterator[Any]:
        """The nodes of a call; a constant of the function is stored once, and an alias in every other call."""
        for inner, node in zip(body.function.node, inside, strict=True):
            if text(node.op_type) != "Constant" or any(each.ref_attr_name for each in inner.attribute):
                yield node
                continue
            made = text(node.output[0]) if node.output else ""
            first = self.constants.setdefault((_key(body.function, body.function.name), tuple(inner.output)), made)
            yield (
                node if first == made else type(node)(op_type="Identity", input=[first], output=[made], name=node.name)
            )

    def _with_bodies(self, node: Any, taken: set[str]) -> Any:
        """The node with the calls unfolded that are in its graphs."""
        if not any(
            _key(inner, inner.op_type) in self.defined for graph in subgraphs(node) for inner in _all(graph.node)
        ):
            return node
        copy = type(node)()
        copy.CopyFrom(node)
        for graph in subgraphs(copy):
            outer, self.constants = self.constants, {}  # a graph around this one does not see its constants
            inside = list(self.unfold(list(graph.node), "", taken))
            self.constants = outer
            inside = [type(node).FromString(each.SerializeToString()) for each in inside]
            del graph.node[:]
            graph.node.extend(inside)
        return copy


@dataclass(frozen=True)
class _Body:
    """A function at one call: what its names and attributes stand for there."""

    function: Any
    call: Any
    path: str

    def __post_init__(self) -> None:
        names = {text(formal): "" for formal in self.function.input}
        names |= dict(zip(map(text, self.function.input), map(text, self.call.input), strict=False))
        made = zip(map(text, self.function.output), map(text, self.call.output), strict=False)
        names |= {formal: actual for formal, actual in made if actual}
        given = {text(each.name): each for each in (*self.function.attribute_proto, *self.call.attribute)}
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "given", given)

    names: Mapping[str, str] = field(init=False)
    given: Mapping[str, Any] = field(init=False)

    def node(self, inner: Any) -> Any:
        """A node of the body in the words of the model around it."""
        copy = type(inner)()
        copy.CopyFrom(inner)
        copy.name = f"{self.path}/{text(inner.name) or text(inner.op_type)}"
        if not copy.metadata_props:
            copy.metadata_props.extend(self.call.metadata_props)
        self._rename(copy, frozenset())
        return copy

    def _rename(self, node: Any, own: frozenset[str]) -> None:
        """Names that a graph inside a node makes itself stay as they are."""
        node.input[:] = [self._name(text(each), own) for each in node.input]
        node.output[:] = [self._name(text(each), own) for each in node.output]
        self._fill(node)
        for graph in subgraphs(node):
            inner = own | _values(graph)
            for each in graph.node:
                self._rename(each, inner)
            for each in graph.output:
                each.name = self._name(text(each.name), inner)

    def _name(self, name: str, own: frozenset[str]) -> str:
        if not name or name in own:
            return name
        return self.names.get(name, f"{self.path}/{name}")

    def _fill(self, node: Any) -> None:
        """Put the call's attributes in the place of references to them; one that is not given is left out."""
        if not any(each.ref_attr_name for each in node.attribute):
            return
        filled = []
        for each in node.attribute:
            found = self.given.get(text(each.ref_attr_name)) if each.ref_attr_name else each
            if found is not None:
                attribute = type(each)()
                attribute.CopyFrom(found)
                attribute.name = each.name
                filled.append(attribute)
        del node.attribute[:]
        node.attribute.extend(filled)


def _key(holder: Any, name: Any) -> Key:
    return plain_domain(holder.domain), text(name), text(holder.overload)


def _all(nodes: Iterable[Any]) -> Iterator[Any]:
    """The nodes, and those of the graphs inside them."""
    for node in nodes:
        yield node
        for graph in subgraphs(node):
            yield from _all(graph.node)


def _unchanged(node: Any, domain: str, versions: tuple[int, int]) -> bool:
    """Whether an operator of the domain is the same in both versions of its set."""
    if plain_domain(node.domain) != domain:
        return True
    ours, theirs = (schema_of(text(node.op_type), each, domain) for each in versions)
    return ours is not None and theirs is not None and bool(ours.since_version == theirs.since_version)


def _values(graph: Any) -> frozenset[str]:
    """The names that a graph makes."""
    names = {text(each.name) for each in (*graph.input, *graph.initializer)}
    names |= {text(each.values.name) for each in graph.sparse_initializer}
    return frozenset(names | {text(name) for node in graph.node for name in node.output})


def _free(path: str, taken: set[str]) -> str:
    """A prefix under which no other call has its values."""
    name, number = path, 1
    while name in taken:
        number += 1
        name = f"{path}_{number}"
    taken.add(name)
    return name
