"""What is graded, as every system is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from autograder.late import lateness
from autograder.paths import Course
from autograder.reports.groups import counted_for
from autograder.reports.report import Report, note_confirmation, read_report
from autograder.tables import DECIMALS

if TYPE_CHECKING:
    from nbgrader.api import SubmittedNotebook


def graded_reports(course: Course) -> list[Report]:
    """Return the reports, with the scores the gradebook has now; all of a group have the same."""
    from nbgrader.api import Gradebook

    from autograder.nbgrader_setup.structure import graded_cells

    reports = {}
    with Gradebook(course.gradebook_url) as gradebook:
        assignment = gradebook.find_assignment(course.assignment)
        names = {cell.id: name for name, cell in graded_cells(assignment)}
        for submission in assignment.submissions:
            report = report_of(course, submission.student.id)
            note_confirmation(course, report)
            report.score, report.max_score = submission.score, submission.max_score
            report.penalty = submission.late_submission_penalty
            report.lateness = lateness(submission.total_seconds_late, submission.duedate)
            report.to_grade_by_hand = sum(
                grade.needs_manual_grade for it in submission.notebooks for grade in it.grades
            )
            grades = {
                names.get(it.cell_id): it for work in submission.notebooks for it in work.grades
            }
            checked = {it.id: grades[it.id] for it in report.exercises if it.id in grades}
            for exercise in report.exercises:
                if grade := checked.get(exercise.id):
                    exercise.points, exercise.max_points = grade.score, grade.max_score
            cells = {it.name for it in checked.values()}
            report.by_hand = [
                line for it in submission.notebooks for line in given_by_hand(it, cells)
            ]
            reports[report.student] = report
    for student, owner in counted_for(course).items():
        reports[student] = replace(reports[owner], student=student)
    return sorted(reports.values(), key=lambda it: it.student)


def maximum(course: Course) -> float:
    """Return the points that an assignment has, by the gradebook."""
    from nbgrader.api import Gradebook

    with Gradebook(course.gradebook_url) as gradebook:
        return gradebook.find_assignment(course.assignment).max_score


def given_by_hand(notebook: SubmittedNotebook, checks: set[str]) -> list[str]:
    """Return the points and comments that a person gave in a notebook, a line each.

    Args: checks: cells whose points are told with the exercises.
    """
    comments = {it.name: it.manual_comment for it in notebook.comments if it.manual_comment}
    points = {
        it.name: f"{it.score:g} of {it.max_score:g}"
        for it in notebook.grades
        if it.manual_score is not None and it.name not in checks
    }
    return [
        f"{name}: {'. '.join(filter(None, (points.get(name), comments.get(name))))}"
        for name in sorted(points.keys() | comments.keys())
    ]


def taken_off(report: Report) -> list[str]:
    """Return the sentence on what being late cost, if it cost anything."""
    if not report.penalty:
        return []
    lost = f"{report.penalty:g} of {report.score:g} points were taken off because it was late"
    how = f": it counts as handed in {report.lateness}" if report.lateness else ""
    return [f"{lost}{how}."]


def report_of(course: Course, student: str) -> Report:
    """Return a student's report, an empty one where it is missing or damaged."""
    try:
        return read_report(course.report(student))
    except FileNotFoundError:
        return Report(student)
    except (OSError, ValueError, TypeError, KeyError):
        return Report(student, failures=["The report on this submission is damaged: grade again."])


def grade_of(report: Report) -> str:
    """Return the grade as text, "" while a part of it, or all, waits for a person."""
    return "" if report.waits else as_text(report.grade)


def as_text(points: float) -> str:
    """Return points in full, as a file for a system has them: 4, and 90.008."""
    return f"{round(points, DECIMALS):.12g}"
