"""A method that calls another one of the same class."""

from autograder.exercise import Exercise

from ...exercise_lib import steps
from .shared import vectors

exercise = Exercise(
    id="steps.Walk",
    title="Walk",
    target="exercise_lib.steps:Walk",
    solution=steps.Walk,
    todo="3.5",
    points=2,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng, hidden):
    return vectors(rng, hidden, probe="module", init={"size": 4 if hidden else 3}, grad=("x",))


@exercise.misconception("Two steps are to be taken.")
class OneStep(steps.Walk):
    def forward(self, x):
        return -self.step(x)
