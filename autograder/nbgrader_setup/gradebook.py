"""Bring graded submissions into nbgrader's gradebook, as `nbgrader autograde` would leave them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    new_uuid,
)
from nbgrader.utils import parse_utc
from sqlalchemy import insert, select
from sqlalchemy.orm import Session, joinedload, selectinload, undefer

from autograder.decisions import read_decisions
from autograder.nbgrader_setup.ledger import Ledger, names_of
from autograder.nbgrader_setup.quiet import quiet
from autograder.nbgrader_setup.scores import NotebookScores
from autograder.paths import Course

if TYPE_CHECKING:
    from nbgrader.preprocessors import AssignLatePenalties
    from traitlets.config import Config

NO_RESPONSE = "No response."  # nbgrader's words
TIMESTAMP = "timestamp.txt"
NO_ANSWER = ""
KINDS = {Grade: ("GradeCell", "TaskCell"), Comment: ("SolutionCell", "TaskCell")}  # of their cells


@contextmanager
def written_submission(
    gradebook: Gradebook,
    course: Course,
    student: str,
    scores: Mapping[str, NotebookScores],
    config: Callable[[], Config],
) -> Iterator[SubmittedAssignment]:
    """Write what was found in a submission's notebooks, and yield the rows to be read.

    Args:
        gradebook: of the course; it is closed at the end, and opens itself where it is used again.
        scores: by notebook; those of notebooks that are not there become zeros.
        config: returns the course's, for the late policy; called for who is late.
    """
    quiet()
    with gradebook:
        session = gradebook.db()
        session.expire_on_commit = False  # what was read once is not read again
        if read_submission(session, course, student) is None:
            add_submission(session, course, student)
        submission = read_submission(session, course, student)
        assert submission is not None
        for name, value in hand_in_time(course, student).items():
            setattr(submission, name, value)
        with session.no_autoflush:
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            decisions = read_decisions(course)
            ledger = Ledger(session, grades, decisions, names_of(submission.assignment, decisions))
            for notebook in submission.notebooks:
                write_notebook(ledger, notebook, scores.get(notebook.name))
        session.flush()
        is_late = submission.total_seconds_late > 0
        late = late_penalties(course, config()) if is_late else None
        for notebook in submission.notebooks:
            notebook.late_submission_penalty = late and penalty(late, submission, notebook)
        session.commit()
        read_points(session, submission)
        yield submission


@contextmanager
def found_submission(course: Course, student: str) -> Iterator[SubmittedAssignment]:
    """Yield a student's rows, to be read; raises nbgrader's MissingEntry where there are none."""
    with Gradebook(course.gradebook_url) as gradebook:
        session = gradebook.db()
        submission = read_submission(session, course, student)
        if submission is None:
            raise MissingEntry(f"{student} has no submission of {course.assignment}")
        read_points(session, submission)
        yield submission


def read_submission(session: Session, course: Course, student: str) -> SubmittedAssignment | None:
    """Return a student's rows, read in few queries; of themselves, they ask for each cell alone."""
    of_student = Assignment.name == course.assignment, SubmittedAssignment.student_id == student
    rows = selectinload(SubmittedAssignment.notebooks).options(
        joinedload(SubmittedNotebook.notebook),
        selectinload(SubmittedNotebook.grades).joinedload(Grade.cell),
        selectinload(SubmittedNotebook.comments).joinedload(Comment.cell),
    )
    query = select(SubmittedAssignment).join(Assignment).where(*of_student)
    return session.scalars(query.options(rows)).one_or_none()


def read_points(session: Session, submission: SubmittedAssignment) -> None:
    """Read what the database adds up of each grade at once; rows ask for each of it alone."""
    of_these = Grade.notebook_id.in_([it.id for it in submission.notebooks])
    wanted = undefer(Grade.max_score), joinedload(Grade.cell)
    grades = select(Grade).where(of_these).options(*wanted)
    session.scalars(grades.execution_options(populate_existing=True)).all()


def add_submission(session: Session, course: Course, student: str) -> None:
    """Add the rows that nbgrader's `add_submission` adds, each kind at once; nothing is committed.

    Raises: NoResultFound where the assignment is not released yet.
    """
    named = Assignment.name == course.assignment
    assignment = session.scalars(select(Assignment.id).where(named)).one()
    released = select(Notebook.id).where(Notebook.assignment_id == assignment)
    notebooks = {it: new_uuid() for it in session.scalars(released)}
    columns = BaseCell.type, BaseCell.id, BaseCell.notebook_id
    cells = session.execute(select(*columns).where(BaseCell.notebook_id.in_(notebooks))).all()
    if session.get(Student, student) is None:
        session.execute(insert(Student), {"id": student})
    submission = new_uuid()
    row = {"id": submission, "assignment_id": assignment, "student_id": student}
    session.execute(insert(SubmittedAssignment), row)
    rows: dict[Any, list[dict[str, str]]] = {
        SubmittedNotebook: [
            {"id": own, "notebook_id": it, "assignment_id": submission}
            for it, own in notebooks.items()
        ]
    }
    for table, kinds in KINDS.items():
        rows[table] = [
            {"cell_id": it, "notebook_id": notebooks[notebook]}
            for kind, it, notebook in cells
            if kind in kinds
        ]
    for table, values in rows.items():
        if values:
            session.execute(insert(table), values)


def write_notebook(
    ledger: Ledger, submitted: SubmittedNotebook, found: NotebookScores | None
) -> None:
    """Write the points and automatic comments of one notebook's cells."""
    for grade in submitted.grades:
        if found is None:
            ledger.write(grade, 0, NO_ANSWER)
        elif grade.name in found.points:
            ledger.write(grade, found.points[grade.name], found.answers[grade.name])
    for comment in submitted.comments:
        if found is not None and comment.name in found.answered:
            comment.auto_comment = None if found.answered[comment.name] else NO_RESPONSE


def late_penalties(course: Course, config: Config) -> AssignLatePenalties:
    """Return nbgrader's preprocessor, ready to say what is taken off; its import takes long."""
    from nbgrader.preprocessors import AssignLatePenalties

    late = AssignLatePenalties(config=config)
    late.assignment_id = course.assignment  # where a policy looks for it, as in nbgrader's run
    late.init_plugin()
    return late


def penalty(
    late: AssignLatePenalties, submission: SubmittedAssignment, notebook: SubmittedNotebook
) -> float | None:
    """Return what nbgrader's late policy takes off a notebook's points."""
    seconds = submission.total_seconds_late
    if seconds <= 0:
        return None
    points = late.plugin_inst.late_submission_penalty(
        submission.student.id, notebook.score, seconds
    )
    return None if points is None else late._check_late_penalty(notebook, points)


def hand_in_time(course: Course, student: str) -> dict[str, Any]:
    """Return when a submission was handed in, as nbgrader's API takes it; nothing if unknown."""
    path = course.step("intake", student) / TIMESTAMP
    text = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    return {"timestamp": parse_utc(text)} if text else {}


@contextmanager
def opened_assignment(course: Course) -> Iterator[tuple[Session, Assignment]]:
    """Yield an assignment's rows and their session; who changes them commits.

    Raises: nbgrader's MissingEntry where it is not released yet.
    """
    with Gradebook(course.gradebook_url) as gradebook:
        yield gradebook.db(), gradebook.find_assignment(course.assignment)
