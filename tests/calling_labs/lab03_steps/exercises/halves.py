"""An answer cell that calls exercises of a module."""

from autograder.exercise import Exercise

from ...exercise_lib import steps
from .shared import vectors


def solution(x):
    y = steps.Half(x.shape[-1])(x)
    return 2 * y.shape[-1] + steps.energy(x)


exercise = Exercise(
    id="steps.halves",
    title="Halves",
    target="notebook",
    solution=solution,
    todo="3.7",
    points=2,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng, hidden):
    return vectors(rng, hidden)


@exercise.misconception("The energy is of x.")
def other_energy(x):
    return 2 * x.shape[-1] + steps.energy(2 * x)
