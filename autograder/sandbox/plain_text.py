"""Text that a student's code or file sent, without what steers a terminal."""

import re

ESCAPES = re.compile(
    r"(?:\x1b\]|\x9d)[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"  # commands with a text, as OSC 52
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours and the cursor
)
CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]"
)


def plain(text: str) -> str:
    """Return a text without control characters, but for tabs and ends of lines, and as UTF-8."""
    return without_controls(ESCAPES.sub("", text.replace("\r\n", "\n")))


def without_controls(text: str) -> str:
    """Return a text without control characters; the rest of what would steer stays, as text."""
    return CONTROLS.sub("", text).encode(errors="replace").decode()
