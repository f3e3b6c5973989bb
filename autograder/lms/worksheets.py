"""Grades for Moodle's and Canvas's imports.

Moodle: columns of the worksheet that an assignment with "Offline grading worksheet" imports. It
refuses one without "Last modified (grade)"; as that is empty, a grade which Moodle has already is
replaced only where its form is told to. The participant numbers come from the download that the
submissions were taken from (`moodle.csv` in the course). Canvas: the columns its gradebook
imports; the login is the student's id here. Neither was tried on a server; both follow what is
published. A grade that waits for a person stays empty.
"""

import csv
from collections.abc import Iterable
from html import escape
from io import StringIO
from pathlib import Path

from nbgrader.api import Gradebook

from autograder.paths import ASSIGNMENT, Course
from autograder.replace_file import write_text
from autograder.reports.report import Report, read_report
from autograder.submissions.collect import read_participants

MOODLE = (
    "Identifier",
    "Full name",
    "Grade",
    "Maximum Grade",
    "Last modified (grade)",
    "Feedback comments",
)
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", ASSIGNMENT)


def graded_reports(course: Course) -> list[Report]:
    """Return the reports, with the scores the gradebook has now."""
    reports = []
    with Gradebook(course.gradebook_url) as gradebook:
        for submission in gradebook.assignment_submissions(ASSIGNMENT):
            path = course.report(submission.student.id)
            report = read_report(path) if path.exists() else Report(submission.student.id)
            report.score, report.max_score = submission.score, submission.max_score
            report.to_grade_by_hand = sum(
                grade.needs_manual_grade for it in submission.notebooks for grade in it.grades
            )
            reports.append(report)
    return sorted(reports, key=lambda it: it.student)


def export_moodle(course: Course) -> Path:
    """Write `grades_moodle.csv`."""
    participants = {it["student"]: it for it in read_participants(course)}
    rows = []
    for report in graded_reports(course):
        known = participants.get(report.student, {})
        number = known.get("participant")
        identifier = f"Participant {number}" if number else report.student
        name = known.get("name", report.student)
        most = f"{report.max_score:g}"
        rows.append([identifier, name, grade_of(report), most, "", comment(report)])
    return write_csv(course.root / "grades_moodle.csv", [MOODLE, *rows])


def export_canvas(course: Course) -> Path:
    """Write `grades_canvas.csv`."""
    reports = graded_reports(course)
    most = f"{reports[0].max_score:g}" if reports else ""
    possible = ["    Points Possible", "", "", "", "", most]
    rows = [[it.student, "", "", it.student, "", grade_of(it)] for it in reports]
    return write_csv(course.root / "grades_canvas.csv", [CANVAS, possible, *rows])


def grade_of(report: Report) -> str:
    return "" if report.to_grade_by_hand else f"{report.score:g}"


def comment(report: Report) -> str:
    """Return what a student is told, as HTML: points by exercise, mistakes named, what failed."""
    lines = [f"{it.id}: {it.points:g} of {it.max_points:g}" for it in report.exercises]
    lines += [f"Likely mistake in {name}: {it}" for name, it in report.misconceptions.items()]
    return "<br>".join(map(escape, [*lines, *report.failures, *report.repairs]))


def write_csv(path: Path, rows: Iterable[Iterable[str]]) -> Path:
    """Write rows; what a spreadsheet would take for a formula gets a quotation mark."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([f"'{it}" if it[:1] in {*"=+-@"} else it for it in row] for row in rows)
    return write_text(path, text.getvalue())
