"""Monotonicity."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import attention
from .shared import _alignment

exercise = Exercise(
    id="attention.monotonicity",
    title="Monotonicity",
    target="exercise_lib.attention:monotonicity",
    solution=attention.monotonicity,
    todo="1.6a",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    t_enc, t_dec = (6, 9) if not hidden else (9, 14)
    staircase = torch.eye(t_enc).repeat_interleave(2, dim=1)
    return [
        Case("a staircase that never goes back", args={"alignment": staircase}),
        Case("noise", args={"alignment": normal(rng, t_enc, t_dec).softmax(0)}),
        Case("a soft path", args={"alignment": _alignment(rng, t_dec, t_enc)}),
        Case("reads backwards", args={"alignment": staircase.flip(1)}),
    ]


@exercise.misconception(
    "You demand that the peak moves on at every step: staying on a character is fine, so >= 0."
)
def strictly_forward(alignment):
    return (alignment.argmax(0).diff() > 0).float().mean()


@exercise.misconception(
    "You take the argmax over time: the peak of a decoder step is along the characters, dim=0."
)
def argmax_over_time(alignment):
    return (alignment.argmax(1).diff() >= 0).float().mean()


@exercise.misconception("You count the steps: divide by their number (T_dec - 1) to get a share.")
def count_not_share(alignment):
    return (alignment.argmax(0).diff() >= 0).float().sum()


@exercise.misconception("You divide by T_dec: there are T_dec - 1 moves between T_dec steps.")
def divided_by_steps(alignment):
    return (alignment.argmax(0).diff() >= 0).float().sum() / alignment.shape[1]


@exercise.misconception(
    "All or nothing: you return 1 only if no step moves back. Return the share of steps."
)
def all_or_nothing(alignment):
    return (alignment.argmax(0).diff() >= 0).all().float()


@exercise.also_correct
def monotonicity_by_slices(alignment):
    peaks = alignment.max(dim=0).indices
    return torch.ge(peaks[1:], peaks[:-1]).to(torch.float32).mean()


@exercise.also_correct
def monotonicity_by_loop(alignment):
    peaks = [int(column.argmax()) for column in alignment.T]
    forward = [b >= a for a, b in pairwise(peaks)]
    return torch.tensor(sum(forward) / len(forward))
