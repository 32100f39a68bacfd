"""What a text must become so that it stays a text in each format; ``safe`` has been there before."""

import re

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~$&^=])")
_LINKS = re.compile(r"(@|#|(?<=:)//|\bwww(?=\.)|\bGH-)", re.IGNORECASE)
_COMMENT = "<!-- -->"


def markdown(text: str) -> str:
    r"""Plain text in Markdown: no mark-up, no HTML, no link, nobody mentioned.

    >>> markdown("a*b @c")
    'a\\*b @<!-- -->c'
    """
    parts = _LINKS.split(text)
    return "".join(
        _MARKDOWN.sub(r"\\\1", part) + (_COMMENT if at % 2 else "") for at, part in enumerate(parts)
    ).replace(f"\\#{_COMMENT}", f"#{_COMMENT}")


def code(text: str) -> str:
    r"""A code span in a Markdown table.

    >>> code("a`b|c")
    '``a`b\\|c``'
    """
    if not text:
        return ""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    space = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", "\\|")


def command(text: str) -> str:
    """The message of a workflow command of GitHub."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def command_property(text: str) -> str:
    """A property of a workflow command of GitHub.

    >>> command_property("a,b::c%")
    'a%2Cb%3A%3Ac%25'
    """
    return command(text).replace(":", "%3A").replace(",", "%2C")
