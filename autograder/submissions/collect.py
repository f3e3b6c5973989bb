"""Bring submissions that came as a folder, as a zip or in a download into `submitted/`."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from autograder.late import LatePolicy
from autograder.paths import Course
from autograder.submissions.files import (
    Entry,
    Refusal,
    Refused,
    clean_path,
    folder_entries,
    open_zip,
    shown,
    zip_entries,
)
from autograder.submissions.fingerprint import fingerprint_of_entries, fingerprint_of_submission
from autograder.submissions.participants import (
    Participant,
    ReadName,
    read_participants,
    remember_participants,
)
from autograder.submissions.roster import groups_of, read_roster
from autograder.submissions.student_ids import student_id
from autograder.submissions.times import TIMESTAMP, hand_in_times, stamp
from autograder.submissions.unpack import KEPT, MOST_FILES, MOST_IN_ALL, unpack
from exercise_lib.files import write_text

MOST_NAMED = 20  # files that are nobody's
MOST_REASONS = 3  # why there is no submission
VERSION = re.compile(r"(?P<stem>[^/]+)-(?P<number>[0-9]{1,4})(?P<suffix>\.[^./]+)")


@dataclass
class HandedIn:
    """What one student handed in, and which participant they are if it came in a download."""

    participant: Participant | None = None
    entries: list[Entry] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    attempts: dict[str, str] = field(default_factory=dict)  # path -> when, as the system says
    time: datetime | None = None  # it was handed in, as far as that is known

    @property
    def date(self) -> datetime | None:
        """The newest date of its files in the zip they came in."""
        return max((it.date for it in self.entries if it.date), default=None)


def collect_submissions(
    course: Course,
    source: Path,
    read_name: ReadName,
    say: Callable[[str], object] = str,
    policy: LatePolicy | None = None,
) -> tuple[list[str], list[str]]:
    """Copy submissions into `submitted/<student>/<assignment>`.

    Args:
        source: a zip or folder with a folder or zip for each student, or with the notebooks of one
            student, or the download of a learning-management system.
        read_name: tells whose a name in such a download is.
        say: told what was recognised, before anything is copied.
        policy: when the assignment is due, for what a download says of late work.

    Returns: whose submissions they are, and a sentence on everything that could not be used.

    Raises: FileNotFoundError, Refused where it is no zip, ValueError when it holds no submission.
    """
    if source.resolve() == (course.root / "submitted").resolve():
        return course.students("submitted"), []
    with ExitStack() as stack:
        if source.is_dir():
            entries, refused = folder_entries(source)
        else:
            archive = stack.enter_context(open_zip(stack.enter_context(source.open("rb"))))
            entries, refused = zip_entries(archive)
            entries, refused = without_cohort_folder(entries, refused, read_name)
        submissions, notes = by_student(course, source, entries, refused, read_name)
        if not submissions:
            reasons = " ".join(["", *notes[:MOST_REASONS]])
            raise ValueError(f"{source} has no folder, zip or file of a student in it.{reasons}")
        say(recognised(submissions))
        participants = {it: found.participant for it, found in submissions.items()}
        notes += date_submissions(course, submissions, policy)
        notes += join_groups(submissions, groups_of(read_roster(course)))
        for student, submission in submissions.items():
            store(course, student, submission)
    remember_participants(course, {it: who for it, who in participants.items() if who})
    return sorted(submissions), notes


def by_student(
    course: Course,
    source: Path,
    entries: list[Entry],
    refused: list[Refusal],
    read_name: ReadName,
) -> tuple[dict[str, HandedIn], list[str]]:
    """Return student -> what they handed in, and a sentence on everything that is nobody's."""
    if is_work([it.path for it in entries], read_name):
        return {student_id(source.stem): HandedIn(None, entries, refused)}, []
    found: dict[str, HandedIn] = {}
    owners: dict[str, str] = {}  # student -> the folder or zip they were found in first
    notes = []
    items: list[Entry | Refusal] = [*entries, *refused]
    named, doubtful = read_names({top_of(it.path) for it in items}, read_name)
    download = any(named.values()) or bool(doubtful)
    known = {  # their names may have changed
        (system, row["participant"]): row["student"]
        for system in {it[0].system for it in named.values() if it}
        for row in read_participants(course, system)
    }
    marked = {student_id(it) for it in map(without_zip, named) if student_id(it) != it}
    for item in sorted(items, key=lambda it: it.path):
        top, slash, rest = item.path.replace("\\", "/").partition("/")
        if top in doubtful:
            notes.append(str(doubtful[top]))
            continue
        participant, file = named[top] or (None, top)
        rest = rest if slash else file
        if participant:
            owner = participant.number
            student = known.get((participant.system, owner)) or participant.student
        elif not download and is_name(top) and (slash or top.lower().endswith(".zip")):
            student, owner = student_id(top if slash else without_zip(top)), top
            if student in marked and student == without_zip(top):
                notes.append(f"{shown(top)} is not used: another student is called so here.")
                continue
        else:
            notes.append(str(item) if isinstance(item, Refusal) else f"{shown(top)} is not used.")
            continue
        if owners.setdefault(student, owner) != owner:
            first = shown(owners[student])
            notes.append(f"{shown(top)} is not used: {first} is of the same student.")
            continue
        submission = found.setdefault(student, HandedIn(participant))
        if isinstance(item, Refusal):
            submission.refused.append(Refusal(rest, item.why))
        else:
            submission.entries.append(replace(item, path=rest))
            submission.attempts[rest] = participant.attempt if participant else ""
    for student, submission in found.items():
        notes += [f"{student}: {it}" for it in keep_latest(submission)]
    return found, capped(list(dict.fromkeys(notes)))


