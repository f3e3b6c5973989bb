"""Sentences as HTML: what stands between backquotes is code."""

import html
import re

QUOTED = re.compile(r"`([^`\n]+)`")


def prose(text: str) -> str:
    """Return a sentence as HTML, escaped, with `<code>` in the place of backquotes."""
    return QUOTED.sub(r"<code>\1</code>", html.escape(text))
