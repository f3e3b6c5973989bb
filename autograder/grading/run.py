"""Grade submissions: workers grade them, one writer brings the points into the gradebook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Executor
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from autograder.grading.job import Graded, Job, Settings
from autograder.grading.journal import Journal, Standing, read_gradebook
from autograder.grading.kept_draws import draw_for
from autograder.grading.patience import GradingStopped, patiently, stop_if_full
from autograder.grading.workers import Workers, own_processes
from autograder.paths import Course, Repository, read_manifest
from autograder.plan import read_plans
from autograder.reports.report import Report, note_confirmation, read_report
from autograder.sandbox.errors import SandboxDied, SandboxUnavailable
from autograder.submissions.collect import refused_of
from autograder.submissions.fingerprint import (
    fingerprint_of_grading,
    fingerprint_of_submission,
    fingerprint_on,
)

if TYPE_CHECKING:
    from autograder.exercise import Exercise
    from autograder.grading.writer import Writer

FAILURES_IN_A_ROW = 3  # of the workers, after which it is no submission's fault


def grade_job(settings: Settings, job: Job) -> Graded:
    """Grade a submission, in a worker."""
    from autograder.grading import worker

    return worker.grade(settings, job)


def get_ready(settings: Settings, only: str) -> None:
    """Start a worker's sandbox; raises SandboxUnavailable where there is none."""
    from autograder.grading import worker

    worker.get_ready(settings, only)


class Checks:
    """How the checks of a run are made: the same settings for all, and who does the work."""

    def __init__(self, settings: Settings, workers: Workers, say: Callable[[str], None]) -> None:
        self.settings, self.workers, self.say = settings, workers, say

    def run(
        self,
        jobs: list[Job],
        fingerprints: Mapping[str, str],
        meanwhile: Callable[[], object] = lambda: None,
    ) -> Iterator[tuple[Job, Graded | Exception]]:
        """Yield each job with what came out of it; workers start when there is the first one.

        Args:
            fingerprints: of the students' submissions, which decide what cases they have.
            meanwhile: called while they start.

        Raises: SandboxUnavailable with what to do.
        """
        if jobs:
            of_jobs = {it.student: fingerprints[it.student] for it in jobs}
            draw = patiently(lambda: draw_for(self.settings.course, of_jobs))
            self.settings = replace(self.settings, draw=draw)
            self.get_ready(len(jobs), jobs[0].only, meanwhile)
            yield from self.workers.run(partial(grade_job, self.settings), jobs)

    def get_ready(
        self, jobs: int, only: str, meanwhile: Callable[[], object] = lambda: None
    ) -> None:
        """Start the workers that so many jobs need, and their sandboxes.

        Args: only: the one exercise that is checked, or ""; meanwhile: called while they start.
        """
        try:
            self.say("Starting the workers")
            self.say("Starting their sandboxes")
            count = min(jobs, self.workers.count)
            submit = self.workers.executor.submit
            ready = [submit(get_ready, self.settings, only) for _ in range(count)]
            meanwhile()
            ready[0].result()
        except BrokenExecutor as error:
            raise GradingStopped("The workers can't be started: they end at once.") from error


