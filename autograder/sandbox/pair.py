"""Two children of the sandbox: a student's, and one with the course's own modules that helps it."""

from __future__ import annotations

import socket
from collections.abc import Mapping

from autograder.sandbox.sandbox import Child

IMPORTS = 0.5  # of the time, which the student's modules may take to be imported


def join(
    student: Child,
    helper: Child,
    modules: Mapping[str, str],
    parts: list[str],
    names: list[str],
    seconds: float,
) -> None:
    """Let some parts of a student's modules be done by another child, which sees values alone.

    The student's modules are imported anew, and what was lent before can't be called any more. From
    then on the two speak with each other. Neither can be believed more than before: the helper is
    this submission's own, and the student's child answers for both and within its time.

    Args:
        modules: the course's own, `exercise_lib.mel` -> its text.
        parts: of these, such as `exercise_lib.mel:frame`.
        names: parts that are there, so that they can be imported, and raise when they are called.

    Raises: Misbehaved where the student's modules end the child.
    """
    one, other = socket.socketpair()
    with one, other:
        helper.ask({"do": "lend", "modules": modules, "parts": parts}, {}, seconds, one)
        request = {"do": "borrow", "parts": [*parts, *names], "seconds": IMPORTS * seconds}
        student.ask(request, {}, seconds, other)
