"""Numbers as people write them, and what is left out of a sentence."""

import re

ADVICE = re.compile(r" This needs .* first\.$")  # to the student, behind a failure


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def points(number: float) -> str:
    """Return points as people write them: 2, and 0.33."""
    return f"{round(number, 2):g}"
