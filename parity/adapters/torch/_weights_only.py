"""Tensors without their modules -> SourceGraph: a row and a node for each prefix that owns tensors."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from parity.adapters.torch._ownership import ROOT_TYPES, census, module_of, tensor_store
from parity.adapters.torch._program import Role, Stored, Tensor
from parity.graph import WIRING, Evidence, Framework, Gap, SourceGraph, SourceLayer, SourceNode

BUFFERS = frozenset(
    {
        *("running_mean", "running_var", "num_batches_tracked"),  # batch and instance normalisation
        *("weight_u", "weight_v", "_u", "_v"),  # spectral_norm as a hook and as a parametrization
        *("pos_weight", "scale", "zero_point", "min_val", "max_val", "eps"),  # losses, observers and quantisers
        *("fake_quant_enabled", "observer_enabled"),
    }
)
"""Names under which modules of PyTorch itself register buffers and no parameters."""

TRAINED = ("float", "bfloat", "complex")
"""Only these can have gradients."""

WRAPPERS = ("_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.")
"""What torch.compile, FSDP and activation checkpointing put into names, anywhere in them."""

PREFIXES = ("module.", "model.")
"""What DataParallel and trainers put before all names."""

PARAMETRIZED = re.compile(r"(?:(.+)\.)?parametrizations\.[^.]+(?:\.\d+)?")
TYPE = "unknown"
REASON = "its calls are not recorded"
ONLY = Gap(
    WIRING,
    "names and shapes of tensors show neither how layers are connected nor their settings",
    "save the model with torch.export.save (.pt2), or compare the live model with example inputs",
)


def stored(name: str, tensor: Tensor, storage: str) -> Stored:
    """A tensor of a file that says nothing of it but shape and dtype; its role is presumed from its name.

    ``tensor.requires_grad`` is None unless the file does say it.
    """
    slot, dtype = name.rpartition(".")[2], tensor.dtype or ""
    if slot in BUFFERS and tensor.requires_grad is None:
        role = Role.BUFFER
    elif dtype.startswith(TRAINED) or tensor.requires_grad is not None:
        role = Role.PARAMETER
    else:  # positions, masks and counters are buffers; a kernel of integers may be either
        role = Role.UNKNOWN if slot == "weight" else Role.BUFFER
    return Stored(name, "", role, tensor, storage)


def weights_graph(
    held: Iterable[Stored],
    form: str,
    source: str,
    producer: str,
    gaps: Iterable[Gap] = (),
    *,
    ordered: bool = True,
) -> SourceGraph:
    """Build the graph of a file of tensors.

    Args:
        held: in the order of the file.
        form: the name of the format.
        source: how the user named the file.
        producer: what wrote it.
        gaps: what could not be read.
        ordered: the order means something.
    """
    named, said = _without_prefixes(list(held))
    rows = _rows(named)
    layers, nodes = [], []
    for path, inside in rows.items():
        names = tuple(each.name for each in inside)
        kind = ROOT_TYPES[inside[0].role] if names == (path,) else TYPE
        layers.append(SourceLayer(path, kind, names, (), REASON))
        slots = {name.removeprefix(f"{path}."): name for name in names}
        nodes.append(SourceNode(path, path, "torch.weights", "", weights=slots))
    return SourceGraph(
        framework=Framework.TORCH,
        format=form,
        source=source,
        producer=producer + said,
        evidence=Evidence.TENSORS,
        layers=tuple(layers),
        nodes=tuple(nodes),
        values={},
        weights={each.name: census(each) for each in named},
        ordered=ordered,
        gaps=(ONLY, *gaps),
        store=tensor_store(source, named),
    )


def natural(name: str) -> list[tuple[int, int, str]]:
    """A sort key for dotted names that puts 2 before 10."""
    digits = 19  # of 64 bits
    return [(0, int(part), "") if part.isdecimal() and len(part) < digits else (1, 0, part) for part in name.split(".")]


def _without_prefixes(held: list[Stored]) -> tuple[list[Stored], str]:
    """The tensors without what wrappers have put into their names, and a clause that says what that was."""
    names, taken = [each.name for each in held], []
    for wrapper in WRAPPERS:
        shorter = [name.replace(wrapper, "") for name in names]
        if shorter != names and len({*shorter}) == len(names):
            names = shorter
            taken.append(wrapper)
    prefix = next((each for each in PREFIXES if names and all(name.startswith(each) for name in names)), "")
    while prefix:
        names = [name.removeprefix(prefix) for name in names]
        taken.append(prefix)
        prefix = next((each for each in PREFIXES if all(name.startswith(each) for name in names)), "")
    if not taken:
        return held, ""
    said = f", names without the prefix {' and '.join(taken)}"
    return [replace(each, name=name) for each, name in zip(held, names, strict=True)], said


def _rows(held: list[Stored]) -> Mapping[str, list[Stored]]:
    """Tensors by the module that owns them. A tensor of the model itself is a row of its own, unless all are."""
    modules = [_owner(each.name) for each in held]
    whole = _attentions(held, modules)
    rows: dict[str, list[Stored]] = {}
    for each, module in zip(held, modules, strict=True):
        path = whole.get(module, module) or (each.name if any(modules) else TYPE)
        rows.setdefault(path, []).append(each)
    return rows


def _owner(name: str) -> str:
    """The module of a tensor; what a parametrization computes belongs to the module that uses it."""
    module = module_of(name)
    found = PARAMETRIZED.fullmatch(module)
    return (found[1] or "") if found else module


def _attentions(held: list[Stored], modules: list[str]) -> Mapping[str, str]:
    """The projections that nn.MultiheadAttention holds as a module of its own, by the attention's path."""
    shapes = {each.name: each.tensor.shape for each in held}
    found = {}
    for module in dict.fromkeys(modules):
        before = f"{module}." if module else ""
        packed = shapes.get(f"{before}in_proj_weight") or shapes.get(f"{before}q_proj_weight")
        out = shapes.get(f"{before}out_proj.weight")
        if packed and out and len(packed) == len(out) == 2 and packed[0] in (out[1], 3 * _size(out[1])):  # matrices
            found[f"{before}out_proj"] = module
    return found


def _size(size: object) -> int:
    return size if isinstance(size, int) else 0