@contextmanager
def sandboxed(
    repository: Repository,
    course: Course,
    exercises: Callable[[], list[Exercise]],
    show: bool = False,
    count: int = 1,
    start: Callable[[], Executor] | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[Checks]:
    """Yield the checks of one run of the grader, in sandboxes, and end its workers.

    Args:
        show: whether to run the notebooks from top to bottom too, for their figures.
        count: how many submissions are worked on at the same time.
        start: makes the executor; without it, processes of this machine.
        say: told of each step.
    """
    limits = read_plans(repository)[course.assignment].sandbox
    settings = Settings(course, exercises, show, limits)
    with Workers(start or partial(own_processes, count), count) as workers:
        yield Checks(settings, workers, say)


def grade(
    repository: Repository,
    course: Course,
    students: Iterable[str],
    checks: Checks | None = None,
    done: Callable[[Report], None] = lambda _: None,
    again: bool = False,
    only: str = "",
) -> list[Report]:
    """Take in, autograde and report each student's submission whose score does not hold yet.

    A submission that can't be graded gets an explicit score and a reason, and never stops the
    others. See `journal` for why this may be killed at any moment and run again.

    Args:
        checks: in the sandbox; without them, submissions run in kernels with nothing kept from
            them, one after the other.
        done: told of each report, the kept ones first.
        again: whether to grade what holds, too.
        only: an exercise; the others keep what their checks gave the last time.

    Raises: GradingStopped, SandboxDied or SandboxUnavailable when the run can't go on.
    """
    run = GradingRun(repository, course, checks, only)
    return run.grade(list(students), done, again)


class GradingRun:
    """One run of the grader over some submissions."""

    def __init__(
        self, repository: Repository, course: Course, checks: Checks | None, only: str
    ) -> None:
        self.repository, self.course, self.checks, self.only = repository, course, checks, only
        self.journal = Journal(course)
        way = "kernel" if checks is None else "show" if checks.settings.show else "sandbox"
        self.grading = fingerprint_of_grading(repository, course, way)

    def grade(
        self, students: list[str], done: Callable[[Report], None], again: bool
    ) -> list[Report]:
        reports = {}
        prints = {it: self.fingerprint_of(it) for it in students}
        found = patiently(lambda: read_gradebook(self.course))
        held = {it for it in students if self.holds(it, prints[it], found.get(it))}
        for student in students:
            if student in held and not (again or self.only):
                reports[student] = self.kept(student, found[student])
                done(reports[student])
        jobs = [Job(it, self.only) for it in students if it not in reports]
        in_a_row = 0
        work = (
            self.checks.run(jobs, prints, lambda: self.writer)
            if self.checks
            else ((it, None) for it in jobs)
        )
        for job, outcome in work:
            student = job.student
            if isinstance(outcome, (SandboxUnavailable, SandboxDied)):
                raise type(outcome)(f"{outcome}\n{student} was not graded. Grade again.")
            if isinstance(outcome, Exception):
                stop_if_full(outcome)
                in_a_row += 1
            else:
                in_a_row = 0
            whole = not self.only or student in held
            reports[student] = self.writer.write(job, outcome, prints[student] if whole else "")
            note_confirmation(self.course, reports[student])
            done(reports[student])
            if in_a_row == FAILURES_IN_A_ROW:
                raise GradingStopped(
                    f"The workers failed {in_a_row} times in a row, last with {outcome!r}. "
                    f"{len(students) - len(reports)} submissions are left: grade again."
                )
        return [reports[it] for it in students]

    @cached_property
    def writer(self) -> Writer:
        """What brings points into nbgrader; a run with nothing to do needs none."""
        from autograder.grading.writer import Writer

        return Writer(self.repository, self.course)

    def fingerprint_of(self, student: str) -> str:
        """Return the fingerprint of all that a score depends on.

        What was refused of a download belongs to that: the student is told.
        """
        handed_in = fingerprint_of_submission(self.course.step("submitted", student))
        refused = refused_of(self.course, student, handed_in)
        return fingerprint_on(self.fingerprint_before(student), handed_in, *refused)

    def fingerprint_before(self, student: str) -> str:
        """Return the fingerprint of the grading and of the earlier submissions that count too."""
        found, before = self.grading, read_manifest(self.course.release).get("after")
        while before:
            course = self.course.other(before)
            handed_in = fingerprint_of_submission(course.step("submitted", student))
            found = fingerprint_on(found, handed_in)
            before = read_manifest(course.release).get("after") if course.release.is_dir() else ""
        return found

    def holds(self, student: str, fingerprint: str, standing: Standing | None) -> bool:
        """Whether all that belongs to a score is there and fits what was handed in."""
        entry = self.journal.read(student)
        return (
            entry.fingerprint == fingerprint
            and standing is not None
            and entry.scores == standing.scores
            and self.course.step("autograded", student).is_dir()
            and self.course.report(student).is_file()
        )

    def kept(self, student: str, standing: Standing) -> Report:
        """Return the report of a score that holds, with what was given by hand meanwhile."""
        old = read_report(self.course.report(student))
        note_confirmation(self.course, old)
        if (old.score, old.to_grade_by_hand) == (standing.total, standing.to_grade_by_hand):
            return old
        report = self.writer.report_again(student, old)
        report.seconds, report.confirmed = old.seconds, old.confirmed
        report.write(self.course)
        return report
