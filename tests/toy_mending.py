"""A toy course of one debugging task: students mend a function that is handed out broken."""

from pathlib import Path

from toy_course import toy_repository

from autograder.builder.exercises import load_exercises
from autograder.exercise import Exercise
from autograder.paths import ROOT, Repository

LABS = Path(__file__).parent / "mending_labs"
NOTEBOOK = "04_mend"
HANDED_OUT = '''\
def decibels(x):
    """The level of an amplitude in dB."""
    # TODO 4.1: a loud one should be above 0 dB, and is not
    if x <= 0:
        raise ValueError("no amplitude")

    return 20 * math.log10(min(x, 1.0))'''


def mending_exercises() -> list[Exercise]:
    return load_exercises(Repository(ROOT, LABS))


def mending_repository(root: Path) -> Repository:
    """Write the repository of that course into `root`."""
    return toy_repository(root, LABS)
