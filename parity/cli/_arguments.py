"""What arguments and options are, for a shell that completes them; nothing of it changes what they mean."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from parity.errors import ParityError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

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


class LayerName(click.ParamType):  # type: ignore[type-arg]  # same
    """A layer of one of the two models that stand before it, or a block of layers."""

    name = "layer"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:  # noqa: ARG002
        """The layers of both models that begin so."""
        from parity.adapters import is_remote, read

        found: dict[str, None] = {}
        for side in ("left", "right"):
            try:
                if is_remote(ctx.params[side]):
                    continue  # nobody waits for that long
                source = read(ctx.params[side])
            except (KeyError, ParityError):
                continue  # same
            found |= dict.fromkeys(row.path for row in source.layers)
        return items(begin(found, incomplete))


class PhaseName(click.ParamType):  # type: ignore[type-arg]  # same
    """A phase that a graph goes through."""

    name = "phase"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:  # noqa: ARG002
        """The phases that begin so."""
        from parity.passes import PHASES

        return items(begin(("reading", *(phase.name for phase in PHASES)), incomplete))


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
