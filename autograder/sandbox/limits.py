"""How much a sandboxed child may use."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1_000_000


@dataclass(frozen=True)
class Limits:
    """Bounds of one child, of one message, of one notebook and of one submission."""

    check_seconds: float = 30.0  # a check, or a notebook cell before it
    show_seconds: float = 60.0  # a cell that is run to be shown
    notebook_seconds: float = 120.0  # all that is run of a notebook, once for each of the two
    submission_seconds: float = 300.0  # the checks of all its notebooks
    memory: int = 2000 * MB  # bytes a process may add to its first, and all of them together
    disk: int = 64 * MB  # bytes in /scratch, in /dev/shm and in one file
    processes: int = 64  # threads count too; more than half of them at work end the child
    open_files: int = 256
    message: int = 64 * MB  # bytes of an answer
