"""What the terminal shows of a grading: a progress bar, and the table of grades."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from autograder.grading.changes import Change
from autograder.grading.moves import Move
from autograder.grading.run import Checks, grade
from autograder.paths import Course, Repository
from autograder.reports.report import Report, shared_numbers


def grade_with_progress(
    repository: Repository,
    course: Course,
    students: list[str],
    checks: Checks | None,
    console: Console,
    **options: Any,
) -> list[Report]:
    """Grade the students' submissions under a progress bar, a line for each when it is done.

    Args: options: those of `grade`.
    """
    columns = (
        TextColumn("Grading"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=len(students))

        def done(report: Report) -> None:
            flag = ", could not be run completely" if report.failures else ""
            flag += ", nothing could be read: look at it" if report.unreadable else ""
            progress.console.print(
                f"{report.student}: {report.score:g} of {report.max_score:g} points{flag}",
                highlight=False,
                markup=False,
            )
            progress.advance(task)

        return grade(repository, course, students, checks, done, **options)


def show_grades(
    reports: Sequence[Report], console: Console, hands_in: Mapping[str, str] | None = None
) -> None:
    """Print the table of grades, and below it each named misconception, repair and failure.

    Args: hands_in: what a sample student is known to have handed in, for a column of its own.
    """
    table = Table(title="Grades", show_lines=True)
    for heading in ("student", *(["handed in"] if hands_in else []), "points", "misconceptions"):
        table.add_column(heading, overflow="fold")
    table.add_column("noted")
    for report in reports:
        counts = {
            "to grade by hand": report.to_grade_by_hand,
            "repaired": len(report.repairs),
            "could not run": len(report.failures),
        }
        table.add_row(
            report.student,
            *([hands_in[report.student]] if hands_in else []),
            f"{report.score:g} / {report.max_score:g}",
            "\n".join(report.misconceptions),
            ", ".join(f"{count} {what}" for what, count in counts.items() if count),
        )
    console.print(table)
    shared = shared_numbers(reports)
    for report in reports:
        sentences = [f"{name}. {sentence}" for name, sentence in report.misconceptions.items()]
        sentences += [shared[report.student]] if report.student in shared else []
        for line in sentences + report.failures + report.repairs:
            console.print(f"{report.student}: {line}", highlight=False, markup=False)


def show_changes(changes: Iterable[Change], console: Console) -> None:
    """Print old and new points by student and exercise."""
    changes = list(changes)
    if not changes:
        console.print("Nobody's points changed.")
        return
    table = Table(title="Changed points")
    for heading in ("student", "exercise", "before", "now"):
        table.add_column(heading, overflow="fold")
    for it in changes:
        shown = ("not graded" if points is None else f"{points:g}" for points in (it.old, it.new))
        table.add_row(it.student, it.exercise, *shown)
    console.print(table)


def show_moves(moves: Iterable[Move], console: Console) -> None:
    """Print whose grade moves, by how much, and what of it is to be graded."""
    moves = list(moves)
    if not moves:
        console.print("Nobody's grade moves.")
        return
    table = Table(title="Whose grade moves")
    for heading in ("student", "before", "now", "to be graded"):
        table.add_column(heading, overflow="fold")
    for it in moves:
        table.add_row(it.student, str(it.before), str(it.now), ", ".join(it.to_grade))
    console.print(table)
