"""Double."""

import numpy as np

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import example

exercise = Exercise(
    id="example.double",
    title="Double",
    target="exercise_lib.example:double",
    solution=example.double,
    todo="99.1",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    return [Case("some numbers", args={"x": normal(rng, 7 if hidden else 5)})]


@exercise.misconception("You square: that doubles only 0 and 2.")
def squared(x):
    return x * x
