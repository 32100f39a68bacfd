"""Text for a terminal through rich: wrapped at its width, or not at all where there is none."""

from io import StringIO

from rich.console import Console, RenderableType

from parity.reports._renderer import Screen

UNLIMITED = 100_000
"""Columns of a pipe: more than any line has, so that nothing is wrapped or cut."""


def paint(parts: list[RenderableType], screen: Screen) -> str:
    """All parts below each other, without trailing spaces."""
    console = Console(
        file=StringIO(),
        width=screen.width or UNLIMITED,
        force_terminal=screen.colour,
        force_jupyter=False,  # in a notebook, too, the text is for the caller to print
        color_system="standard" if screen.colour else None,
        no_color=not screen.colour,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    for part in parts:
        console.print(part, soft_wrap=False)
    file = console.file
    if not isinstance(file, StringIO):
        raise TypeError("the console lost its buffer")
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"
