"""HTML from the templates beside this module: everything that is put in is escaped."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from autograder.sandbox.plain_text import plain
from autograder.words import plural, points
from exercise_lib.figures import colours
from exercise_lib.figures.prose import prose

COLOURS = {
    "text": "#1a1a1a",
    "quiet": "#555555",
    "line": "#cccccc",
    "code": "#f3f4f6",
    "flag": "#7a2e0e",
    "link": colours.CONTROL,
    "mistake": colours.BAD,
}

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    finalize=lambda it: plain(it) if type(it) is str else it,
)
TEMPLATES.globals |= {"colours": COLOURS, "plural": plural}
TEMPLATES.filters["points"] = points
TEMPLATES.filters["prose"] = lambda text: Markup(prose(plain(text)))


def render(template: str, **values: Any) -> str:
    """Return the page that a template makes of some values."""
    return TEMPLATES.get_template(template).render(values)
