"""Where each sentence ends."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import melle

exercise = Exercise(
    id="melle.stop_targets",
    title="Where each sentence ends",
    target="exercise_lib.melle:stop_targets",
    solution=melle.stop_targets,
    todo="16.5",
    points=1,
    difficulty=1,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def case(name: str, n_steps: list[int], most: int, **more) -> Case:
        return Case(name, args={"n_steps": torch.tensor(n_steps), "most": most}, **more)

    drawn = rng.integers(2, 9, 4).tolist()
    return [
        case("several lengths", [9, *drawn] if hidden else [6, 4, 9, 2], 9),
        case("as many sentences as steps", [3, 1, 5, 2, 4], 5),
        case("room behind the longest", [3, 5], 8),
        case("one sentence", [4], 4, weight=0.5),
    ]


def steps(most):
    return torch.arange(most)


def spoken(n_steps, most):
    return steps(most) < n_steps[:, None]


def last(n_steps, most):
    return (steps(most) == n_steps[:, None] - 1).float()


@exercise.misconception(
    "It says stop one step behind the end, in the padding: steps are counted from 0, so the last "
    "of n is n - 1."
)
def one_later(n_steps, most):
    return (steps(most) == n_steps[:, None]).float(), spoken(n_steps, most)


@exercise.misconception("It says stop one step too early: the last of n steps is n - 1.")
def one_earlier(n_steps, most):
    return (steps(most) == n_steps[:, None] - 2).float(), spoken(n_steps, most)


@exercise.misconception("The targets are 1 while it speaks: they are 1 at the last step alone.")
def while_speaking(n_steps, most):
    return spoken(n_steps, most).float(), spoken(n_steps, most)


@exercise.neighbour(while_speaking)
def until_the_last(n_steps, most):
    inside = spoken(n_steps, most)
    return inside.float() - last(n_steps, most), inside


@exercise.misconception("The targets stay 1 behind the end: one step of each sentence is the last.")
def from_the_end_on(n_steps, most):
    return (steps(most) >= n_steps[:, None] - 1).float(), spoken(n_steps, most)


@exercise.neighbour(from_the_end_on)
def in_the_padding(n_steps, most):
    inside = spoken(n_steps, most)
    return (~inside).float(), inside


@exercise.misconception("The last step is no padding: n steps are inside, 0 to n - 1.")
def last_is_padding(n_steps, most):
    return last(n_steps, most), steps(most) < n_steps[:, None] - 1


@exercise.misconception("One step of the padding counts as inside: n steps are, 0 to n - 1.")
def one_padding_inside(n_steps, most):
    return last(n_steps, most), steps(most) <= n_steps[:, None]


@exercise.misconception("The mask is turned round: it is true where there is no padding.")
def padding_mask(n_steps, most):
    return last(n_steps, most), ~spoken(n_steps, most)


@exercise.misconception(
    "Every sentence stops where the batch does: each has an end of its own, n_steps[b] - 1."
)
def end_of_the_batch(n_steps, most):
    its = (steps(most) == most - 1).float().expand(len(n_steps), -1)
    return its, spoken(n_steps, most)


@exercise.neighbour(end_of_the_batch)
def end_of_the_longest(n_steps, most):
    its = (steps(most) == n_steps.max() - 1).float().expand(len(n_steps), -1)
    return its, spoken(n_steps, most)


@exercise.misconception("No step is left out: padding belongs to no sentence.")
def all_inside(n_steps, most):
    return last(n_steps, most), torch.ones(len(n_steps), most, dtype=torch.bool)


@exercise.misconception("The two are exchanged: targets first, then the mask.")
def exchanged(n_steps, most):
    return spoken(n_steps, most).float(), last(n_steps, most) > 0


@exercise.misconception(
    "Steps run down, sentences across: `(B, most)` has a row for each sentence."
)
def transposed(n_steps, most):
    return last(n_steps, most).T, spoken(n_steps, most).T


@exercise.also_correct
def by_one_hot(n_steps, most):
    inside = torch.zeros(len(n_steps), most)
    for row, n in zip(inside, n_steps.tolist(), strict=True):
        row[:n] = 1
    return F.one_hot(n_steps - 1, most).float(), inside.bool()


@exercise.also_correct
def by_scatter(n_steps, most):
    ends = torch.zeros(len(n_steps), most).scatter_(1, (n_steps - 1)[:, None], 1.0)
    return ends, ends.flip(1).cumsum(1).flip(1) > 0
