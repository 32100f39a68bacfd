"""The JSON of a torch.export archive -> ``Program``.

The layout is that of ``torch/_export/serde/schema.py``, versions 5 to 8; a union is a dict with one ``as_...`` key.
"""

from collections.abc import Mapping
from typing import Any

from parity.adapters.torch._call_spec import names_of_inputs, names_of_outputs, written
from parity.adapters.torch._dtypes import LAYOUTS, MEMORY_FORMATS, SCALAR_TYPES
from parity.adapters.torch._expressions import readable
from parity.adapters.torch._program import Body, Op, Program, Ref, Role, Scope, Stored, Tensor

Json = Mapping[str, Any]

PLAIN = ("as_int", "as_float", "as_bool", "as_string", "as_ints", "as_floats", "as_strings", "as_bools")
MOST_AXES = 64
LARGEST_SIZE = 2**63
NESTED = ("as_int_lists", "as_float_lists")
NUMBERED = {
    "as_scalar_type": ("dtype", SCALAR_TYPES),
    "as_memory_format": ("memory format", MEMORY_FORMATS),
    "as_layout": ("layout", LAYOUTS),
}


def program(document: Json, weights: Json, constants: Json, ties: Mapping[str, str] | None = None) -> Program:
    """Map a whole document.

    Args:
        document: ``models/model.json``.
        weights: the entries of ``model_weights_config.json`` by weight name; {} where the archive has none.
        constants: the same of ``model_constants_config.json``, which holds the non-persistent buffers too.
        ties: the identity of the elements by weight name, where it is told apart from those tables.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, IndexError: the document is not laid out like that.
    """
    module = document["graph_module"]
    graph = module["graph"]
    signature = module["signature"]
    reader = _Reader(graph)
    tensors = reader.tensors()
    version = str(document.get("torch_version") or "").partition("+")[0]
    inputs, outputs = _user_inputs(signature["input_specs"]), _user_outputs(signature["output_specs"])
    calls = _calls(module)
    return Program(
        producer=f"PyTorch {version}, torch.export" if version[:1].isdigit() else "PyTorch, torch.export",
        ops=tuple(reader.op(each) for each in graph["nodes"]),
        tensors=tensors,
        stored=_stored(signature["input_specs"], tensors, weights, constants, ties or {}),
        inputs=tuple(name for name in inputs if name),
        outputs=tuple(name for name in outputs if name),
        modules=tuple(str(each["fqn"]) for each in module.get("module_call_graph") or ()),
        input_names=names_of_inputs(written(calls.get("in_spec", "")), [*map(bool, inputs)]),
        output_names=names_of_outputs(written(calls.get("out_spec", "")), [*map(bool, outputs)]),
    )


def tensor(meta: Json) -> Tensor:
    """Map a ``TensorMeta``."""
    shape = tuple(_size(each) for each in meta["sizes"])
    if len(shape) > MOST_AXES:
        raise ValueError(f"a tensor of {len(shape)} axes")
    return Tensor(shape, SCALAR_TYPES.get(meta["dtype"]), bool(meta.get("requires_grad")))


def _size(size: Json) -> int | str:
    if "as_int" in size:
        number = size["as_int"]
        if type(number) is not int or not 0 <= number < LARGEST_SIZE:
            raise ValueError(f"the size {number!r}")
        return number
    return readable(str(size["as_expr"]["expr_str"]))


def _calls(module: Json) -> Json:
    """How the whole model is called."""
    whole = (each.get("signature") for each in module.get("module_call_graph") or () if not each["fqn"])
    return next((each for each in whole if each), {})


def _user_inputs(specs: list[Json]) -> list[str]:
    """What the model is given: the names of tensors, "" for anything else."""
    arguments = [each["user_input"]["arg"] for each in specs if "user_input" in each]
    return [str(each["as_tensor"]["name"]) if "as_tensor" in each else "" for each in arguments]


def _user_outputs(specs: list[Json]) -> list[str]:
    """What the model returns: the names of tensors, "" for anything else."""
    found = [each.get("user_output") or each.get("loss_output") for each in specs]
    arguments = [each["arg"] for each in found if each]
    return [str((each.get("as_tensor") or each).get("name", "")) for each in arguments]


def _stored(
    specs: list[Json], tensors: Mapping[str, Tensor], weights: Json, constants: Json, ties: Mapping[str, str]
) -> tuple[Stored, ...]:
    found: dict[str, Stored] = {}
    for spec in specs:
        name, placeholder, role = _binding(spec)
        if role is None:
            continue
        group, entry = ("weights", weights[name]) if name in weights else ("constants", constants.get(name))
        meta = entry.get("tensor_meta") if entry else None
        described = tensor(meta) if meta else tensors[placeholder]
        storage = _storage(group, entry, described) if entry and meta else ties.get(name, f"placeholder:{placeholder}")
        found[name] = Stored(name, placeholder, role, described, storage)
    for name, entry in weights.items():
        meta = entry.get("tensor_meta")
        if name not in found and meta:
            role = Role.PARAMETER if entry.get("is_param") else Role.BUFFER
            found[name] = Stored(name, "", role, tensor(meta), _storage("weights", entry, tensor(meta)))
    return tuple(found.values())


