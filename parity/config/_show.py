"""Settings as the file that would say the same."""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from parity.config._contract import Settings

if TYPE_CHECKING:
    from msgspec import Struct


def show(settings: Settings) -> str:
    """All settings as they hold, as a ``parity.toml``; paths are as seen from the working folder."""
    from parity.config._tables import ConfigFile, PairTable, SuppressTable

    policy = settings.policy
    top = _said(
        ConfigFile,
        settings,
        version=1,
        weights=settings.rtol is not None or None,
        select=sorted(policy.select),
        ignore=sorted(policy.ignore),
    )
    lines = [f"# from {_value(settings.file)}" if settings.file else "# from no file", *_lines(top)]
    if policy.severities:
        lines += ["", "[severity]", *_lines({rule: level.value for rule, level in policy.severities.items()})]
    for pair in settings.pairs:
        data = pair.data[0] if len(pair.data) == 1 else pair.data
        table = _said(PairTable, pair, inputs=_examples(pair.inputs), data=data)
        lines += ["", "[[pair]]", *_lines(table)]
    for each in settings.suppressions:
        lines += ["", "[[suppress]]", *_lines(_said(SuppressTable, each))]
    return "\n".join(lines) + "\n"


def _said(table: "type[Struct]", settings: Any, **other: Any) -> dict[str, Any]:
    """The keys of a table as settings say them under the same names; ``other``: those that they say otherwise."""
    keys = zip(table.__struct_fields__, table.__struct_encode_fields__, strict=True)
    found = {key: other.get(name, getattr(settings, name, None)) for name, key in keys}
    return {key: value for key, value in found.items() if value is not None and value not in ("", (), [], {})}


def _examples(inputs: Any) -> Any:
    """Example inputs, each a shape or a table of a shape and a dtype."""
    if isinstance(inputs, Mapping):
        return {name: _example(each) for name, each in inputs.items()}
    return inputs and [_example(each) for each in inputs]


def _example(found: Any) -> Any:
    return {"shape": found[0], "dtype": found[1]} if found and isinstance(found[0], tuple) else found


def _lines(table: Mapping[str, Any]) -> Iterable[str]:
    return (f"{_key(key)} = {_value(value)}" for key, value in table.items())


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("-", "").replace("_", "").isalnum() else _value(key)


def _value(value: Any) -> str:
    """A value as TOML, which writes text, numbers and lists as JSON does."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, default=str)
