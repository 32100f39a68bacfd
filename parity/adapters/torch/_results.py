"""What calls of modules give: the one value made inside a call that anybody outside it reads."""

from collections.abc import Iterable, Mapping, Sequence

from parity.adapters.torch._program import Op
from parity.adapters.torch._simplify import references


def results(ops: Sequence[Op], outputs: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """The values that modules give, by module path, one for each call.

    Left out are modules of which some call gives several values or none, since a program does not say which is first.
    """
    calls: dict[str, dict[tuple[str, ...], list[str]]] = {}
    shared = _shared_levels(ops, outputs)
    for op in ops:
        keys = tuple(scope.key for scope in op.stack)
        for level, scope in enumerate(op.stack, 1):
            given = calls.setdefault(scope.path, {}).setdefault(keys[:level], [])
            given += [name for name in op.outputs if shared.get(name, level) < level]
    return {
        path: tuple(given[0] for given in found.values())
        for path, found in calls.items()
        if all(len(given) == 1 for given in found.values())
    }


def _shared_levels(ops: Sequence[Op], outputs: Iterable[str]) -> dict[str, int]:
    """For each value that is read, how many levels of modules its maker has in common with all who read it."""
    makers = {name: op for op in ops for name in op.outputs}
    levels = dict.fromkeys(outputs, 0)
    for op in ops:
        for value in op.arguments.values():
            for name in references(value):
                if name in makers:
                    common = _common(makers[name], op)
                    levels[name] = min(levels.get(name, common), common)
    return levels


def _common(maker: Op, reader: Op) -> int:
    level = 0
    for mine, theirs in zip(maker.stack, reader.stack, strict=False):
        if mine.key != theirs.key:
            break
        level += 1
    return level
