"""What became of one submission: its score by exercise, the mistakes named, the repairs made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.paths import Course
from autograder.submissions.collect import is_confirmed
from autograder.submissions.files import UNREADABLE
from autograder.targets import target_of
from exercise_lib.files import write_text

if TYPE_CHECKING:
    from nbgrader.api import SubmittedAssignment

    from autograder.reports.said import Said


@dataclass
class ExerciseReport:
    """One exercise of one student; `reason` is what its check said, empty for full points."""

    id: str
    points: float
    max_points: float
    misconceptions: dict[str, str]
    reason: str
    number: str = ""  # the student number that a personal answer came with, not for practice
    title: str = ""  # empty where the check did not run
    of_another: bool = False  # whether the answer is right for another student number


@dataclass
class Report:
    """One submission; `failures` are reasons why a part of it could not be run at all."""

    student: str
    score: float = 0.0
    max_score: float = 0.0
    to_grade_by_hand: int = 0
    exercises: list[ExerciseReport] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0  # that its checks took
    confirmed: bool = False  # whether somebody looked at a submission that can't be read
    penalty: float = 0.0  # points taken off because it was late
    lateness: str = ""  # how late it was, where it was: see `autograder.late.lateness`
    by_hand: list[str] = field(default_factory=list)  # points and comments that a person gave

    @property
    def grade(self) -> float:
        """The points that count."""
        return max(0.0, self.score - self.penalty)

    @property
    def unreadable(self) -> bool:
        return any(it.startswith(UNREADABLE) for it in self.repairs)

    @property
    def unseen(self) -> bool:
        """Whether nothing could be read of it, and nobody has confirmed that."""
        return self.unreadable and not self.confirmed

    @property
    def waits(self) -> bool:
        """Whether its grade waits for a person."""
        return bool(self.to_grade_by_hand) or self.unseen

    @property
    def misconceptions(self) -> dict[str, str]:
        """Misconception, such as `attention.masked_softmax: no_mask`, -> what a teacher says.

        None is told of an exercise with full points, which a person may have given.
        """
        return {
            f"{it.id}: {name}": sentence
            for it in self.exercises
            if it.points < it.max_points
            for name, sentence in it.misconceptions.items()
        }

    def add_failure(self, reason: str) -> None:
        """Note a reason once."""
        if reason not in self.failures:
            self.failures.append(reason)

    def write(self, course: Course) -> Path:
        """Write `reports/<assignment>/<student>.json`."""
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"
        return write_text(course.report(self.student), text)


def read_report(path: Path) -> Report:
    """Read a report written by `Report.write`."""
    data = json.loads(path.read_text(encoding="utf-8"))
    exercises = [ExerciseReport(**it) for it in data.pop("exercises")]
    return Report(exercises=exercises, **data)


def read_reports(course: Course) -> list[Report]:
    """Return the reports on everybody who is graded, in the order of the names."""
    paths = map(course.report, course.students("autograded"))
    reports = [read_report(it) for it in paths if it.exists()]
    for report in reports:
        note_confirmation(course, report)
    return reports


def note_confirmation(course: Course, report: Report) -> None:
    """Note in a report whether somebody confirmed that nothing could be read of a submission."""
    report.confirmed = report.unreadable and is_confirmed(course, report.student)


def make_report(
    submission: SubmittedAssignment,
    said: Mapping[str, Iterable[Said]],
    repairs: list[str],
    failures: list[str],
    references: Path,
) -> Report:
    """Put together what the gradebook has of a submission and what its checks say.

    A module that can't be imported is a failure, once for all its exercises.

    Args: said: of each notebook. references: the folder of the exercises' bundles.
    """
    report = Report(submission.student.id, submission.score, submission.max_score)
    report.repairs, report.failures = repairs, list(failures)
    broken: dict[str, str] = {}
    for notebook in sorted(submission.notebooks, key=lambda it: it.name):
        grades = {grade.name: grade for grade in notebook.grades}
        report.to_grade_by_hand += sum(it.needs_manual_grade for it in grades.values())
        for check in said.get(notebook.name, ()):
            if check.grade_id not in grades:  # the exercise was dropped since
                continue
            grade = grades[check.grade_id]
            report.exercises.append(describe(check, grade.score, grade.max_score))
            if check.failure:
                report.add_failure(f"{notebook.name}: {check.failure}")
            if check.import_error:
                module = target_of(check.exercise, references).module or check.exercise
                broken.setdefault(module, check.import_error)
    for module, reason in broken.items():
        report.add_failure(f"{module} can't be imported: {reason}")
    return report


def describe(check: Said, points: float, max_points: float) -> ExerciseReport:
    """Return what a check says about an exercise with these points."""
    return ExerciseReport(
        check.exercise,
        points,
        max_points,
        check.misconceptions,
        "" if points == max_points else check.text,
        check.number,
        check.title,
        check.of_another,
    )


def foreign_numbers(report: Report, numbers: Mapping[str, str]) -> list[str]:
    """Return a sentence for each typed student number that the course's list has not for them.

    Args: numbers: student -> number; who is not in it is not compared.
    """
    typed = sorted({it.number for it in report.exercises} - {""})
    known = numbers.get(report.student, "")
    owners = {number: student for student, number in numbers.items()}
    return [
        f"the student number {it} is {f'that of {owners[it]}' if it in owners else 'of nobody'} "
        "on the course's list: a reason to look."
        for it in typed
        if known and it != known
    ]


def odd_numbers(report: Report) -> list[str]:
    """Return a sentence for each student number that does not go with the answer or the others."""
    typed = sorted({it.number for it in report.exercises} - {""})
    several = [f"typed {len(typed)} student numbers, {' and '.join(typed)}: a reason to look."]
    return (several if len(typed) > 1 else []) + [
        f"the answer to {it.id} is right for another student number than {it.number}: "
        "a reason to look."
        for it in report.exercises
        if it.of_another
    ]


def shared_numbers(reports: Iterable[Report]) -> dict[str, str]:
    """Return student -> a sentence, for those whose personal answers name one student number."""
    students: dict[str, set[str]] = {}
    for report in reports:
        for number in {it.number for it in report.exercises} - {""}:
            students.setdefault(number, set()).add(report.student)
    return {
        student: f"the student number {number} was typed by each of "
        f"{', '.join(sorted(sharing))}: a reason to look."
        for number, sharing in students.items()
        if len(sharing) > 1
        for student in sorted(sharing)
    }
