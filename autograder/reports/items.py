"""Item statistics of a cohort: how hard each exercise was, and how well it tells students apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import StatisticsError, correlation, mean

from autograder.paths import Course
from autograder.reports.report import Report, read_reports
from autograder.tables import write_csv

FEWEST = 3  # students that a correlation says anything of
ITEMS = ("exercise", "students", "max_points", "difficulty", "discrimination")
MISCONCEPTIONS = ("exercise", "misconception", "students", "share", "sentence")


@dataclass
class Item:
    """One exercise and the points of everybody who was graded on it."""

    exercise: str
    max_points: float
    points: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)  # what the same students have elsewhere
    misconceptions: dict[str, list[str]] = field(default_factory=dict)  # name -> sentences said

    @property
    def difficulty(self) -> float | None:
        """The mean share of the points: the easier, the higher."""
        return mean(self.points) / self.max_points if self.max_points else None

    @property
    def discrimination(self) -> float | None:
        """The correlation with the points of all other exercises; None where there is none."""
        if len(self.points) < FEWEST:
            return None
        try:
            return correlation(self.points, self.others)
        except StatisticsError:  # all have the same
            return None


def find_items(reports: Iterable[Report]) -> list[Item]:
    """Return the exercises of a cohort; what nobody could read yet is left out."""
    items: dict[str, Item] = {}
    for report in reports:
        if report.unseen:
            continue
        total = sum(it.points for it in report.exercises)
        for it in report.exercises:
            item = items.setdefault(it.id, Item(it.id, it.max_points))
            item.points.append(it.points)
            item.others.append(total - it.points)
            for name, sentence in it.misconceptions.items():
                item.misconceptions.setdefault(name, []).append(sentence)
    return list(items.values())


def write_items(course: Course) -> list[Path]:
    """Write `items.csv`, a line an exercise, and `misconceptions.csv`, a line a misconception."""
    items = find_items(read_reports(course))
    rows = [
        (it.exercise, len(it.points), it.max_points, rounded(it.difficulty),
         rounded(it.discrimination))
        for it in items
    ]  # fmt: skip
    named = [
        (it.exercise, name, len(said), rounded(len(said) / len(it.points)), said[0])
        for it in items
        for name, said in sorted(it.misconceptions.items(), key=lambda named: -len(named[1]))
    ]
    return [
        write_csv(course.reports / "items.csv", [ITEMS, *rows]),
        write_csv(course.reports / "misconceptions.csv", [MISCONCEPTIONS, *named]),
    ]


def rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 3)
