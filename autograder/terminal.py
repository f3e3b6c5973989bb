"""What the terminal shows of a grading: a progress bar, a line a student, and what needs a person.

All else is in the reports. No name, answer or exception of a student's steers the terminal:
`PlainConsole` writes texts alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from autograder.grading.changes import Change
from autograder.grading.run import Checks, grade
from autograder.paths import Course, Repository
from autograder.reports.findings import find_misconceptions, flagged_numbers
from autograder.reports.report import Report
from autograder.sandbox.plain_text import without_controls
from autograder.submissions.files import UNREADABLE
from autograder.words import ADVICE, plural

if TYPE_CHECKING:
    from autograder.grading.moves import Move
    from autograder.grading.preview import Preview

MOST_LINES = 40  # of students, where there are more
MOST_NAMED = 5  # students of one message
MOST_FREQUENT = 5  # misconceptions
NOTEBOOK = re.compile(r"^\S+: ")  # before a failure in it


class PlainConsole(Console):
    """A console that writes no control characters but its own."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        for it in super().render(renderable, options):
            yield it if it.control else Segment(without_controls(it.text), it.style)


def grade_with_progress(
    repository: Repository,
    course: Course,
    students: list[str],
    checks: Checks | None,
    console: Console,
    **options: Any,
) -> list[Report]:
    """Grade the students' submissions under a progress bar; where there is none, say how far.

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

        def done(_: Report) -> None:
            progress.advance(task)
            count = int(progress.tasks[0].completed)
            if not console.is_terminal and count.bit_count() == 1:  # 1, 2, 4 ...: a few lines
                progress.console.print(f"{count} of {len(students)} graded", highlight=False)

        return grade(repository, course, students, checks, done, **options)


def show_grades(
    reports: Sequence[Report], console: Console, hands_in: Mapping[str, str] | None = None
) -> None:
    """Print a line a student, the mistakes that most of them made, and what needs a person.

    Of more students than a screen has lines, only those have one that could not be run or read.

    Args: hands_in: what a sample student is known to have handed in, for a column of its own.
    """
    headings = ["student", *(["handed in"] if hands_in else []), "points", "noted"]
    rows, shown = [], list(reports)
    if len(reports) > MOST_LINES:
        shown = [it for it in reports if it.failures or it.unreadable][:MOST_LINES]
    for report in shown:
        noted = [
            (len(report.failures), f"{len(report.failures)} could not run"),
            (len(report.misconceptions), plural(len(report.misconceptions), "known mistake")),
            (report.to_grade_by_hand, f"{report.to_grade_by_hand} to grade by hand"),
            (len(report.repairs), notes_on(report)),
        ]
        rows.append(
            [
                report.student,
                *([hands_in[report.student]] if hands_in else []),
                f"{report.score:g} / {report.max_score:g}",
                ", ".join(text for count, text in noted if count),
            ]
        )
    console.print(line_each(headings, rows))
    if more := len(reports) - len(shown):
        console.print(f" and {plural(more, 'student')} more: see the page on the cohort")
    frequent = find_misconceptions(reports)[:MOST_FREQUENT]
    show(
        console,
        "The most frequent mistakes",
        [f"{plural(len(it.students), 'student')}: {it.name}. {it.sentence}" for it in frequent],
    )
    show_problems(reports, console)


def notes_on(report: Report) -> str:
    """Return how much there is to say of how a submission was taken in."""
    if report.unreadable:
        return "nothing could be read"
    return plural(len(report.repairs), "note")


def show_problems(reports: Sequence[Report], console: Console) -> None:
    show(console, "For you to look at", [f"{who}: {it}" for it, who in problems(reports).items()])


def line_each(headings: list[str], rows: Iterable[list[str]]) -> Table:
    """Return a table with a line a row; on a narrow terminal the last column is cut."""
    table = Table(box=SIMPLE_HEAD, show_edge=False)
    for heading in headings:
        table.add_column(heading, no_wrap=heading != headings[-1])
    for row in rows:
        table.add_row(*(Text(it, no_wrap=True, overflow="ellipsis") for it in row))
    return table


def show_preview(previews: Sequence[Preview], notes: list[str], console: Console) -> None:
    """Print a line a student of what would be graded, what would not, and what needs a person."""
    rows = []
    for it in previews:
        noted = notes_on(it.taken) if it.taken.repairs else ""
        rows.append([it.student, str(it.files), it.state, noted])
    console.print(line_each(["student", "files", "state", "noted"], rows))
    show(console, "Not used, or one of several", notes)
    show_problems([it.taken for it in previews], console)
    states = Counter(it.state for it in previews)
    counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    console.print(
        f"\n{counts}. What is unchanged is graded again only where its checks changed. "
        "Nothing was written.",
        soft_wrap=True,
    )


def show(console: Console, heading: str, lines: Iterable[str]) -> None:
    """Print lines under a heading, or neither."""
    for line in [f"\n{heading}", *lines] if (lines := list(lines)) else []:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def problems(reports: Sequence[Report]) -> dict[str, str]:
    """Return what needs a person -> whose submissions it is about, each message once."""
    flags = flagged_numbers(reports, {})
    students: dict[str, dict[str, None]] = {}
    for report in reports:
        messages = [it for it in report.repairs if report.unseen and it.startswith(UNREADABLE)]
        messages += [ADVICE.sub("", NOTEBOOK.sub("", it)) for it in report.failures]
        messages += flags.get(report.student, [])
        for it in messages:
            students.setdefault(it, {})[report.student] = None
    return {message: named(list(who)) for message, who in students.items()}


def named(students: Sequence[str]) -> str:
    """Return some names in a few words."""
    more = len(students) - MOST_NAMED
    return ", ".join(students[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def show_late(penalties: Mapping[str, float], console: Console) -> None:
    """Print who was late, and how many points that takes off."""
    late = ", ".join(f"{student} ({it:g})" for student, it in sorted(penalties.items()))
    if late:
        console.print(f"Late, and the points taken off: {late}.", highlight=False, markup=False)


def show_changes(changes: Iterable[Change], console: Console) -> None:
    """Print old and new points by student and exercise."""

    def shown(points: float | None) -> str:
        return "not graded" if points is None else f"{points:g}"

    rows = [(it.student, it.exercise, shown(it.old), shown(it.new)) for it in changes]
    headings = ("student", "exercise", "before", "now")
    show_table("Changed points", headings, rows, "Nobody's points changed.", console)


def show_moves(moves: Iterable[Move], console: Console) -> None:
    """Print whose grade moves, by how much, and what of it is to be graded."""
    rows = [(it.student, str(it.before), str(it.now), ", ".join(it.to_grade)) for it in moves]
    headings = ("student", "before", "now", "to be graded")
    show_table("Whose grade moves", headings, rows, "Nobody's grade moves.", console)


def show_table(
    title: str,
    headings: Iterable[str],
    rows: Sequence[tuple[str, ...]],
    without: str,
    console: Console,
) -> None:
    """Print a table, or what is said without rows."""
    if not rows:
        console.print(without)
        return
    table = Table(title=title)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)
