"""Program -> Program without what is no operator of the model: assertions, arithmetic on sizes, counters, aliases."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from parity.adapters.torch._program import Body, Op, Program, Ref, Role, Tensor
from parity.adapters.torch._writes import Views

WRAPPERS = {"torch.ops.higher_order.wrap_with_set_grad_enabled": 1, "torch.ops.higher_order.wrap_with_autocast": 4}
"""Blocks with another gradient or autocast mode: they only hold operators. The number is the place of their graph."""

COPIES = ("aten.lift_fresh_copy.", "aten.lift_fresh.", "aten.detach.", "aten.detach_.", "aten.clone.", "aten.alias.")
"""What stands between a constant of the source code and its use."""

NUMBERS = frozenset({"dim", "numel", "size"})
"""Operators that tell numbers of a tensor, where the program has the numbers themselves."""

RESHAPES = frozenset({"contiguous", "expand", "flatten", "reshape", "to", "view"})
"""Operators that keep all elements in their order, and may change nothing at all."""

DEEPEST = 20
"""Levels of blocks in blocks."""


def simplify(program: Program) -> Program:
    """Take out of a program what is not the model's own computation, keeping the data flow."""
    tensors: dict[str, Tensor] = dict(program.tensors)
    cleaner = _Cleaner(program, tensors)
    ops, results = _inlined(program.ops, tensors, 0)
    for op in ops:
        cleaner.add(op)
    outputs = tuple(cleaner.read(results.get(name, name)) for name in program.outputs)
    ops = _without_idle(cleaner.ops, cleaner.added, outputs)
    kept = _without_idle_counters(ops, program, frozenset(outputs))
    given = {each.placeholder: each.tensor for each in program.stored if each.placeholder in outputs}
    return replace(
        program,
        ops=(*kept, *map(_given, given)),
        tensors=tensors | {f"{name}_given": tensor for name, tensor in given.items()},
        outputs=tuple(f"{name}_given" if name in given else name for name in outputs),
    )


def _given(name: str) -> Op:
    """What gives a stored tensor that is an output of the model as it is."""
    return Op(f"{name}_given", "torch.ops.aten.clone.default", {"self": Ref(name)}, (f"{name}_given",))


def references(value: Any) -> list[str]:
    """The names of all tensors in an argument."""
    if isinstance(value, Ref):
        return [value.name]
    if isinstance(value, tuple):
        return [name for each in value for name in references(each)]
    if isinstance(value, dict):
        return [name for each in value.values() for name in references(each)]
    return []


SPECIAL = ("erf", "erfc", "erfinv", "exp2", "expm1", "log1p", "round", "sinc", "logit", "softmax", "log_softmax")
OTHERS = (
    *("special_expit sigmoid", "special_psi digamma", "special_gammaln lgamma", "negative neg", "greater gt"),
    *("greater_equal ge", "less lt", "less_equal le", "not_equal ne", "multiply mul", "subtract sub", "divide div"),
    *("absolute abs", "clip clamp", "fix trunc", "concat cat", "concatenate cat", "swapdims transpose"),
    *("moveaxis movedim", "row_stack vstack", "ger outer", "linalg_matmul matmul", "ravel flatten"),
)
ALIASES = {
    **{f"arc{name}": f"a{name}" for name in ("cos", "cosh", "sin", "sinh", "tan", "tanh", "tan2")},
    **{f"special_{name}": name for name in (*SPECIAL, "digamma", "logsumexp", "xlogy", "i0")},
    **dict(each.split() for each in OTHERS),
}
"""Second names that PyTorch's documentation gives operators, with the same arguments."""


def operator(target: str) -> str:
    """The operator's own name: ``torch.ops.aten.relu_.default`` -> ``relu_``, and ``clamp`` of ``aten.clip``."""
    parts = target.split(".")
    if not target.startswith("torch.ops.") or len(parts) <= 3:
        return target
    name = parts[3]
    if parts[2] != "aten":
        return name
    inside = name.endswith("_") and not name.endswith("__")
    found = ALIASES.get(name.removesuffix("_") if inside else name)
    return name if found is None else f"{found}_" if inside else found


