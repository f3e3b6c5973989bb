"""Grade one submission up to the gradebook: take it in, run its checks, make its notebooks.

Any process may do this, anywhere, as long as it finds the course and this repository in place.
"""

from __future__ import annotations

import atexit
import gc
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from nbformat import NotebookNode

from autograder.cells import checked_exercise, is_check_cell, not_run
from autograder.full_disk import is_full
from autograder.grading import one_thread  # noqa: F401  # before torch
from autograder.grading.fresh_cases import FreshBundles
from autograder.grading.imports import imported_by_answers, imported_modules
from autograder.grading.job import Graded, Job, Settings
from autograder.grading.notebook import Grader
from autograder.grading.shared import Shared
from autograder.limited import TooMuch, limited
from autograder.nbgrader_setup.scores import scores_of
from autograder.own_notebooks import own_text, read_own
from autograder.paths import Course, student_modules
from autograder.reports.prints import keep_prints
from autograder.reports.said import read_checks
from autograder.sandbox.errors import SandboxDied
from autograder.sandbox.machine_code import kept_machine_code
from autograder.sandbox.own_files import OWN
from autograder.sandbox.sandbox import Sandbox
from autograder.submissions.intake import start_from_release, take_in
from autograder.submissions.own_files import own_files_in
from exercise_lib.check.own_modules import PACKAGE

MANY = 3  # submissions of a worker, of which some use more than all do
NO_VERDICT = "There is no verdict on this check."


def grade(settings: Settings, job: Job) -> Graded:
    """Grade one submission; it may end this process, not by raising, but by what it makes it do."""
    taken = take(settings.course, job.student)
    start = time.monotonic()
    with ONE_AT_A_TIME:
        grader = start_grader(settings)
        deadline = time.monotonic() + settings.limits.submission_seconds
        notebooks = [
            without_others(it, job.only)
            for it in taken.notebooks.values()
            if settings.show or any(asked(cell, job.only) for cell in it.cells)
        ]
        grader.grade(notebooks, taken.modules, deadline)
        GRADED[settings] += 1
        if GRADED[settings] == MANY:
            warm_more(settings, grader.sandbox)
    return finished(settings.course, job, taken, time.monotonic() - start)


def not_graded(course: Course, job: Job, reason: str) -> Graded:
    """Return what the writer notes of a submission whose checks can't be run."""
    taken = take(course, job.student)
    taken.failures.append(reason)
    return without_checks(course, job, taken, reason)


def as_empty(course: Course, job: Job, reason: str) -> Graded:
    """Return what the writer notes of a submission of which nothing can be used."""
    return without_checks(course, job, taken_as_empty(course, job.student, reason), reason)


def without_checks(course: Course, job: Job, taken: Taken, reason: str) -> Graded:
    """Return a submission of which no check was run, with the reason."""
    for notebook in taken.notebooks.values():
        for cell in notebook.cells:
            if asked(cell, job.only):
                cell.outputs = [not_run(reason)]
    return finished(course, job, taken, 0.0)


@dataclass
class Taken:
    """A submission as it was taken in."""

    notebooks: dict[str, NotebookNode]
    modules: dict[str, bytes]  # such as `exercise_lib/mel.py`, and `own/helpers.py`
    repairs: list[str]
    failures: list[str]


def take(course: Course, student: str) -> Taken:
    """Take a submission in; where that fails, it counts as empty."""
    try:
        return read_taken(course, student, limited(partial(taken_in, course, student)), [])
    except Exception as error:
        if is_full(error):
            raise
        reason = error if isinstance(error, TooMuch) else repr(error)
        said = f"The submission could not be taken in and counts as empty: {reason}"
        return taken_as_empty(course, student, said)


def taken_as_empty(course: Course, student: str, reason: str) -> Taken:
    """Take nothing in: what counts is as it was released."""
    start_from_release(course, student)
    return read_taken(course, student, [], [reason])


def read_taken(course: Course, student: str, repairs: list[str], failures: list[str]) -> Taken:
    """Read what was taken in."""
    folder, modules = course.step("intake", student), student_modules(course.release)
    own = {f"{OWN}/{it}": it for it in own_files_in(folder, modules)}
    return Taken(
        {path.stem: read_own(path) for path in sorted(folder.glob("*.ipynb"))},
        {
            name: (folder / it).read_bytes()
            for name, it in ({it: it for it in modules} | own).items()
        },
        repairs,
        failures,
    )


def taken_in(course: Course, student: str) -> list[str]:
    """Take a submission in and keep its fingerprints; return what had to be repaired."""
    repairs = take_in(course, student)
    with suppress(Exception):  # the page on the cohort says so
        keep_prints(course, student)
    return repairs


