"""Grade submissions with nbgrader's autograder, one student at a time."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import torch
from nbgrader.apps.api import NbGraderAPI

from autograder.execute import ExecuteOrExplain
from autograder.exercise import Exercise
from autograder.fresh import FreshBundles
from autograder.imports import imported_modules
from autograder.intake import take_in, take_release
from autograder.nbgrader_api import NbgraderError, open_api, succeed
from autograder.report import Report, make_report
from autograder.repository import ASSIGNMENT, Course, Repository
from autograder.sandbox.sandbox import Sandbox, SandboxDied
from autograder.verdict import Grader


def grade(
    repository: Repository,
    course: Course,
    students: Iterable[str],
    grader: Grader | None = None,
    done: Callable[[Report], None] = lambda _: None,
) -> list[Report]:
    """Take in, autograde and report each student's submission.

    A submission that can't be graded gets an explicit score and a reason, and never stops the
    others.

    Args:
        grader: of the sandbox; without one, submissions run in kernels with nothing kept from them.
        done: told of each report.
    """
    run = grader.preprocessor() if grader else ExecuteOrExplain
    api = open_api(repository, course, submitted="intake", run=run)
    reports = []
    for student in students:
        report = grade_student(repository, course, api, student, grader)
        report.write(course)
        done(report)
        reports.append(report)
    return reports


@contextmanager
def sandboxed(
    repository: Repository, course: Course, exercises: Iterable[Exercise], show: bool = False
) -> Iterator[Grader]:
    """Start the sandbox for one run of the grader; raises SandboxUnavailable with what to do.

    Args: show: whether to run the notebooks from top to bottom too, for their figures.
    """
    torch.set_num_threads(1)  # the sums of the sandbox
    imports = imported_modules(course.release)
    with Sandbox(course.release, repository.student_modules, imports) as sandbox:
        yield Grader(sandbox, FreshBundles(exercises), show)


def grade_student(
    repository: Repository,
    course: Course,
    api: NbGraderAPI,
    student: str,
    grader: Grader | None = None,
) -> Report:
    """Grade one submission; where nbgrader gives up on it, grade the bare release instead.

    So the gradebook holds an explicit 0 from this run, not the score of an earlier one.

    Raises: SandboxDied when it was the sandbox that gave up.
    """
    repairs, failures = take_in(repository, course, student), []
    try:
        succeed(api.autograde(ASSIGNMENT, student))
    except NbgraderError as error:
        if grader and not grader.sandbox.is_alive():
            raise SandboxDied(
                f"The sandbox can't be kept running; {student} was not graded. Grade again."
            ) from error
        last_line = str(error).strip().splitlines()[-1]
        failures.append(f"The submission could not be graded and counts as empty: {last_line}")
        take_release(repository, course, student)
        succeed(api.autograde(ASSIGNMENT, student))
    return make_report(course, student, repairs, failures)
