"""When an assignment is due, and what it costs to be late."""

import math
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from autograder.errors import BuildError
from autograder.words import plural

DAY, HOUR, MINUTE = 86_400, 3_600, 60  # seconds
UNITS = {"day": DAY, "hour": HOUR, "minute": MINUTE, "second": 1}


@dataclass(frozen=True)
class LatePolicy:
    """The table `[NAME.late]` of an assignment; shares are of the points that were reached."""

    due: datetime  # with its zone, which is also that of dates without one in a download
    grace_minutes: float = 0.0
    per_day: float = 0.0  # the share that each day begun costs
    at_most: float = 1.0  # the largest share

    def penalty(self, score: float, seconds_late: float) -> float:
        """Return how many points of a score are taken off."""
        late = seconds_late - self.grace_minutes * MINUTE
        days = math.ceil(late / DAY) if late > 0 else 0
        return score * min(days * self.per_day, self.at_most)


def read_late(name: str, table: Any) -> LatePolicy:
    """Return an assignment's policy; raises BuildError for what is unknown or of the wrong kind."""
    known = [it.name for it in fields(LatePolicy)]
    if not isinstance(table, dict) or not table.keys() <= set(known):
        raise BuildError(f"{name}.late: there are {', '.join(known)}")
    due = table.get("due")
    if not isinstance(due, datetime) or due.tzinfo is None:
        raise BuildError(f"{name}.late: due is a time with its zone: 2026-07-01T23:59:00+02:00")
    for key, value in table.items():
        if key == "due":
            continue
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        most = math.inf if key == "grace_minutes" else 1
        if not number or not 0 <= value <= most:
            raise BuildError(f"{name}.late: {key} can't be {value!r}")
    return LatePolicy(**table)


def lateness(seconds_late: float, due: datetime | None) -> str:
    """Return how late something was, such as "2 days and 3 hours after 1 July 2026, 21:59 UTC".

    Args: due: in UTC.

    Returns: "" where it was not late by a second.
    """
    if seconds_late < 1 or due is None:
        return ""
    left, parts = int(seconds_late), list[str]()
    for unit, seconds in UNITS.items():
        count, left = divmod(left, seconds)
        parts += [plural(count, unit)] if count else []
    clock = f"{due:%H:%M:%S}".removesuffix(":00")
    return f"{' and '.join(parts[:2])} after {due.day} {due:%B %Y}, {clock} UTC"