def without_zip(name: str) -> str:
    """Return a name without the ending of an archive."""
    return name[:-4] if name.lower().endswith(".zip") else name


def date_submissions(
    course: Course, submissions: Mapping[str, HandedIn], policy: LatePolicy | None
) -> list[str]:
    """Note when each submission was handed in; return what to say about it."""
    found = {student: (it.participant, it.date) for student, it in submissions.items()}
    times, said = hand_in_times(found, read_roster(course), policy)
    for student, time in times.items():
        submissions[student].time = time
    return said


def join_groups(submissions: dict[str, HandedIn], groups: Iterable[list[str]]) -> list[str]:
    """Leave of each group's submissions the latest, as that of its first member; say where."""
    several = []
    for members in groups:
        handed_in = [it for it in members if it in submissions]
        if handed_in:
            never = datetime.min.replace(tzinfo=timezone.utc)
            latest = max(handed_in, key=lambda it: submissions[it].time or never)
            counted = submissions[latest]
            for student in handed_in:
                del submissions[student]
            submissions[members[0]] = counted
            several += [f"{latest}'s of {', '.join(handed_in)}"] if len(handed_in) > 1 else []
    if not several:
        return []
    return [f"Of groups with several hand-ins the latest known counts: {'; '.join(several)}."]


def capped(notes: list[str]) -> list[str]:
    """Return notes of which those on files that are not used are at most a few."""
    unused = [it for it in notes if it.endswith(" is not used.")]
    left_out = set(unused[MOST_NAMED:])
    more = [f"{len(left_out)} other files are not used."] if left_out else []
    return [it for it in notes if it not in left_out] + more


def read_names(
    tops: Iterable[str], read_name: ReadName
) -> tuple[dict[str, tuple[Participant, str] | None], dict[str, Refusal]]:
    """Return whose each name is in the system most of them are of, and which are in doubt."""
    named, doubtful = {}, {}
    for top in sorted(tops):
        try:
            named[top] = read_name(top)
        except Refused as error:
            named[top], doubtful[top] = None, Refusal(top, str(error))
    found = Counter(it[0].system for it in named.values() if it)
    [(system, count)] = found.most_common(1) or [("", 0)]
    if 2 * (count + len(doubtful)) < len(named):
        system = ""
    named = {top: it if it and it[0].system == system else None for top, it in named.items()}
    return named, doubtful


