"""The folder of a graded submission, as `nbgrader autograde` would leave it for formgrader."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from autograder.paths import Course

READ_ONLY = 0o444


class Autograded:
    """Writes `autograded/<student>/<assignment>`: what all have alike lies on the disk once.

    The first student of a run has copies of it, the others have hard links to those.
    """

    def __init__(self, course: Course) -> None:
        self.course = course
        self.copies: dict[str, Path] = {}  # of the source's files, which are left as they are

    @cached_property
    def common(self) -> Contents:
        """What all have."""
        return contents(self.course.source)

    def write(self, student: str, notebooks: Mapping[str, str]) -> Path:
        """Write a student's folder anew.

        Args:
            notebooks: the text of each, by name. All other files are the source's, but the
                student's modules and what nbgrader keeps of a submission.
        """
        folder = self.course.step("autograded", student)
        shutil.rmtree(folder, ignore_errors=True)
        intake = self.course.step("intake", student)
        own = contents(intake)
        for name in dict.fromkeys([*self.common.folders, *own.folders]):
            os.makedirs(folder / name)
        for name in own.files:
            copied(intake / name, folder / name)
        for name in self.common.files - own.files:
            self.link(name, folder / name)
        for name, text in notebooks.items():
            path = folder / f"{name}.ipynb"
            path.write_text(text, encoding="utf-8")
            path.chmod(READ_ONLY)
        return folder

    def link(self, name: str, to: Path) -> None:
        """Give a file of the source one more place; a copy where links are not to be had."""
        try:
            os.link(self.copies[name], to)
        except (KeyError, OSError):
            copied(self.course.source / name, to)
            self.copies[name] = to


class Contents(NamedTuple):
    """What is in a folder, as paths in it; notebooks are left out."""

    folders: list[str]  # each after the one it is in
    files: set[str]


def contents(folder: Path) -> Contents:
    """Return what is in a folder and below."""
    found = Contents([], set())
    for here, _, names in os.walk(folder, followlinks=True):
        place = os.path.relpath(here, folder)
        found.folders.append(place)
        found.files.update(os.path.join(place, it) for it in names if not it.endswith(".ipynb"))
    return found


def copied(origin: Path, to: Path) -> None:
    """Copy a file's content, to be read only."""
    shutil.copyfile(origin, to)
    os.chmod(to, READ_ONLY)
