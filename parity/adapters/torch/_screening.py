"""What of an exported program would run code of its author's own when PyTorch loads and runs it.

PyTorch looks functions up by the names that a file gives, and has sympy evaluate what it writes as sizes.
"""

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from parity.adapters._zip import BROKEN, read_member
from parity.errors import UnreadableModel

LARGEST = 512 << 20
OPERATOR = re.compile(
    r"torch\.ops\.(aten|prims|prim|quantized|quantized_decomposed|higher_order|torchvision)\.\w+(\.\w+)?|"
    r"_operator\.\w+|math\.\w+|torch\.sym_\w+"
)
"""PyTorch's own operators, and those of Python on sizes."""

FILES = re.compile(r"torch\.ops\.\w+\.(from_file|save|_?load\w*)\b|_operator\.(call|methodcaller|attrgetter)\b")
"""Such as touch files, or call anything else."""

SYMBOL = r"\bSymbol\('[a-z]+\d+'(?:, [a-z]+=(?:True|False))*\)"
SIZE = re.compile(rf"(?:{SYMBOL}|[-+*/%(), <>=!&|~]|\b\d+\b|\b[a-z]+\d+\b|\b[A-Z][A-Za-z]*\b)*")
"""Symbols, numbers and functions of sympy: no attribute, no other text, and nothing that Python has by itself."""


def own_code(path: Path) -> str:
    """The first name or size in a file that is none of PyTorch's own; "" where there is none.

    Raises:
        UnreadableModel: the file is broken.
    """
    where = str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith(".json") and (found := next(_strange(_parsed(archive, name, where)), "")):
                    return found
    except BROKEN as error:
        raise UnreadableModel(where, "the zip archive is truncated or broken", found=str(error)) from error
    return ""


def _parsed(archive: zipfile.ZipFile, name: str, where: str) -> Any:
    try:
        return json.loads(read_member(archive, name, LARGEST, where))
    except (ValueError, RecursionError) as error:
        raise UnreadableModel(where, f"{name} is not readable JSON", found=str(error)) from error


def _strange(document: Any) -> Iterator[str]:
    waiting = [document]
    while waiting:
        found = waiting.pop()
        if isinstance(found, list):
            waiting += found
        elif isinstance(found, dict):
            waiting += found.values()
            called = [found.get("target")] if "inputs" in found else []
            for name in (*called, found.get("as_operator")):
                if isinstance(name, str) and (not OPERATOR.fullmatch(name) or FILES.match(name)):
                    yield name[:200]
            size = found.get("expr_str")
            if size is not None and (not isinstance(size, str) or not SIZE.fullmatch(size)):
                yield str(size)[:200]