def keep_latest(submission: HandedIn) -> list[str]:
    """Leave of a participant's attempts the latest; return which was taken, a sentence each.

    A system dates attempts, or puts a number behind a file's name: `work-1.zip` is newer than
    `work.zip`.
    """
    said = []
    if len(attempts := sorted(set(submission.attempts.values()))) > 1:
        said.append(f"the attempt of {attempts[-1]} counts, the latest of {len(attempts)}.")
        submission.entries = [
            it for it in submission.entries if submission.attempts[it.path] == attempts[-1]
        ]
    if submission.participant:
        names = {it.path for it in submission.entries}
        versions: dict[str, list[tuple[int, str]]] = {}
        for name in names:
            match = VERSION.fullmatch(name)
            if match and (first := f"{match['stem']}{match['suffix']}") in names:
                versions.setdefault(first, [(0, first)]).append((int(match["number"]), name))
        for first, found in versions.items():
            latest = max(found)[1]
            said.append(f"{shown(latest)} counts, the latest of {len(found)} of {shown(first)}.")
            names -= {name for _, name in found} - {latest}
        submission.entries = [it for it in submission.entries if it.path in names]
    return said


def recognised(submissions: Mapping[str, HandedIn]) -> str:
    """Return the sentence on what these submissions were taken for."""
    systems = {it.participant.system for it in submissions.values() if it.participant}
    layout = f"a download of {systems.pop().capitalize()}" if systems else "folders and zips"
    count = "1 student" if len(submissions) == 1 else f"{len(submissions)} students"
    return f"Recognised: {layout}, {count}."


def is_name(top: str) -> bool:
    """Whether the first step of a path can be the name of a student's folder."""
    try:
        return clean_path(top) == top and top not in ("", "exercise_lib")
    except Refused:
        return False


def top_of(path: str) -> str:
    return path.replace("\\", "/").partition("/")[0]


def is_work(paths: Iterable[str], read_name: ReadName) -> bool:
    """Whether these are the paths of one submission: its notebooks or the package at the top.

    Raises: ValueError where there is one more zip or folder with work in it, which could be a part
        of the submission or a student's. Beside several, what lies at the top is nobody's.
    """
    steps = [path.split("/") for path in paths]
    package = any(it[0] == "exercise_lib" and len(it) > 1 for it in steps)
    notebooks = any(len(it) == 1 and is_notebook(it, read_name) for it in steps)
    if not package and not notebooks:
        return False
    if any(is_read(it[0], read_name) for it in steps):
        return False
    others = {it[0] for it in steps if is_students(it, package)}
    if len(others) == 1:
        raise ValueError(
            f"a submission lies at the top, and {shown(others.pop())} beside it could be a "
            "student's: take one of them out"
        )
    return not others


def is_notebook(steps: list[str], read_name: ReadName) -> bool:
    return steps[-1].endswith(".ipynb") and not is_read(steps[0], read_name)


def is_students(steps: list[str], package: bool) -> bool:
    """Whether a path beside a submission looks like another student's work.

    Args: package: whether the package lies at the top, which may have a folder of notebooks.
    """
    if len(steps) == 1:
        return steps[0].lower().endswith(".zip")
    inside = "exercise_lib" in steps[1:-1]
    return steps[0] != "exercise_lib" and (
        inside or (not package and steps[-1].endswith((".ipynb", ".zip")))
    )


def is_read(top: str, read_name: ReadName) -> bool:
    """Whether a name is one of a download, also where it is in doubt whose."""
    try:
        return read_name(top) is not None
    except Refused:
        return True


