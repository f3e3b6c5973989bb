"""What is graded, as every system is told."""

from nbgrader.api import Gradebook

from autograder.paths import Course
from autograder.reports.report import Report, read_report
from autograder.submissions.collect import is_confirmed


def graded_reports(course: Course) -> list[Report]:
    """Return the reports, with the scores the gradebook has now."""
    reports = []
    with Gradebook(course.gradebook_url) as gradebook:
        for submission in gradebook.assignment_submissions(course.assignment):
            report = report_of(course, submission.student.id)
            report.confirmed = report.unreadable and is_confirmed(course, report.student)
            report.score, report.max_score = submission.score, submission.max_score
            report.to_grade_by_hand = sum(
                grade.needs_manual_grade for it in submission.notebooks for grade in it.grades
            )
            reports.append(report)
    return sorted(reports, key=lambda it: it.student)


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
    return "" if report.waits else f"{report.score:g}"
