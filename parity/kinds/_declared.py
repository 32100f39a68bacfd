"""Classes of the user's own, said to be layers of a kind: where each attribute and weight of the kind comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from parity.axes import expand
from parity.errors import ExtensionError, ParityError
from parity.graph import Evidence, SourceNode
from parity.kinds._contract import Call, Draft, Kind, Use
from parity.kinds._types import wrong_type

SELF = "self."
"""What begins the name of an attribute of the object."""

CLASS, MODULE, REGISTERED = "__class__", "__module__", "__registered_name__"
"""How readers mark a class that is not of the framework."""

NOTHING: Mapping[str, str] = MappingProxyType({})

FRAMEWORKS = ("torch.", "keras.", "tensorflow.", "tf_keras.")

REMEDY = "write the value in the declaration, or name what the class has"


@dataclass(frozen=True, slots=True)
class Module:
    """A class, and what its layers are.

    Attributes:
        name: the class with its module, ``my_package.layers.RMSNorm``, or under which Keras has it registered.
        kind: the name of the kind.
        attributes: of the kind; text that begins with ``self.`` is read from the layer.
        weights: the slot of each role: the name of the parameter, or of a Keras layer its number, from 0 on.
    """

    name: str
    kind: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    weights: Mapping[str, str] = field(default_factory=dict)

    @property
    def reads(self) -> tuple[str, ...]:
        """What is read from the layer, without ``self.``."""
        return tuple(name for each in self.attributes.values() if (name := _read(each)))


def _read(value: Any) -> str:
    return value.removeprefix(SELF) if isinstance(value, str) and value.startswith(SELF) else ""


def module(name: str, kind: str, /, *, weights: Mapping[str, str] = NOTHING, **attributes: Any) -> Module:
    """Say that a class of one's own is a layer of a kind, whole: nobody looks at what is inside.

    Args:
        name: the class with its module, or under which Keras has it registered (``my_package>RMSNorm``).
        kind: the name of a kind, as ``parity graph`` prints it.
        weights: the name of the parameter for each role; of a Keras layer its number, from 0 on.
        attributes: of the kind; ``"self.epsilon"`` is what the layer has, or its config.

    Raises:
        ExtensionError: the name is that of no class, or of one of a framework.
    """
    if not name.replace(">", ".").strip(".").count(".") or name.startswith(FRAMEWORKS):
        cause = "name a custom class with its module"
        raise ExtensionError(f"cannot declare {name!r}", cause, remedy="write 'my_package.layers.RMSNorm'")
    return Module(name, kind, dict(attributes), dict(weights))


def fits(kinds: Mapping[str, Kind], declared: Module) -> None:
    """Check that a kind has what a class is said to be.

    Raises:
        ExtensionError: there is no such kind, attribute or role.
    """
    where = f"cannot declare {declared.name!r}"
    found = kinds.get(declared.kind)
    if found is None:
        near = get_close_matches(declared.kind, kinds, n=1)
        remedy = f"did you mean {near[0]}?" if near else "parity graph MODEL prints the kinds of its layers"
        raise ExtensionError(where, f"there is no kind {declared.kind!r}", remedy=remedy)
    for what, given, known in (
        ("attribute", declared.attributes, found.attributes),
        ("weight", declared.weights, found.roles),
    ):
        for name in given:
            if name not in known:
                remedy = f"it has {', '.join(known) or 'none'}"
                raise ExtensionError(where, f"the kind {found.name} has no {what} {name!r}", remedy=remedy)


def classes_of(node: SourceNode) -> tuple[str, ...]:
    """Under which names the class of a call may be declared; () for those of a framework."""
    named, home = node.attributes.get(CLASS), node.attributes.get(MODULE)
    if isinstance(named, str) and node.dialect != "torch.nn":
        return (named,)
    registered = node.attributes.get(REGISTERED)
    full = (f"{home}.{node.op}",) if isinstance(home, str) and home else ()
    return (*full, registered) if isinstance(registered, str) else full


def as_declared(declared: Module, found: Kind, call: Call, framework: str) -> Draft | str:
    """The layer that a call is declared to be, or in a sentence why it cannot be.

    Args:
        declared: what its class is said to be.
        found: the kind.
        call: what the source tells of it.
        framework: whose layouts the stored tensors have.
    """
    told = f"{declared.name} is declared to be a {declared.kind}, and"
    attributes = {}
    for name, value in declared.attributes.items():
        attributes[name] = _inside(call.node.attributes, path) if (path := _read(value)) else value
        if attributes[name] is _Missing:
            return f"{told} its {name} is to be {value}, which this layer does not record"
    weights = {role: Use(call.node.weights[slot]) for role, slot in declared.weights.items() if call.has(slot)}
    if rest := sorted(set(call.node.weights) - set(declared.weights.values())):
        return f"{told} the declaration does not name its weight {rest[0]}"
    if call.evidence is Evidence.GRAPH and (len(set(call.inputs)), len(call.outputs)) != (1, 1):
        return f"{told} this call has {len(set(call.inputs))} inputs and {len(call.outputs)} outputs"
    try:
        follows = found.follows(_sizes(found, weights, call, framework), call.shape())
    except ParityError as error:
        return f"{told} its weights are not those of such a layer: {error}"
    made = Draft(found.name, {**follows, **attributes}, call.inputs[:1], call.outputs[:1], weights)
    mistyped = wrong_type((made,), {found.name: found})
    return f"{told} {mistyped}" if mistyped else made


class _Missing:
    """Stands for what a layer does not tell."""


def _inside(attributes: Mapping[str, Any], path: str) -> Any:
    """What stands at a path of names with dots between them: under all of it, or step by step."""
    if path in attributes:
        return attributes[path]
    first, _, rest = path.partition(".")
    inner = attributes.get(first)
    return _inside(inner, rest) if rest and isinstance(inner, Mapping) else _Missing


def _sizes(found: Kind, weights: Mapping[str, Use], call: Call, framework: str) -> dict[str, int]:
    """The sizes of the axes that the weights have, by name."""
    sizes: dict[str, int] = {}
    for role, use in weights.items():
        shape = call.stored[use.name].shape
        sizes |= dict(zip(expand(found.roles[role].layout(framework), len(shape)).split(), shape, strict=True))
    return sizes
