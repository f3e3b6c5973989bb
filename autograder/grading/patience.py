"""Wait while another program keeps the gradebook locked; stop where grading can't go on."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError

from autograder.full_disk import is_full
from autograder.nbgrader_setup.errors import NbgraderError

LOCKED_SECONDS = 60.0  # how long another program may keep the gradebook locked
LOCKED = re.compile(r"OperationalError\) database (table )?is locked")
UNUSABLE = re.compile(r"OperationalError\) ([^\n]*)")
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
        except (NbgraderError, OperationalError, OSError) as error:
            stop_if_full(error)
            unusable = UNUSABLE.search(str(error))
            if not unusable:
                raise
            if not LOCKED.search(str(error)) or time.monotonic() > deadline:
                raise GradingStopped(
                    f"The gradebook can't be used ({unusable[1]}). Close what else has it open. "
                    "What is graded so far holds: then grade again."
                ) from error


def stop_if_full(error: Exception) -> None:
    """Raise GradingStopped when an error is that of a full disk."""
    if is_full(error):
        raise GradingStopped(
            "The disk is full. What is graded so far holds: make room, then grade again."
        ) from error
