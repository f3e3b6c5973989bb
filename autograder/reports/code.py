"""The student's code that an exercise is about: its module, and the definition in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from autograder.targets import Target

LINES = 60  # shown of a definition
AROUND = 3  # lines shown before and after one that is in no definition


@dataclass(frozen=True)
class Excerpt:
    """Some lines of a module, by their numbers; `marked` is the one that an exception names."""

    module: str
    lines: dict[int, str]
    marked: int = 0

    @property
    def marked_line(self) -> str:
        return self.lines.get(self.marked, "").strip()


def find_excerpt(text: str, target: Target, marked: int = 0) -> Excerpt | None:
    """Return the definition of a target in its module's text, or the lines around the marked one.

    The text may be broken, so it is not parsed.
    """
    lines = dict(enumerate(text.splitlines(), start=1))
    found = definition(lines, target.name)
    if marked and marked not in found:
        found = range(marked - AROUND, marked + AROUND + 1)
    shown = {number: lines[number] for number in found[:LINES] if number in lines}
    return Excerpt(target.module, shown, marked) if shown else None


def definition(lines: dict[int, str], name: str) -> range:
    """Return the numbers of the lines of a function or class; the last of several is what runs."""
    begins = re.compile(rf"(?:async\s+)?(?:def|class)\s+{re.escape(name)}\b")
    begun = [number for number, line in lines.items() if name and begins.match(line)]
    first = max(begun, default=0)
    if not first:
        return range(0)
    last = first
    for number in range(first + 1, len(lines) + 1):
        if lines[number][:1] not in ("", " ", "\t", ")"):
            break
        if lines[number].strip():
            last = number
    return range(first, last + 1)
