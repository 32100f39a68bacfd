"""The templates of pages and pictures: all that is put into them is escaped."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).with_name("_page")
"""Templates, styles and scripts."""


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.policies["json.dumps_kwargs"] = {"sort_keys": False, "separators": (",", ":")}
    return made


def filled(name: str, **given: object) -> str:
    """A template with values in it."""
    return _environment().get_template(name).render(given)


def text(name: str) -> str:
    """A file as it is."""
    return (FOLDER / name).read_text("utf-8")
