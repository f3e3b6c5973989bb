"""Decibels: a debugging task."""

import math

from autograder.builder.answers import answer
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="mend.decibels",
    title="Decibels",
    target="notebook",
    solution=answer(__package__, "decibels"),
    todo="4.1",
    points=1,
    difficulty=2,
    minutes=5,
)


@exercise.cases
def _(rng, hidden):
    low, high = (0.02, 7.0) if hidden else (0.1, 3.0)
    return [
        Case("full scale", args={"x": 1.0}, weight=0.5),
        Case("a quiet one", args={"x": low}),
        Case("a loud one", args={"x": high}),
        Case("silence", args={"x": 0.0}, raises=("ValueError",)),
    ]


@exercise.misconception("You take the natural logarithm.")
def natural(x):
    if x <= 0:
        raise ValueError("no amplitude")
    return 20 * math.log(x)
