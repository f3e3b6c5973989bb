"""Own: a personal exercise, 3x + 1 of one's own x."""

from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.check.personal import PERSONAL

VARIANTS = 8


def answer_to(x: float) -> float:
    return 3.0 * x + 1.0


exercise = Exercise(
    id="toy.own",
    title="Own",
    target=PERSONAL,
    solution=answer_to,
    todo="2.1",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng, hidden):
    inputs = [float(x) for x in range(VARIANTS)] if hidden else [100.0]
    return [
        Case(f"x = {x:g}", args={"x": x}, rtol=0.0, atol=0.1, options={"range": [0, 999]})
        for x in inputs
    ]


@exercise.misconception("You forgot to add 1.")
def nothing_added(x):
    return 3.0 * x