def _binding(spec: Json) -> tuple[str, str, Role | None]:
    if "parameter" in spec:
        each = spec["parameter"]
        return each["parameter_name"], each["arg"]["name"], Role.PARAMETER
    if "buffer" in spec:
        each = spec["buffer"]
        role = Role.BUFFER if each.get("persistent", True) else Role.NONPERSISTENT
        return each["buffer_name"], each["arg"]["name"], role
    if "tensor_constant" in spec:
        each = spec["tensor_constant"]
        return each["tensor_constant_name"], each["arg"]["name"], Role.CONSTANT
    return "", "", None


def _storage(group: str, entry: Json, described: Tensor) -> str:
    offset = entry["tensor_meta"].get("storage_offset") or {}
    count = 1
    for size in described.shape or ():
        count *= size if isinstance(size, int) else 1
    return f"{group}/{entry['path_name']}+{offset.get('as_int', 0)}:{count}"


class _Reader:
    """Maps the nodes of one graph; holds its tables of symbolic numbers."""

    def __init__(self, graph: Json) -> None:
        self.graph = graph
        self.unnamed = 0
        self.stacks: dict[str, tuple[Scope, ...]] = {}
        tables = (graph.get("sym_int_values"), graph.get("sym_bool_values"), graph.get("sym_float_values"))
        self.symbols: dict[str, Any] = {name: each for table in tables for name, each in (table or {}).items()}

    def tensors(self) -> dict[str, Tensor]:
        return {name: tensor(meta) for name, meta in self.graph["tensor_values"].items()}

    def op(self, node: Json) -> Op:
        outputs: list[str] = []
        scalars = False
        for each in node["outputs"]:
            names = _tensor_names(each)
            outputs += names
            scalars = scalars or not names
        arguments: dict[str, Any] = {}
        for position, each in enumerate(node["inputs"]):
            # Higher-order operators have no argument names.
            arguments[each["name"] or str(position)] = self.argument(each["arg"])
        name = node.get("name") or (outputs[0] if outputs else "")
        if not name:  # before PyTorch 2.8 an operator without results has no name
            self.unnamed += 1
            name = f"unnamed_{self.unnamed}"
        stack = self.stack((node.get("metadata") or {}).get("nn_module_stack") or "")
        return Op(str(name), str(node["target"]), arguments, tuple(outputs), scalars, stack)

    def stack(self, text: str) -> tuple[Scope, ...]:
        if text not in self.stacks:
            levels = [each.split(",") for each in text.split(";") if each.count(",") >= 2]  # key,path,type
            self.stacks[text] = tuple(Scope(key, ",".join(path), kind) for key, *path, kind in levels)
        return self.stacks[text]

    def argument(self, union: Json) -> Any:  # noqa: PLR0911  a return for each group of the union
        ((tag, value),) = union.items()
        if tag in PLAIN:
            return tuple(value) if isinstance(value, list) else _number(tag, value)
        if tag == "as_none":
            return None
        if tag in ("as_tensor", "as_optional_tensor"):
            return Ref(value["name"]) if "name" in value else self.argument(value)
        if tag in ("as_tensors", "as_optional_tensors"):
            return tuple(Ref(each["name"]) if "name" in each else self.argument(each) for each in value)
        if tag in ("as_nested_tensors", *NESTED):
            return tuple(tuple(Ref(x["name"]) if isinstance(x, dict) else x for x in each) for each in value)
        if tag.startswith("as_sym_"):
            return tuple(self.symbol(each) for each in value) if isinstance(value, list) else self.symbol(value)
        return self.special(tag, value)

    def symbol(self, union: Json) -> Any:
        if "as_name" not in union:
            return next(iter(union.values()))
        known = self.symbols.get(union["as_name"])
        if not known:
            return str(union["as_name"])
        if "as_expr" in known:
            return readable(str(known["as_expr"]["expr_str"]))
        return next(iter(known.values()))

    def special(self, tag: str, value: Any) -> Any:
        if tag in NUMBERED:
            what, names = NUMBERED[tag]
            return names.get(value, f"{what} {value}")
        if tag == "as_device":
            return value["type"] if value.get("index") is None else f"{value['type']}:{value['index']}"
        if tag == "as_complex":
            return complex(value["real"], value["imag"])
        if tag == "as_string_to_argument":
            return {str(name): self.argument(each) for name, each in value.items()}
        if tag == "as_graph":
            return _body(value)
        return str(value.get("class_fqn") or value["name"]) if tag == "as_custom_obj" else str(value)


def _number(tag: str, value: Any) -> Any:
    # JSON has no infinities: they are written as strings.
    return float(value) if tag == "as_float" else value


def _tensor_names(union: Json) -> list[str]:
    ((tag, value),) = union.items()
    if tag == "as_tensor":
        return [str(value["name"])]
    if tag == "as_tensors":
        return [str(each["name"]) for each in value]
    if tag == "as_optional_tensors":
        return [str(each["as_tensor"]["name"]) for each in value if "as_tensor" in each]
    if tag == "as_optional_tensor":
        return [str(value["as_tensor"]["name"])] if "as_tensor" in value else []
    return []


def _body(value: Json) -> Body:
    graph = value["graph"]
    reader = _Reader(graph)
    nothing: list[str | None] = [None]
    return Body(
        name=str(value["name"]),
        inputs=tuple(name for each in graph["inputs"] for name in _tensor_names(each) or [""]),
        outputs=tuple(name for each in graph["outputs"] for name in _tensor_names(each) or nothing),
        ops=tuple(reader.op(each) for each in graph["nodes"]),
        tensors=reader.tensors(),
    )
