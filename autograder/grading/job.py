"""Run the checks of a submission: no file is written, so any process may do it, anywhere."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import nbformat
import torch

from autograder.cells import checked_exercise, is_check_cell
from autograder.exercise import Exercise
from autograder.grading.fresh_cases import FreshBundles
from autograder.grading.imports import imported_modules
from autograder.grading.notebook import Grader
from autograder.paths import student_modules
from autograder.sandbox.limits import Limits
from autograder.sandbox.sandbox import Sandbox

Outputs = dict[str, dict[str, list[Any]]]  # notebook -> cell id -> outputs


@dataclass(frozen=True)
class Settings:
    """What is the same for all submissions of a run; every worker finds the folders in place."""

    release: Path
    exercises: Callable[[], list[Exercise]]
    show: bool = False  # whether to run the notebooks too, for their figures
    limits: Limits = field(default_factory=Limits)  # of the sandbox


@dataclass(frozen=True)
class Job:
    """A submission as it was taken in."""

    student: str
    notebooks: dict[str, str]  # name -> JSON
    modules: dict[str, bytes]  # such as `exercise_lib/mel.py`
    only: str = ""  # the one exercise to check, or "" for all


@dataclass(frozen=True)
class Checked:
    """What came out of it, for the writer."""

    outputs: Outputs = field(default_factory=dict)
    seconds: float = 0.0


def read_job(student: str, folder: Path, modules: list[str], only: str = "") -> Job:
    """Return the job for a submission that was taken in, in `folder`."""
    notebooks = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.ipynb")}
    return Job(student, notebooks, {it: (folder / it).read_bytes() for it in modules}, only)


def run_checks(settings: Settings, job: Job) -> Checked:
    """Return the outputs of a submission's test cells; with `show`, those of all cells."""
    start = time.monotonic()
    outputs = {}
    with ONE_AT_A_TIME:
        grader = start_grader(settings)
        for name, text in sorted(job.notebooks.items()):
            notebook = nbformat.reads(text, as_version=4)
            if job.only:
                notebook.cells = [
                    it
                    for it in notebook.cells
                    if not is_check_cell(it) or checked_exercise(it) == job.only
                ]
            checks = filter(is_check_cell, notebook.cells)
            if settings.show or any(checks):
                grader.grade(notebook, job.modules)
            outputs[name] = {it.id: list(it.outputs) for it in notebook.cells if it.get("outputs")}
    return Checked(outputs, time.monotonic() - start)


def get_ready(settings: Settings) -> None:
    """Start this process's sandbox; raises SandboxUnavailable where there is none."""
    with ONE_AT_A_TIME:
        start_grader(settings)


ONE_AT_A_TIME = threading.Lock()  # a process has one sandbox
GRADERS: dict[Settings, Grader] = {}


def start_grader(settings: Settings) -> Grader:
    """Return this process's grader, with its sandbox started and the cases of this process."""
    if settings not in GRADERS:
        torch.set_num_threads(1)  # the sums of the sandbox
        imports = imported_modules(settings.release)
        modules = student_modules(settings.release)
        sandbox = Sandbox(settings.release, modules, imports, settings.limits)
        sandbox.start()
        atexit.register(sandbox.stop)
        bundles = FreshBundles(settings.exercises())
        GRADERS[settings] = Grader(sandbox, bundles, settings.show)
    return GRADERS[settings]


def end_with_parent() -> None:
    """Let this process end when the one that started it does, even if that was killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
