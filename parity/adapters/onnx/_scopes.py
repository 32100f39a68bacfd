"""Rows named by the module that a node came from, where the exporter left that."""

import ast
from collections import Counter
from collections.abc import Mapping, Sequence

from parity.adapters.onnx._order import Step
from parity.adapters.onnx._tensors import text
from parity.graph import Container

NAME_SCOPES, NAMESPACE = "pkg.torch.onnx.name_scopes", "namespace"
CLASSES = "pkg.torch.onnx.class_hierarchy"
"""Where torch.onnx notes the classes of the modules that a node came from, the outermost first."""

RULE, MERGED_NORM = "pkg.onnxscript.rewriter.rule_name", "FuseBatchNormInto"
"""Where onnxscript's rewriter notes its rules, and how those begin that merge a BatchNorm into the layer before it."""


def paths(steps: Sequence[Step]) -> list[str]:
    """A unique path for each node.

    A leaf module with one node gives it its own path (``layer1.0``); otherwise the module's path comes before the
    operator's name (``layer1/Relu``). Nodes without a module keep their name.
    """
    scopes = [_merging(step) or module(step) for step in steps]
    uses = Counter(scopes)
    inner = {parent for scope in uses for parent in _parents(scope)}
    taken: dict[str, int] = {}
    found: list[str] = []
    for index, (step, scope) in enumerate(zip(steps, scopes, strict=True)):
        op = text(step.proto.op_type)
        if not scope:
            wanted = text(step.proto.name) or f"{op}_{index}"
        elif uses[scope] == 1 and scope not in inner:
            wanted = scope
        else:
            wanted = f"{scope}/{op}"
        found.append(unique(wanted, taken))
    return found


def modules(steps: Sequence[Step]) -> list[Container]:
    """The modules that several nodes came from, parents first, with their classes where the exporter has noted them.

    A chain of modules of which each holds but the next, as in ``model/model/dense``, is the innermost of them.
    """
    inside: dict[str, set[int]] = {}
    classes: dict[str, str] = {}
    for at, step in enumerate(steps):
        scope = _merging(step) or module(step)
        for path in (*_parents(scope), scope) if scope else ():
            inside.setdefault(path, set()).add(at)
        classes |= _classes(properties(step))
    sizes = Counter(frozenset(nodes) for nodes in inside.values())
    found: list[Container] = []
    for path, nodes in sorted(inside.items(), key=lambda each: -len(each[1])):
        sizes[frozenset(nodes)] -= 1
        whole = len(nodes) == len(steps) and not classes.get(path)
        if len(nodes) > 1 and not whole and (classes.get(path) or not sizes[frozenset(nodes)]):
            found.append(Container(path, classes.get(path, "")))
    return sorted(found, key=lambda each: len(each.path))


def _classes(noted: Mapping[str, str]) -> dict[str, str]:
    """The class of each module around a node, by path, without its Python module; what comes last is the node."""
    if NAME_SCOPES in noted:
        pairs = list(zip(_listed(noted[NAME_SCOPES]), _listed(noted.get(CLASSES, "")), strict=False))
    else:
        entries = (each.partition(": ") for each in noted.get(NAMESPACE, "").split("/"))
        pairs = [(path, kind) for path, _, kind in entries]
    return {path: kind.rpartition(".")[2] for path, kind in pairs[:-1] if path}


def unique(wanted: str, taken: dict[str, int]) -> str:
    """The name, with a running number if it is taken; enters it."""
    name = wanted
    while name in taken:
        taken[wanted] += 1
        name = f"{wanted}_{taken[wanted]}"
    taken[name] = 1
    return name


def _merging(step: Step) -> str:
    """The module whose kernel a node has that is filed under the BatchNorm which was merged into it; "" for others."""
    if not merges_norm(properties(step)) or len(step.inputs) < 2:
        return ""
    return step.inputs[1].rpartition(".")[0]


def _parents(scope: str) -> list[str]:
    separator = "/" if "/" in scope else "."
    parts = scope.split(separator)
    return [separator.join(parts[:count]) for count in range(1, len(parts))]


def properties(step: Step) -> dict[str, str]:
    """What the exporter has noted of a node."""
    return {text(each.key): text(each.value) for each in step.proto.metadata_props}


def merges_norm(noted: Mapping[str, str]) -> bool:
    """Whether one of the rules that have rewritten a node merges a BatchNorm into it."""
    return any(rule.strip().startswith(MERGED_NORM) for rule in noted.get(RULE, "").split(","))


def module(step: Step) -> str:
    """The path of the module that a node came from, or ""."""
    noted = properties(step)
    if NAME_SCOPES in noted:
        listed = _listed(noted[NAME_SCOPES])
        return listed[-2] if len(listed) > 1 else ""
    if NAMESPACE in noted:
        entries = noted[NAMESPACE].split("/")
        return entries[-2].partition(": ")[0] if len(entries) > 1 else ""
    name = text(step.proto.name)
    if name.startswith("/"):
        return _joined(name.split("/")[1:-1])
    return name.rpartition("/")[0]


def _listed(value: str) -> list[str]:
    try:
        found = ast.literal_eval(value) if len(value) < 4096 else []  # no honest list is longer
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _joined(parts: Sequence[str]) -> str:
    """TorchScript's names: ``layer1/layer1.0/conv1`` is the module ``layer1.0.conv1``."""
    found: list[str] = []
    for part in parts:
        if found and part.startswith(f"{found[-1]}."):
            found[-1] = part
        else:
            found.append(part)
    return ".".join(found)
