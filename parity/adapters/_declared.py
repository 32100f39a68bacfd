"""What a live object of a declared class has under the names that its declaration reads."""

from collections.abc import Iterable
from typing import Any

MISSING = object()


def told(layer: Any, names: Iterable[str]) -> dict[str, Any]:
    """The plain values among the attributes of an object.

    Args:
        layer: the object, of any framework.
        names: of attributes, with dots for those of what an attribute holds.
    """
    found = {name: _plain(_at(layer, name)) for name in names}
    return {name: value for name, value in found.items() if value is not MISSING}


def _at(layer: Any, name: str) -> Any:
    for part in name.split("."):
        layer = getattr(layer, part, MISSING)
    return layer


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        parts = tuple(map(_plain, value))
        return MISSING if MISSING in parts else parts
    return value if value is None or isinstance(value, bool | int | float | str) else MISSING
