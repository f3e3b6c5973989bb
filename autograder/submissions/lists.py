"""Take the list of participants of a learning-management system into the course's own."""

import csv
from collections.abc import Callable, Mapping
from io import StringIO
from pathlib import Path

from autograder.paths import Course
from autograder.sandbox.plain_text import plain
from autograder.submissions.participants import (
    Participant,
    read_participants,
    remember_participants,
)
from autograder.submissions.roster import Listed, read_roster, write_roster
from exercise_lib.doctor.reading import decode

# Returns who a line of a list is and what it says of them; None where it is no such line.
ReadRow = Callable[[Mapping[str, str]], tuple[Participant, Listed] | None]


def take_list(course: Course, path: Path, read_row: ReadRow) -> list[str]:
    """Bring a list's names and groups into `students.csv`; return whose they are.

    What the list does not say stays as it was, and so does which student a participant is.
    """
    found = [it for it in map(read_row, read_rows(path)) if it]
    known = {
        (system, row["participant"]): row["student"]
        for system in {participant.system for participant, _ in found}
        for row in read_participants(course, system)
    }
    roster, new = read_roster(course), dict[str, Participant]()
    taken = []
    for participant, listed in found:
        student = known.get((participant.system, participant.number))
        if student is None:
            student = participant.student
            new[student] = participant
        roster[student] = roster.get(student, Listed(student)).updated(listed)
        taken.append(student)
    if taken:
        remember_participants(course, new)
        write_roster(course, roster.values())
    return taken


def participants_in(path: Path, read_row: ReadRow) -> set[str]:
    """Return the systems whose participants stand in a list."""
    return {found[0].system for it in read_rows(path) if (found := read_row(it))}


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the lines of a CSV file by heading, whatever encoding and delimiter it came with."""
    text = decode(path.read_bytes())[0]
    head = text.partition("\n")[0]
    rows = csv.DictReader(StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    return [
        {plain(key): plain(it).strip() for key, it in row.items() if key and isinstance(it, str)}
        for row in rows
    ]
