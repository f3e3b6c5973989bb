"""nbgrader as a person would run it."""

import os
import subprocess
import sys
from pathlib import Path

from nbgrader.api import Gradebook
from toy_course import ASSIGNMENT

from autograder.paths import Course


def nbgrader(folder: Path, *arguments: str) -> str:
    """Run nbgrader as a person would, in `folder`, without the grader's environment."""
    environment = {key: value for key, value in os.environ.items() if key != "EXERCISE_HIDDEN"}
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, f"nbgrader {' '.join(arguments)}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def scores(course: Course) -> dict[str, float]:
    with Gradebook(course.gradebook_url) as gradebook:
        return {it.student.id: it.score for it in gradebook.assignment_submissions(ASSIGNMENT)}
