"""Bring graded submissions into nbgrader; there is one writer, since SQLite takes one at a time."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from nbgrader.api import Gradebook

from autograder.grading.autograded import Autograded
from autograder.grading.job import Graded, Job
from autograder.grading.journal import Journal, Scores, automatic_scores
from autograder.grading.patience import GradingStopped, patiently
from autograder.nbgrader_setup.gradebook import found_submission, written_submission
from autograder.paths import Course, Repository
from autograder.reports.report import Report, make_report, read_report
from autograder.reports.said import read_autograded

if TYPE_CHECKING:
    from traitlets.config import Config

    from autograder.grading.kernels import KernelGrader

UNFINISHED = "of checks that are to be run again"


class Writer:
    """The writer of one run."""

    def __init__(self, repository: Repository, course: Course) -> None:
        self.repository, self.course = repository, course
        self.journal, self.autograded = Journal(course), Autograded(course)

    @cached_property
    def gradebook(self) -> Gradebook:
        """The course's, for all its submissions: what it asks is made into SQL once."""
        return Gradebook(self.course.gradebook_url)

    @cached_property
    def config(self) -> Config:
        """The course's settings of nbgrader, which import much of it."""
        from autograder.nbgrader_setup.settings import course_config

        return course_config(self.repository, self.course)

    @cached_property
    def kernels(self) -> KernelGrader:
        """What grades without the sandbox."""
        from autograder.grading.kernels import KernelGrader

        return KernelGrader(self.repository, self.course)

    def write(self, job: Job, outcome: Graded | Exception | None, fingerprint: str) -> Report:
        """Bring a submission into nbgrader, and say in the journal that it is so.

        Args:
            outcome: of its grading; None where nbgrader is to grade it in kernels.
            fingerprint: what all its scores are of from now on; "" where only some are fresh.
        """
        student = job.student
        path = self.course.report(student)
        before = read_report(path) if job.only and path.exists() else None
        if isinstance(outcome, Exception):
            from autograder.grading.worker import not_graded

            reason = f"The checks could not be run: {outcome}."
            outcome, fingerprint = not_graded(self.course, job, reason), ""
        if outcome is None:
            report, scores = patiently(lambda: self.grade_in_kernels(student))
        else:
            graded = outcome
            try:
                report, scores = patiently(lambda: self.put_in_place(student, graded))
            except GradingStopped:
                raise
            except Exception as error:  # of what was handed in, or that of an empty one fails too
                from autograder.grading.worker import as_empty

                reason = f"What was graded could not be written, and counts as empty: {error!r}."
                empty, fingerprint = as_empty(self.course, job, reason), ""
                report, scores = patiently(lambda: self.put_in_place(student, empty))
            report.seconds = before.seconds if before else graded.seconds
        patiently(lambda: report.write(self.course))
        points = {it.id: it.points for it in report.exercises}
        patiently(lambda: self.journal.end(student, fingerprint or UNFINISHED, scores, points))
        return report

    def put_in_place(self, student: str, graded: Graded) -> tuple[Report, Scores]:
        """Write what workers found; return it as a report, and the scores in the gradebook."""
        self.journal.begin(student)
        self.autograded.write(student, graded.notebooks)
        with written_submission(
            self.gradebook, self.course, student, graded.scores, lambda: self.config
        ) as submission:
            report = make_report(
                submission,
                graded.checks,
                graded.repairs,
                graded.failures,
                self.course.references,
            )
            return report, automatic_scores(submission)

    def grade_in_kernels(self, student: str) -> tuple[Report, Scores]:
        """Let nbgrader grade and write a submission; return the same as `put_in_place`."""
        self.journal.begin(student)
        repairs, failures = self.kernels.grade(student)
        said = read_autograded(self.course, student)
        with found_submission(self.course, student) as submission:
            report = make_report(submission, said, repairs, failures, self.course.references)
            return report, automatic_scores(submission)

    def report_again(self, student: str, old: Report) -> Report:
        """Return a report with what was given by hand meanwhile."""
        said = read_autograded(self.course, student)
        with found_submission(self.course, student) as submission:
            return make_report(submission, said, old.repairs, old.failures, self.course.references)
