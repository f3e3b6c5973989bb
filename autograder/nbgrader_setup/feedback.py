"""Feedback pages for students: nbgrader's, from the autograded notebooks, and a summary each."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

from nbgrader.api import SubmittedAssignment

from autograder.full_disk import is_full
from autograder.limited import TooMuch, limited
from autograder.nbgrader_setup.api import open_api, succeed
from autograder.nbgrader_setup.feedback_pages import FeedbackPages
from autograder.nbgrader_setup.gradebook import found_submission
from autograder.paths import Course, Repository, student_modules
from autograder.reports.groups import counted_for
from autograder.reports.summary import write_summary
from autograder.submissions.collect import is_confirmed
from autograder.submissions.fingerprint import add_files, fingerprint_of_grading
from autograder.submissions.names import headed
from autograder.submissions.roster import members_of, read_roster
from autograder.submissions.unpack import KEPT, SECRET
from exercise_lib.files import write_text

MADE_OF = ".made_of"  # beside a student's pages: the fingerprint of what they show


def give_feedback(
    repository: Repository, course: Course, say: Callable[[str], None] = lambda _: None
) -> list[str]:
    """Write `feedback/<student>/<assignment>/*.html`, the summary too, and release them.

    Pages that show what they would show again are left. Who handed in another way has no place
    in nbgrader's exchange: see `autograder.lms`. All of a group get the pages of the submission
    that counts for them.

    Returns: whose pages could not be written; the reason is said.
    """
    api = open_api(repository, course)
    warm = cache(partial(FeedbackPages, repository, course))
    code = fingerprint_of_grading(repository, course, "feedback")
    failed = []
    for student in course.students("autograded"):
        try:
            shown = fingerprint_of_pages(course, student, code)
            if shown != made_of(course.step("feedback", student)):
                say(f"  {student}{write_limited(warm(), course, student, shown)}")
            if (course.step("feedback", student) / SECRET).exists():
                succeed(api.release_feedback(course.assignment, student))
        except Exception as error:  # whatever their notebooks make of nbgrader's converters
            if is_full(error):
                raise
            reason = (str(error).strip() or repr(error)).splitlines()[-1]
            say(f"  {student}: no feedback. {reason}")
            failed.append(student)
    for student, owner in counted_for(course).items():
        if student != owner and course.step("feedback", owner).exists():
            copy_folder(course.step("feedback", owner), course.step("feedback", student))
    return failed


def write_limited(pages: FeedbackPages, course: Course, student: str, shown: str) -> str:
    """Write a student's pages within the limits, their answers as typed where it takes too much.

    Returns: what there is to say about that.
    """
    write = partial(write_pages, pages, course, student, shown)
    try:
        limited(write)
        return ""
    except TooMuch as error:
        limited(partial(write, as_typed=True))
        return f": {error} to set what was written in Markdown, which is shown as it was typed."


def write_pages(
    pages: FeedbackPages, course: Course, student: str, shown: str, as_typed: bool = False
) -> None:
    """Write a student's pages.

    Args:
        shown: the fingerprint of what they show.
        as_typed: whether Markdown that the student wrote is left as it is.
    """
    with found_submission(course, student) as submission:
        names = {path.name for path in pages.write(submission, as_typed)}
        names.add(write_summary(course, student, submission).name)
    write_text(course.step("feedback", student) / MADE_OF, json.dumps([shown, sorted(names)]))


def fingerprint_of_pages(course: Course, student: str, code: str) -> str:
    """Return the fingerprint of all that a student's pages show.

    Args: code: that of the code that makes them.
    """
    digest = hashlib.sha256(code.encode())
    members = headed(course, members_of(read_roster(course), student))
    told = f"{members} {is_confirmed(course, student)}\n"
    digest.update(told.encode(errors="replace"))
    folder = course.step("autograded", student)
    own = [folder / it for it in (*student_modules(course.release), *KEPT)]
    others = [course.report(student), course.decisions]
    add_files(digest, filter(Path.exists, [*sorted(folder.glob("*.ipynb")), *own, *others]))
    with found_submission(course, student) as submission:
        for text in rows_of(submission):
            digest.update(f"{text}\n".encode(errors="replace"))
    return digest.hexdigest()


def rows_of(submission: SubmittedAssignment) -> Iterator[str]:
    """Yield what the gradebook has of a submission."""
    yield f"{submission.total_seconds_late} {submission.duedate}"
    for notebook in submission.notebooks:
        yield f"{notebook.name} {notebook.late_submission_penalty}"
        for it in sorted(notebook.grades, key=lambda it: it.name):
            row = (it.name, it.auto_score, it.manual_score, it.extra_credit, it.needs_manual_grade)
            yield f"{row}"
        for it in sorted(notebook.comments, key=lambda it: it.name):
            yield f"{(it.name, it.comment)}"


def made_of(folder: Path) -> str:
    """Return the fingerprint of what the pages in a folder show, "" where one is missing."""
    try:
        shown, names = json.loads((folder / MADE_OF).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return shown if all((folder / it).exists() for it in names) else ""


def copy_folder(source: Path, target: Path) -> None:
    """Put a copy of a folder in the place of another."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*KEPT))
