"""How a report, a run, a summary and an explanation are shown: as text, in a notebook, and in the formats of files."""

import os
import re
from html import escape
from pathlib import Path
from typing import Any

MOST_BYTES = 2 << 20
"""Of a page within a notebook, which keeps it: a longer one is left to a file of its own."""

HEIGHT = 480
"""Pixels of a page within a notebook."""


class Shown:
    """What can be said of itself by a value of ``parity.reports``; the renderers do it."""

    def __str__(self) -> str:
        """What the command prints of it."""
        from parity.reports._renderer import printed

        return printed(self)

    def __repr__(self) -> str:
        """One line: what it is and what it says."""
        from parity._printable import printable
        from parity.reports._headline import headline

        return f"<{type(self).__name__}: {printable(headline(self))}>"

    def _repr_html_(self) -> str:
        """What a notebook shows of it: its page in a frame of its own, or its text where that would be too long."""
        page = _page(self)
        if len(page) > MOST_BYTES:
            return f"<pre>{escape(str(self))}</pre>"
        # Links within the page are meant to stay there; in a frame they would lead to the notebook's own address.
        page = page.replace("<head>", '<head><base href="about:srcdoc">', 1)
        return (
            f'<iframe srcdoc="{escape(page)}" sandbox="allow-scripts" title="{escape(repr(self))}" '
            f'style="width:100%;height:{HEIGHT}px;border:1px solid #8888;resize:vertical"></iframe>'
        )

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str | None:
        """The document that ``parity schema`` describes.

        Args:
            path: the file to write; None to get the text.
        """
        return _given(_said(self, "json") or "", path)

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str | None:
        """A page that needs no network.

        Args:
            path: the file to write; None to get the text.
        """
        return _given(_page(self), path)

    def to_markdown(self, path: str | os.PathLike[str] | None = None) -> str | None:
        """Markdown, as for a comment on a pull request.

        Args:
            path: the file to write; None to get the text.
        """
        return _given(_said(self, "markdown") or _fenced(str(self)), path)

    def to_frame(self) -> Any:
        """A ``pandas.DataFrame``: a row for each finding, or for each layer of a summary.

        Raises:
            MissingFramework: pandas is not installed.
        """
        from parity.reports._frame import frame

        return frame(self)


def _said(shown: Shown, name: str) -> str | None:
    """The text in a format; None where the format has none for such a thing."""
    from parity.reports._registry import named
    from parity.reports._renderer import Screen

    return named(name).of(shown, Screen())


def _page(shown: Shown) -> str:
    """The page of it; of what has no page of its own one with its text."""
    page = _said(shown, "html")
    if page is not None:
        return page
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{escape(repr(shown))}</title></head>\n"
        f'<body><pre style="white-space:pre;font-size:13px">{escape(str(shown))}</pre></body></html>\n'
    )


def _fenced(text: str) -> str:
    """A text as it is, in Markdown."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}text\n{text}\n{fence}\n"


def _given(text: str, path: str | os.PathLike[str] | None) -> str | None:
    """A text, or None where it goes to a file."""
    if path is None:
        return text
    Path(path).write_text(text, "utf-8")
    return None