def _out_of_place(target: str) -> str:
    """``torch.ops.aten.relu_.default`` -> ``torch.ops.aten.relu.default``, of which the result is the same."""
    *space, name, overload = target.split(".")
    return ".".join((*space, name.removesuffix("_"), overload))


def with_names(value: Any, rename: Callable[[str], str]) -> Any:
    """An argument with other names for its tensors."""
    if isinstance(value, Ref):
        return Ref(rename(value.name))
    if isinstance(value, tuple):
        return tuple(with_names(each, rename) for each in value)
    if isinstance(value, dict):
        return {name: with_names(each, rename) for name, each in value.items()}
    return value


def _inlined(ops: tuple[Op, ...], tensors: dict[str, Tensor], depth: int) -> tuple[list[Op], dict[str, str]]:
    """The operators with the blocks' own in place of the blocks, and what became of the blocks' results."""
    found: list[Op] = []
    outside: dict[str, str] = {}
    taken = {*tensors, *(op.name for op in ops if op.target not in WRAPPERS)}
    for op in ops:
        current = op
        if outside:
            current = replace(op, arguments=with_names(dict(op.arguments), lambda name: outside.get(name, name)))
        place = WRAPPERS.get(current.target)
        values = list(current.arguments.values())
        body = values[place] if place is not None and len(values) > place else None
        if not isinstance(body, Body) or depth > DEEPEST:
            found.append(current)
            continue
        operands = [each.name if isinstance(each, Ref) else "" for each in values[(place or 0) + 1 :]]
        inner, names = _unwrapped(current, body, operands, taken)
        tensors.update({names.get(name, name): each for name, each in body.tensors.items() if name not in body.inputs})
        deeper, results = _inlined(inner, tensors, depth + 1)
        found += deeper
        made = [names.get(name, name) for name in body.outputs if name is not None]
        outside.update(zip(current.outputs, (results.get(name, name) for name in made), strict=False))
    return found, outside


def _unwrapped(op: Op, body: Body, operands: list[str], taken: set[str]) -> tuple[tuple[Op, ...], dict[str, str]]:
    names = {inner: outer for inner, outer in zip(body.inputs, operands, strict=False) if outer}

    def fresh(name: str) -> str:
        found, number = name, 0
        while found in taken:
            number += 1
            found = f"{name}_inner{number}"
        taken.add(found)
        return found

    renamed = {each.name: fresh(each.name) for each in body.ops}
    for each in body.ops:
        names.update({output: renamed.get(output) or fresh(output) for output in each.outputs})
    inner = tuple(
        replace(
            each,
            name=renamed[each.name],
            arguments=with_names(dict(each.arguments), lambda name: names.get(name, name)),
            outputs=tuple(names[output] for output in each.outputs),
            stack=each.stack or op.stack,
        )
        for each in body.ops
    )
    return inner, names


