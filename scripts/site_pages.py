"""Pages of the documentation that are told by the code itself: a hook of mkdocs (see mkdocs.yml).

README.md is the site's first page, and files of the root are pages under "About". Rules, commands and settings are
described from what the program knows of them, so that no page can say anything else than ``--help``.
"""

import inspect
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import chdir
from pathlib import Path
from textwrap import dedent
from typing import Any

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

import parity
from parity.adapters import formats
from parity.cli import main
from parity.config import schema
from parity.graph import Effect
from parity.policy import NOTES
from parity.reports import renderers
from parity.rules import documentation, rules

ROOT = Path(__file__).parents[1]

EXAMPLES = ROOT / "docs" / "examples" / "rules"

ROOT_PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "about/changelog.md",
    "CONTRIBUTING.md": "about/contributing.md",
    "SECURITY.md": "about/security.md",
    "LICENSE": "about/license.md",
}

EFFECTS = {
    Effect.INTERFACE: "callers give or get something else",
    Effect.INFERENCE: "outputs differ",
    Effect.TRAINING: "outputs are the same, training is not",
    Effect.CONVERSION: "the same model, but weights must be rearranged",
    Effect.BOOKKEEPING: "the same model, counted or written differently",
    Effect.UNKNOWN: "it could not be decided",
}

RULES = "reference/rules"

PLAIN = str.maketrans({each: f"\\{each}" for each in "\\`*_{}[]#"} | {each: f"&#{ord(each)};" for each in "<>&|"})
"""What markdown would read as mark-up, and how it is written so that it does not."""

TABLES = {"pair", "suppress", "severity"}
"""Keys of the configuration that have a section each."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the rules in the navigation, by effect."""
    pages: list[Any] = [f"{RULES}/index.md"]
    pages += [
        {effect.value.capitalize(): [f"{RULES}/{name}.md" for name in rules() if rules()[name].effect is effect]}
        for effect in EFFECTS
    ]
    reference = next(each["Reference"] for each in config.nav or () if "Reference" in each)
    reference.append({"Rules": pages})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are no files of docs/."""
    for path, text in (generated() | {"guides/example-report.html": example_report()}).items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill the tables in."""
    return markdown.replace("{{ formats }}", format_table()).replace("{{ reports }}", report_table())


def generated() -> dict[str, str]:
    """Every generated page, by its path within the site's sources."""
    pages = {page: of_root(name, page) for name, page in ROOT_PAGES.items()}
    pages |= {f"{RULES}/{name}.md": rule_page(name) for name in rules()}
    pages |= {f"{RULES}/index.md": rule_index(), "reference/cli.md": commands()}
    return pages | {"reference/configuration.md": configuration()}


def example_report() -> str:
    """The HTML page of the report that README shows."""
    with chdir(ROOT):
        return parity.compare("fixtures/bn_cnn.keras", "fixtures/bn_cnn.pt2").to_html() or ""


def of_root(name: str, page: str) -> str:
    """A file of the root as a page, with its links as they are from there."""
    text = (ROOT / name).read_text("utf-8")
    if name == "LICENSE":
        return f"# License\n\n```text\n{dedent(text).strip()}\n```\n"

    def link(found: re.Match[str]) -> str:
        path, mark, anchor = found[1].partition("#")
        target = ROOT_PAGES.get(path, path.removeprefix("docs/"))
        return f"]({posixpath.relpath(target, posixpath.dirname(page))}{mark}{anchor})"

    return re.sub(r"\]\((?!https?://|#)([^)\s]+)\)", link, text)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table whose cells are markdown; a pipe separates cells but for those in code."""
    lines = [[each.replace("\n", " ") for each in row] for row in (head, *rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def plain(text: str) -> str:
    """Text that markdown shows as it is."""
    return text.translate(PLAIN)


def with_code(text: str) -> str:
    """Text that markdown shows as it is, but for what stands in backticks."""
    return "".join(part if part.startswith("`") else plain(part) for part in re.split(r"(``.*?``|`.*?`)", text))


def format_table() -> str:
    """What can be read."""
    rows = (
        (plain(each.title), " ".join(f"`{suffix}`" for suffix in each.suffixes) or "in memory", each.evidence.value)
        for each in formats()
    )
    return table(("source", "names", "evidence"), rows)


def report_table() -> str:
    """What can be written."""
    return table(("format", "what it is"), ((f"`{each.name}`", plain(each.title)) for each in renderers().values()))


RULE_INDEX = """\
# Rules

A rule is a known cause of differences. `parity rule NAME` prints what its page here says: what it detects, why it
happens and how to fix it.

