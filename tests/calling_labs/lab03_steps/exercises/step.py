"""A method."""

from autograder.exercise import Exercise

from ...exercise_lib import steps
from .shared import vectors

exercise = Exercise(
    id="steps.step",
    title="Step",
    target="exercise_lib.steps:Walk",
    solution=steps.Walk,
    todo="3.4",
    points=2,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng, hidden):
    size = {"size": 4 if hidden else 3}
    return vectors(rng, hidden, probe="method", options={"method": "step"}, init=size, grad=("x",))


@exercise.misconception("The step starts at x.")
class NoStart(steps.Walk):
    def step(self, x):
        return self.gain(steps.square(x))