def asked(cell: NotebookNode, only: str) -> bool:
    """Whether this is a check to be run."""
    return is_check_cell(cell) and only in ("", checked_exercise(cell))


def without_others(notebook: NotebookNode, only: str) -> NotebookNode:
    """Return a notebook without the checks of other exercises; its cells are the same objects."""
    cells = [it for it in notebook.cells if not is_check_cell(it) or asked(it, only)]
    return NotebookNode({**notebook, "cells": cells})


def finished(course: Course, job: Job, taken: Taken, seconds: float) -> Graded:
    """Return a submission with what its checks gave; others than the asked ones keep theirs."""
    if job.only:
        add_outputs_of_before(course, job, taken.notebooks)
    graded = Graded(repairs=taken.repairs, failures=list(taken.failures), seconds=seconds)
    for name, notebook in taken.notebooks.items():
        for cell in filter(is_check_cell, notebook.cells):
            cell.outputs = cell.outputs or [not_run(NO_VERDICT)]
        graded.scores[name] = scores_of(notebook, taken.modules, course.references)
        graded.checks[name] = read_checks(notebook.cells)
        graded.notebooks[name] = own_text(notebook)
    return graded


def add_outputs_of_before(course: Course, job: Job, notebooks: dict[str, NotebookNode]) -> None:
    """Let the checks of other exercises keep the outputs of the last grading."""
    for name, notebook in notebooks.items():
        path = course.step("autograded", job.student) / f"{name}.ipynb"
        before = read_own(path).cells if path.exists() else []
        outputs = {it.id: it.outputs for it in before if it.get("outputs")}
        for cell in notebook.cells:
            if cell.id in outputs and not cell.outputs and not asked(cell, job.only):
                cell.outputs = outputs[cell.id]


def get_ready(settings: Settings, only: str = "") -> None:
    """Start this process's sandbox, and draw the cases meanwhile: all, or those of one exercise.

    The sandbox is started by this very thread, with which it would end.

    Raises: SandboxUnavailable where there is none.
    """
    with ONE_AT_A_TIME, ThreadPoolExecutor(1, "cases") as drawer:
        drawer.submit(draw_cases, settings, only)
        start_grader(settings)
    gc.freeze()  # what all submissions need is not looked through again and again


def draw_cases(settings: Settings, only: str) -> None:
    """Draw the cases of one exercise or, for "", of all; what fails is told when it is needed."""
    bundles = bundles_of(settings)
    exercises = [only] if only else list(bundles.exercises)
    for exercise in random.sample(exercises, len(exercises)):  # so workers don't draw the same
        with suppress(Exception):
            bundles.bundle(exercise)


ONE_AT_A_TIME = threading.Lock()  # a process has one sandbox
LOADING = threading.Lock()  # and draws its cases once
GRADERS: dict[Settings, Grader] = {}
GRADED: Counter[Settings] = Counter()  # submissions of this process
BUNDLES: dict[Settings, FreshBundles] = {}


def bundles_of(settings: Settings) -> FreshBundles:
    """Return the cases of this process: those of the last draw."""
    with LOADING:
        known, draw = BUNDLES.get(settings), settings.draw
        if known is None or draw.seed not in ("", known.seed):
            known = FreshBundles(settings.exercises(), draw.seed, Shared(draw.folder))
            BUNDLES[settings] = known
        return known


def warm_more(settings: Settings, sandbox: Sandbox) -> None:
    """Have libraries warm, too, that only some answers use: in a long run it is worth it."""
    try:
        sandbox.import_more(imported_by_answers(settings.exercises()))
    except SandboxDied:
        sandbox.restart()


def start_grader(settings: Settings) -> Grader:
    """Return this process's grader, with its sandbox started."""
    if settings not in GRADERS:
        release = settings.course.release.resolve()
        modules, imports = student_modules(release), imported_modules(release, settings.show)
        libraries = [it for it in imports if it.partition(".")[0] != PACKAGE]
        machine_code = kept_machine_code(libraries) if settings.show else None
        sandbox = Sandbox(release, modules, imports, settings.limits, machine_code)
        sandbox.start()
        atexit.register(sandbox.stop)
        GRADERS[settings] = Grader(sandbox, bundles_of(settings), settings.show)
    bundles = bundles_of(settings)
    if GRADERS[settings].bundles is not bundles:
        GRADERS[settings] = replace(GRADERS[settings], bundles=bundles)
    return GRADERS[settings]
