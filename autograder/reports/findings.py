"""What stands out in the reports on a cohort: mistakes that many made, numbers that do not fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autograder.reports.report import Report, foreign_numbers, odd_numbers, shared_numbers


@dataclass(frozen=True)
class Misconception:
    """A mistake, what a teacher says about it, and who made it."""

    name: str
    sentence: str
    students: list[str]


def flagged_numbers(reports: Iterable[Report], listed: Mapping[str, str]) -> dict[str, list[str]]:
    """Return student -> what is odd about the student numbers they typed."""
    reports = list(reports)
    shared = shared_numbers(reports)
    found = {
        it.student: [
            *foreign_numbers(it, listed),
            *odd_numbers(it),
            *filter(None, [shared.get(it.student)]),
        ]
        for it in reports
    }
    return {student: flags for student, flags in found.items() if flags}


def find_misconceptions(reports: Iterable[Report]) -> list[Misconception]:
    """Return the misconceptions of a cohort, the most frequent first.

    They are what students did, so points given by hand leave them.
    """
    found: dict[str, Misconception] = {}
    for report in reports:
        for it in report.exercises:
            for mistake, sentence in it.misconceptions.items():
                name = f"{it.id}: {mistake}"
                known = found.setdefault(name, Misconception(name, sentence, []))
                known.students.append(report.student)
    return sorted(found.values(), key=lambda it: (-len(it.students), it.name))
