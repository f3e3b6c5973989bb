"""Grades as CSV: one line a student as nbgrader exports them, and one column an exercise.

Whose submission nobody could read yet has no points there, and no 0 either.
"""

import csv
from io import StringIO
from pathlib import Path

from nbgrader.api import Assignment, Gradebook, SubmittedAssignment
from nbgrader.plugins import CsvExportPlugin

from autograder.cells import checked_exercise
from autograder.lms.graded import graded_reports
from autograder.lms.system import System
from autograder.paths import Course, Repository
from autograder.tables import write_csv

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
        lines = list(csv.reader(StringIO(grades.read_text(encoding="utf-8"))))
        write_csv(grades, [lines[0], *(without_scores(it, lines[0], unseen) for it in lines[1:])])
        head = ["student_id", "score", "max_score", *columns.values()]
        return [grades, write_csv(course.exports / "grades_by_exercise.csv", [head, *rows])]


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
) -> list[str | float]:
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
    return [student, total, submission.max_score, *(scores[it] for it in columns)]


CSV_FILES = CsvFiles()
