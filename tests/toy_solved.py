"""The repository's exercises, solved once for all tests of a process."""

import functools
import tempfile
from pathlib import Path

import pytest

from autograder.builder.bundles import PUBLIC_SEED, solve
from autograder.builder.exercises import load_exercises
from autograder.exercise import Exercise
from autograder.paths import REPOSITORY
from exercise_lib.check.bundle import Bundle, read_bundle, write_bundle

GROUP = pytest.mark.xdist_group("exercises")  # one worker solves them
EXERCISES = {it.id: it for it in load_exercises(REPOSITORY)}
HIDDEN_SEED = 7


@functools.cache
def solved(exercise_id: str, seed: int, hidden: bool) -> Bundle:
    return solve(EXERCISES[exercise_id], seed, hidden)


def solve_once(exercise: Exercise, seed: int, hidden: bool) -> Bundle:
    """Solve one of EXERCISES as the build does."""
    assert exercise is EXERCISES[exercise.id]
    return solved(exercise.id, seed, hidden)


@functools.cache
def in_file(exercise_id: str, seed: int, hidden: bool) -> Bundle:
    with tempfile.TemporaryDirectory() as name:
        write_bundle(solved(exercise_id, seed, hidden), Path(name))
        return read_bundle(exercise_id, Path(name), hidden)


def bundles_of(exercise: Exercise) -> tuple[Bundle, Bundle]:
    """Return the public and the hidden bundle of one of EXERCISES, as they are kept in files."""
    return in_file(exercise.id, PUBLIC_SEED, False), in_file(exercise.id, HIDDEN_SEED, True)
