"""Shifted times."""

from __future__ import annotations

import math

import numpy as np
import torch

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import flow

exercise = Exercise(
    id="flow.shift_times",
    title="Shifted times",
    target="exercise_lib.flow:shift_times",
    solution=flow.shift_times,
    todo="12.10",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n = 6 if hidden else 5

    def args(shift: float, *shape: int) -> dict:
        times = torch.from_numpy(rng.uniform(0.05, 0.95, shape)).float()
        return {"times": times, "shift": shift}

    ends = {"times": torch.linspace(1, 0, n), "shift": 2.5}
    return [
        Case("SD 3's shift", args=args(3.0, n)),
        Case("towards the data", args=args(0.4, n)),
        Case("with both ends", args=ends),
        Case("a table of times", args=args(1.7, 2, 3)),
    ]


@exercise.misconception("This is the inverse: with a shift above 1 times come nearer to 1, noise.")
def inverse(times, shift):
    return times / (shift - (shift - 1) * times)


@exercise.misconception(
    "a t alone goes beyond 1, and cut off it leaves many times at pure noise: divide by "
    "1 + (a - 1) t."
)
def clamped(times, shift):
    return (shift * times).clamp(max=1)


@exercise.neighbour(clamped)
def multiplied(times, shift):
    return shift * times


@exercise.misconception("A power of t is another curve: (12.7) is a quotient.")
def power(times, shift):
    return times**shift


@exercise.neighbour(power)
def root(times, shift):
    return times ** (1 / shift)


@exercise.misconception(
    "Below the line stands a - 1: with 1 + a t pure noise would move, to a / (1 + a)."
)
def a_below(times, shift):
    return shift * times / (1 + shift * times)


@exercise.misconception(
    "`shift` is a itself: SD 3's root of m / n is taken already, and it is no square either."
)
def root_again(times, shift):
    return flow.shift_times(times, math.sqrt(shift))


@exercise.neighbour(root_again)
def squared(times, shift):
    return flow.shift_times(times, shift**2)


@exercise.misconception("The factor a above the line is missing.")
def not_above(times, shift):
    return times / (1 + (shift - 1) * times)


@exercise.misconception("The sign below the line is wrong: 1 + (a - 1) t.")
def minus_below(times, shift):
    return shift * times / (1 - (shift - 1) * times)


@exercise.misconception("The t below the line is missing: a cancels then, and nothing moves.")
def scaled(times, shift):
    return shift * times / (1 + (shift - 1))


@exercise.misconception("a is added to the times: 0 and 1 have to stay where they are.")
def added(times, shift):
    return (times + shift - 1).clamp(0, 1)


@exercise.misconception("Brackets are missing: all of 1 + (a - 1) t stands below the line.")
def without_brackets(times, shift):
    return shift * times / 1 + (shift - 1) * times


@exercise.misconception(
    "Below the line stands t as it was: yours is a t there already. Keep both apart, and change "
    "nothing in place."
)
def changed_before(times, shift):
    above = shift * times
    return above / (1 + (shift - 1) * above)


@exercise.misconception("To the logit of t the logarithm of a is added, and not a itself.")
def a_added_to_the_logit(times, shift):
    return torch.sigmoid(torch.logit(times) + shift)


@exercise.also_correct
def by_logits(times, shift):
    return torch.sigmoid(torch.logit(times) + math.log(shift))


@exercise.also_correct
def from_the_data_that_is_left(times, shift):
    return 1 - (1 - times) / (1 - times + shift * times)
