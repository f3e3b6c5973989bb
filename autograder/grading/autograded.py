"""The folder of a graded submission, as `nbgrader autograde` would leave it for formgrader."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from autograder.paths import Course

READ_ONLY = 0o444


def write_autograded(course: Course, student: str, notebooks: Mapping[str, str]) -> Path:
    """Write `autograded/<student>/<assignment>` anew.

    Args: notebooks: the text of each, by name. All other files are the source's, but the student's
        modules and what nbgrader keeps of a submission.
    """
    folder = course.step("autograded", student)
    shutil.rmtree(folder, ignore_errors=True)
    no_notebooks = shutil.ignore_patterns("*.ipynb")
    for origin in (course.source, course.step("intake", student)):
        shutil.copytree(origin, folder, ignore=no_notebooks, dirs_exist_ok=True)
    for name, text in notebooks.items():
        (folder / f"{name}.ipynb").write_text(text, encoding="utf-8")
    for path in filter(Path.is_file, folder.rglob("*")):
        path.chmod(READ_ONLY)
    return folder
