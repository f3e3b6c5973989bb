"""Feedback pages for students: nbgrader's, from the autograded notebooks, and a summary each."""

from collections.abc import Callable

from autograder.nbgrader_setup.api import open_api, succeed
from autograder.paths import Course, Repository
from autograder.reports.summary import write_summary
from autograder.submissions.unpack import SECRET


def give_feedback(
    repository: Repository, course: Course, say: Callable[[str], None] = lambda _: None
) -> None:
    """Write `feedback/<student>/<assignment>/*.html`, the summary too, and release them.

    Who handed in another way has no place there: see `autograder.lms`.
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
