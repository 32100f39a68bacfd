"""Which row owns which weight of an exported program, and what each weight is to training."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from parity.adapters.torch._live_values import Live
from parity.adapters.torch._program import Role, Scope, Stored
from parity.graph import Census, Weight
from parity.store import TensorStore

ROOT_TYPES = {
    Role.PARAMETER: "Parameter",
    Role.BUFFER: "Buffer",
    Role.NONPERSISTENT: "Buffer",
    Role.CONSTANT: "Constant",
    Role.UNKNOWN: "Tensor",
}
CLASSES = {
    Role.BUFFER: Census.STATE,
    Role.NONPERSISTENT: Census.NONPERSISTENT,
    Role.CONSTANT: Census.CONSTANT,
    Role.UNKNOWN: Census.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Placed:
    """The weights of one row; ``type`` and ``reason`` are for rows that are no called leaf module."""

    type: str
    weights: tuple[str, ...]
    reason: str


def census(stored: Stored) -> Weight:
    """Turn a stored tensor into a weight.

    Raises:
        ValueError: the tensor has no fixed shape.
    """
    shape = _sizes(stored)
    if stored.tensor.shape is None or len(shape) != len(stored.tensor.shape):
        raise ValueError(f"the weight {stored.name} has the shape {stored.tensor.shape}")
    grad = stored.tensor.requires_grad
    kind = CLASSES.get(stored.role) or (Census.FROZEN if grad is False else Census.TRAINABLE)
    presumed = stored.role is Role.PARAMETER and grad is None
    dtype = stored.tensor.dtype or "unknown"
    return Weight(stored.name, shape, dtype, kind, stored.storage, presumed, numbers=stored.numbers, zeros=stored.zeros)


def _sizes(stored: Stored) -> tuple[int, ...]:
    return tuple(size for size in stored.tensor.shape or () if isinstance(size, int))


def tensor_store(source: str, held: Iterable[Stored]) -> TensorStore:
    """The elements of stored tensors."""
    found = [each for each in held if each.elements is not None]
    live = any(isinstance(each.elements, Live) for each in found)
    tensors = {each.name: each.elements for each in found if each.elements is not None}
    shapes = {each.name: _sizes(each) for each in found}
    return TensorStore(source, tensors, "the source does not record where its elements are", shapes=shapes, live=live)


def module_of(name: str) -> str:
    """The module that holds a weight: ``layer1.0.weight`` -> ``layer1.0``."""
    return name.rpartition(".")[0]


class Owners:
    """Places each weight by its name, and knows under which other names it goes."""

    def __init__(self, stored: tuple[Stored, ...]) -> None:
        """Index the weights by module and by storage."""
        self.stored = stored
        self.by_module: dict[str, list[Stored]] = {}
        self.by_storage: dict[str, list[Stored]] = {}
        for each in stored:
            self.by_module.setdefault(module_of(each.name), []).append(each)
            self.by_storage.setdefault(each.storage, []).append(each)

    def own(self, module: str) -> list[Stored]:
        """The weights that a module holds directly."""
        return self.by_module.get(module, [])

    def local(self, stored: Stored, module: str) -> str:
        """The name of a weight as the module that uses it knows it.

        A program names tied weights by one of their names, which may be another module's.
        """
        tied = self.by_storage[stored.storage]
        if len(tied) == 1 or module_of(stored.name) == module:
            return stored.name
        return next((each.name for each in tied if module_of(each.name) == module), stored.name)

    def placed(self, leaves: Mapping[str, Scope], types: Mapping[str, str], used: frozenset[str]) -> dict[str, Placed]:
        """Give each weight to one row.

        Args:
            leaves: called leaf modules by path.
            types: class names of all called modules by path.
            used: storages that some operator reads.

        Returns:
            By row path: a leaf, a module that is no leaf, or a weight of the model itself.
        """
        groups: dict[str, list[Stored]] = {}
        for each in self.stored:
            module = module_of(each.name)
            # nn.MultiheadAttention computes with the weights of its out_proj without calling it.
            while module and module not in leaves and module not in types and _parent_leaf(module, leaves):
                module = module.rpartition(".")[0]
            groups.setdefault(module if module or "" in leaves else each.name, []).append(each)
        return {path: self._placed(path, group, types, used) for path, group in groups.items()}

    def _placed(self, path: str, group: list[Stored], types: Mapping[str, str], used: frozenset[str]) -> Placed:
        names = tuple(each.name for each in group)
        if names == (path,):
            is_used = group[0].storage in used
            reason = "a tensor of the model itself" if is_used else "a tensor of the model itself, never used"
            return Placed(ROOT_TYPES[group[0].role], names, reason)
        if path in types:
            return Placed(types[path], names, "the operators inside it are listed on their own")
        return Placed("Module", names, self._uncalled(group, used))

    def _uncalled(self, group: list[Stored], used: frozenset[str]) -> str:
        if not any(each.storage in used for each in group):
            return "never called"
        twins = {module_of(twin.name) for twin in self.by_storage[group[0].storage]} - {module_of(group[0].name)}
        if twins:
            return f"never called by this name; its weights are tied to those of {min(twins) or 'the model itself'}"
        return "never called; other operators use its weights"


def _parent_leaf(module: str, leaves: Mapping[str, Scope]) -> bool:
    parts = module.split(".")
    return any(".".join(parts[:count]) in leaves for count in range(len(parts)))
