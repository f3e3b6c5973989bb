"""Grade submissions with nbgrader's autograder, one student at a time."""

from collections.abc import Callable, Iterable

from nbgrader.apps.api import NbGraderAPI

from autograder.intake import take_in, take_release
from autograder.nbgrader_api import NbgraderError, open_api, succeed
from autograder.report import Report, make_report
from autograder.repository import ASSIGNMENT, Course, Repository


def grade(
    repository: Repository,
    course: Course,
    students: Iterable[str],
    done: Callable[[Report], None] = lambda _: None,
) -> list[Report]:
    """Take in, autograde and report each student's submission; `done` is told of each report.

    A submission that can't be graded gets an explicit score and a reason, and never stops the
    others.
    """
    api = open_api(repository, course, submitted="intake")
    reports = []
    for student in students:
        report = grade_student(repository, course, api, student)
        report.write(course)
        done(report)
        reports.append(report)
    return reports


def grade_student(repository: Repository, course: Course, api: NbGraderAPI, student: str) -> Report:
    """Grade one submission; where nbgrader gives up on it, grade the bare release instead.

    So the gradebook holds an explicit 0 from this run, not the score of an earlier one.
    """
    repairs, failures = take_in(repository, course, student), []
    try:
        succeed(api.autograde(ASSIGNMENT, student))
    except NbgraderError as error:
        last_line = str(error).strip().splitlines()[-1]
        failures.append(f"The submission could not be graded and counts as empty: {last_line}")
        take_release(repository, course, student)
        succeed(api.autograde(ASSIGNMENT, student))
    return make_report(course, student, repairs, failures)
