"""What is said of a hidden case: no name, text or number that the code under test could choose.

Such code knows the case's inputs, so whatever it chooses could spell them. What is left is which of
the check's own sentences fits: the names in them are Python's, the libraries' or the course's.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable
from typing import NamedTuple

from exercise_lib.check.compare import Difference
from exercise_lib.check.outcome import Outcome
from exercise_lib.check.result import Row

NUMBER = re.compile(r"(?<!\w)[-+]?\d+(?:\.\d+)*(?:e[-+]?\d+)?")  # but for that of `float32`
KNOWN = {
    *(name for name, it in vars(builtins).items() if isinstance(it, type)),
    *("AxisError", "LinAlgError", "_LinAlgError", "JSONDecodeError"),
    *("BrokenModule", "NobodyAnswers"),
}
ASIDE = " (hidden cases use other numbers and shapes)"
NOTES = {
    "warned: ": "With a hidden case there is a warning.",
    "printed: ": "With a hidden case something is printed.",
}


class Compared(NamedTuple):
    """One case in full, and its reason as it may be told of a hidden one but for numbers."""

    row: Row
    told: str

    def closed(self, name: str, aside: str = "") -> Row:
        """Return all that a student may read of a hidden case."""
        told = "" if self.row.passed else masked(self.told) + aside
        return Row(name, self.row.passed, reason=told, hidden=True)


def masked(told: str) -> str:
    """Return a sentence of the check's own without its numbers."""
    return NUMBER.sub("…", told)


def told_of(outcome: Outcome, difference: Difference | None, hint: str) -> str:
    """Return the reason why a case fails, in words that the code under test did not choose."""
    if (raised := outcome.raised) is not None:
        known = raised.type if raised.type in KNOWN else "an exception of your own"
        return raised.told or f"raises {known}"
    if difference is None:
        return "bad input must be rejected"
    return f"{difference.told}: {hint}" if hint else difference.told


def told_notes(notes: Iterable[str], said: Iterable[str]) -> list[str]:
    """Return what notes on hidden cases come to, where public ones have none of their kind.

    Args: said: the notes on public cases.
    """
    said, notes = list(said), list(notes)
    return [
        sentence
        for kind, sentence in NOTES.items()
        if any(it.startswith(kind) for it in notes) and not any(it.startswith(kind) for it in said)
    ]
