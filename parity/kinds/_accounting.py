"""Every setting of a call is accounted for: its spelling has read it, or it is known why it means nothing.

A setting that a spelling forgets would make two layers that differ in it the same. So the spelling of each call is
watched, and what it has not looked at must stand here, with the reason, or the call is not understood.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from parity.kinds._meaningless import DEFAULTS, MEANINGLESS, OF_OPERATORS, OF_WEIGHTS


class Watched(Mapping[str, Any]):
    """The settings of a call, which remember who asked for them; those of a layer inside it as well."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        """Begin with nothing read."""
        self.given = given
        self.read: set[str] = set()
        self.inside: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """A setting; an object among the settings is watched, too."""
        value = self.given[name]
        self.read.add(name)
        if name not in self.inside:
            self.inside[name] = _watched(value)
        return self.inside[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is such a setting; asking reads nothing."""
        return name in self.given

    def __iter__(self) -> Iterator[str]:
        """The names; asking for them reads nothing."""
        return iter(self.given)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.given)


def _watched(value: Any) -> Any:
    if isinstance(value, Mapping):
        return Watched(value)
    return tuple(map(_watched, value)) if isinstance(value, tuple) else value


def plain(value: Any) -> Any:
    """What was read of watched settings, as it was given."""
    if isinstance(value, Watched):
        return value.given
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, tuple) and any(isinstance(each, Watched | Mapping | tuple) for each in value):
        return tuple(map(plain, value))
    return value


def unread(settings: Watched, dialect: str, op: str) -> tuple[str, ...]:
    """The settings that nobody has read and that may mean something, those of layers inside by their path."""
    found = [
        name
        for name, value in settings.given.items()
        if name not in settings.read and not _is_meaningless(dialect, op, name, value)
    ]
    inside = (f"{name}.{each}" for name, value in settings.inside.items() for each in _unread_inside(value, dialect))
    return (*found, *(path for path in inside if (op, path) not in OF_OPERATORS.get(dialect, {})))


def _unread_inside(value: Any, dialect: str) -> Iterator[str]:
    """What is left of layers that stand among the settings of another; other objects are read by whoever asks."""
    if isinstance(value, tuple):
        for at, each in enumerate(value):
            yield from (f"{at}.{name}" for name in _unread_inside(each, dialect))
    elif isinstance(value, Watched):
        config, op = value.inside.get("config"), value.given.get("class_name")
        if isinstance(config, Watched) and isinstance(op, str):
            yield from unread(config, dialect, op)
        else:
            for name, each in value.inside.items():
                yield from (f"{name}.{part}" for part in _unread_inside(each, dialect))


def _is_meaningless(dialect: str, op: str, name: str, value: Any) -> bool:
    family = dialect.partition(":")[0]  # what holds of ONNX's own operators holds of those of any other domain
    if value is None or name in MEANINGLESS.get(dialect, MEANINGLESS.get(family, {})):
        return True
    if dialect == "keras" and name.endswith(OF_WEIGHTS):
        return True
    op = op.removesuffix("_") if dialect == "aten" else op
    defaults = DEFAULTS.get(dialect, {})
    told = defaults.get(f"{op}.{name}", defaults.get(name, ()))
    return (op, name) in OF_OPERATORS.get(dialect, {}) or value in told
