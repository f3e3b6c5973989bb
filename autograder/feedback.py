"""Feedback pages for students: nbgrader's, from the autograded notebooks."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from autograder.collect import read_participants
from autograder.nbgrader_api import open_api, succeed
from autograder.repository import ASSIGNMENT, Course, Repository

SECRET = "submission_secret.txt"  # nbgrader's, written when a student submits


def give_feedback(
    repository: Repository, course: Course, say: Callable[[str], None] = lambda _: None
) -> None:
    """Write `feedback/<student>/lecture7/*.html` and release the pages into the exchange.

    Who handed in another way has no place there: see `zip_for_moodle`.

    Args: say: told of each student whose pages are written.
    """
    api = open_api(repository, course)
    results = []
    for student in course.students("autograded"):
        results.append(api.generate_feedback(ASSIGNMENT, student))
        say(f"  {student}")
    for result in results:
        succeed(result)
    for student in course.students("feedback"):
        if (course.step("feedback", student) / SECRET).exists():
            succeed(api.release_feedback(ASSIGNMENT, student))


def zip_for_moodle(course: Course) -> Path | None:
    """Write `feedback_moodle.zip` for those who came with Moodle's download; None without any.

    Its folders are named as the download's are, by which Moodle's "Upload multiple feedback files
    in a zip" finds whose they are: between the first two underscores is the participant's number.
    """
    students = {it["student"]: it for it in read_participants(course)}
    pages = {it: sorted(course.step("feedback", it).glob("*.html")) for it in students}
    if not any(pages.values()):
        return None
    path = course.root / "feedback_moodle.zip"
    part = path.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for student, it in students.items():
            name = re.sub(r"[\W_]+", " ", it["name"]).strip() or student
            folder = f"{name}_{it['participant']}_assignsubmission_file_"
            for page in pages[student]:
                archive.write(page, f"{folder}/{page.name}")
    return part.replace(path)
