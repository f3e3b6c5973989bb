"""One command at a time writes into a course."""

from __future__ import annotations

import fcntl
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = ".in_use"  # in the course: who has it


class InUse(RuntimeError):
    """Another command has the course; the message says which."""


@contextmanager
def alone(course: Path, command: str) -> Iterator[None]:
    """Keep a course's folder for one command; a process that ends, or is killed, gives it back.

    Raises: InUse.
    """
    course.mkdir(parents=True, exist_ok=True)
    with (course / LOCK).open("a+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            file.seek(0)
            raise InUse(
                f"This course is in use by {file.read().strip() or 'another command'}. "
                "Wait until it has ended, then type the same command again."
            ) from None
        file.truncate(0)
        since = time.strftime("%Y-%m-%d %H:%M:%S")
        file.write(f"`{command}`, process {os.getpid()} on {platform.node()}, since {since}")
        file.flush()
        yield
