"""The toy course, released, with what a small cohort hands in."""

import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from toy_course import ASSIGNMENT, toy_exercises, toy_repository

from autograder.builder.assignment import read_assignment
from autograder.builder.build import write_course
from autograder.builder.bundles import PUBLIC_SEED, build_references
from autograder.nbgrader_setup.exchange import release
from autograder.paths import Course, Repository
from autograder.reports.report import Report
from autograder.samples.cohort import make_cohort

MISTAKES = [("dilara", "warmup.peak_normalise", "signed_maximum")]
SCORES = {"anna": 2.0, "bilal": 0.0, "gustav": 1.0, "hanna": 1.0}  # of those with whole points
GUSTAVS = "exercise_lib/warmup.py can't be imported: SyntaxError"


@dataclass(frozen=True)
class ToyCohort:
    """Where it lies."""

    repository: Repository
    course: Course

    @property
    def students(self) -> list[str]:
        return self.course.students("submitted")

    def copy(self, folder: Path) -> "ToyCohort":
        """Copy all of it into a folder."""
        shutil.copytree(self.repository.root, folder / "repository", symlinks=True)
        shutil.copytree(self.course.root, folder / "course")
        return toy_cohort_in(folder)

    def hand_in(self, student: str, like: str) -> None:
        """Let a student hand in what another one did."""
        folder = self.course.step("submitted", student)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.course.step("submitted", like), folder)

    def scores(self) -> dict[str, float]:
        """Return everybody's score, asked from the gradebook without nbgrader."""
        query = """
            SELECT submitted_assignment.student_id,
                   SUM(COALESCE(grade.manual_score, grade.auto_score, 0))
            FROM grade JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id
            JOIN submitted_assignment
            ON submitted_notebook.assignment_id = submitted_assignment.id
            GROUP BY submitted_assignment.student_id"""
        with closing(sqlite3.connect(self.course.root / "gradebook.db")) as gradebook:
            return dict(gradebook.execute(query).fetchall())


def failures_of_runs(reports: Iterable[Report]) -> list[str]:
    """Return what could not be run, but for the one thing that gustav handed in broken."""
    found = [(it.student, failure) for it in reports for failure in it.failures]
    [own] = [it for it in found if it[0] == "gustav" and it[1].startswith(GUSTAVS)]
    found.remove(own)
    return [failure for _, failure in found]


def toy_cohort_in(root: Path) -> ToyCohort:
    """Return the cohort that lies in a folder."""
    return ToyCohort(Repository(root / "repository"), Course(root / "course", ASSIGNMENT))


def toy_cohort(root: Path, students: list[str] | None = None) -> ToyCohort:
    """Release the toy course in `root` and let these students hand in, or all of the sample."""
    repository = toy_repository(root / "repository")
    course = Course(root / "course", ASSIGNMENT)
    assignment = read_assignment(repository, toy_exercises())
    build_references(toy_exercises(), repository.references, PUBLIC_SEED, hidden=False)
    build_references(toy_exercises(), repository.hidden / ASSIGNMENT, 1, hidden=True)
    write_course(repository, course, assignment)
    release(repository, course)
    for member in make_cohort(assignment, toy_exercises(), MISTAKES):
        if students is None or member.student in students:
            shutil.copytree(course.release, course.step("submitted", member.student))
            member.work(course.step("submitted", member.student))
    return ToyCohort(repository, course)
