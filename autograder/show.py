"""What the terminal shows of a grading: a progress bar, and the table of grades."""

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from autograder.grade import grade
from autograder.report import Report
from autograder.repository import Course, Repository


def grade_with_progress(
    repository: Repository, course: Course, students: list[str], console: Console
) -> list[Report]:
    """Grade the students' submissions under a progress bar, a line for each when it is done."""
    columns = (
        TextColumn("Grading"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=len(students))

        def done(report: Report) -> None:
            progress.console.print(
                f"{report.student}: {report.score:g} of {report.max_score:g} points"
            )
            progress.advance(task)

        return grade(repository, course, students, done)


def show_grades(
    reports: Iterable[Report], console: Console, hands_in: Mapping[str, str] | None = None
) -> None:
    """Print the table of grades with the named misconceptions, then repairs and failures.

    Args: hands_in: what a sample student is known to have handed in, for a column of its own.
    """
    table = Table(title="Grades")
    table.add_column("student")
    if hands_in:
        table.add_column("handed in")
    table.add_column("points", justify="right")
    table.add_column("by hand", justify="right")
    table.add_column("misconceptions named")
    table.add_column("noted")
    for report in reports:
        notes = [f"{len(report.repairs)} repaired"] if report.repairs else []
        notes += [f"{len(report.failures)} could not run"] if report.failures else []
        table.add_row(
            report.student,
            *([hands_in[report.student]] if hands_in else []),
            f"{report.score:g} / {report.max_score:g}",
            f"{report.to_grade_by_hand} to do",
            "\n".join(report.misconceptions),
            ", ".join(notes),
        )
    console.print(table)
    for report in reports:
        for line in report.failures + report.repairs:
            console.print(f"{report.student}: {line}", highlight=False)
