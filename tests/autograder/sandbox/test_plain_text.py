"""Plain text: nothing that steers a terminal."""

import pytest

from autograder.sandbox.plain_text import plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("a\x1b]52;c;cm0gLXJm\x07b", "ab"),
        ("a\x1b]8;;http://x\x1b\\b", "ab"),
        ("a\x9b2Jb\x9d0;title\x9cc", "abc"),
        ("user\u202etxt.exe\u2066", "usertxt.exe"),
        ("a\x00\x08\x7f\x85b\r\nc\rd", "ab\ncd"),
        ("\tü 中 😀\n", "\tü 中 😀\n"),
        ("\ud800", "?"),
    ],
)
def test_control_characters_are_taken_out(text, shown):
    assert plain(text) == shown
