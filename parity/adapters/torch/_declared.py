"""Program -> Program in which a class that is declared to be a layer is one call, and not what it is made of."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from parity.adapters._declared import told
from parity.adapters.torch._ownership import Owners
from parity.adapters.torch._program import Op, Program, Ref, Scope
from parity.adapters.torch._simplify import references
from parity.kinds import declared

DECLARED = "torch.custom."
"""What begins the target of such a call."""

Key = tuple[str, ...]


def with_declared(program: Program, model: Any = None) -> Program:
    """The program with the operators of declared classes put together.

    A program has no attributes of its modules: where a declaration reads some, and there is no module to read them
    from, the operators stay, which tell the same.

    Args:
        program: without what is no operator of the model.
        model: the module that it is of, where that is at hand.
    """
    calls: dict[Key, list[Op]] = {}
    depths: dict[Key, int] = {}
    for op in program.ops:
        if (depth := _depth(op, model)) is not None:
            key = tuple(scope.key for scope in op.stack[:depth])
            calls.setdefault(key, []).append(op)
            depths[key] = depth
    if not calls:
        return program
    tables = _Tables(program)
    gone: set[str] = set()
    made: dict[str, Op] = {}
    for key, ops in calls.items():
        whole = _whole(tables, ops, ops[0].stack[: depths[key]], model)
        if whole is not None:
            made[ops[-1].name] = whole
            gone.update(op.name for op in ops)
    kept = (made.get(op.name, op) for op in program.ops if op.name in made or op.name not in gone)
    return replace(program, ops=tuple(kept))


class _Tables:
    """Who reads which tensor of a program, which of them are stored, and who owns those."""

    def __init__(self, program: Program) -> None:
        self.owners = Owners(program.stored)
        self.stored = {each.placeholder: each for each in program.stored if each.placeholder}
        self.readers: dict[str, set[str]] = {name: {""} for name in program.outputs}
        for op in program.ops:
            for name in _read(op):
                self.readers.setdefault(name, set()).add(op.name)


def _depth(op: Op, model: Any) -> int | None:
    """How many modules around an operator there are up to the first that is declared, that one included."""
    for at, scope in enumerate(op.stack, 1):
        said = declared(scope.type)
        if said is not None and (model is not None or not said.reads):
            return at
    return None


def _whole(tables: _Tables, ops: list[Op], stack: tuple[Scope, ...], model: Any) -> Op | None:
    """One call in the place of all operators of it; None where it makes nothing that anybody uses."""
    scope, names = stack[-1], {op.name for op in ops}
    inside = [name for op in ops for name in op.outputs]
    used = dict.fromkeys(name for op in ops for name in _read(op))
    outputs = tuple(name for name in inside if tables.readers.get(name, names) - names)
    if not outputs:
        return None
    inputs = [name for name in used if name not in tables.stored and name not in inside]
    held = {name: tables.stored[name] for name in used if name in tables.stored}
    weights = {_local(tables.owners.local(each, scope.path), scope.path): name for name, each in held.items()}
    arguments = {**{str(at): Ref(name) for at, name in enumerate(inputs)}, **_refs(weights)}
    module = model.get_submodule(scope.path) if model is not None else None
    return Op(
        ops[-1].name, f"{DECLARED}{scope.type}", {**_marked(scope.type, module), **arguments}, outputs, stack=stack
    )


def _read(op: Op) -> list[str]:
    return [name for value in op.arguments.values() for name in references(value)]


def _refs(names: Mapping[str, str]) -> dict[str, Ref]:
    return {slot: Ref(name) for slot, name in names.items()}


def _local(name: str, module: str) -> str:
    """A weight as the module calls it; by its full name where it is another's."""
    return name.removeprefix(f"{module}.") if module else name


def marks(module: Any) -> dict[str, Any]:
    """What a node has of a live module of a declared class; nothing for others."""
    kind = f"{type(module).__module__}.{type(module).__qualname__}"
    return _marked(kind, module) if declared(kind) is not None else {}


def _marked(kind: str, module: Any) -> dict[str, Any]:
    said = declared(kind)
    found = told(module, said.reads) if said is not None and module is not None else {}
    return {**found, "__class__": kind, "__module__": kind.rpartition(".")[0]}
