"""Feedback pages for students: nbgrader's, from the autograded notebooks, and a summary each."""

import shutil
from collections.abc import Callable
from pathlib import Path

from autograder.nbgrader_setup.api import open_api, succeed
from autograder.paths import Course, Repository
from autograder.reports.groups import counted_for
from autograder.reports.summary import write_summary
from autograder.submissions.unpack import KEPT, SECRET


def give_feedback(
    repository: Repository, course: Course, say: Callable[[str], None] = lambda _: None
) -> None:
    """Write `feedback/<student>/<assignment>/*.html`, the summary too, and release them.

    Who handed in another way has no place there: see `autograder.lms`. All of a group get the pages
    of the submission that counts for them.
    """
    api = open_api(repository, course)
    results = []
    students = course.students("autograded")
    for student in students:
        results.append(api.generate_feedback(course.assignment, student))
        say(f"  {student}")
    for result in results:
        succeed(result)
    for student in students:
        write_summary(course, student)
        if (course.step("feedback", student) / SECRET).exists():
            succeed(api.release_feedback(course.assignment, student))
    for student, owner in counted_for(course).items():
        if student != owner:
            copy_folder(course.step("feedback", owner), course.step("feedback", student))


def copy_folder(source: Path, target: Path) -> None:
    """Put a copy of a folder in the place of another."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*KEPT))
