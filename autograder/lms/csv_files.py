"""Grades as CSV: one line a student as nbgrader exports them, and one column an exercise.

Whose submission nobody could read yet has no points there, and no 0 either.
"""

import csv
from io import StringIO
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, Gradebook, SubmittedAssignment
from nbgrader.plugins import CsvExportPlugin

from autograder.cells import checked_exercise
from autograder.lms.graded import graded_reports
from autograder.lms.system import System
from autograder.paths import Course, Repository
from autograder.reports.groups import counted_for
from autograder.submissions.roster import read_roster
from autograder.tables import write_csv

NAMES = ("first_name", "last_name", "email")
SCORES = {"raw_score", "score"}  # columns of nbgrader's export


class CsvFiles(System):
    def export(self, repository: Repository, course: Course) -> list[Path]:
        """Write `grades.csv` and `grades_by_exercise.csv`."""
        grades = course.exports / "grades.csv"
        grades.parent.mkdir(parents=True, exist_ok=True)
        unseen = {it.student for it in graded_reports(course) if it.unseen}
        with Gradebook(course.gradebook_url) as gradebook:
            CsvExportPlugin(to=str(grades), assignment=[course.assignment]).export(gradebook)
            columns = exercise_columns(gradebook.find_assignment(course.assignment))
            submissions = gradebook.assignment_submissions(course.assignment)
            rows = [exercise_row(it, columns, it.student.id in unseen) for it in submissions]
        head, *lines = csv.reader(StringIO(grades.read_text(encoding="utf-8")))
        lines = [without_scores(it, head, unseen) for it in lines]
        write_csv(grades, [head, *for_members(course, head, lines)])
        head = ["student_id", "score", "late_submission_penalty", "max_score", *columns.values()]
        path = course.exports / "grades_by_exercise.csv"
        return [grades, write_csv(path, [head, *for_members(course, head, rows)])]


def for_members(course: Course, head: list[str], rows: list[list[Any]]) -> list[list[Any]]:
    """Return rows by student, with those of a group's hand-in for all its members."""
    place, roster = head.index("student_id"), read_roster(course)
    found: dict[Any, list[Any]] = {row[place]: row for row in rows}
    for student, owner in counted_for(course).items():
        if student != owner:
            told = {"student_id": student, **{it: getattr(roster[student], it) for it in NAMES}}
            cells = zip(head, found[owner], strict=False)  # nbgrader lets a comma in a name part it
            found[student] = [told.get(heading, cell) for heading, cell in cells]
    return list(found.values())


def without_scores(line: list[str], head: list[str], unseen: set[str]) -> list[str]:
    """Return a line of nbgrader's export, with empty scores for those who are in `unseen`."""
    if line[head.index("student_id")] not in unseen:
        return line
    return ["" if name in SCORES else it for name, it in zip(head, line, strict=True)]


def exercise_columns(assignment: Assignment) -> dict[tuple[str, str], str]:
    """Return (notebook, cell) -> heading in the notebooks' order.

    The heading is the exercise a test cell checks, or the cell's id where people grade.
    """
    columns = {}
    for notebook in sorted(assignment.notebooks, key=lambda it: it.name):
        graded = {cell.name for cell in notebook.grade_cells}
        for cell in notebook.source_cells:
            if cell.name in graded:
                columns[notebook.name, cell.name] = checked_exercise(cell) or cell.name
    return columns


def exercise_row(
    submission: SubmittedAssignment, columns: dict[tuple[str, str], str], unseen: bool
) -> list[Any]:
    """Return one student's line; what waits for a person stays empty.

    Args: unseen: whether that is all of it.
    """
    scores = {
        (notebook.name, grade.name): "" if unseen or grade.needs_manual_grade else grade.score
        for notebook in submission.notebooks
        for grade in notebook.grades
    }
    student = submission.student.id
    total = "" if unseen else submission.score
    points = [total, submission.late_submission_penalty, submission.max_score]
    return [student, *points, *(scores[it] for it in columns)]


CSV_FILES = CsvFiles()
