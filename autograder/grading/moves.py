"""Whose grade moves when the course changes: another release, or a decision on an exercise."""

from collections.abc import Mapping
from dataclasses import dataclass

from nbgrader.api import Gradebook, MissingEntry

from autograder.nbgrader_setup.structure import graded_cells
from autograder.paths import Course


@dataclass(frozen=True)
class Total:
    """A student's points in the gradebook."""

    points: float = 0.0
    most: float = 0.0
    waiting: frozenset[str] = frozenset()  # exercises, or questions, that are to be graded

    def __str__(self) -> str:
        return f"{self.points:g} of {self.most:g}"


@dataclass(frozen=True)
class Move:
    """What became of a student's grade; `to_grade` is what has to be graded now."""

    student: str
    before: Total
    now: Total

    @property
    def to_grade(self) -> list[str]:
        return sorted(self.now.waiting - self.before.waiting)


def read_totals(course: Course) -> dict[str, Total]:
    """Return each student's points as the gradebook has them now."""
    with Gradebook(course.gradebook_url) as gradebook:
        try:
            assignment = gradebook.find_assignment(course.assignment)
        except MissingEntry:
            return {}
        names = {cell.id: name for name, cell in graded_cells(assignment)}
        return {
            submission.student.id: Total(
                submission.score,
                submission.max_score,
                frozenset(
                    names[grade.cell_id]
                    for notebook in submission.notebooks
                    for grade in notebook.grades
                    if grade.needs_manual_grade
                ),
            )
            for submission in assignment.submissions
        }


def find_moves(before: Mapping[str, Total], now: Mapping[str, Total]) -> list[Move]:
    """Return whose grade is another one, in the order of the names."""
    moves = [Move(student, before[student], now[student]) for student in sorted(before)]
    return [it for it in moves if it.before != it.now]


def exercises_in(course: Course) -> set[str]:
    """Return the exercises, and the questions, that a course's gradebook has."""
    with Gradebook(course.gradebook_url) as gradebook:
        try:
            return {it for it, _ in graded_cells(gradebook.find_assignment(course.assignment))}
        except MissingEntry:
            return set()
