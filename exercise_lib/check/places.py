"""Whose code a file is, and how a student knows it."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

ENGINE = Path(__file__).resolve().parent
PACKAGE = ENGINE.parent
LIBRARIES = ("site-packages", "dist-packages")
STANDARD = sysconfig.get_path("stdlib")


def shown_path(filename: str) -> str:
    """Return a file's name as a student knows it: relative, or "your cell" in a kernel."""
    path = Path(filename)
    if "ipykernel" in filename or filename.startswith("<ipython"):
        return "your cell"
    for base in (ENGINE.parents[1], Path.cwd()):
        if path.is_relative_to(base):
            return path.relative_to(base).as_posix()
    return path.name


def is_given(filename: str) -> bool:
    """Whether code is a library's, Python's, or in a folder of `exercise_lib`."""
    path = Path(filename)
    return (
        any(it in path.parts for it in LIBRARIES)
        or filename.startswith((f"{STANDARD}{os.sep}", "<frozen "))
        or (PACKAGE in path.parents and path.parent != PACKAGE)
    )
