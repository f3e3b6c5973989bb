"""Feedback pages for students: nbgrader's, from the autograded notebooks."""

from autograder.nbgrader_setup.api import open_api, succeed
from autograder.paths import Course, Repository

SECRET = "submission_secret.txt"  # nbgrader's, written when a student submits


def give_feedback(repository: Repository, course: Course) -> None:
    """Write `feedback/<student>/lecture7/*.html` and release the pages into the exchange.

    Who handed in another way has no place there: see `autograder.lms`.
    """
    api = open_api(repository, course)
    succeed(api.generate_feedback(course.assignment))
    for student in course.students("feedback"):
        if (course.step("feedback", student) / SECRET).exists():
            succeed(api.release_feedback(course.assignment, student))
