"""The sum of squares."""

from autograder.exercise import Exercise

from ...exercise_lib import steps
from .shared import WHOLE, vectors

exercise = Exercise(
    id="steps.energy",
    title="Energy",
    target="exercise_lib.steps:energy",
    solution=steps.energy,
    todo="3.2",
    points=2,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng, hidden):
    return [*vectors(rng, hidden, grad=("x",)), WHOLE]


@exercise.misconception("The differences are left out.")
def no_differences(x):
    return steps.square(x).sum()
