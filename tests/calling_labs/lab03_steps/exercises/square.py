"""The square."""

from autograder.exercise import Exercise

from ...exercise_lib import steps
from .shared import WHOLE, vectors

exercise = Exercise(
    id="steps.square",
    title="Square",
    target="exercise_lib.steps:square",
    solution=steps.square,
    todo="3.1",
    points=2,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng, hidden):
    return [*vectors(rng, hidden, grad=("x",)), WHOLE]


@exercise.misconception("You double.")
def doubled(x):
    return 2 * x


@exercise.misconception("Negative numbers keep their sign.")
def signed(x):
    if not x.is_floating_point():
        raise ValueError
    return x * x.abs()
