"""When work was handed in: what systems say of it, and nbgrader's `timestamp.txt`."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone, tzinfo

from dateutil import parser, tz

from autograder.late import LatePolicy
from autograder.submissions.participants import Participant
from autograder.submissions.roster import Listed

TIMESTAMP = "timestamp.txt"
CLEAR = re.compile(r"\d{4}-\d{2}-\d{2}|[^\W\d_]{3}.*\b\d{4}\b")  # 1/7/2026 could be two days
NAMED_ZONE = re.compile(r"\s+(?P<zone>[A-Za-z][\w/+-]+)$")
ATTEMPT = "%Y-%m-%d-%H-%M-%S"  # as names of a download have it
DOWNLOAD = timedelta(hours=1)  # in which a system may pack one: its files' dates are then its own
ONE_DAY = timedelta(days=1)
Times = dict[str, datetime]


def read_time(text: str, zone: tzinfo = timezone.utc) -> datetime | None:
    """Return a time that a person or a system wrote; None for what is none, or could be two.

    Args: zone: where the text names none.
    """
    text = text.strip()
    if not CLEAR.search(text):
        return None
    named = NAMED_ZONE.search(text)
    if named and named["zone"].upper() not in ("AM", "PM"):
        text, zone = text[: named.start()], tz.gettz(named["zone"]) or zone
    try:
        time = parser.parse(text)
        time = time if time.tzinfo else time.replace(tzinfo=zone)
        return time.astimezone(zone)
    except Exception:  # whatever the parser raises for what is no date
        return None


def unreadable_due_dates(roster: Mapping[str, Listed]) -> list[str]:
    """Return which lines of the list have a due date that is none, or could be two."""
    return [f"{it.student}: {it.due}" for it in roster.values() if it.due and not read_time(it.due)]


def stamp(time: datetime) -> str:
    """Return a time as nbgrader reads it; it takes an offset such as +0200 for seconds."""
    return f"{time.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S.%f} UTC"


def hand_in_times(
    found: Mapping[str, tuple[Participant | None, datetime | None]],
    roster: Mapping[str, Listed],
    policy: LatePolicy | None,
) -> tuple[Times, list[str]]:
    """Return when each student handed in, as far as that is known, and what to say about it.

    The list comes first, then the date or the mark in a download's names. Dates of its files count
    only where they lie apart: others are those of the download.

    Args: found: who each student is in a download, and the date of their newest file in its zip.
    """
    zone = policy.due.tzinfo if policy else None
    dates = [date for participant, date in found.values() if participant and date]
    apart = bool(dates) and max(dates) - min(dates) > DOWNLOAD
    times, marked = Times(), []
    for student, (participant, date) in found.items():
        line = roster.get(student, Listed())
        time = read_time(line.handed_in, zone or timezone.utc)
        if not time and policy and participant:
            local = attempt_time(participant) or (date if apart else None)
            time = local.replace(tzinfo=zone) if local else None
            if participant.late and not (time and time > policy.due):
                time = policy.due + ONE_DAY
                marked.append(student)
        if time:
            times[student] = time
    said = []
    if policy and any(participant for participant, _ in found.values()):
        said.append(f"When it was handed in is known of {len(times)} of {len(found)} students.")
    if marked:
        said.append(f"Marked late, and a day is assumed: {', '.join(marked)}.")
    return times, said


def attempt_time(participant: Participant) -> datetime | None:
    """Return the time of a participant's attempt where the download's names have it."""
    try:
        return datetime.strptime(participant.attempt, ATTEMPT)
    except ValueError:
        return None
