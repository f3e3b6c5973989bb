"""Grade without the sandbox: nbgrader runs the notebooks in kernels, nothing is kept from them."""

from __future__ import annotations

from autograder.full_disk import is_full
from autograder.grading.patience import why_unusable
from autograder.grading.worker import take
from autograder.nbgrader_setup.api import open_api, succeed
from autograder.nbgrader_setup.errors import NbgraderError
from autograder.paths import Course, Repository
from autograder.submissions.intake import start_from_release


class KernelGrader:
    """nbgrader's autograder for the submissions of one run, one after the other."""

    def __init__(self, repository: Repository, course: Course) -> None:
        self.course = course
        self.api = open_api(repository, course, submitted="intake")

    def grade(self, student: str) -> tuple[list[str], list[str]]:
        """Grade one submission; where nbgrader gives up on it, grade the bare release instead.

        So the gradebook holds an explicit 0 from this run, not the score of an earlier one.

        Returns: what was repaired, and what could not be run.
        """
        taken = take(self.course, student)
        try:
            succeed(self.api.autograde(self.course.assignment, student))
        except NbgraderError as error:
            if why_unusable(error) or is_full(error):
                raise
            last_line = str(error).strip().splitlines()[-1]
            taken.failures.append(
                f"The submission could not be graded and counts as empty: {last_line}"
            )
            start_from_release(self.course, student)
            succeed(self.api.autograde(self.course.assignment, student))
        return taken.repairs, taken.failures
