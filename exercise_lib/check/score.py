"""How points arise: the square of the share of cases that pass, so half of them is a quarter.

Minor cases ask for an exception or for zeros, which code without the formula gives too. Together
they count a quarter of that at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from exercise_lib.check.case import SolvedCase

MINOR_PART = 0.25
ONLY_MINOR = (
    "None of the main cases passes yet: what is right about bad input and results of zero counts "
    "only beside one."
)
ONLY_KNOWN = "What your own checks show counts once other numbers give at least one right result."


class Sum(NamedTuple):
    """The weight of the cases that pass, and of all."""

    passed: float
    all: float

    @property
    def share(self) -> float:
        return self.passed / self.all if self.all else 1.0

    def __str__(self) -> str:
        return f"{self.passed:g} of {self.all:g}"


@dataclass(frozen=True)
class Score:
    """What the main and the minor cases came to."""

    main: Sum
    minor: Sum
    nothing: str = ""  # why nothing is earned although cases pass

    @property
    def square(self) -> float:
        """The share that the main cases earn."""
        return self.main.share**2 if self.main.passed and not self.nothing else 0.0

    @property
    def minor_part(self) -> float:
        """The part of it that the minor cases decide about."""
        return min(MINOR_PART, self.minor.all / (self.main.all + self.minor.all))

    @property
    def share(self) -> float:
        """The share of the points that is earned."""
        return self.square * (1 - self.minor_part * (1 - self.minor.share))

    @property
    def message(self) -> str:
        """How the points arise, where some but not all are earned."""
        if self.share in (0.0, 1.0):
            return self.nothing
        text = f"Points: the main cases that pass count {self.main}"
        if self.square < 1:
            text += f", squared: {percent(self.square)}"
        if self.minor.all:
            text += (
                f"; {percent(self.minor_part)} of that is for minor cases (bad input, results of "
                f"zero), which count {self.minor}: {percent(self.share)}"
            )
        return f"{text}."


def score(cases: Sequence[SolvedCase], passed: Sequence[bool]) -> Score:
    """Add up the weights of the cases that pass.

    Minor cases and answers that students have earn only beside a right one that is neither.
    """
    results = list(zip(cases, passed, strict=True))
    main = [(it, is_right) for it, is_right in results if not it.is_minor]
    minor = [(it, is_right) for it, is_right in results if it.is_minor]
    nothing = ""
    if any(passed) and not any(is_right and not it.known for it, is_right in main):
        nothing = ONLY_KNOWN if any(is_right for _, is_right in main) else ONLY_MINOR
    return Score(_sum(main), _sum(minor), nothing)


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _sum(results: list[tuple[SolvedCase, bool]]) -> Sum:
    passed = sum(it.case.weight for it, is_right in results if is_right)
    return Sum(passed, sum(it.case.weight for it, _ in results))
