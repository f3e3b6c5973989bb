"""A system of your own that makes pictures."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.check.personal import PERSONAL

from .shared import PICTURES, anatomy, cases, declare

exercise = Exercise(
    id="unseen.my_picture",
    title="An unseen system of pictures",
    target=PERSONAL,
    solution=anatomy,
    todo="17.7",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    return cases(PICTURES, hidden)


declare(exercise)
