"""The names of a node's inputs: those of the operator's schema, of the model's own function, or positions."""

from collections.abc import Iterator, Sequence
from typing import Any

from parity.adapters.onnx._contrib import formals as contrib
from parity.adapters.onnx._tensors import text

STANDARD = ("", "ai.onnx")
NEWEST = 1_000_000
"""Later than any version that there is; a file may state one that ONNX cannot even look up."""


class Slots:
    """Looks up formal input names for the opsets that a model imports."""

    def __init__(self, model: Any) -> None:
        """Note the versions of the opsets and the model's own functions."""
        imports = [*model.opset_import, *(each for function in model.functions for each in function.opset_import)]
        self._opsets = {plain_domain(each.domain): int(each.version) for each in reversed(imports)}
        self._functions = {
            (plain_domain(each.domain), text(each.name)): tuple(text(name) for name in each.input)
            for each in model.functions
        }
        self._known: dict[str, bool] = {}
        self._formals: dict[tuple[str, str], tuple[tuple[str, ...], bool]] = {}

    def domain(self, node: Any) -> str:
        """The node's opset, "" for ONNX's own."""
        return plain_domain(node.domain)

    def opset(self, domain: str) -> int | None:
        """The version of an opset that the model imports, or None where it does not say."""
        return self._opsets.get(domain)

    def has(self, op: str) -> bool:
        """Whether ONNX's own operators, in the version that the model imports, have one of this name."""
        if op not in self._known:
            version = self._opsets.get("")
            self._known[op] = schema_of(op, NEWEST if version is None else version, "") is not None
        return self._known[op]

    def is_function(self, node: Any) -> bool:
        """Whether the node calls a function that the model itself defines."""
        return (plain_domain(node.domain), text(node.op_type)) in self._functions

    def named(self, node: Any, inputs: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Each input that is given, with its name: ``X``, ``inputs.0`` of a variadic operator, or its position."""
        formals, variadic = self._formal(node)
        formals = formals or contrib(text(node.op_type), inputs)
        for index, name in enumerate(inputs):
            if not name:
                continue
            if index < len(formals):
                yield formals[index], name
            elif variadic:
                yield f"inputs.{index - len(formals)}", name
            else:
                yield str(index), name

    def _formal(self, node: Any) -> tuple[tuple[str, ...], bool]:
        key = (plain_domain(node.domain), text(node.op_type))
        if key not in self._formals:
            own = self._functions.get(key)
            self._formals[key] = self._schema(*key) if own is None else (own, False)
        return self._formals[key]

    def _schema(self, domain: str, op: str) -> tuple[tuple[str, ...], bool]:
        """Names of the inputs before a variadic one, and whether there is one."""
        from onnx import defs

        schema = schema_of(op, self._opsets.get(domain) or defs.onnx_opset_version(), domain)
        if schema is None:
            return (), False
        names = [each.name for each in schema.inputs]
        variadic = bool(names) and schema.inputs[-1].option == defs.OpSchema.FormalParameterOption.Variadic
        return tuple(names[:-1] if variadic else names), variadic


def schema_of(op: str, version: int, domain: str) -> Any:
    """What ONNX says of an operator in a version of its set, or None where it knows no such thing."""
    from onnx import defs

    try:
        return defs.get_schema(op, min(max(version, 0), NEWEST), domain)
    except defs.SchemaError:
        return None


def plain_domain(domain: Any) -> str:
    """The name of an opset, "" for ONNX's own."""
    name = text(domain)
    return "" if name in STANDARD else name
