"""A class of which all is to be written."""

from autograder.exercise import Exercise

from ...exercise_lib import steps
from .shared import vectors

exercise = Exercise(
    id="steps.Half",
    title="Half",
    target="exercise_lib.steps:Half",
    solution=steps.Half,
    todo="3.6",
    points=2,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng, hidden):
    return vectors(rng, hidden, probe="module", init={"size": 4 if hidden else 3})


@exercise.misconception("You take all of it.")
class Whole(steps.Half):
    def forward(self, x):
        return self.layer(x)
