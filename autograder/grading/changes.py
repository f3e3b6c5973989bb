"""What the last grading of each submission changed: points before and after, by exercise."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.grading.journal import Journal
from autograder.paths import Course
from autograder.tables import write_csv


@dataclass(frozen=True)
class Change:
    """Other points for one exercise of one student; None where it was not graded."""

    student: str
    exercise: str
    old: float | None
    new: float | None


def find_changes(course: Course, students: Iterable[str]) -> list[Change]:
    """Return what became of each student's points between the last two gradings."""
    journal, changes = Journal(course), []
    for student in students:
        entry = journal.read(student)
        if not (entry.fingerprint and entry.before):
            continue
        for exercise in sorted(entry.before.keys() | entry.points.keys()):
            old, new = entry.before.get(exercise), entry.points.get(exercise)
            if old != new:
                changes.append(Change(student, exercise, old, new))
    return changes


def write_changes(course: Course, changes: Iterable[Change]) -> Path:
    """Write `reports/<assignment>/changes.csv`."""
    rows = [(it.student, it.exercise, it.old, it.new) for it in changes]
    return write_csv(
        course.reports / "changes.csv", [("student_id", "exercise", "old", "new"), *rows]
    )
