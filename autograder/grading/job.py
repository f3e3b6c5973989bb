"""A submission on its way from the grader to a worker and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autograder.grading.kept_draws import Draw
from autograder.paths import Course
from autograder.sandbox.limits import Limits

if TYPE_CHECKING:
    from autograder.exercise import Exercise
    from autograder.nbgrader_setup.scores import NotebookScores
    from autograder.reports.said import Said


@dataclass(frozen=True)
class Settings:
    """What is the same for all submissions of a run; every worker finds the folders in place."""

    course: Course
    exercises: Callable[[], list[Exercise]]
    show: bool = False  # whether to run notebooks graded by hand too, for their figures
    limits: Limits = field(default_factory=Limits)  # of the sandbox
    draw: Draw = field(default_factory=Draw, compare=False)  # without a seed: each worker's own


@dataclass(frozen=True)
class Job:
    """A submission to be graded."""

    student: str
    only: str = ""  # the one exercise to check, or "" for all


@dataclass(frozen=True)
class Graded:
    """What came out of it, for the writer."""

    notebooks: dict[str, str] = field(default_factory=dict)  # name -> JSON, with outputs
    scores: dict[str, NotebookScores] = field(default_factory=dict)
    checks: dict[str, list[Said]] = field(default_factory=dict)
    repairs: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0  # that its checks took
