"""Feedback pages for students: nbgrader's, from the autograded notebooks."""

from autograder.nbgrader_api import open_api, succeed
from autograder.repository import ASSIGNMENT, Course, Repository


def give_feedback(repository: Repository, course: Course) -> None:
    """Write `feedback/<student>/lecture7/*.html` and release the pages into the exchange."""
    api = open_api(repository, course)
    succeed(api.generate_feedback(ASSIGNMENT))
    succeed(api.release_feedback(ASSIGNMENT))
