"""The arguments of Keras' operations by the names of their parameters, whichever way they were given."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from parity.kinds._contract import Call, Spelling
from parity.kinds._operands import places
from parity.kinds._written_out import Step, written_out


def named(call: Call, *parameters: str) -> Call:
    """The call with values, stored tensors and constants of its own under the names of the parameters.

    Place ``1`` is the second parameter; ``1.0`` the first entry of the list that it is given.
    """
    inputs = {_name(place, parameters): value for place, value in places(call).items()}
    weights = {_name(slot, parameters): weight for slot, weight in call.node.weights.items()}
    given = call.node.attributes
    constants = {_name(name, parameters): given[name] for name in given if name.partition(".")[0].isdecimal()}
    settings = _Renamed(given, constants)
    return replace(call, node=replace(call.node, inputs=inputs, weights=weights, attributes=settings))


def _name(place: str, parameters: Sequence[str]) -> str:
    number, dot, rest = place.partition(".")
    return parameters[int(number)] + dot + rest if number.isdecimal() and int(number) < len(parameters) else place


class _Renamed(Mapping[str, Any]):
    """The settings of a call, some of them under other names; asking for one is noted as it is otherwise."""

    def __init__(self, given: Mapping[str, Any], renamed: Mapping[str, Any]) -> None:
        self._given, self._renamed = given, renamed

    def __getitem__(self, name: str) -> Any:
        return self._renamed[name] if name in self._renamed else self._given[name]

    def __contains__(self, name: object) -> bool:
        return name in self._renamed or (name in self._given and not str(name).partition(".")[0].isdecimal())

    def __iter__(self) -> Any:
        return iter(dict.fromkeys([*(each for each in self._given if each in self), *self._renamed]))

    def __len__(self) -> int:
        return len(list(iter(self)))


def steps(parameters: Sequence[str], *written: Step) -> Spelling:
    """An operation that is these operators of ONNX, one after the other."""
    return lambda call: written_out(named(call, *parameters), written)


def plain(call: Call, *allowed: str) -> bool:
    """Whether all that a call is given by place or name is one of these parameters."""
    given = (*call.node.inputs, *call.node.weights)
    return all(each.partition(".")[0] in allowed for each in given)
