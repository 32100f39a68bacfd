"""What a pickle holds or asks for that has no place in a model, in words."""

import sys
from collections.abc import Iterable
from typing import Any

from parity.adapters.torch._checkpoint import entries
from parity.adapters.torch._records import Global, Record, TensorRecord
from parity.errors import UnreadableModel
from parity.graph import Gap

HARMLESS = frozenset({"collections", "copyreg", "copy_reg", "_codecs", "functools", "enum", "datetime", "pathlib"})
BUILTINS = frozenset({"set", "frozenset", "list", "dict", "tuple", "slice", "complex", "bytearray", "range", "object"})
REMEDY = "save the model itself with torch.export.save (.pt2) or torch.save(model)"
AVOID = "do not load this file"


def suspects(calls: Iterable[Global]) -> list[Global]:
    """The calls that have no place in a model. They are only told; nothing is called anyway."""
    return [name for name in calls if _is_suspect(name)]


def _is_suspect(name: Global) -> bool:
    root = name.module.partition(".")[0]
    if root in ("builtins", "__builtin__"):
        return name.name not in BUILTINS
    return root not in HARMLESS and (root in sys.stdlib_module_names or root == "nt")


def warning(name: Global) -> Gap:
    """What to say of such a call."""
    return Gap("model", f"loading the file would call {name}; nothing was called", AVOID)


def refusal(where: str, top: Any, found: list[Global]) -> UnreadableModel:
    """Why a file that holds no model cannot be read."""
    if isinstance(top, Record) and top.called and isinstance(top.maker, Global):
        cause = f"loading it would call {top.maker}; nothing was called"
        return UnreadableModel(where, cause, found="a call instead of a model", remedy=AVOID)
    if found:
        cause = f"loading it would call {found[0]}; nothing was called"
        return UnreadableModel(where, cause, found=describe(top), remedy=AVOID)
    return UnreadableModel(where, "it holds no model", found=describe(top), remedy=REMEDY)


def describe(top: Any) -> str:
    """What a value is."""
    if isinstance(top, TensorRecord):
        return f"a tensor of shape {top.shape}"
    if isinstance(top, Record) and not top.items:
        return f"an object of the class {top.maker}" if isinstance(top.maker, Global) else "an object without a class"
    names = [name[:40] for name in entries(top) if isinstance(name, str)][:5]
    return f"a dict with the keys {', '.join(names)}" if names else f"a {type(top).__name__}"
