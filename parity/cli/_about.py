"""Commands that tell of parity itself."""

import click

from parity.cli._arguments import RuleName
from parity.cli._outputs import print_text
from parity.errors import UsageError


@click.command(short_help="List the rules, or print the documentation of one.")
@click.argument("name", type=RuleName(), required=False)
def rule(name: str | None) -> None:
    """List all rules, or print the documentation of the one called NAME."""
    from parity.policy import NOTES, nearest
    from parity.rules import documentation, rules

    if name is None:
        for each in rules().values():
            print_text(f"{each.name:34}{each.effect.value:14}{documentation(each.name).splitlines()[0]}\n")
        for note, title in NOTES.items():
            print_text(f"{note:34}{'configuration':14}{title}\n")
        return
    if name in NOTES:
        print_text(f"{name} (configuration)\n\n{NOTES[name]}\n")
        return
    if name not in rules():
        raise UsageError(f"no rule {name!r}", "it is not known", remedy=nearest(name, {*rules(), *NOTES}))
    found = rules()[name]
    print_text(f"{found.name} ({found.effect.value})\n\n{documentation(name)}\n")


@click.command(short_help="List what can be read, and how much each format tells.")
def formats() -> None:
    """List what can be read, and how much each format can tell."""
    from parity.adapters import formats as known

    for each in known():
        names = " ".join(each.suffixes) if each.suffixes else "in memory"
        print_text(f"{each.framework or 'any':8}{each.name:19}{names:19}{each.evidence.value:9}{each.title}\n")


@click.command(short_help="Print a script that completes commands and names in a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a script to complete commands, files, rules, pairs, layers in SHELL: eval "$(parity completion bash)"."""
    from click.shell_completion import get_completion_class

    from parity.cli._bash import register

    register()
    found = get_completion_class(shell)
    if found is None:
        raise UsageError(f"no completion for {shell}", "click knows none", remedy="use bash, zsh or fish")
    command = ctx.find_root().command
    print_text(found(command, {}, "parity", "_PARITY_COMPLETE").source())


@click.command(short_help="Print a JSON Schema of a report or of parity.toml.")
@click.argument("what", type=click.Choice(["report", "config"]), default="report")
def schema(what: str) -> None:
    """Print a JSON Schema: of the output of --format json or, with config, of parity.toml."""
    import json

    if what == "config":
        from parity.config import schema as found

        print_text(json.dumps(found(), indent=1) + "\n")
        return
    from parity.reports import SCHEMA

    print_text(json.dumps(SCHEMA, indent=1) + "\n")
