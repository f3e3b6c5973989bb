"""An exercise whose result is that of another one."""

from autograder.exercise import Exercise

from ...exercise_lib import steps
from .shared import vectors

exercise = Exercise(
    id="steps.power",
    title="Power",
    target="exercise_lib.steps:power",
    solution=steps.power,
    todo="3.3",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng, hidden):
    return vectors(rng, hidden)


@exercise.misconception("It is the second power.")
def fourth(x):
    return steps.square(steps.square(x))
