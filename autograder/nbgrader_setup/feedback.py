"""Feedback pages for students: nbgrader's, from the autograded notebooks, and a summary each."""

from collections.abc import Callable
from functools import partial

from nbgrader.apps.api import NbGraderAPI

from autograder.limited import limited
from autograder.nbgrader_setup.api import open_api, succeed
from autograder.paths import Course, Repository
from autograder.reports.summary import write_summary
from autograder.submissions.unpack import SECRET


def give_feedback(
    repository: Repository, course: Course, say: Callable[[str], None] = lambda _: None
) -> list[str]:
    """Write `feedback/<student>/<assignment>/*.html`, the summary too, and release them.

    Who handed in another way has no place there: see `autograder.lms`.

    Returns: whose pages could not be written; the reason is said.
    """
    api = open_api(repository, course)
    failed = []
    for student in course.students("autograded"):
        try:
            limited(partial(write_pages, api, course, student))
            say(f"  {student}")
        except Exception as error:  # whatever their notebooks make of nbgrader's converters
            reason = (str(error).strip() or repr(error)).splitlines()[-1]
            say(f"  {student}: no feedback. {reason}")
            failed.append(student)
    return failed


def write_pages(api: NbGraderAPI, course: Course, student: str) -> None:
    """Write one student's pages, and release them where they use the exchange."""
    succeed(api.generate_feedback(course.assignment, student))
    write_summary(course, student)
    if (course.step("feedback", student) / SECRET).exists():
        succeed(api.release_feedback(course.assignment, student))
