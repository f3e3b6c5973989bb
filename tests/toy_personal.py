"""A toy course of one notebook, whose exercise is personal: 3x + 1 of one's own x."""

import dataclasses
from pathlib import Path

from toy_course import toy_repository

from autograder.builder.exercises import load_exercises
from autograder.exercise import Exercise
from autograder.paths import ROOT, Repository

LABS = Path(__file__).parent / "personal_labs"
VARIANTS = 8


def answer_to(x: float) -> float:
    return 3.0 * x + 1.0


def personal_exercises() -> list[Exercise]:
    return load_exercises(Repository(ROOT, LABS))


def own_exercise() -> Exercise:
    """Return a copy that a test may add misconceptions to."""
    [own] = personal_exercises()
    return dataclasses.replace(own, misconceptions=list(own.misconceptions))


def personal_repository(root: Path) -> Repository:
    """Write the repository of the personal toy course into `root`."""
    return toy_repository(root, LABS)
