"""Constants of an exported program that are its parameters: what a model holds by other names than it computes with.

A Keras model on the PyTorch backend keeps its variables in objects of its own and registers their tensors beside; to
``torch.export`` the first are constants, and the second are never used.
"""

from collections.abc import Callable, Hashable
from dataclasses import replace

from parity.adapters.torch._program import Program, Role, Stored
from parity.adapters.torch._simplify import references

Content = Callable[[Stored], Hashable | None]
"""What tells whether two tensors have the same elements, or None where nothing does."""


def as_parameters(program: Program, content: Content) -> Program:
    """The program with the parameters that nothing uses in the place of the constants that hold what they hold.

    Where several hold the same, such as biases of zeros, they go in the order of both; which of them is trained is
    presumed then if that differs among them.
    """
    used = {name for op in program.ops for value in op.arguments.values() for name in references(value)}
    used |= {*program.outputs}
    idle = [each for each in program.stored if each.role is Role.PARAMETER and each.placeholder not in used]
    constants = [each for each in program.stored if each.role is Role.CONSTANT and each.placeholder in used]
    if not idle or not constants:
        return program
    spare: dict[Hashable, list[list[Stored]]] = {}
    for twins in _tied(idle):
        if (key := _key(twins[0], content)) is not None:
            spare.setdefault(key, []).append(twins)
    mixed = {key for key, found in spare.items() if len({each[0].tensor.requires_grad for each in found}) > 1}
    taken: dict[str, Stored] = {}
    gone: set[str] = set()
    for each in constants:
        key = _key(each, content)
        if found := spare.get(key):
            for twin in (twins := found.pop(0)):
                tensor = replace(twin.tensor, requires_grad=None) if key in mixed else twin.tensor
                # The last one tells the tensor that the operators read; the others are tied to it by their storage.
                placeholder = each.placeholder if twin is twins[-1] else twin.placeholder
                taken[twin.name] = replace(twin, placeholder=placeholder, tensor=tensor)
            gone.add(each.name)
    stored = tuple(taken.get(each.name, each) for each in program.stored if each.name not in gone)
    return replace(program, stored=stored) if gone else program


def _tied(parameters: list[Stored]) -> list[list[Stored]]:
    """Parameters that are one, under all their names, those with the fewest modules around them last."""
    found: dict[str, list[Stored]] = {}
    for each in parameters:
        found.setdefault(each.storage, []).append(each)
    return [sorted(twins, key=lambda each: -each.name.count(".")) for twins in found.values()]


def _key(stored: Stored, content: Content) -> Hashable | None:
    held = content(stored)
    return None if held is None else (held, stored.tensor.shape, stored.tensor.dtype)
