"""A toy course of exercises that call each other, and its sandbox."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from nbformat import NotebookNode
from nbgrader.utils import determine_grade
from toy_course import toy_repository
from toy_sandbox import QUICK

from autograder.builder.assignment import Assignment, read_assignment
from autograder.builder.exercises import load_exercises
from autograder.builder.folder import assemble
from autograder.cells import checked_exercise, is_check_cell, output_text
from autograder.exercise import Exercise
from autograder.grading.fresh_cases import FreshBundles
from autograder.grading.imports import imported_modules
from autograder.grading.notebook import Attempt, Grader
from autograder.paths import ROOT, Repository, student_modules
from autograder.sandbox.limits import Limits
from autograder.sandbox.sandbox import Sandbox

LABS = Path(__file__).parent / "calling_labs"
MODULE = "exercise_lib/steps.py"
SQUARE = """\
    if not x.is_floating_point():
        raise ValueError("whole numbers")
    return x * x"""  # the solution


def calling_exercises() -> list[Exercise]:
    return load_exercises(Repository(ROOT, LABS))


@dataclass(frozen=True)
class Graded:
    """What a submission's checks gave, by exercise."""

    points: dict[str, float]
    texts: dict[str, str]
    sent: dict[str, str]  # exceptions and values that came from children, whether shown or not


@dataclass(frozen=True)
class CallingSandbox:
    """A running sandbox for that course."""

    grader: Grader
    assignment: Assignment

    def grade(
        self,
        changes: Mapping[str, str] = {},
        only: str = "",
        after: str = "",
        cell: str = "",
        apart: bool = False,
    ) -> Graded:
        """Grade the solution with some of its text replaced.

        Args:
            changes: in the module: old text -> new text; or all of the module, under "".
            only: the one exercise to check.
            after: text at the module's end.
            cell: in place of the notebook's answer cell.
            apart: whether the first check stands in a notebook of its own.
        """
        text = self.assignment.solved_modules[MODULE]
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new) if old else new
        notebook = deepcopy(self.assignment.solved_notebooks["03_steps"])
        for it in list(notebook.cells):
            if cell and it.source.startswith("def halves"):
                it.source = cell
            if only and is_check_cell(it) and checked_exercise(it) != only:
                notebook.cells.remove(it)
        notebooks = [notebook]
        if apart:
            first = next(filter(is_check_cell, notebook.cells))
            rest = [it for it in notebook.cells if it is not first]
            notebooks = [NotebookNode({**notebook, "cells": it}) for it in ([first], rest)]
        with listening() as sent:
            self.grader.grade(notebooks, {MODULE: f"{text}\n{after}".encode()})
        points, texts = {}, {}
        for it in filter(is_check_cell, notebook.cells):
            name = checked_exercise(it).partition(".")[2]
            points[name] = determine_grade(it)[0] or 0.0
            texts[name] = f"{output_text(it)} {it.outputs[0].get('data', {}).get('text/html', '')}"
        return Graded(points, texts, sent)


@contextmanager
def listening() -> Iterator[dict[str, str]]:
    """Note what children send as the outcomes of each exercise's cases."""
    sent: dict[str, str] = {}
    run_cases = Attempt.run_cases

    def noted(attempt, line, bundle, *more):
        answer = run_cases(attempt, line, bundle, *more)
        name = bundle.id.partition(".")[2]
        said = [answer] if isinstance(answer, str) else [it.raised or it.value for it in answer]
        sent[name] = "\n".join([sent.get(name, ""), *map(str, said)])
        return answer

    with patch.object(Attempt, "run_cases", noted):
        yield sent


@contextmanager
def calling_sandbox(folder: Path, limits: Limits = QUICK) -> Iterator[CallingSandbox]:
    """Start a sandbox on that course's release, written into `folder`."""
    repository = toy_repository(folder / "repository", LABS)
    assignment = read_assignment(repository, calling_exercises())
    release = folder / "release"
    assemble(repository, release, assignment)
    with Sandbox(release, student_modules(release), imported_modules(release), limits) as sandbox:
        yield CallingSandbox(Grader(sandbox, FreshBundles(calling_exercises())), assignment)
