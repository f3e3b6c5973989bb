"""What the terminal shows of a grading: a progress bar, and the table of grades."""

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from autograder.grade import grade
from autograder.report import Report
from autograder.repository import Course, Repository
from autograder.verdict import Grader


def grade_with_progress(
    repository: Repository,
    course: Course,
    students: list[str],
    grader: Grader | None,
    console: Console,
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

        return grade(repository, course, students, grader, done)


def show_grades(
    reports: Iterable[Report], console: Console, hands_in: Mapping[str, str] | None = None
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
    for report in reports:
        sentences = [f"{name}. {sentence}" for name, sentence in report.misconceptions.items()]
        for line in sentences + report.failures + report.repairs:
            console.print(f"{report.student}: {line}", highlight=False, markup=False)
