"""The cases of the last runs, kept for those submissions that were there when they were drawn.

A draw is a seed, and in its folder what workers have worked out from it. Who is graded again by the
same code has the same cases. Whatever was handed in since has others: nothing that a student may
learn of cases, as from feedback, fits a case of a later submission. The folder lies in the course
and is its owner's alone; no sandbox sees it.
"""

from __future__ import annotations

import json
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autograder.paths import Course
from exercise_lib.files import write_text

MOST = 3  # that are kept of an assignment
NOTE = "draw.json"


@dataclass(frozen=True)
class Draw:
    """The seed of all cases of a run, and where workers leave their results; "": none yet."""

    seed: str = field(default="", repr=False)
    folder: Path | None = None


def draw_for(course: Course, fingerprints: Mapping[str, str]) -> Draw:
    """Return a draw for some submissions, the one that they had, or a new one.

    Args: fingerprints: of each student's submission and all that grades it.
    """
    course.draws.mkdir(parents=True, exist_ok=True)
    notes = sorted(course.draws.glob(f"*/{NOTE}"), key=lambda it: it.stat().st_mtime, reverse=True)
    for note in notes:
        seed, known = read_note(note)
        if seed and fingerprints.items() <= known.items():
            note.touch()
            return Draw(seed, note.parent)
    for folder in set(course.draws.iterdir()) - {it.parent for it in notes[: MOST - 1]}:
        shutil.rmtree(folder, ignore_errors=True)
    seed, made = secrets.token_hex(16), Path(tempfile.mkdtemp(dir=course.draws))
    write_text(made / NOTE, json.dumps({"seed": seed, "submissions": dict(fingerprints)}))
    return Draw(seed, made)


def read_note(path: Path) -> tuple[str, dict[str, str]]:
    """Return a draw's seed and the submissions that had it; "" where they can't be read."""
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
        return noted["seed"], noted["submissions"]
    except (OSError, ValueError, KeyError):
        return "", {}
