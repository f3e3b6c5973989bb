"""Points given by hand hold while the answer they were given for is there.

nbgrader's autograder flags them as "to be graded" each time. Here each grade has a row that says of
which answer it is, and it is flagged only when the answer is another one.
"""

from collections.abc import Iterable

from nbgrader.api import Base, Grade
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column


def waits_for_a_person(
    manual_score: float | None, auto_score: float | None, given_for: str | None, answer: str
) -> bool:
    """Whether somebody has to give points, or to look at those given by hand again.

    Args:
        given_for: the answer that a person looked at last, or its digest; None if unknown.
        answer: the present one.
    """
    if manual_score is None:
        return auto_score is None
    return given_for != answer


class GradedAnswer(Base):
    """Of which answers a grade is, as digests."""

    __tablename__ = "graded_answer"

    grade_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    answer: Mapped[str | None] = mapped_column(String(64))  # the one graded last
    given_for: Mapped[str | None] = mapped_column(String(64))  # that a person looked at last


def graded_answers(session: Session, grades: Iterable[Grade]) -> dict[str, GradedAnswer]:
    """Return each grade's row, a new one where there is none, by the grade's id."""
    wanted = [it.id for it in grades]
    found = session.scalars(select(GradedAnswer).where(GradedAnswer.grade_id.in_(wanted)))
    rows = {it.grade_id: it for it in found}
    for grade_id in wanted:
        if grade_id not in rows:
            rows[grade_id] = GradedAnswer(grade_id=grade_id)
            session.add(rows[grade_id])
    return rows
