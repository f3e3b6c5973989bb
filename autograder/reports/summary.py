"""One page for a student: points by exercise, mistakes with the code, comments, repairs.

It lies with nbgrader's feedback pages as `summary.html` and goes back with them. nbgrader fetches
from its exchange only pages named as notebooks, so there it is on top of the first of these, too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Grade, SubmittedAssignment, SubmittedNotebook
from nbgrader.utils import is_solution

from autograder.cells import NOT_RUN, RESULT, checked_exercise, is_check_cell, output_text
from autograder.decisions import Decisions, read_decisions
from autograder.late import lateness
from autograder.own_notebooks import read_own
from autograder.page import render
from autograder.paths import Course, student_modules
from autograder.reports.code import Excerpt, find_excerpt
from autograder.reports.report import Report, note_confirmation, read_report
from autograder.submissions.intake import MODULES
from autograder.submissions.names import headed
from autograder.submissions.roster import members_of, read_roster
from autograder.submissions.unpack import SECRET
from autograder.targets import Target, target_of
from exercise_lib.files import write_text

SUMMARY = "summary.html"
# A heading without the points and effort at its end: `## TODO 2.1 · Hann window (1 point)`.
HEADING = re.compile(
    r"^#{1,6}\s+(.+?)(?:\s*\([^()]*\b(?:points?|minutes?)\b[^()]*\))?\s*$", re.MULTILINE
)
HIDDEN = " (hidden cases use other numbers and shapes)"  # at the end of a hidden case's reason
OPEN = re.compile(r"Not (?:written|mended) yet")  # as the message of a check on a TODO begins
LINE = re.compile(r"\((?P<file>\S+\.py), line (?P<line>\d{1,6})\)")  # as an exception is described


@dataclass(frozen=True)
class Reason:
    """Why cases failed: what the check said, and the student's line if an exception names one."""

    text: str
    code: str
    details: str
    cases: list[str]

    @property
    def where(self) -> str:
        return "; ".join(
            case if count == 1 else f"{case} ({count} times)"
            for case, count in Counter(self.cases).items()
        )


@dataclass
class Part:
    """One graded cell, or an answer with a comment: then without points."""

    title: str
    link: str  # to the cell on its notebook's page
    exercise: str = ""
    points: float = 0.0
    max_points: float = 0.0
    note: str = ""
    mistakes: list[str] = field(default_factory=list)
    message: Reason | None = None
    reasons: list[Reason] = field(default_factory=list)
    excerpt: Excerpt | None = None
    comment: str = ""

    @property
    def anchor(self) -> str:
        return f"about-{self.link.partition('#')[2]}"

    @property
    def is_explained(self) -> bool:
        return bool(self.mistakes or self.message or self.reasons or self.comment)


@dataclass(frozen=True)
class Work:
    """Where one student's graded work is, and what is known of it."""

    student: str
    folder: Path
    references: Path
    modules: list[str]  # such as `exercise_lib/mel.py`
    decisions: Decisions


@dataclass(frozen=True)
class Notebook:
    """One notebook with points, or with an exercise that was dropped."""

    title: str
    page: str
    parts: list[Part]

    @property
    def graded(self) -> list[Part]:
        return [it for it in self.parts if it.max_points or it.note]


def write_summary(course: Course, student: str, submission: SubmittedAssignment) -> Path:
    """Write `summary.html` beside a student's feedback pages.

    Args: submission: the student's rows of the gradebook.
    """
    folder = course.step("feedback", student)
    pages = sorted(it for it in folder.glob("*.html") if it.name != SUMMARY)
    values = summary(course, student, submission)
    if pages and (folder / SECRET).exists():
        page = pages[0].read_text(encoding="utf-8")
        part = render("summary_part.html.j2", **values)
        write_text(pages[0], page.replace("<body>", f"<body>\n{part}", 1))
    return write_text(folder / SUMMARY, render("summary.html.j2", **values))


def summary(course: Course, student: str, submission: SubmittedAssignment) -> dict[str, Any]:
    """Return what the page says, from the gradebook and the autograded notebooks."""
    path = course.report(student)
    report = read_report(path) if path.exists() else Report(student)
    note_confirmation(course, report)
    work = Work(
        student,
        course.step("autograded", student),
        course.references,
        student_modules(course.release),
        read_decisions(course),
    )
    found = sorted(submission.notebooks, key=lambda it: it.name)
    notebooks = [read_notebook(work, it) for it in found]
    waiting = [grade for it in found for grade in it.grades if grade.needs_manual_grade]
    return {
        "student": "; ".join(headed(course, members_of(read_roster(course), student))),
        "assignment": course.assignment,
        "score": submission.score,
        "max_score": submission.max_score,
        "penalty": sum(it.late_submission_penalty or 0 for it in found),
        "late": lateness(submission.total_seconds_late, submission.duedate),
        "waiting": sum(it.manual_score is None for it in waiting),
        "to_look_at": sum(it.manual_score is not None for it in waiting),
        "notebooks": [it for it in notebooks if it.graded],
        "report": report,
    }


