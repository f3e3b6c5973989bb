"""Ask nbgrader's gradebook without nbgrader, whose import takes longer than many a command."""

import sqlite3
from contextlib import closing
from typing import Any

from autograder.paths import Course


def ask(course: Course, query: str, *values: str) -> list[tuple[Any, ...]]:
    """Return the rows that a query in SQL finds; none where there is no gradebook yet."""
    if not course.gradebook.exists():
        return []
    with closing(sqlite3.connect(course.gradebook)) as gradebook:
        return gradebook.execute(query, values).fetchall()


def is_known(course: Course) -> bool:
    """Whether the gradebook has the assignment."""
    return bool(ask(course, "SELECT 1 FROM assignment WHERE name = ?", course.assignment))


def has_due_date(course: Course) -> bool:
    """Whether the gradebook knows when the assignment is due."""
    query = "SELECT 1 FROM assignment WHERE name = ? AND duedate IS NOT NULL"
    return bool(ask(course, query, course.assignment))
