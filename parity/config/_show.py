"""Settings as the file that would say the same."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from parity.config._contract import Pair, Settings
from parity.suppression import Suppression


def show(settings: Settings) -> str:
    """All settings as they hold, as a ``parity.toml``; paths are as seen from the working folder."""
    policy = settings.policy
    top = {
        "version": 1,
        "profile": settings.profile,
        "fail-on": settings.fail_on,
        "jobs": settings.jobs,
        "baseline": settings.baseline or None,
        "weights": None if settings.rtol is None else True,
        "rtol": settings.rtol,
        "outputs": settings.outputs,
        "output-rtol": settings.output_rtol,
        "verify": settings.verify,
        "select": sorted(policy.select) or None,
        "ignore": sorted(policy.ignore) or None,
    }
    lines = [f"# from {_value(settings.file)}" if settings.file else "# from no file", *_lines(top)]
    if policy.severities:
        lines += ["", "[severity]", *_lines({rule: level.value for rule, level in policy.severities.items()})]
    for pair in settings.pairs:
        lines += ["", "[[pair]]", *_lines(_pair(pair))]
    for each in settings.suppressions:
        lines += ["", "[[suppress]]", *_lines(_suppression(each))]
    return "\n".join(lines) + "\n"


def _pair(pair: Pair) -> dict[str, Any]:
    inputs: Any = pair.inputs
    if isinstance(inputs, Mapping):
        inputs = {name: _input(each) for name, each in inputs.items()}
    elif inputs is not None:
        inputs = [_input(each) for each in inputs]
    own = {"name": pair.name, "left": pair.left, "right": pair.right, "inputs": inputs}
    return {
        **own,
        "profile": pair.profile,
        "map": dict(pair.map) or None,
        "fail-on": pair.fail_on,
        "weights": pair.weights,
        "outputs": pair.outputs,
        "data": pair.data[0] if len(pair.data) == 1 else list(pair.data) or None,
        "match-outputs": dict(pair.match_outputs) or None,
        "only-outputs": list(pair.only_outputs) or None,
    }


def _input(value: Any) -> Any:
    if value and isinstance(value[0], tuple):
        return {"shape": list(value[0]), "dtype": value[1]}
    return list(value)


def _suppression(each: Suppression) -> dict[str, Any]:
    own = {"rule": each.rule, "reason": each.reason, "pair": each.pair or None, "layer": each.layer or None}
    return {**own, "delta": each.delta, "until": str(each.until) if each.until else None}


def _lines(table: Mapping[str, Any]) -> Iterable[str]:
    return (f"{_key(key)} = {_value(value)}" for key, value in table.items() if value is not None)


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("-", "").replace("_", "").isalnum() else _value(key)


def _value(value: Any) -> str:
    """A value as TOML, which writes text, numbers and lists as JSON does."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value)
