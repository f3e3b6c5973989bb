"""A system of your own that makes sounds."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.check.personal import PERSONAL

from .shared import SOUNDS, anatomy, cases, declare

exercise = Exercise(
    id="unseen.my_sound",
    title="An unseen system of sounds",
    target=PERSONAL,
    solution=anatomy,
    todo="17.8",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    return cases(SOUNDS, hidden)


declare(exercise)
