"""The journal of a course: which submissions are graded, and from what.

There is one small file a student, `journal/<assignment>/<student>.json`, and it is always replaced
as a whole.
Grading a submission takes three steps:

1. `begin`: the entry says that nothing holds from now on; the points of before stay in it.
2. The one writer brings the verdicts into the autograded notebooks, the gradebook and the report.
3. `end`: the entry says what was graded (a fingerprint of the submission, the checks and the code)
   and with how many points.

Whoever is killed between 1 and 3 leaves an entry that holds nothing, so the submission is graded
again from its start; nbgrader overwrites what there was. An entry is believed only while the
fingerprint is the same and the gradebook still has the scores that it names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.gradebook import ask
from autograder.paths import Course
from exercise_lib.files import write_text

if TYPE_CHECKING:
    from nbgrader.api import SubmittedAssignment

Scores = dict[str, float | None]  # "notebook/cell" -> what the grader gave, without hand-given ones


@dataclass
class Entry:
    """What is known of one student; without a fingerprint, the work on it was not finished."""

    fingerprint: str = ""
    scores: Scores = field(default_factory=dict)
    points: dict[str, float] = field(default_factory=dict)  # by exercise, of the last grading
    before: dict[str, float] = field(default_factory=dict)  # by exercise, of the one before it


class Journal:
    """Reads and writes the entries of one course."""

    def __init__(self, course: Course) -> None:
        self.folder = course.journal

    def path(self, student: str) -> Path:
        return self.folder / f"{student}.json"

    def read(self, student: str) -> Entry:
        """Return a student's entry, or an empty one where there is none that can be read."""
        try:
            return Entry(**json.loads(self.path(student).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return Entry()

    def begin(self, student: str) -> None:
        """Say that the student's scores are about to be written."""
        entry = self.read(student)
        before = entry.points if entry.fingerprint else entry.before
        self.write(student, Entry(before=before))

    def end(
        self, student: str, fingerprint: str, scores: Scores, points: Mapping[str, float]
    ) -> Entry:
        """Say that all is written; return the entry."""
        entry = Entry(fingerprint, scores, dict(points), self.read(student).before)
        self.write(student, entry)
        return entry

    def write(self, student: str, entry: Entry) -> None:
        write_text(self.path(student), json.dumps(asdict(entry), indent=1) + "\n")


@dataclass
class Standing:
    """What the gradebook has of one student; `total` is with what was given by hand."""

    scores: Scores
    total: float
    to_grade_by_hand: int


def automatic_scores(submission: SubmittedAssignment) -> Scores:
    """Return the automatic scores of a student's rows."""
    return {
        f"{notebook.name}/{grade.name}": grade.auto_score
        for notebook in submission.notebooks
        for grade in notebook.grades
    }


# The score is as nbgrader adds it up.
GRADES = """
    SELECT submitted.student_id, notebook.name, base_cell.name, grade.auto_score,
           COALESCE(manual_score + COALESCE(extra_credit, 0),
                    auto_score + COALESCE(extra_credit, 0), 0),
           grade.needs_manual_grade
    FROM grade
    JOIN base_cell ON base_cell.id = grade.cell_id
    JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
    JOIN notebook ON notebook.id = submitted_notebook.notebook_id
    JOIN submitted_assignment AS submitted ON submitted.id = submitted_notebook.assignment_id
    JOIN assignment ON assignment.id = submitted.assignment_id
    WHERE assignment.name = ?"""
STUDENTS = """
    SELECT submitted.student_id FROM submitted_assignment AS submitted
    JOIN assignment ON assignment.id = submitted.assignment_id WHERE assignment.name = ?"""


def read_gradebook(course: Course) -> dict[str, Standing]:
    """Return what the gradebook has of each student."""
    students = ask(course, STUDENTS, course.assignment)
    found = {student: Standing({}, 0.0, 0) for (student,) in students}
    for student, notebook, cell, auto_score, score, by_hand in ask(
        course, GRADES, course.assignment
    ):
        standing = found[student]
        standing.scores[f"{notebook}/{cell}"] = auto_score
        standing.total += score
        standing.to_grade_by_hand += by_hand
    return found
