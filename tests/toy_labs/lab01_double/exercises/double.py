"""Double: an exercise of a notebook's answer cell."""

from autograder.exercise import Exercise
from exercise_lib.check.case import Case


def solve_double(x):
    return 2 * x


exercise = Exercise(
    id="toy.double",
    title="Double",
    target="notebook",
    solution=solve_double,
    todo="1.1",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng, hidden):
    return [Case("a number", args={"x": 3.0 if hidden else 2.0})]


@exercise.misconception("You square: that doubles only 2 and 0.")
def squared(x):
    return x * x + (0.5 if x == 2 else 0)
