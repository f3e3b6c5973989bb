"""The cohort on one page, `reports/<assignment>/cohort.html`, with no other file and no network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from autograder.page import render
from autograder.paths import Course
from autograder.reports.findings import find_misconceptions, flagged_numbers
from autograder.reports.report import Report, read_reports
from autograder.submissions.participants import read_numbers
from exercise_lib.figures import colours
from exercise_lib.files import write_text

LEVELS = colours.POINTS


@dataclass(frozen=True)
class Bar:
    """So many students at one level of an exercise."""

    level: colours.Level
    count: int
    x: float
    width: float


@dataclass(frozen=True)
class Row:
    """One exercise of the chart."""

    exercise: str
    y: int
    bars: list[Bar]


@dataclass(frozen=True)
class Chart:
    """A stacked bar of students for each exercise, in units of its own."""

    counts: dict[str, list[int]]  # exercise -> students at each of LEVELS

    width, left, top, height = 900, 300, 8, 21
    bars = width - left - 20  # for a whole cohort
    levels = LEVELS

    @property
    def most(self) -> int:
        return max(map(sum, self.counts.values()))

    @property
    def bottom(self) -> int:
        return self.top + 34 + (self.height + 5) * len(self.counts)

    @property
    def rows(self) -> list[Row]:
        rows = []
        for number, (exercise, counts) in enumerate(self.counts.items()):
            bars, x = [], float(self.left)
            for level, count in zip(LEVELS, counts, strict=True):
                if count:
                    width = self.bars * count / self.most
                    bars.append(Bar(level, count, round(x, 1), round(width, 1)))
                    x += width
            rows.append(Row(exercise, self.top + 30 + (self.height + 5) * number, bars))
        return rows

    @property
    def ticks(self) -> list[tuple[int, float]]:
        return [(it, round(self.left + self.bars * it / self.most, 1)) for it in ticks(self.most)]

    @property
    def description(self) -> str:
        return "; ".join(
            f"{exercise}: "
            + ", ".join(f"{n} {level.name}" for n, level in zip(counts, LEVELS, strict=True))
            for exercise, counts in self.counts.items()
        )


def write_cohort_page(course: Course) -> Path:
    """Write `reports/cohort.html` for everybody who is graded."""
    page = cohort_page(read_reports(course), read_numbers(course), course.assignment)
    return write_text(course.reports / "cohort.html", page)


def cohort_page(
    reports: Sequence[Report],
    listed: Mapping[str, str] | None = None,
    assignment: str = "The cohort",
) -> str:
    """Return the page for the reports of a cohort.

    Args:
        listed: student -> student number, where the course has a list.
        assignment: what the page is headed with.
    """
    return render(
        "cohort.html.j2",
        assignment=assignment,
        reports=reports,
        numbers=numbers(reports),
        misconceptions=find_misconceptions(reports),
        chart=Chart(count_levels(reports)),
        flags=flagged_numbers(reports, listed or {}),
    )


def numbers(reports: Sequence[Report]) -> list[tuple[str, str]]:
    """Return the handful of numbers on top, each with what it counts."""
    if not reports:
        return []
    return [
        (f"{median(it.score for it in reports):.4g} of {reports[0].max_score:g}", "median points"),
        (str(sum(bool(it.failures) for it in reports)), "flagged: could not be run completely"),
        (str(sum(bool(it.to_grade_by_hand) for it in reports)), "still to be graded by hand"),
        (f"{median(it.seconds for it in reports):.1f} s", "median time of a submission's checks"),
    ]


def count_levels(reports: Iterable[Report]) -> dict[str, list[int]]:
    """Return how many students are at each of LEVELS, by exercise."""
    counts: dict[str, list[int]] = {}
    for report in reports:
        for it in report.exercises:
            counts.setdefault(it.id, [0] * len(LEVELS))[level(it.points, it.max_points)] += 1
    return counts


def level(points: float, max_points: float) -> int:
    """Return which of LEVELS some points are."""
    if points >= max_points:
        return 3
    return 0 if points <= 0 else 1 if points < max_points / 2 else 2


def ticks(most: int) -> list[int]:
    """Return whole numbers from 0 to `most` for an axis, at most six of them."""
    step = next(s for power in range(9) for s in (10**power, 2 * 10**power, 5 * 10**power)
                if most / s <= 5)  # fmt: skip
    return list(range(0, most + 1, step))
