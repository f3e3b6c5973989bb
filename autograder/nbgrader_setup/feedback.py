"""Feedback pages for students: nbgrader's, from the autograded notebooks, and a summary each."""

import re
import zipfile
from pathlib import Path

from autograder.nbgrader_setup.api import open_api, succeed
from autograder.paths import ASSIGNMENT, Course, Repository
from autograder.reports.summary import write_summary
from autograder.submissions.collect import read_participants
from autograder.submissions.unpack import SECRET


def give_feedback(repository: Repository, course: Course) -> None:
    """Write `feedback/<student>/lecture7/*.html`, the summary too, and release them.

    Who handed in another way has no place there: see `zip_for_moodle`.
    """
    api = open_api(repository, course)
    succeed(api.generate_feedback(ASSIGNMENT))
    for student in course.students("autograded"):
        write_summary(repository, course, student)
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
