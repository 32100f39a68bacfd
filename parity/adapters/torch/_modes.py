"""In which mode a program was traced, and what a trace in evaluation mode no longer shows of a live module."""

import inspect
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from parity.adapters.torch._program import Op, Program, Ref
from parity.adapters.torch._simplify import operator, simplify, with_names
from parity.adapters.torch._tree import ATTENTION
from parity.graph import Mode, SourceLayer, SourceNode
from parity.kinds import IN_TRAINING, UNRECORDED, in_training

SCALED, SOFTMAX, NORM = "scaled_dot_product_attention", "softmax", "batch_norm"
RANDOM = frozenset(
    (
        *("rand", "rand_like", "randn", "randn_like", "randint", "randint_like", "randperm", "multinomial"),
        *("bernoulli", "uniform", "normal", "exponential", "dropout", "native_dropout", "feature_dropout"),
        *("alpha_dropout", "feature_alpha_dropout"),
    )
)
"""Operators that draw at random, by which training differs; what else is only there in training is another output."""

OWN = "torch."
"""How the modules begin whose layers are known to leave a trace of what they do in training, but for attention."""


def mode_of(nodes: Iterable[SourceNode], rows: Iterable[SourceLayer]) -> Mode:
    """The mode that a file was exported in, as the flags of its operators tell.

    Layers of ``torch.nn`` hand on the mode that their model is in; what is called as a function may always be on.
    """
    types = {row.path: row.type for row in rows}
    found: dict[bool, set[bool]] = {True: set(), False: set()}
    for node in nodes:
        flag = in_training(node)
        if flag is not None:
            found[types.get(node.layer) != node.op].add(flag)
    of_layers, of_functions = found[True], found[False]
    on = True in (of_layers or of_functions) and not (not of_layers and False in of_functions)
    return Mode.TRAINING if on else Mode.EVALUATION


def unrecorded(program: Program) -> Program:
    """The program with attention whose dropout in training is not known, unless it is."""
    return replace(program, ops=tuple(_told(op, UNRECORDED) for op in program.ops))


def _told(op: Op, rate: Any) -> Op:
    known = not _weighs(op) or op.arguments.get("dropout_p") or IN_TRAINING in op.arguments
    return op if known else replace(op, arguments={**op.arguments, IN_TRAINING: rate})


@contextmanager
def watched() -> Iterator[set[str]]:
    """The classes of modules which look whether they are trained, other than PyTorch's own, while they are called."""
    import torch

    asking: set[str] = set()

    def training(module: Any) -> Any:
        frame = inspect.currentframe()
        asker = frame.f_back if frame is not None else None
        if asker is None or not str(asker.f_globals.get("__name__", "")).startswith(OWN):
            asking.add(type(module).__qualname__)
        return vars(module).get("training", False)

    def change(module: Any, value: bool) -> None:  # noqa: FBT001  as a property is set
        vars(module)["training"] = value

    torch.nn.Module.training = property(training, change)
    try:
        yield asking
    finally:
        del torch.nn.Module.training


def as_trained(program: Program, model: Any, asking: Collection[str], trace: Callable[[], Program | None]) -> Program:
    """A program that was traced in evaluation mode, with what its module tells of training.

    Args:
        program: the trace.
        model: the module.
        asking: the classes that looked whether they are trained.
        trace: traces the module in training mode; None where that does not go.
    """
    program = _with_momenta(simplify(program), model)
    found = _with_dropouts(program, model)
    if found is None:
        return replace(program, mode=Mode.EVALUATION)
    if not asking:
        return replace(found, mode=Mode.BOTH)
    trained = trace()
    if trained is None:
        return replace(found, mode=Mode.EVALUATION)
    other = simplify(trained)
    rates = [op.arguments.get("dropout_p", 0.0) for op in other.ops if _weighs(op)]
    here = [op.name for op in found.ops if _weighs(op)]
    if len(rates) == len(here):
        told = dict(zip(here, rates, strict=True))
        found = replace(found, ops=tuple(_told(op, told[op.name]) if op.name in told else op for op in found.ops))
    if not _draws(other) - _draws(found):
        return replace(found, mode=Mode.BOTH)
    return replace(found, mode=Mode.EVALUATION, hidden=tuple(sorted(asking)))


def _with_momenta(program: Program, model: Any) -> Program:
    """The program with no momentum where a module has none: a trace has 0 in the place of a cumulative average."""
    paths = {path for path, module in model.named_modules() if getattr(module, "momentum", 0) is None}

    def told(op: Op) -> Op:
        averages = operator(op.target).endswith(NORM) and bool(op.stack) and op.stack[-1].path in paths
        return replace(op, arguments={**op.arguments, "momentum": None}) if averages else op

    return replace(program, ops=tuple(map(told, program.ops))) if paths else program


def _draws(program: Program) -> Counter[str]:
    """How often each operator is called that draws at random."""
    return Counter(name for op in program.ops if (name := operator(op.target).removesuffix("_")) in RANDOM)


def _with_dropouts(program: Program, model: Any) -> Program | None:
    """The program with the dropout of each ``nn.MultiheadAttention``, of which evaluation mode leaves no trace.

    None where a call of one shows no place for it.
    """
    rates = {path: float(module.dropout) for path, module in model.named_modules() if _is_attention(module)}
    ops: list[Op] = []
    names: dict[str, str] = {}
    calls, places = set(), set()
    for each in program.ops:
        op = replace(each, arguments=with_names(dict(each.arguments), lambda name: names.get(name, name)))
        ops.append(op)
        scope = next((scope for scope in reversed(op.stack) if scope.path in rates), None)
        if scope is None:
            continue
        calls.add(scope.key)
        if _weighs(op):
            ops[-1] = _told(op, rates[scope.path])
        elif operator(op.target) == SOFTMAX:
            ops.append(_dropout(op, rates[scope.path]))
            names[op.outputs[0]] = ops[-1].name
        else:
            continue
        places.add(scope.key)
    return replace(program, ops=tuple(ops)) if calls == places else None


def _weighs(op: Op) -> bool:
    """Whether it is attention itself, by whichever of PyTorch's implementations."""
    return SCALED in operator(op.target)


def _is_attention(module: Any) -> bool:
    return any(f"{each.__module__}.{each.__qualname__}" == ATTENTION for each in type(module).__mro__)


def _dropout(op: Op, rate: float) -> Op:
    """What training does to the weights that an operator gives."""
    made, arguments = f"{op.outputs[0]}_dropped", {"input": Ref(op.outputs[0]), "p": rate, "train": False}
    return Op(made, "torch.ops.aten.dropout.default", arguments, (made,), stack=op.stack)
