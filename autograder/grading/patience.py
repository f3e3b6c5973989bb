"""Wait while another program keeps the gradebook locked; stop where grading can't go on."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

from autograder.full_disk import is_full

LOCKED_SECONDS = 60.0  # how long another program may keep the gradebook locked
LOCKED = re.compile(r"database (table )?is locked")
UNUSABLE = re.compile(r"OperationalError\) ([^\n]*)")  # as SQLAlchemy passes it on
T = TypeVar("T")


class GradingStopped(RuntimeError):
    """The run can't go on; what is graded so far holds, and grading again goes on from there."""


def patiently(step: Callable[[], T]) -> T:
    """Do a step of the writer, and again while another program keeps the gradebook locked.

    Raises: GradingStopped when that takes too long, the disk is full or the gradebook can't be
        used; what is wrong, and that nothing is lost.
    """
    deadline = time.monotonic() + LOCKED_SECONDS
    while True:
        try:
            return step()
        except Exception as error:
            stop_if_full(error)
            reason = why_unusable(error)
            if not reason:
                raise
            if not LOCKED.search(reason) or time.monotonic() > deadline:
                raise GradingStopped(
                    f"The gradebook can't be used ({reason}). Close what else has it open. "
                    "What is graded so far holds: then grade again."
                ) from error


def why_unusable(error: Exception) -> str:
    """Return what SQLite says of a gradebook that can't be used, "" of other errors."""
    if isinstance(error, sqlite3.OperationalError):
        return str(error)
    found = UNUSABLE.search(str(error))
    return found[1] if found else ""


def stop_if_full(error: Exception) -> None:
    """Raise GradingStopped when an error is that of a full disk."""
    if is_full(error):
        raise GradingStopped(
            "The disk is full. What is graded so far holds: make room, then grade again."
        ) from error
