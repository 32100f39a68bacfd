"""The JSON Schema of ``parity.toml``, for editors: what ``parity schema config`` prints."""

from typing import Any


def schema() -> dict[str, Any]:
    """The schema of the contract, with the rules that are known here."""
    import msgspec

    from parity.config._tables import ConfigFile

    tables = msgspec.json.schema(ConfigFile)["$defs"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **tables.pop(ConfigFile.__name__),
        "title": "parity.toml",
        "dependentRequired": {"rtol": ["weights"]},
        "$defs": tables,
    }