def read_notebook(work: Work, submitted: SubmittedNotebook) -> Notebook:
    """Return one notebook's points and what was said about them."""
    name = submitted.name
    path = work.folder / f"{name}.ipynb"
    cells = read_own(path).cells if path.exists() else []
    grades = {it.name: it for it in submitted.grades}
    comments = {it.name: it for it in submitted.comments}
    headings, parts = [name], []
    for cell, heading in with_headings(cells, headings):
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        grade, comment = grades.get(grade_id), comments.get(grade_id)
        part = Part(heading, f"{name}.html#{grade_id}")
        if grade:
            part.points, part.max_points = grade.score, grade.max_score
            part.comment = (comment.comment if comment else "") or ""
            exercise = checked_exercise(cell) or grade_id
            part.note = work.decisions.said(exercise, work.student) or note(cell, grade)
            if is_check_cell(cell):
                add_check(part, cell, work, by_hand=grade.manual_score is not None)
            parts.append(part)
        elif comment and comment.manual_comment:
            part.comment, part.link = comment.manual_comment, f"{name}.html#comment-{grade_id}"
            parts.append(part)
    return Notebook(headings[1] if len(headings) > 1 else name, f"{name}.html", parts)


def with_headings(
    cells: list[NotebookNode], headings: list[str]
) -> Iterator[tuple[NotebookNode, str]]:
    """Yield each cell with the heading it stands under; collect the headings."""
    for cell in cells:
        if cell.cell_type == "markdown" and not is_solution(cell) and cell.id != MODULES:
            headings += HEADING.findall(cell.source)
        yield cell, headings[-1]


def note(cell: NotebookNode, grade: Grade) -> str:
    """Return in a few words what became of a graded cell."""
    if grade.needs_manual_grade:
        given = grade.manual_score is not None
        return "graded by hand, to be looked at again" if given else "still to be graded by hand"
    if not is_check_cell(cell):
        return "graded by hand" if grade.manual_score is not None else ""
    return "" if grade.manual_score is None else "set by hand"


def add_check(part: Part, cell: NotebookNode, work: Work, by_hand: bool) -> None:
    """Add what a check said, and the code it is about where points are missing.

    Args: by_hand: whether a person gave the points, which the check's sum then does not explain.
    """
    data: Mapping[str, Any] = next(
        (it.data[RESULT] for it in cell.outputs if RESULT in it.get("data", {})), {}
    )
    part.exercise = checked_exercise(cell)
    part.title = data.get("title", part.title)
    if part.points >= part.max_points:
        return
    part.mistakes = list(data.get("misconceptions", {}).values())
    text = data.get("message", "") if data else output_text(cell).removeprefix(f"{NOT_RUN}: ")
    if found := OPEN.match(text):
        part.note = part.note or found[0].lower()
        return
    part.reasons = reasons(data.get("cases", []))
    part.message = read_reason(text) if text and not (by_hand and part.reasons) else None
    part.note = part.note or ("likely mistake" if part.mistakes else "what failed")
    part.excerpt = find_code(part, work)


def find_code(part: Part, work: Work) -> Excerpt | None:
    """Return the lines an exception came from, or the definition that the check calls."""
    target, line = target_of(part.exercise, work.references), 0
    said = "\n".join(f"{it.text}\n{it.code}" for it in [part.message, *part.reasons] if it)
    for found in LINE.finditer(said):
        if found["file"] in work.modules:
            line = int(found["line"])
            if found["file"] != target.module:
                target = Target(found["file"])
            break
    path = work.folder / target.module
    if not path.is_file() or not (line or part.reasons):
        return None
    return find_excerpt(path.read_text(encoding="utf-8", errors="replace"), target, line)


def read_reason(text: str, details: str = "") -> Reason:
    """Return a reason; what follows its first line is the student's code."""
    first, _, code = text.partition("\n")
    return Reason(first, code, details, [])


def reasons(rows: list[Mapping[str, Any]]) -> list[Reason]:
    """Return the reasons of the cases that failed, each once, with its cases."""
    found: dict[tuple[str, str], Reason] = {}
    for row in rows:
        if row["passed"]:
            continue
        details = ""
        if row["got"] and not row["got"].startswith("raises "):
            details = f"expected {row['expected']}, got {row['got']}"
        reason = read_reason(row["reason"].removesuffix(HIDDEN), details)
        found.setdefault((reason.text, details), reason).cases.append(row["case"])
    return list(found.values())
