"""Paragraphs of the text report: every line but the first begins in one column, wherever the text is broken."""

import pytest
from rich.console import Console
from rich.text import Text

from parity.reports._text_findings import BODY, HEAD, Flow

SAID = (
    "e.g. kernel (256, 64, 1, 1) on the left, (128, 128, 3, 3) on the right (out: 256 against 128, in: 64 against 128)"
)


@pytest.mark.parametrize("width", range(40, 132))
def test_lines_that_are_broken_begin_in_one_column(width):
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(Flow([Text("weight-shape")], [SAID]))
    head, *body = capture.get().rstrip("\n").split("\n")

    assert head.startswith(" " * HEAD + "weight-shape")
    assert {len(line) - len(line.lstrip()) for line in body} <= {BODY}
    assert " ".join(" ".join((head, *body)).split()) == f"weight-shape {SAID}"
