"""Program -> SourceGraph: leaf modules and loose operators become rows, operators become nodes."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from parity.adapters.torch._declared import DECLARED, with_declared
from parity.adapters.torch._modes import mode_of, unrecorded
from parity.adapters.torch._ownership import Owners, Placed, census, tensor_store
from parity.adapters.torch._program import Body, Op, Program, Ref, Role, Scope, Tensor
from parity.adapters.torch._results import results
from parity.adapters.torch._simplify import operator, references, simplify
from parity.graph import (
    ONLY_TRAINED,
    Container,
    Evidence,
    Framework,
    Gap,
    Mode,
    SourceGraph,
    SourceLayer,
    SourceNode,
    Value,
    Weight,
)

CONTAINERS = frozenset({"Sequential", "ModuleList", "ModuleDict", "Container"})
ROOT = Scope("", "", "")


def source_graph(program: Program, form: str, source: str, model: Any = None) -> SourceGraph:
    """Build the graph of a program.

    Args:
        program: as the archive or the live object tells it.
        form: the name of the format.
        source: how the user named the model.
        model: the module that it is of, where that is at hand.
    """
    plain = simplify(program if program.mode is Mode.BOTH else unrecorded(program))
    builder = _Builder(with_declared(plain, model))
    rows, weights, nodes = builder.rows(), builder.weights, builder.nodes()
    return SourceGraph(
        framework=Framework.TORCH,
        format=form,
        source=source,
        producer=program.producer,
        evidence=Evidence.GRAPH,
        layers=tuple(rows),
        nodes=tuple(nodes),
        values=builder.values(),
        weights=weights,
        inputs=program.inputs,
        outputs=builder.program.outputs,
        input_names=program.input_names or program.inputs,
        output_names=program.output_names,
        inputs_by_name=bool(program.input_names),
        outputs_by_name=bool(program.output_names),
        containers=tuple(builder.containers()),
        gaps=(*(Gap("wiring", reason) for reason in builder.program.unresolved), *_hidden(program)),
        inference_only=_is_taken_apart(program),
        mode=program.mode or mode_of(nodes, rows),
        store=tensor_store(source, program.stored),
    )


def _hidden(program: Program) -> Iterator[Gap]:
    """What the model does in training and the program does not show."""
    if program.hidden:
        names = ", ".join(program.hidden[:SHOWN]) + (" and others" if program.hidden[SHOWN:] else "")
        yield Gap(
            ONLY_TRAINED, HIDDEN.format(names), "what it computes in inference is compared by --profile inference"
        )


HIDDEN = "in training the code of {} draws random numbers, which a trace in evaluation mode does not show"
SHOWN = 3


def _is_taken_apart(program: Program) -> bool:
    """Whether ``run_decompositions`` has left core operators of inference alone, of which no dropout is one."""
    names = {op.target.removeprefix("torch.ops.aten.").partition(".")[0] for op in program.ops}
    return not names.isdisjoint(CORE) and names.isdisjoint(COMPOSED) and names.isdisjoint(OF_TRAINING)


CORE = {"addmm", "bmm", "convolution", "mm", "native_layer_norm", "_native_batch_norm_legit_no_training", "_softmax"}
COMPOSED = {
    *("linear", "matmul", "conv1d", "conv2d", "conv3d", "layer_norm", "batch_norm", "softmax", "dropout", "einsum"),
    *("group_norm", "instance_norm", "scaled_dot_product_attention", "conv_transpose2d", "dropout_", "flatten"),
}
"""Operators that are made of others, and do not outlast it."""

OF_TRAINING = {"native_dropout", "bernoulli", "_native_batch_norm_legit", "_native_batch_norm_legit_functional"}


class _Builder:
    """The tables that rows and nodes are made from."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.stored = {each.placeholder: each for each in program.stored if each.placeholder}
        self.owners = Owners(program.stored)
        inner = {scope.path for op in program.ops for scope in op.stack[:-1]}
        whole = {op.stack[-1].path for op in program.ops if op.target.startswith(DECLARED)}
        self.leaves = {
            scope.path: scope
            for scope in (op.stack[-1] for op in program.ops if op.stack)
            if (scope.type.startswith("torch.nn.modules.") or scope.path in whole)
            and scope.class_name not in CONTAINERS
            and scope.path not in inner
        }
        # Two calls of a module differ in the keys of their stacks (``L__self__act`` and ``L__self__act@1``).
        self.calls: dict[str, dict[tuple[str, ...], list[Op]]] = {}
        for op in program.ops:
            scope = _scope(op)
            if scope.path in self.leaves:
                keys = tuple(each.key for each in op.stack)
                self.calls.setdefault(scope.path, {}).setdefault(keys, []).append(op)
        self.taken: set[str] = set()

    @cached_property
    def weights(self) -> Mapping[str, Weight]:
        return {each.name: census(each) for each in self.program.stored}

    @cached_property
    def readers(self) -> Mapping[str, frozenset[str]]:
        """For each tensor the places that read it: a call, a loose operator or the model's outputs."""
        found: dict[str, set[str]] = {name: {"\0outputs"} for name in self.program.outputs}
        for op in self.program.ops:
            for value in op.arguments.values():
                for name in references(value):
                    found.setdefault(name, set()).add(self.place(op))
        return {name: frozenset(places) for name, places in found.items()}

    @cached_property
    def results(self) -> Mapping[str, tuple[str, ...]]:
        return results(self.program.ops, self.program.outputs)

    def place(self, op: Op) -> str:
        scope = _scope(op)
        return ";".join(each.key for each in op.stack) if scope.path in self.leaves else f"\0{op.name}"

    def unique(self, path: str) -> str:
        # A module may be named like an operator; module names may hold any character but a dot.
        found, number = path, 1
        while found in self.taken:
            number += 1
            found = f"{path}~{number}"
        self.taken.add(found)
        return found

    @cached_property
    def paths(self) -> Mapping[str, str]:
        """The row of each operator, by the operator's name."""
        found: dict[str, str] = {path: self.unique(path or scope.class_name) for path, scope in self.leaves.items()}
        rows: dict[str, str] = {}
        for op in self.program.ops:
            scope = _scope(op)
            if scope.path in self.leaves:
                rows[op.name] = found[scope.path]
            else:
                rows[op.name] = self.unique(f"{scope.path}/{op.name}" if scope.path else op.name)
        return rows

    def rows(self) -> list[SourceLayer]:
        placed = self.owners.placed(self.leaves, self.types, self.used)
        done: set[str] = set()
        own = [each.name for each in self.owners.own("") if each.role is not Role.CONSTANT]
        found = self.holders(placed, own, done)
        for op in self.program.ops:
            path = self.paths[op.name]
            if path in done:
                continue
            done.add(path)
            found += self.holders(placed, [scope.path for scope in op.stack], done)
            found.append(self.row(op, path, placed))
        return [*found, *self.holders(placed, list(placed), done)]

    def holders(self, placed: Mapping[str, Placed], paths: Iterable[str], done: set[str]) -> list[SourceLayer]:
        """Rows of modules that only hold weights, before the first row inside them."""
        found = []
        for path in paths:
            if path in placed and path not in self.leaves and path not in done:
                done.add(path)
                each, given = placed[path], self.results.get(path, ())
                found.append(
                    SourceLayer(self.unique(path), each.type, each.weights, given, "" if given else each.reason)
                )
        return found

    def row(self, op: Op, path: str, placed: Mapping[str, Placed]) -> SourceLayer:
        scope = _scope(op)
        if scope.path not in self.leaves:
            reason = "" if op.outputs else "it returns no tensor"
            return SourceLayer(path, _dialect(op)[1], (), op.outputs[:1], reason)
        owned = placed[scope.path].weights if scope.path in placed else ()
        outputs = [self.result(ops) for ops in self.calls[scope.path].values()]
        return SourceLayer(path, scope.class_name, owned, tuple(each for each in outputs if each))

    def result(self, ops: list[Op]) -> str | None:
        """The first output of a call: of the last operator that anybody outside the call reads.

        Where several results are read, as of an attention that gives its weights too, the main one follows from the
        last weight that is used.
        """
        here = self.place(ops[0])
        nobody: frozenset[str] = frozenset()
        read = [op for op in ops if any(self.readers.get(name, nobody) - {here} for name in op.outputs)]
        derived: set[str] = set()
        for op in ops:
            refs = {name for value in op.arguments.values() for name in references(value)}
            if any(name in self.stored for name in refs):
                derived = set(op.outputs)
            elif refs & derived:
                derived.update(op.outputs)
        main = [op for op in read if derived.intersection(op.outputs)]
        chosen = main or read or [op for op in ops if op.outputs]
        return chosen[-1].outputs[0] if chosen else None

    @cached_property
    def types(self) -> Mapping[str, str]:
        return {scope.path: scope.class_name for op in self.program.ops for scope in op.stack}

    @cached_property
    def used(self) -> frozenset[str]:
        """Storages that some operator reads."""
        return frozenset(
            self.stored[name].storage
            for op in self.program.ops
            for value in op.arguments.values()
            for name in references(value)
            if name in self.stored
        )

    def nodes(self) -> list[SourceNode]:
        spare = {path: self.spare(path) for path in self.calls}
        numbers = {
            self.place(ops[0]): number for calls in self.calls.values() for number, ops in enumerate(calls.values())
        }
        lengths = {self.place(ops[0]): len(ops) for calls in self.calls.values() for ops in calls.values()}
        found = []
        taken: set[str] = set()
        made = {*self.program.inputs}
        for op in self.program.ops:
            scope, row, place = _scope(op), self.paths[op.name], self.place(op)
            path, extra = row, {}
            if scope.path in self.leaves:
                if lengths[place] > 1:
                    path = f"{row}/{op.name}"
                elif numbers[place]:
                    path = f"{row}@{numbers[place]}"
                extra = spare.pop(scope.path, {})
            while path in taken:
                path += "~"
            taken.add(path)
            node = self.node(op, path, row, extra)
            if missing := {*node.inputs.values()} - made:
                raise ValueError(f"{op.name} reads {min(missing)}, which nothing before it produces")
            made.update(node.outputs)
            found.append(node)
        return found

    def spare(self, path: str) -> dict[str, str]:
        """A leaf module's own weights that none of the operators of its first call takes, by attribute name."""
        first = next(iter(self.calls[path].values()))
        taken = {
            self.stored[name].storage
            for op in first
            for value in op.arguments.values()
            for name in references(value)
            if name in self.stored
        }
        return {each.name.rpartition(".")[2]: each.name for each in self.owners.own(path) if each.storage not in taken}

    def node(self, op: Op, path: str, row: str, extra: Mapping[str, str]) -> SourceNode:
        dialect, name, overload = _dialect(op)
        inputs: dict[str, str] = {}
        weights: dict[str, str] = {}
        attributes: dict[str, Any] = {"__overload__": overload} if overload else {}
        for slot, value in op.arguments.items():
            self.sort(slot, value, _scope(op).path, (inputs, weights, attributes))
        for slot, weight in extra.items():
            weights.setdefault(slot, weight)
        return SourceNode(path, row, dialect, name, inputs, weights, attributes, op.outputs)

    def sort(
        self, slot: str, value: Any, module: str, into: tuple[dict[str, str], dict[str, str], dict[str, Any]]
    ) -> None:
        """Enter an argument as input, weight or attribute; sequences that hold tensors are taken apart."""
        inputs, weights, attributes = into
        if isinstance(value, Ref):
            held = self.stored.get(value.name)
            if held is None:
                inputs[slot] = value.name
            else:
                weights[slot] = self.owners.local(held, module)
        elif isinstance(value, tuple) and references(value):
            for number, each in enumerate(value):
                self.sort(f"{slot}.{number}", each, module, into)
        elif isinstance(value, dict) and references(value):
            for key, each in value.items():
                self.sort(f"{slot}.{key}", each, module, into)
        else:
            attributes[slot] = _plain(value)

    def values(self) -> dict[str, Value]:
        names = [*self.program.inputs, *(name for op in self.program.ops for name in op.outputs), *self.program.outputs]
        nothing = Tensor(None, None)
        found = {}
        for name in names:
            each = self.program.tensors.get(name, nothing)
            reason = "" if each.shape is not None else "the exported program holds no shape for it"
            found[name] = Value(each.shape, each.dtype, reason)
        return found

    def containers(self) -> list[Container]:
        paths: dict[str, str] = {}
        for op in self.program.ops:
            for scope in op.stack:
                if scope.path and scope.path not in self.leaves:
                    paths.setdefault(scope.path, scope.class_name)
        return [Container(path, kind, self.results.get(path, ())) for path, kind in paths.items()]


def _scope(op: Op) -> Scope:
    return op.stack[-1] if op.stack else ROOT


def _plain(value: Any) -> Any:
    if isinstance(value, Body):
        return {"graph": value.name, "ops": tuple(each.target for each in value.ops)}
    if isinstance(value, tuple):
        return tuple(_plain(each) for each in value)
    return value


def _dialect(op: Op) -> tuple[str, str, str]:
    """Whose vocabulary, which operator, which overload where it is not the default one."""
    if op.target.startswith("torch.nn.modules."):  # a recorded call of a layer
        return "torch.nn", op.target.rpartition(".")[2], ""
    if op.target.startswith(DECLARED):
        return "torch.custom", op.target.rpartition(".")[2], ""
    if not op.target.startswith("torch.ops.aten."):
        return "torch", op.target, ""
    overload = op.target.split(".")[4:]
    return "aten", operator(op.target), "" if overload in ([], ["default"]) else ".".join(overload)
