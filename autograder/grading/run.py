"""Grade submissions: workers run the checks, one writer brings the verdicts into nbgrader."""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from sqlalchemy.exc import OperationalError

from autograder.cells import checked_exercise, is_check_cell, not_run
from autograder.exercise import Exercise
from autograder.grading.job import Checked, Job, Outputs, Settings, get_ready, read_job, run_checks
from autograder.grading.journal import Journal, Standing, read_gradebook
from autograder.grading.workers import Workers, own_processes
from autograder.limited import TooMuch, limited
from autograder.nbgrader_setup.api import NbgraderError, open_api, succeed
from autograder.nbgrader_setup.execute import ExecuteOrExplain
from autograder.paths import Course, Repository, read_manifest, student_modules
from autograder.plan import read_plans
from autograder.reports.report import Report, make_report, read_report
from autograder.sandbox.sandbox import SandboxDied, SandboxUnavailable
from autograder.submissions.collect import refused_of
from autograder.submissions.fingerprint import fingerprint_of_grading, fingerprint_of_submission
from autograder.submissions.intake import start_from_release, take_in, take_release

LOCKED_SECONDS = 60.0  # how long another program may keep the gradebook locked
FAILURES_IN_A_ROW = 3  # of the workers, after which it is no submission's fault
FULL = re.compile(r"\[Errno (28|122)\]|database or disk is full")
LOCKED = re.compile(r"OperationalError\) database (table )?is locked")
UNUSABLE = re.compile(r"OperationalError\) ([^\n]*)")
T = TypeVar("T")


class GradingStopped(RuntimeError):
    """The run can't go on; what is graded so far holds, and grading again goes on from there."""


@dataclass(frozen=True)
class Checks:
    """How the checks of a run are made: the same settings for all, and who does the work."""

    settings: Settings
    workers: Workers


@contextmanager
def sandboxed(
    repository: Repository,
    course: Course,
    exercises: Callable[[], list[Exercise]],
    show: bool = False,
    count: int = 1,
    start: Callable[[], Any] | None = None,
    say: Callable[[str], None] = lambda _: None,
    ahead: int = 1,
) -> Iterator[Checks]:
    """Start the workers of one run of the grader.

    Args:
        show: whether to run the notebooks from top to bottom too, for their figures.
        count: how many submissions are worked on at the same time.
        start: makes the executor; without it, processes of this machine.
        say: told of each step.
        ahead: how many workers start at once, the others when there is work for them.

    Raises: SandboxUnavailable with what to do.
    """
    limits = read_plans(repository)[course.assignment].sandbox
    settings = Settings(course.release.resolve(), exercises, show, limits)
    with Workers(start or partial(own_processes, count), count) as workers:
        try:
            say("Starting the workers")
            workers.executor.submit(os.getpid).result()
            say("Starting their sandboxes")
            ready = [workers.executor.submit(get_ready, settings) for _ in range(ahead)]
            ready[0].result()
        except BrokenExecutor as error:
            raise GradingStopped("The workers can't be started: they end at once.") from error
        yield Checks(settings, workers)


