"""What became of one submission: its score by exercise, the mistakes named, the repairs made."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from autograder.cells import NOT_RUN, RESULT, checked_exercise, is_check_cell, output_text
from autograder.paths import Course
from autograder.submissions.collect import is_confirmed
from autograder.submissions.intake import UNREADABLE
from exercise_lib.check.personal import OF_ANOTHER, PRACTICE
from exercise_lib.files import write_text

RIGHT_FOR_ANOTHER = OF_ANOTHER.partition("{number}")[0]


@dataclass
class ExerciseReport:
    """One exercise of one student; `reason` is what its check said, empty for full points."""

    id: str
    points: float
    max_points: float
    misconceptions: dict[str, str]
    reason: str
    number: str = ""  # the student number that a personal answer came with
    title: str = ""  # empty where the check did not run


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
        """Misconception, such as `attention.masked_softmax: no_mask`, -> what a teacher says."""
        return {
            f"{it.id}: {name}": sentence
            for it in self.exercises
            for name, sentence in it.misconceptions.items()
        }

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
        report.confirmed = report.unreadable and is_confirmed(course, report.student)
    return reports


def make_report(course: Course, student: str, repairs: list[str], failures: list[str]) -> Report:
    """Collect the scores from the gradebook and the reasons from the autograded notebooks."""
    report = Report(student, repairs=repairs, failures=list(failures))
    with Gradebook(course.gradebook_url) as gradebook:
        submission = gradebook.find_submission(course.assignment, student)
        report.score, report.max_score = submission.score, submission.max_score
        for notebook in sorted(submission.notebooks, key=lambda it: it.name):
            grades = {grade.name: grade for grade in notebook.grades}
            report.to_grade_by_hand += sum(it.needs_manual_grade for it in grades.values())
            path = course.step("autograded", student) / f"{notebook.name}.ipynb"
            for cell in read_checks(path):
                grade = grades[cell.metadata.nbgrader.grade_id]
                report.exercises.append(describe(cell, grade.score, grade.max_score))
                failure = failure_of(cell)
                if failure and f"{notebook.name}: {failure}" not in report.failures:
                    report.failures.append(f"{notebook.name}: {failure}")
    return report


def read_checks(path: Path) -> list[NotebookNode]:
    """Return the test cells of an autograded notebook; a lecture's demo is not autograded."""
    if not path.exists():
        return []
    return list(filter(is_check_cell, nbformat.read(path, as_version=4).cells))


def describe(cell: NotebookNode, points: float, max_points: float) -> ExerciseReport:
    """Return what an executed test cell says about its exercise."""
    data: dict[str, Any] = next(
        (it.data[RESULT] for it in cell.outputs if RESULT in it.get("data", {})), {}
    )
    reason = "" if points == max_points else output_text(cell)
    return ExerciseReport(
        checked_exercise(cell),
        points,
        max_points,
        data.get("misconceptions", {}),
        reason,
        str(data.get("number", "")),
        str(data.get("title", "")),
    )


def foreign_numbers(report: Report, numbers: Mapping[str, str]) -> list[str]:
    """Return a sentence for each typed student number that the course's list has not for them.

    Args: numbers: student -> number; who is not in it is not compared.
    """
    typed = sorted({it.number for it in report.exercises} - {"", PRACTICE})
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
    typed = sorted({it.number for it in report.exercises} - {"", PRACTICE})
    several = [f"typed {len(typed)} student numbers, {' and '.join(typed)}: a reason to look."]
    return (several if len(typed) > 1 else []) + [
        f"the answer to {it.id} is right for another student number than {it.number}: "
        "a reason to look."
        for it in report.exercises
        if RIGHT_FOR_ANOTHER in it.reason
    ]


def shared_numbers(reports: Iterable[Report]) -> dict[str, str]:
    """Return student -> a sentence, for those whose personal answers name one student number."""
    students: dict[str, set[str]] = {}
    for report in reports:
        for number in {it.number for it in report.exercises} - {"", PRACTICE}:
            students.setdefault(number, set()).add(report.student)
    return {
        student: f"the student number {number} was also typed by "
        f"{', '.join(sorted(sharing - {student}))}: a reason to look."
        for number, sharing in students.items()
        if len(sharing) > 1
        for student in sorted(sharing)
    }


def failure_of(cell: NotebookNode) -> str:
    """Return why a test cell did not come to its end, or ""."""
    for output in cell.outputs:
        if output.output_type == "error" and output.ename in (NOT_RUN, "CellTimeoutError"):
            return output.evalue or "a check took too long and was stopped."
    return ""
