"""Let the decisions on exercises hold for all that is graded."""

from autograder.decisions import read_decisions
from autograder.errors import BuildError
from autograder.grading.journal import Entry, Journal
from autograder.grading.moves import Move, find_moves, read_totals
from autograder.grading.writer import Writer
from autograder.nbgrader_setup.gradebook import opened_assignment
from autograder.nbgrader_setup.ledger import SettledDecisions, impose_decisions, lift_decisions
from autograder.nbgrader_setup.structure import graded_cells
from autograder.paths import Course, Repository
from autograder.reports.report import read_report


def settle(repository: Repository, course: Course) -> list[Move]:
    """Bring gradebook and reports to what the file of decisions says; return whose grade moves.

    Raises: BuildError: it can't be read, or names what the assignment does not have.
    """
    decisions = read_decisions(course)
    if not (course.decisions.exists() and course.gradebook.exists()):
        return []
    before = read_totals(course)
    with opened_assignment(course) as (session, assignment):
        known = {name for name, _ in graded_cells(assignment)}
        if unknown := sorted(decisions.exercises - known):
            raise BuildError(
                f"{course.decisions}: {course.assignment} has no {', '.join(unknown)}, "
                f"but {', '.join(sorted(known))}"
            )
        impose_decisions(session, assignment, decisions, lift_decisions(session, assignment))
        session.add(SettledDecisions(assignment_id=assignment.id, decisions=str(decisions)))
        session.commit()
    moves = find_moves(before, read_totals(course))
    if moves:
        writer = Writer(repository, course)
        for move in moves:
            report_again(writer, course, move.student)
    return moves


def report_again(writer: Writer, course: Course, student: str) -> None:
    """Write a student's report, and the points in the journal, anew from the gradebook."""
    path, journal = course.report(student), Journal(course)
    if not path.exists():
        return
    old = read_report(path)
    report = writer.report_again(student, old)
    report.seconds = old.seconds
    report.write(course)
    entry = journal.read(student)
    points = {it.id: it.points for it in report.exercises}
    journal.write(student, Entry(entry.fingerprint, entry.scores, points, entry.points))
