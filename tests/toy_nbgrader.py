"""nbgrader as a person would run it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from nbgrader.api import Gradebook
from toy_course import ASSIGNMENT
from toy_forks import NBGRADER_SECONDS, forker

from autograder.nbgrader_setup.settings import COURSE_ID
from autograder.paths import Course

STUDENT_CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "{course_id}"
c.Exchange.root = "{exchange}"
c.Exchange.cache = "{cache}"
"""


def nbgrader(folder: Path, *arguments: str, fork: bool = True) -> str:
    """Run nbgrader as a person would, in `folder`, without the grader's environment.

    Args: fork: whether to leave out what starting the program costs.
    """
    environment = {key: value for key, value in os.environ.items() if key != "EXERCISE_HIDDEN"}
    with tempfile.NamedTemporaryFile() as file:
        log = Path(file.name)
        if fork:
            code = forker().run_nbgrader([*arguments], folder, environment, log)
        else:
            code = subprocess.run(
                [sys.executable, "-m", "nbgrader", *arguments],
                cwd=folder,
                env=environment,
                stdout=file,
                stderr=file,
                timeout=NBGRADER_SECONDS,
                check=False,
            ).returncode
        text = log.read_text(encoding="utf-8")
    assert code == 0, f"nbgrader {' '.join(arguments)}\n{text}"
    return text


def scores(course: Course) -> dict[str, float]:
    with Gradebook(course.gradebook_url) as gradebook:
        return {it.student.id: it.score for it in gradebook.assignment_submissions(ASSIGNMENT)}


def make_home(course: Course, home: Path) -> Path:
    """Make a student's home, where nbgrader knows the course's exchange."""
    home.mkdir(parents=True)
    settings = {"exchange": course.exchange, "cache": home / "cache", "course_id": COURSE_ID}
    (home / "nbgrader_config.py").write_text(STUDENT_CONFIG.format(**settings))
    return home