class _Cleaner:
    """Goes through the operators in order; ``rename`` says what a name stands for by now."""

    def __init__(self, program: Program, tensors: dict[str, Tensor]) -> None:
        self.ops: list[Op] = []
        self.made = {each.placeholder for each in program.stored if each.placeholder} | {*program.inputs}
        self.called: set[str] = set()
        self.rename: dict[str, str] = {}
        self.tensors = tensors
        self.roles = {each.placeholder: each.role for each in program.stored if each.placeholder}
        self.views = Views(self.now, tensors)
        self.added: set[str] = set()

    def add(self, op: Op) -> None:
        if op.name in self.called or not self.made.isdisjoint(op.outputs) or len({*op.outputs}) < len(op.outputs):
            raise ValueError(f"the name {op.name} appears twice")
        self.called.add(op.name)
        self.made.update(op.outputs)
        target, name = op.target, operator(op.target)
        if not op.outputs and (op.scalars or name in NUMBERS or name.startswith(("_assert", "sym_", "_operator"))):
            return
        if self.rename:
            op = replace(op, arguments=with_names(dict(op.arguments), self.read))
        if name == "cat":
            op = self._without_empty(op)
        refs = [each for value in op.arguments.values() for each in references(value)]
        only = {self.roles.get(each) for each in refs}
        if target.startswith(tuple(f"torch.ops.{each}" for each in COPIES)) and only == {Role.CONSTANT}:
            self.rename[op.outputs[0]] = refs[0]
            return
        if self._is_as_it_was(op, refs):
            self.rename[op.outputs[0]] = refs[0]
            return
        in_place = name.endswith("_") and not name.endswith("__") and target.startswith("torch.ops.aten.")
        if in_place and refs and op.outputs:
            if only == {Role.BUFFER}:  # a counter, such as the number of batches that a BatchNorm has seen
                self.rename[op.outputs[0]] = refs[0]
                return
            self._write(op, refs[0])
            return
        self.views.note(name, op)
        self.ops.append(op)

    def _without_empty(self, op: Op) -> Op:
        """``cat`` takes tensors of one axis and no element beside others of any shape, as caches start with them."""
        made = self.tensors.get(op.outputs[0]) if op.outputs else None
        parts = op.arguments.get("tensors")
        if made is None or not isinstance(parts, tuple):
            return op
        empty = replace(made, shape=(0,))
        kept = tuple(each for each in parts if not isinstance(each, Ref) or self.tensors.get(each.name) != empty)
        return replace(op, arguments={**op.arguments, "tensors": kept}) if kept else op

    def read(self, name: str) -> str:
        """What is to be read for a name at this place: a view of what was changed since is taken again."""
        found = self.now(name)
        for old, op in self.views.taken_again(found):
            self._make(op, old)
        return self.now(found)

    def _write(self, op: Op, written: str) -> None:
        """Add an operator that works in place: whoever reads the tensor from here on reads what it left in it."""
        self.ops.append(replace(op, target=_out_of_place(op.target)))
        for whole, made in [*self.views.rewritten(op, written)]:
            self._make(made, (whole,))
        self.rename[written] = op.outputs[0]

    def _make(self, op: Op, names: tuple[str, ...]) -> None:
        """Add an operator whose outputs stand for tensors from here on."""
        for name, made in zip(names, op.outputs, strict=True):
            if name in self.tensors:
                self.tensors[made] = self.tensors[name]
            self.rename[name] = made
        self.made.update(op.outputs)
        self.added.add(op.name)
        self.ops.append(op)

    def _is_as_it_was(self, op: Op, refs: list[str]) -> bool:
        """Whether it gives a stored tensor back as it is: in the type and shape that it has anyway."""
        name = operator(op.target) if op.target.startswith("torch.ops.aten.") else ""
        if name not in RESHAPES or len(refs) != 1 or len(op.outputs) != 1:
            return False
        found = [self.tensors.get(each) for each in (*refs, *op.outputs)]
        told = {(each.dtype, each.shape if name != "to" else ()) if each is not None else None for each in found}
        known = None not in told and not any(None in each for each in told if each is not None)
        stored = self.roles.get(refs[0]) in {Role.PARAMETER, Role.CONSTANT}
        return stored and len(told) == 1 and known and not op.arguments.get("copy")

    def now(self, name: str) -> str:
        """What a name stands for at this place."""
        found = name
        while found in self.rename:
            found = self.rename[found]
        while name in self.rename:
            self.rename[name], name = found, self.rename[name]
        return found


def _without_idle(ops: list[Op], added: set[str], outputs: tuple[str, ...]) -> list[Op]:
    """The operators without those of the ``added`` ones that nobody reads."""
    used, kept = set(outputs), list[Op]()
    for op in reversed(ops):
        if op.name not in added or not used.isdisjoint(op.outputs):
            used.update(each for value in op.arguments.values() for each in references(value))
            kept.append(op)
    return kept[::-1]


def _without_idle_counters(ops: list[Op], program: Program, outputs: frozenset[str]) -> tuple[Op, ...]:
    used = {name for op in ops for value in op.arguments.values() for name in references(value)} | outputs
    buffers = {each.placeholder for each in program.stored if each.role is Role.BUFFER}

    def idle(op: Op) -> bool:
        refs = [name for value in op.arguments.values() for name in references(value)]
        return bool(op.outputs and refs) and buffers.issuperset(refs) and used.isdisjoint(op.outputs)

    return tuple(op for op in ops if not idle(op))
