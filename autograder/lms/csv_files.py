"""Grades as CSV: one line a student as nbgrader exports them, and one column an exercise."""

import csv
from pathlib import Path

from nbgrader.api import Assignment, Gradebook, SubmittedAssignment
from nbgrader.plugins import CsvExportPlugin

from autograder.cells import checked_exercise
from autograder.paths import ASSIGNMENT, Course


def export(course: Course) -> list[Path]:
    """Write `grades.csv` and `grades_by_exercise.csv` into the course; return their paths."""
    grades, by_exercise = course.root / "grades.csv", course.root / "grades_by_exercise.csv"
    with Gradebook(course.gradebook_url) as gradebook:
        CsvExportPlugin(to=str(grades), assignment=[ASSIGNMENT]).export(gradebook)
        columns = exercise_columns(gradebook.find_assignment(ASSIGNMENT))
        with by_exercise.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["student_id", "score", "max_score", *columns.values()])
            for submission in gradebook.assignment_submissions(ASSIGNMENT):
                writer.writerow(exercise_row(submission, columns))
    return [grades, by_exercise]


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
    submission: SubmittedAssignment, columns: dict[tuple[str, str], str]
) -> list[str | float]:
    """Return one student's line; what is still to be graded by hand stays empty."""
    scores = {
        (notebook.name, grade.name): "" if grade.needs_manual_grade else grade.score
        for notebook in submission.notebooks
        for grade in notebook.grades
    }
    student = submission.student.id
    return [student, submission.score, submission.max_score, *(scores[it] for it in columns)]
