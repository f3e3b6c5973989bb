"""The folder of a graded submission, as `nbgrader autograde` would leave it for formgrader."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from autograder.paths import Course

READ_ONLY = 0o444


class Autograded:
    """Writes `autograded/<student>/<assignment>`: what all have alike lies on the disk once.

    The first student of a run has copies of it, the others have hard links to those.
    """

    def __init__(self, course: Course) -> None:
        self.course = course
        self.copies: dict[str, str] = {}  # of the source's files, which are left as they are

    def write(self, student: str, notebooks: Mapping[str, str]) -> Path:
        """Write a student's folder anew.

        Args: notebooks: the text of each, by name. All other files are the source's, but the
            student's modules and what nbgrader keeps of a submission.
        """
        folder = self.course.step("autograded", student)
        shutil.rmtree(folder, ignore_errors=True)
        for origin, copy in (
            (self.course.step("intake", student), copied),
            (self.course.source, self.linked),
        ):
            left_out = partial(notebooks_and_what_is_there, origin, folder)
            shutil.copytree(origin, folder, ignore=left_out, copy_function=copy, dirs_exist_ok=True)
        for name, text in notebooks.items():
            path = folder / f"{name}.ipynb"
            path.write_text(text, encoding="utf-8")
            path.chmod(READ_ONLY)
        return folder

    def linked(self, origin: str, to: str) -> None:
        """Give a file of the source one more place; a copy where links are not to be had."""
        try:
            os.link(self.copies[origin], to)
        except (KeyError, OSError):
            copied(origin, to)
            self.copies[origin] = to


def copied(origin: str, to: str) -> None:
    """Copy a file's content, to be read only."""
    shutil.copyfile(origin, to)
    os.chmod(to, READ_ONLY)


def notebooks_and_what_is_there(
    origin: Path, folder: Path, here: str, names: list[str]
) -> set[str]:
    """Return those names in a folder below `origin` that are not to be copied into `folder`."""
    there = folder / os.path.relpath(here, origin)
    return {it for it in names if it.endswith(".ipynb") or (there / it).is_file()}
