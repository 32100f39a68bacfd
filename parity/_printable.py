"""Text of strangers, made safe to print."""

import re

UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff\ud800-\udfff]")
"""What moves a cursor, hides text or turns it round, and what is no character."""


def printable(text: str, keep: str = "") -> str:
    r"""A text from a model for a person to look at: nothing in it acts on the terminal, or hides.

    Args:
        text: anything.
        keep: control characters that are to stay.

    >>> printable("conv\x1b[2J")
    'conv\\x1b[2J'
    """
    return UNPRINTABLE.sub(lambda found: found[0] if found[0] in keep else ascii(found[0])[1:-1], text)
