"""Courses from before several assignments: what belonged to the only one gets its own folder."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from autograder.paths import Course

PARTICIPANTS = "moodle.csv"
EXPORTS = ("grades*.csv", "feedback_moodle.zip", "gradescope")


def keep_apart(root: Path) -> list[str]:
    """Move what an older version wrote to where it is read now; return a sentence on each move.

    The gradebook stays as it is.
    """
    moves = list(old_places(root))
    if not moves:
        return []
    names = assignments_in(root / "gradebook.db")
    if len(names) != 1:
        return [
            f"{root} holds {', '.join(sorted(it.name for it in moves))} of an older version, and "
            f"its gradebook has {len(names)} assignments: move them into the folders of one."
        ]
    course = Course(root, names[0])
    notes = []
    for old in moves:
        if old.parent != root:
            new = old.parent / course.assignment / old.name
        elif old.name == PARTICIPANTS:
            new = course.participants(old.stem)
        else:
            new = course.exports / old.name
        new.parent.mkdir(parents=True, exist_ok=True)
        old.replace(new)
        notes.append(f"{old.relative_to(root)} is now {new.relative_to(root)}.")
    return notes


def old_places(root: Path) -> Iterator[Path]:
    """Yield the files of an older version."""
    for folder in ("journal", "reports", "collected"):
        yield from sorted(it for it in (root / folder).glob("*") if it.is_file())
    for pattern in (PARTICIPANTS, *EXPORTS):
        yield from sorted(root.glob(pattern))


def assignments_in(gradebook: Path) -> list[str]:
    """Return the names of the assignments in a gradebook."""
    if not gradebook.exists():
        return []
    with closing(sqlite3.connect(gradebook)) as opened:
        return [name for (name,) in opened.execute("SELECT name FROM assignment ORDER BY name")]
