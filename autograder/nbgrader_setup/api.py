"""nbgrader's own steps, run in this process; a step that fails raises with nbgrader's log."""

import logging
import warnings
from pathlib import Path
from typing import Any

from nbgrader.apps.api import NbGraderAPI
from nbgrader.preprocessors import NbGraderPreprocessor
from sqlalchemy.exc import SAWarning

from autograder.nbgrader_setup.execute import ExecuteOrExplain
from autograder.nbgrader_setup.settings import configure_autograding, course_config
from autograder.paths import Course, Repository


class NbgraderError(RuntimeError):
    """A step of nbgrader failed; the message ends in its log."""


def open_api(
    repository: Repository,
    course: Course,
    submitted: str = "submitted",
    run: type[NbGraderPreprocessor] = ExecuteOrExplain,
) -> NbGraderAPI:
    """Return nbgrader's API for a course.

    Args:
        submitted: the step that submissions are taken from.
        run: the preprocessor that gives test cells their outputs.
    """
    quiet()
    config = course_config(repository, course)
    Path(config.Exchange.root).mkdir(parents=True, exist_ok=True)
    configure_autograding(config, run)
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


def quiet() -> None:
    """Keep nbgrader's log off the terminal, `capture_log` still collects it, and its warnings."""
    for handler in logging.getLogger("traitlets").handlers:
        handler.setLevel(logging.CRITICAL)
    logging.getLogger("tornado.application").addFilter(is_not_raised_as_well)
    warnings.filterwarnings("ignore", category=SAWarning, module=r"nbgrader\.api")


def is_not_raised_as_well(record: logging.LogRecord) -> bool:
    """Whether nbgrader's gradebook logs something that it does not raise, too."""
    return not record.getMessage().startswith("Rolling back session")
