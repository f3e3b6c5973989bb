"""Points of the grader, of people and of decisions, in nbgrader's gradebook.

A decision stands in the place of points given by hand, so every reader of the gradebook sees it.
What stood there is kept in a row beside it and comes back with the end of the decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nbformat import NotebookNode
from nbgrader.api import Assignment, Base, Grade, GradeCell
from nbgrader.utils import compute_checksum
from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from autograder.decisions import ACCEPTED, DROPPED, Decisions
from autograder.nbgrader_setup.hand_grades import graded_answers, waits_for_a_person
from autograder.nbgrader_setup.structure import graded_cells


class DecidedGrade(Base):
    """What a decision gives, and what a person gave."""

    __tablename__ = "decided_grade"

    grade_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    decision: Mapped[str] = mapped_column(String(16))
    given: Mapped[float]
    manual_score: Mapped[float | None]
    needs_manual_grade: Mapped[bool]


class DroppedCell(Base):
    """What a dropped exercise is worth."""

    __tablename__ = "dropped_cell"

    cell_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    max_score: Mapped[float]


class SettledDecisions(Base):
    """The decisions that hold in an assignment's grades; see `decisions.is_settled`."""

    __tablename__ = "settled_decisions"

    assignment_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    decisions: Mapped[str]


class EarlierStub(Base):
    """What an earlier release had in the place of an answer: still no response."""

    __tablename__ = "earlier_stub"

    cell_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    answer: Mapped[str] = mapped_column(String(64), primary_key=True)


class Ledger:
    """Some grades of an assignment, and what is kept beside them; nothing is committed."""

    def __init__(
        self,
        session: Session,
        grades: Iterable[Grade],
        decisions: Decisions,
        names: Mapping[str, str],
    ) -> None:
        """Args: names: cell's id -> exercise, of those with a decision; see `names_of`."""
        self.session, self.decisions, self.names = session, decisions, names
        self.grades = list(grades)
        self.graded = graded_answers(session, self.grades)
        wanted = DecidedGrade.grade_id.in_(self.graded)
        self.decided = {
            it.grade_id: it for it in session.scalars(select(DecidedGrade).where(wanted))
        }
        self.stubs = {(it.cell_id, it.answer) for it in session.scalars(select(EarlierStub))}

    def write(self, grade: Grade, auto_score: float | None, answer: str) -> None:
        """Write what the grader gave for an answer, and whether a person has to look at it."""
        graded, decided = self.graded[grade.id], self.decided.get(grade.id)
        for_all = decided is not None and decided.decision != ACCEPTED
        if not (grade.needs_manual_grade or for_all):
            graded.given_for = graded.answer
        before = self.lift(grade)
        if auto_score is None and (grade.cell_id, answer) in self.stubs:
            auto_score = 0
        graded.answer, grade.auto_score = answer, auto_score
        grade.needs_manual_grade = waits_for_a_person(
            grade.manual_score, auto_score, graded.given_for, answer
        )
        self.impose(grade, before)

    def lift(self, grade: Grade) -> str:
        """Take a decision off a grade; return which."""
        decided = self.decided.pop(grade.id, None)
        if decided is None:
            return ""
        if grade.manual_score == decided.given:  # else a person gave other points since
            grade.manual_score = decided.manual_score
            grade.needs_manual_grade = decided.needs_manual_grade
        self.session.delete(decided)
        self.session.flush()
        return decided.decision

    def impose(self, grade: Grade, before: str) -> None:
        """Put the decision there is on a grade; one accepted for another answer waits.

        Args: before: the decision that was on it.
        """
        name = self.names.get(grade.cell_id, "")
        decision = self.decisions.on(name, grade.notebook.student.id) if name else ""
        if not decision:
            return
        decided = DecidedGrade(
            grade_id=grade.id,
            decision=decision,
            given=0.0 if decision == DROPPED else grade.cell.max_score,
            manual_score=grade.manual_score,
            needs_manual_grade=grade.needs_manual_grade,
        )
        self.session.add(decided)
        self.decided[grade.id] = decided
        graded = self.graded[grade.id]
        looked_at = before != ACCEPTED if decision == ACCEPTED else not grade.needs_manual_grade
        if looked_at:
            graded.given_for = graded.answer
        grade.manual_score = decided.given
        grade.needs_manual_grade = decision == ACCEPTED and graded.given_for != graded.answer


def names_of(assignment: Assignment, decisions: Decisions) -> dict[str, str]:
    """Return cell's id -> exercise, where there is a decision."""
    if not decisions.exercises:
        return {}
    return {cell.id: name for name, cell in graded_cells(assignment) if name in decisions.exercises}


def remember_stubs(
    session: Session, assignment: Assignment, stubs: Iterable[tuple[str, str, str]]
) -> None:
    """Note what was released in the place of answers; see `stubs_in`."""
    cells = {(cell.notebook.name, cell.name): cell.id for _, cell in graded_cells(assignment)}
    for notebook, name, answer in stubs:
        if cell_id := cells.get((notebook, name)):
            session.merge(EarlierStub(cell_id=cell_id, answer=answer))


def lift_decisions(session: Session, assignment: Assignment) -> dict[str, str]:
    """Take all decisions off an assignment; return grade's id -> which was on it."""
    decided = set(session.scalars(select(DecidedGrade.grade_id)))
    cells = [cell for _, cell in graded_cells(assignment)]
    grades = [it for cell in cells for it in cell.grades if it.id in decided]
    ledger = Ledger(session, grades, Decisions(), {})
    before = {it.id: ledger.lift(it) for it in grades}
    for cell in cells:
        if dropped := session.get(DroppedCell, cell.id):
            set_points(cell, dropped.max_score)
            session.delete(dropped)
    session.execute(delete(SettledDecisions).where(SettledDecisions.assignment_id == assignment.id))
    session.flush()
    return before


def impose_decisions(
    session: Session, assignment: Assignment, decisions: Decisions, before: Mapping[str, str]
) -> None:
    """Put decisions on an assignment without any.

    Args: before: what `lift_decisions` has returned.
    """
    names = names_of(assignment, decisions)
    cells = [cell for _, cell in graded_cells(assignment) if cell.id in names]
    for cell in cells:
        if decisions.everybody.get(names[cell.id]) == DROPPED:
            session.add(DroppedCell(cell_id=cell.id, max_score=cell.max_score))
            set_points(cell, 0.0)
    grades = [it for cell in cells for it in cell.grades]
    ledger = Ledger(session, grades, decisions, names)
    for grade in grades:
        ledger.impose(grade, before.get(grade.id, ""))
    session.flush()


def set_points(cell: GradeCell, points: float) -> None:
    """Write a cell's points; nbgrader's checksum of its text has them in it."""
    cell.max_score = points
    for source in cell.notebook.source_cells:
        if source.name == cell.name:
            marks = {
                "grade": True,
                "grade_id": cell.name,
                "locked": source.locked,
                "points": points,
                "solution": cell.name in {it.name for it in cell.notebook.solution_cells},
            }
            source.checksum = compute_checksum(
                NotebookNode(
                    cell_type=source.cell_type,
                    source=source.source,
                    metadata=NotebookNode(nbgrader=NotebookNode(marks)),
                )
            )
