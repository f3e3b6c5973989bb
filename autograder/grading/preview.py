"""What a run of the grader would take in: tried in a folder that is thrown away."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from autograder.grading.journal import Journal
from autograder.late import LatePolicy
from autograder.limited import limited
from autograder.paths import Course
from autograder.reports.report import Report
from autograder.submissions.collect import collect_submissions
from autograder.submissions.files import names_below
from autograder.submissions.fingerprint import fingerprint_of_submission
from autograder.submissions.intake import take_in
from autograder.submissions.participants import ReadName


@dataclass(frozen=True)
class Preview:
    """One submission as it would be graded."""

    student: str
    state: str  # new, changed or unchanged
    files: int
    taken: Report = field(repr=False)  # with what taking it in noted, and nothing graded


def preview(
    course: Course,
    source: Path,
    read_name: ReadName,
    say: Callable[[str], object] = str,
    policy: LatePolicy | None = None,
) -> tuple[list[Preview], list[str]]:
    """Collect submissions and take them in, and leave the course as it is.

    Args and Raises: those of `collect_submissions`.

    Returns: what there is to grade, and a sentence on everything that could not be used.
    """
    with tempfile.TemporaryDirectory() as folder:
        trial = copy_of(course, Path(folder), source)
        students, notes = collect_submissions(trial, source, read_name, say, policy)
        return [look_at(course, trial, it) for it in students], notes


def copy_of(course: Course, root: Path, source: Path) -> Course:
    """Return a course in `root` in which submissions can be collected and taken in."""
    submitted = course.root / "submitted"
    (root / "release").symlink_to(course.root.resolve() / "release")
    if (course.root / "participants").is_dir():
        shutil.copytree(course.root / "participants", root / "participants")
    if source.resolve() == submitted.resolve():
        (root / "submitted").symlink_to(submitted.resolve())
        return Course(root, course.assignment)
    for earlier in submitted.glob("*/*"):
        if earlier.name != course.assignment:
            link = root / "submitted" / earlier.relative_to(submitted)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(earlier.resolve())
    return Course(root, course.assignment)


def look_at(course: Course, trial: Course, student: str) -> Preview:
    """Take one submission in and compare it with the one that is graded."""
    folder = trial.step("submitted", student)
    graded, handed_in = (
        fingerprint_of_submission(it) for it in (course.step("submitted", student), folder)
    )
    state = "unchanged" if graded == handed_in else "changed"
    if not Journal(course).read(student).fingerprint:
        state = "new"
    try:
        taken = Report(student, repairs=limited(partial(take_in, trial, student)))
    except Exception as error:  # as in a run: it stops nobody
        taken = Report(student, failures=[f"It could not be taken in ({error!r})."])
    return Preview(
        student, state, sum((folder / it).is_file() for it in names_below(folder)), taken
    )
