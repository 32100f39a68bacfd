"""What arguments and options are, for a shell that completes them; nothing of it changes what they mean."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from parity.errors import ParityError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from parity.graph import SourceGraph

Items: TypeAlias = "list[CompletionItem[Any]]"


class FileName(click.ParamType):  # type: ignore[type-arg]  # generic in later versions of click only
    """A file or folder, which the command itself looks at."""

    name = "path"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:  # noqa: ARG002
        """Let the shell complete it."""
        return items([incomplete], kind="file")


class RuleName(click.ParamType):  # type: ignore[type-arg]  # same
    """The name of a rule."""

    name = "rule"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:  # noqa: ARG002
        """The rules that begin so."""
        return items(begin(rule_names(), incomplete))


class RuleLevel(click.ParamType):  # type: ignore[type-arg]  # same
    """A rule and its severity: ``RULE=LEVEL``."""

    name = "rule=level"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:  # noqa: ARG002
        """The rules that begin so, and then the severities."""
        rule, sign, level = incomplete.partition("=")
        if sign:
            return items(f"{rule}={each}" for each in begin(("error", "warning", "info"), level))
        return items(f"{each}=" for each in begin(rule_names(), rule))


class FormatPath(click.ParamType):  # type: ignore[type-arg]  # same
    """A format of reports and a file: ``FORMAT=PATH``."""

    name = "format=path"

    def __init__(self, formats: Callable[[], Iterable[str]]) -> None:
        """``formats`` gives the names that a shell may offer."""
        self.formats = formats

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:  # noqa: ARG002
        """The formats that begin so, and then a file."""
        _, sign, path = incomplete.partition("=")
        if sign:
            return items([path], kind="file")
        return items(f"{each}=" for each in begin(self.formats(), incomplete))


class PairName(click.ParamType):  # type: ignore[type-arg]  # same
    """The name of a pair of the configuration."""

    name = "name"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:  # noqa: ARG002
        """The pairs of the nearest ``parity.toml``, or of the one that the command line names."""
        from pathlib import Path

        from parity.config import find, load

        try:
            path = ctx.params.get("file") or find(Path.cwd())
            pairs = load(path).pairs if path else ()
        except ParityError:
            return []  # which the command will say when it runs: a shell has no place for it
        return items(begin((pair.name for pair in pairs), incomplete))


class FromModels(click.ParamType):  # type: ignore[type-arg]  # same
    """A name that the models on the command line have, or ``LEFT=RIGHT``, a name of each."""

    def __init__(
        self, name: str, names: "Callable[[SourceGraph], Iterable[str]]", *, pair: bool = False, file: bool = False
    ) -> None:
        """``names`` gives those of a model; ``file``: a path may stand in the place of a ``pair``."""
        self.name, self.names, self.pair, self.file = name, names, pair, file

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:  # noqa: ARG002
        """The names that begin so."""
        sides = [dict.fromkeys(self.names(source)) for source in _sources(ctx)]
        if not self.pair:
            return items(begin({name: None for side in sides for name in side}, incomplete))
        left, sign, right = incomplete.partition("=")
        if sign:
            return items(f"{left}={each}" for each in begin(sides[-1] if sides else (), right))
        found = items(f"{each}=" for each in begin(sides[0] if sides else (), left))
        return found or (items([incomplete], kind="file") if self.file else [])


def _sources(ctx: click.Context) -> "Iterator[SourceGraph]":
    """The models on the command line, in their order, as far as they can be read without fetching them."""
    from parity.adapters import is_remote, read

    given = [ctx.params.get(name) for name in ("model", "source", "target", "left", "right")]
    # behind an option without its value, which is what is completed there, click leaves arguments where they are
    for path in (*given, *(ctx.params.get("models") or ()), *ctx.args):
        try:
            if path and not is_remote(path):
                yield read(path)
        except ParityError:
            continue  # which the command will say when it runs: a shell has no place for it


def _layers(source: "SourceGraph") -> list[str]:
    return [*(row.path for row in source.layers), *(each.path for each in source.containers)]


LAYER = FromModels("layer", _layers)
LAYER_PAIR = FromModels("left=right", LAYER.names, pair=True, file=True)
OUTPUT = FromModels("name", lambda source: source.names_of_outputs)
OUTPUT_PAIR = FromModels("left=right", OUTPUT.names, pair=True)


class PhaseName(click.ParamType):  # type: ignore[type-arg]  # same
    """A phase that a graph goes through."""

    name = "phase"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:  # noqa: ARG002
        """The phases that begin so."""
        from parity.passes import PHASES

        return items(begin(("reading", *(phase.name for phase in PHASES)), incomplete))


class PatternName(click.ParamType):  # type: ignore[type-arg]  # same
    """A pattern that arithmetic is compared with."""

    name = "pattern"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:  # noqa: ARG002
        """The patterns that begin so."""
        from parity.passes import patterns

        return items(begin((pattern.name for pattern in patterns()), incomplete))


def rule_names() -> tuple[str, ...]:
    """All that can be selected and ignored."""
    from parity.policy import NOTES
    from parity.rules import rules

    return (*rules(), *NOTES)


def begin(names: Iterable[str], incomplete: str) -> list[str]:
    """The names that begin so."""
    return [name for name in names if name.startswith(incomplete)]


def items(values: Iterable[str], kind: str = "plain") -> Items:
    """What a shell is to offer."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(value, type=kind) for value in values]