def without_cohort_folder(
    entries: list[Entry], refused: list[Refusal], read_name: ReadName
) -> tuple[list[Entry], list[Refusal]]:
    """Leave out the one folder that a zip has everything in, where two or more students are."""
    inner = [it.path.partition("/")[2] for it in entries]
    tops = {top_of(it.path) for it in entries}
    students = {top_of(it) for it in inner if "/" in it or it.endswith(".zip")}
    known = any(is_read(it, read_name) for it in students)
    if len(tops) > 1 or (len(students) < 2 and not known) or is_work(inner, read_name):
        return entries, refused
    if any(is_read(it, read_name) for it in tops):
        return entries, refused
    top = f"{tops.pop()}/"
    return (
        [replace(it, path=it.path.removeprefix(top)) for it in entries],
        [replace(it, path=it.path.removeprefix(top)) for it in refused],
    )


def store(course: Course, student: str, submission: HandedIn) -> None:
    """Put a submission into `submitted/`, in place of an earlier one, and keep what was refused.

    Of what was refused, or where nothing was taken, a fingerprint stays: whoever confirmed that
    nothing can be read need not confirm the same files again.
    """
    place = course.step("submitted", student)
    course.root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=course.root) as name:
        folder = Path(name) / place.name
        folder.mkdir()
        entries = submission.entries
        if submission.participant:  # nbgrader did not write what lies in a download
            entries = [it for it in entries if it.name not in KEPT]
        refused = submission.refused + unpack(entries, folder)
        if submission.time:
            write_text(folder / TIMESTAMP, stamp(submission.time))
        record: dict[str, Any] = {
            "collected": fingerprint_of_submission(folder),
            "refused": [str(it) for it in refused[:100]],
        }
        if refused or not any(it.suffix in (".ipynb", ".py") for it in folder.rglob("*")):
            record["handed_in"] = fingerprint_of_all(submission)
        if still_confirmed(course, student, record):
            record["confirmed"] = True
        text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
        write_text(record_of(course, student), text)
        shutil.rmtree(place, ignore_errors=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(place)


def record_of(course: Course, student: str) -> Path:
    return course.collected / f"{student}.json"


def fingerprint_of_all(submission: HandedIn) -> str:
    """Return the fingerprint of everything in a submission, "" where not all can be looked at."""
    if submission.refused or len(submission.entries) > MOST_FILES:
        return ""
    return fingerprint_of_entries(submission.entries, MOST_IN_ALL)


def still_confirmed(course: Course, student: str, record: dict[str, Any]) -> bool:
    """Whether the submission before this one was confirmed, and held the same.

    Args: record: what is noted of this one.
    """
    before = last_record(course, student)
    key = "handed_in" if "handed_in" in record else "collected"
    same = record[key] and before.get(key) == record[key]
    return bool(same and before.get("confirmed"))


def last_record(course: Course, student: str) -> dict[str, Any]:
    """Return what was noted last of a student's submissions."""
    try:
        return json.loads(record_of(course, student).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def read_record(course: Course, student: str, handed_in: str = "") -> dict[str, Any]:
    """Return what is noted of this submission, and not of one before it.

    Args: handed_in: its fingerprint, where it is known.
    """
    if not (record := last_record(course, student)):
        return {}
    handed_in = handed_in or fingerprint_of_submission(course.step("submitted", student))
    return record if record.get("collected") == handed_in else {}


def refused_of(course: Course, student: str, handed_in: str = "") -> list[str]:
    """Return what was refused when this submission was collected; see `read_record`."""
    return read_record(course, student, handed_in).get("refused", [])


def confirm(course: Course, student: str) -> None:
    """Note that somebody looked at a submission in which nothing could be read: its 0 counts."""
    handed_in = fingerprint_of_submission(course.step("submitted", student))
    record = {"collected": handed_in} | read_record(course, student, handed_in)
    text = json.dumps(record | {"confirmed": True}, indent=1, ensure_ascii=False) + "\n"
    write_text(record_of(course, student), text)


def is_confirmed(course: Course, student: str) -> bool:
    """Whether somebody confirmed this submission; one with other files is to be confirmed again."""
    return read_record(course, student).get("confirmed", False)
