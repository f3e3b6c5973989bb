"""Systems that are not in the lecture, told without their names; your student number has one."""

from __future__ import annotations

import json
import textwrap
from functools import cache
from typing import Literal

from exercise_lib.check.personal import PRACTICE, student_number, variant
from exercise_lib.systems.table import COLUMNS, HERE, KINDS

WIDTH = 96  # letters of a line
ASKED = COLUMNS[1:]  # the columns of an answer; what comes out is known
Data = Literal["picture", "sound"]


@cache
def descriptions(data: Data) -> tuple[str, ...]:
    """Return what is told of the systems that make pictures, or sounds; for practice first."""
    read = json.loads((HERE / "unseen.json").read_text(encoding="utf-8"))[data]
    return (read["practice"], *read["variants"])


def description(data: Data, student: str) -> str:
    """Return the description of a student's system.

    Args:
        data: "picture" or "sound".
        student: your student number; or "practice", for a system whose parts `check` knows.

    Raises: ValueError where no student number is typed.
    """
    number = student_number(student)
    practice, *variants = descriptions(data)
    told = practice if number == PRACTICE else variants[variant(number, len(variants))]
    return textwrap.fill(told, WIDTH)


def choices() -> str:
    """Return the kinds that an answer is made of, by column."""
    lines = textwrap.TextWrapper(WIDTH, subsequent_indent=" " * 11, break_on_hyphens=False)
    rows = [f"{column:10} {' | '.join(KINDS[column])}" for column in ASKED]
    return "\n".join(map(lines.fill, rows))