"""


def rule_index() -> str:
    """All rules, by effect."""
    parts = []
    for effect, meaning in EFFECTS.items():
        found = [name for name, rule in rules().items() if rule.effect is effect]
        rows = ((f"[`{name}`]({name}.md)", with_code(documentation(name).splitlines()[0])) for name in found)
        listed = table(("rule", "what it finds"), rows)
        parts.append(f"## {effect.value.capitalize()}\n\n{meaning.capitalize()}.\n\n{listed}")
    notes = table(("name", "what it says"), ((f"`{name}`", plain(title)) for name, title in NOTES.items()))
    parts.append(f"## Of the configuration\n\nNot differences, but told as findings are.\n\n{notes}")
    return RULE_INDEX + "\n".join(parts)


def rule_page(name: str) -> str:
    """What a rule's docstring says, and its example."""
    title, *sections = re.split(r"^(\S[^\n]*):\n", documentation(name), flags=re.MULTILINE)
    parts = [f"# {name}\n\n{with_code(title.strip())}\n\nEffect: **{rules()[name].effect.value}**\n"]
    for head, text in zip(sections[::2], sections[1::2], strict=True):
        parts.append(f"## {head}\n\n{with_code(dedent(text).strip())}\n")
    if (EXAMPLES / f"{name}.py").exists():
        parts.append(example((EXAMPLES / f"{name}.py").read_text("utf-8")))
    return "\n".join(parts)


def example(text: str) -> str:
    """The cells of an example, one below the other."""
    _, *cells = re.split(r"^# %% ([^\n]+)\n", text, flags=re.MULTILINE)
    shown = (
        f"### {head}\n\n```python\n{code.strip()}\n```\n" for head, code in zip(cells[::2], cells[1::2], strict=True)
    )
    return "## In code\n\n" + "\n".join(shown)


def commands() -> str:
    """The command and its subcommands, as ``--help`` tells of them."""
    parts = ["# Command line\n"]
    for context in contexts():
        command = context.command
        parts.append(f"## {context.command_path}\n\n{prose(command.help or '')}\n")
        parts.append(f"```text\n{command.get_usage(context).removeprefix('Usage: ')}\n```\n")
        options = [each.get_help_record(context) for each in command.params if isinstance(each, click.Option)]
        if options:
            parts.append(
                table(("option", "what it does"), ((f"`{each[0]}`", plain(each[1])) for each in options if each))
            )
    return "\n".join(parts)


def contexts() -> Iterator[click.Context]:
    """Of the command, then of each subcommand."""
    settings: dict[str, Any] = {"info_name": "parity", "max_content_width": 100}
    top = click.Context(main, **settings)
    yield top
    for name in main.list_commands(top):
        yield click.Context(main.commands[name], parent=top, info_name=name)


def prose(text: str) -> str:
    """Paragraphs of a help text."""
    return plain(inspect.cleandoc(text).replace("\b\n", ""))


CONFIGURATION = """\
# Configuration

The nearest file counts: `parity.toml`, `.parity.toml`, or `[tool.parity]` in `pyproject.toml`. Options go before
`PARITY_*` variables, those before the file. `parity init LEFT RIGHT` writes a commented file,
`parity check --show-settings` prints what holds, and `parity schema config` prints the JSON Schema that this page is
made of, for editors.

## Settings

{settings}
## `[[pair]]`

Two models.

{pair}
## `[[suppress]]`

A difference that is accepted.

{suppress}
## `[severity]`

The severity of a rule's findings, by the [rule's name](rules/index.md): `error`, `warning` or `info`.

## Variables

{variables}"""


def configuration() -> str:
    """What can stand in parity.toml, as its schema tells."""
    found = schema()
    pair, suppress = (settings(found["$defs"][name]) for name in ("PairTable", "SuppressTable"))
    named = ((f"`{each.envvar}`", f"`{each.opts[0]}`") for each in main.commands["check"].params if each.envvar)
    variables = table(("variable", "option"), named)
    return CONFIGURATION.format(settings=settings(found), pair=pair, suppress=suppress, variables=variables)


def settings(found: Mapping[str, Any]) -> str:
    """The keys of one table of the configuration."""
    needed = found.get("required", ())
    rows = (
        (
            f"`{name}`",
            values(each),
            f"{plain(each.get('description', ''))}{' Required.' if name in needed else ''}".strip(),
        )
        for name, each in found["properties"].items()
        if name not in TABLES or each.get("type") == "string"
    )
    return table(("key", "value", "what it is"), rows)


def values(found: Mapping[str, Any]) -> str:
    """What a key may hold, in few words."""
    if "title" in found:
        return str(found["title"])
    if "enum" in found:
        return ", ".join(f"`{each}`" for each in found["enum"])
    if "anyOf" in found:
        return ", or ".join(values(each) for each in found["anyOf"])
    if found.get("type") == "array":
        return "list of " + re.sub(r"^a (\w+)$", r"\1s", values(found["items"]))
    names = {
        "string": "text",
        "boolean": "`true` or `false`",
        "number": "number",
        "integer": "integer",
        "object": "table",
    }
    return "date" if found.get("format") == "date" else names[found["type"]]
