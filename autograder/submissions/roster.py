"""The list of an assignment's students: names, due dates of their own, hand-in times, groups.

That is `participants/<assignment>/students.csv`. The command `students` fills it from the list of a
learning-management system, and anybody may edit it; all columns but `student` may be missing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields, replace

from autograder.paths import Course
from autograder.submissions.student_ids import written_id
from autograder.tables import read_csv, write_csv


@dataclass(frozen=True)
class Listed:
    """One line of the list."""

    student: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    group: str = ""
    handed_in: str = ""  # when, with its zone: 2026-07-01 23:50:00+02:00
    due: str = ""  # a due date of their own, written in the same way

    @property
    def sorted_name(self) -> str:
        """The name as lists sort it: `Virtanen, Anna`."""
        return ", ".join(filter(None, (self.last_name, self.first_name)))

    def updated(self, newer: Listed) -> Listed:
        """Return this line with what a newer one says."""
        return replace(self, **{key: it for key, it in vars(newer).items() if it})


COLUMNS = tuple(it.name for it in fields(Listed))


def read_roster(course: Course) -> dict[str, Listed]:
    """Return the lines of the list by student."""
    path = course.participants("students")
    rows = read_csv(path) if path.exists() else []
    lines = [Listed(**{key: (row.get(key) or "").strip() for key in COLUMNS}) for row in rows]
    named = [replace(it, student=written_id(it.student)) for it in lines if it.student]
    return {it.student: it for it in named}


def write_roster(course: Course, lines: Iterable[Listed]) -> None:
    """Write the list in the order of the students."""
    rows = map(astuple, sorted(lines, key=lambda it: it.student))
    write_csv(course.participants("students"), [COLUMNS, *rows])


def groups_of(roster: Mapping[str, Listed]) -> list[list[str]]:
    """Return the members of each group, in the order of their names."""
    groups: dict[str, list[str]] = {}
    for student in sorted(roster):
        if group := roster[student].group:
            groups.setdefault(group, []).append(student)
    return list(groups.values())


def members_of(roster: Mapping[str, Listed], student: str) -> list[str]:
    """Return everybody in a student's group, or the student alone."""
    return next((it for it in groups_of(roster) if student in it), [student])


def split_name(name: str) -> tuple[str, str]:
    """Return first and last name; two empty ones for a single word that does not tell which it is.

    A Chinese, Japanese or Korean name without a space begins with the family's.
    """
    last, comma, first = (it.strip() for it in name.partition(","))
    if comma:
        return first, last
    first, _, last = name.strip().rpartition(" ")
    if first:
        return first.strip(), last
    if len(last) > 1 and all(re.match("CJK|HANGUL", unicodedata.name(it, "")) for it in last):
        return last[1:], last[0]
    return "", ""
