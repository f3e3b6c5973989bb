"""nbgrader's own steps, run in this process; a step that fails raises with nbgrader's log."""

import logging
from pathlib import Path
from typing import Any

from nbgrader.apps.api import NbGraderAPI

from autograder.nbgrader_setup.errors import NbgraderError
from autograder.nbgrader_setup.quiet import quiet
from autograder.nbgrader_setup.settings import course_config
from autograder.paths import Course, Repository


def open_api(repository: Repository, course: Course, submitted: str = "submitted") -> NbGraderAPI:
    """Return nbgrader's API for a course.

    Args: submitted: the step that submissions are taken from.
    """
    quiet()
    config = course_config(repository, course)
    Path(config.Exchange.root).mkdir(parents=True, exist_ok=True)
    if submitted == "intake":
        config.Autograde.sanitize_preprocessors = []  # taking in has made them from the release
    config.CourseDirectory.submitted_directory = submitted
    config.ExchangeCollect.check_owner = False
    return NbGraderAPI(config=config, log_level=logging.WARNING)


def succeed(result: dict[str, Any]) -> str:
    """Return the log of a step, or raise NbgraderError when it failed."""
    if not result["success"]:
        if "KeyboardInterrupt" in result["error"]:  # nbgrader catches that too
            raise KeyboardInterrupt
        raise NbgraderError("\n".join(filter(None, [result.get("log"), result.get("error")])))
    return result.get("log", "")
