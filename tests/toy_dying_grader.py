"""Grade the toy cohort in a process of its own that is killed on the way."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from toy_course import ASSIGNMENT, toy_exercises
from toy_sandbox import InThisProcess

from autograder.grading import worker
from autograder.grading.autograded import Autograded
from autograder.grading.journal import Journal
from autograder.grading.run import grade, sandboxed
from autograder.nbgrader_setup import gradebook as gradebook_module
from autograder.paths import Course, Repository
from autograder.reports.report import Report

STEPS = {
    "taken": (worker, "limited"),
    "begin": (Journal, "begin"),
    "placed": (Autograded, "write"),
    "saved": (gradebook_module, "write_notebook"),
    "report": (Report, "write"),
    "end": (Journal, "end"),
}


def grade_and_die(root: Path, moment: str, number: int) -> None:
    """Kill this process in the step of STEPS, the `number`th time; before it if it is the end."""
    owner, name = STEPS[moment]
    setattr(owner, name, kill_at(number, getattr(owner, name), before=moment == "end"))
    repository, course = Repository(root / "repository"), Course(root / "course", ASSIGNMENT)
    with sandboxed(repository, course, toy_exercises, start=InThisProcess) as checks:
        grade(repository, course, course.students("submitted"), checks)


def kill_at(number: int, step: Callable, before: bool) -> Callable:
    """Return the step, which ends this process before or after it is done the `number`th time."""
    counts = 0

    def counted(*arguments, **options):
        nonlocal counts
        counts += 1
        if counts == number and before:
            os.kill(os.getpid(), signal.SIGKILL)
        result = step(*arguments, **options)
        if counts == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return counted