@dataclass
class Submission:
    """A submission on its way to the writer."""

    fingerprint: str
    repairs: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


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
        self.on_the_way: dict[str, Submission] = {}
        self.verdicts: Outputs = {}  # of the submission that is being written
        run = type("WriteVerdicts", (WriteVerdicts,), {"run": self}) if checks else ExecuteOrExplain
        self.api = open_api(repository, course, submitted="intake", run=run)
        way = "kernel" if checks is None else "show" if checks.settings.show else "sandbox"
        self.grading = fingerprint_of_grading(repository, course, way)

    def grade(
        self, students: list[str], done: Callable[[Report], None], again: bool
    ) -> list[Report]:
        reports = {}
        prints = {
            it: fingerprint_of_submission(
                self.fingerprint_before(it),
                self.course.step("submitted", it),
                refused_of(self.course, it),
            )
            for it in students
        }
        found = patiently(lambda: read_gradebook(self.course))
        held = {it for it in students if self.holds(it, prints[it], found.get(it))}
        for student in students:
            if student in held and not (again or self.only):
                reports[student] = self.kept(student, found[student])
                done(reports[student])
        left = [it for it in students if it not in reports]
        in_a_row = 0
        for job, outcome in self.work(left, prints):
            if isinstance(outcome, (SandboxUnavailable, SandboxDied)):
                raise type(outcome)(f"{outcome}\n{job.student} was not graded. Grade again.")
            in_a_row = in_a_row + 1 if isinstance(outcome, Exception) else 0
            report = self.write(job, outcome, whole=not self.only or job.student in held)
            reports[job.student] = report
            done(report)
            if in_a_row == FAILURES_IN_A_ROW:
                raise GradingStopped(
                    f"The workers failed {in_a_row} times in a row, last with {outcome!r}. "
                    f"{len(students) - len(reports)} submissions are left: grade again."
                )
        return [reports[it] for it in students]

    def fingerprint_before(self, student: str) -> str:
        """Return the fingerprint of the grading and of the earlier submission that counts too."""
        before = read_manifest(self.course.release).get("after")
        if not before:
            return self.grading
        submitted = self.course.other(before).step("submitted", student)
        return fingerprint_of_submission(self.grading, submitted)

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
        if (old.score, old.to_grade_by_hand) == (standing.total, standing.to_grade_by_hand):
            return old
        report = make_report(self.course, student, old.repairs, old.failures)
        report.seconds = old.seconds
        report.write(self.course)
        return report

    def work(
        self, students: list[str], prints: dict[str, str]
    ) -> Iterator[tuple[Job, Checked | Exception]]:
        """Yield each submission with what its checks gave; workers that get free take in more."""
        jobs = (self.take_in(it, prints[it]) for it in students)
        if self.checks is None:
            yield from ((job, Checked()) for job in jobs)
        else:
            work = partial(run_checks, self.checks.settings)
            yield from self.checks.workers.run(work, jobs)

    def take_in(self, student: str, fingerprint: str) -> Job:
        """Write `intake/<student>/<assignment>` and return the job of running its checks."""
        submission = Submission(fingerprint)
        try:
            submission.repairs = limited(partial(take_in, self.course, student))
        except Exception as error:
            stop_if_full(error)
            start_from_release(self.course, student)
            reason = error if isinstance(error, TooMuch) else repr(error)
            submission.failures.append(
                f"The submission could not be taken in and counts as empty: {reason}"
            )
        self.on_the_way[student] = submission
        folder = self.course.step("intake", student)
        return read_job(student, folder, student_modules(self.course.release), self.only)

    def write(self, job: Job, outcome: Checked | Exception, whole: bool) -> Report:
        """Bring the verdicts on one submission into nbgrader, and say in the journal that it is so.

        Args: whole: whether all its scores are from now on those of the present checks.
        """
        student, submission = job.student, self.on_the_way.pop(job.student)
        if isinstance(outcome, Exception):
            submission.failures.append(reason := f"The checks could not be run: {outcome}.")
            self.verdicts = {
                name: explained(text, reason, self.only) for name, text in job.notebooks.items()
            }
        else:
            self.verdicts = dict(outcome.outputs)
        if self.only:
            self.add_verdicts_of_before(student)
        path = self.course.report(student)
        before = read_report(path) if self.only and path.exists() else None
        report = patiently(lambda: self.autograde(student, submission))
        if isinstance(outcome, Checked):
            report.seconds = before.seconds if before else outcome.seconds
        patiently(lambda: report.write(self.course))
        points = {it.id: it.points for it in report.exercises}
        scores = patiently(lambda: read_gradebook(self.course, student))[student].scores
        finished = whole and isinstance(outcome, Checked)
        fingerprint = submission.fingerprint if finished else "of checks that are to be run again"
        patiently(lambda: self.journal.end(student, fingerprint, scores, points))
        return report

    def add_verdicts_of_before(self, student: str) -> None:
        """Let the checks of other exercises keep the outputs of the last grading."""
        for path in self.course.step("autograded", student).glob("*.ipynb"):
            fresh = self.verdicts.setdefault(path.stem, {})
            for cell in nbformat.read(path, as_version=4).cells:
                if cell.get("outputs"):
                    fresh.setdefault(cell.id, list(cell.outputs))

    def autograde(self, student: str, submission: Submission) -> Report:
        """Grade one submission; where nbgrader gives up on it, grade the bare release instead.

        So the gradebook holds an explicit 0 from this run, not the score of an earlier one.
        """
        self.journal.begin(student)
        failures = list(submission.failures)
        try:
            succeed(self.api.autograde(self.course.assignment, student))
        except NbgraderError as error:
            if UNUSABLE.search(str(error)) or FULL.search(str(error)):
                raise
            last_line = str(error).strip().splitlines()[-1]
            failures.append(f"The submission could not be graded and counts as empty: {last_line}")
            take_release(self.course, student)
            self.verdicts = {}
            succeed(self.api.autograde(self.course.assignment, student))
        return make_report(self.course, student, submission.repairs, failures)


class WriteVerdicts(NbGraderPreprocessor):
    """Put what the workers found into the cells: in each test cell, one decisive output."""

    run: GradingRun

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        found = self.run.verdicts.get(resources["nbgrader"]["notebook"], {})
        for cell in nb.cells:
            if cell.id in found:
                cell.outputs = [nbformat.from_dict(it) for it in found[cell.id]]
            elif is_check_cell(cell):
                cell.outputs = [not_run("There is no verdict on this check.")]
        return nb, resources


def explained(text: str, reason: str, only: str) -> dict[str, list[NotebookNode]]:
    """Return the outputs of a notebook's checks, or of the only one, when none could be run."""
    cells = filter(is_check_cell, nbformat.reads(text, as_version=4).cells)
    return {it.id: [not_run(reason)] for it in cells if only in ("", checked_exercise(it))}


def patiently(step: Callable[[], T]) -> T:
    """Do a step of the writer, and again while another program keeps the gradebook locked.

    Raises: GradingStopped when that takes too long, the disk is full or the gradebook can't be
        used; what is wrong, and that nothing is lost.
    """
    deadline = time.monotonic() + LOCKED_SECONDS
    while True:
        try:
            return step()
        except (NbgraderError, OperationalError, OSError) as error:
            stop_if_full(error)
            unusable = UNUSABLE.search(str(error))
            if not unusable:
                raise
            if not LOCKED.search(str(error)) or time.monotonic() > deadline:
                raise GradingStopped(
                    f"The gradebook can't be used ({unusable[1]}). Close what else has it open. "
                    "What is graded so far holds: then grade again."
                ) from error


def stop_if_full(error: Exception) -> None:
    """Raise GradingStopped when an error is that of a full disk."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if full or FULL.search(str(error)):
        raise GradingStopped(
            "The disk is full. What is graded so far holds: make room, then grade again."
        ) from error
