"""What the last grading of each submission changed: points before and after, by exercise."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from autograder.grading.journal import Journal
from autograder.paths import Course
from autograder.replace_file import write_text


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
    """Write `reports/changes.csv`."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["student_id", "exercise", "old", "new"])
    writer.writerows([it.student, it.exercise, it.old, it.new] for it in changes)
    return write_text(course.reports / "changes.csv", text.getvalue())
