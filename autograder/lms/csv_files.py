"""Grades as CSV: one line a student as nbgrader exports them, and one column an exercise.

Whose submission nobody could read yet has no points there, and no 0 either.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.lms.graded import graded_reports
from autograder.lms.system import System
from autograder.paths import Course, Repository
from autograder.reports.groups import counted_for
from autograder.submissions.roster import read_roster
from autograder.tables import write_csv

if TYPE_CHECKING:
    from nbgrader.api import Assignment, Student, SubmittedAssignment

NAMES = ("first_name", "last_name", "email")
COLUMNS = [
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
]  # those of nbgrader's own export, which quotes no comma in a name


class CsvFiles(System):
    def export(self, repository: Repository, course: Course) -> list[Path]:
        """Write `grades.csv` and `grades_by_exercise.csv`."""
        from nbgrader.api import Gradebook

        with Gradebook(course.gradebook_url) as gradebook:
            assignment = gradebook.find_assignment(course.assignment)
            columns = exercise_columns(assignment)
            submissions = gradebook.assignment_submissions(course.assignment)
            rows = [exercise_row(it, columns) for it in submissions]
            of_student = {it.student.id: it for it in submissions}
            lines = [
                student_row(assignment, it, of_student.get(it.id)) for it in gradebook.students
            ]
        unseen = {it.student for it in graded_reports(course) if it.unseen}
        grades = course.exports / "grades.csv"
        grades.parent.mkdir(parents=True, exist_ok=True)
        lines = list(without_points(lines, COLUMNS, ("raw_score", "score"), unseen))
        write_csv(grades, [COLUMNS, *for_members(course, COLUMNS, lines)])
        head = ["student_id", "score", "late_submission_penalty", "max_score", *columns.values()]
        rows = list(without_points(rows, head, ("score", *columns.values()), unseen))
        path = course.exports / "grades_by_exercise.csv"
        return [grades, write_csv(path, [head, *for_members(course, head, rows)])]


def for_members(course: Course, head: list[str], rows: list[list[Any]]) -> list[list[Any]]:
    """Return rows by student, with those of a group's hand-in for all its members."""
    place, roster = head.index("student_id"), read_roster(course)
    found: dict[Any, list[Any]] = {row[place]: row for row in rows}
    for student, owner in counted_for(course).items():
        if student != owner:
            told = {"student_id": student, **{it: getattr(roster[student], it) for it in NAMES}}
            cells = zip(head, found[owner], strict=True)
            found[student] = [told.get(heading, cell) for heading, cell in cells]
    return list(found.values())


def without_points(
    rows: Iterable[list[Any]], head: list[str], points: Collection[str], students: set[str]
) -> Iterator[list[Any]]:
    """Yield rows; those of some students with empty cells in the columns that are points."""
    place = head.index("student_id")
    for row in rows:
        empty = points if row[place] in students else ()
        yield ["" if name in empty else it for name, it in zip(head, row, strict=True)]


def student_row(
    assignment: Assignment, student: Student, submission: SubmittedAssignment | None
) -> list[Any]:
    """Return a student's line; whoever handed nothing in has 0 points."""
    timestamp, points, penalty = "", 0.0, 0.0
    if submission is not None:
        timestamp = submission.timestamp
        points, penalty = submission.score, submission.late_submission_penalty
    names = [student.last_name, student.first_name, student.email]
    when = [assignment.duedate, timestamp]
    scores = [points, penalty, max(0.0, points - penalty), assignment.max_score]
    return [assignment.name, *when, student.id, *names, *scores]


def exercise_columns(assignment: Assignment) -> dict[tuple[str, str], str]:
    """Return (notebook, cell) -> heading in the notebooks' order.

    The heading is the exercise a test cell checks, or the cell's id where people grade.
    """
    from autograder.cells import checked_exercise

    columns = {}
    for notebook in sorted(assignment.notebooks, key=lambda it: it.name):
        graded = {cell.name for cell in notebook.grade_cells}
        for cell in notebook.source_cells:
            if cell.name in graded:
                columns[notebook.name, cell.name] = checked_exercise(cell) or cell.name
    return columns


def exercise_row(submission: SubmittedAssignment, columns: dict[tuple[str, str], str]) -> list[Any]:
    """Return one student's line; what is still to be graded by hand stays empty."""
    scores = {
        (notebook.name, grade.name): "" if grade.needs_manual_grade else grade.score
        for notebook in submission.notebooks
        for grade in notebook.grades
    }
    student = submission.student.id
    points = [submission.score, submission.late_submission_penalty, submission.max_score]
    return [student, *points, *(scores[it] for it in columns)]


CSV_FILES = CsvFiles()
