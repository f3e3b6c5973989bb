"""Focus."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import attention
from .shared import _alignment

exercise = Exercise(
    id="attention.focus",
    title="Focus",
    target="exercise_lib.attention:focus",
    solution=attention.focus,
    todo="1.6b",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    t_enc, t_dec = (6, 9) if not hidden else (9, 5)
    return [
        Case("spread evenly", args={"alignment": torch.full((t_enc, t_dec), 1 / t_enc)}),
        Case("a soft path", args={"alignment": _alignment(rng, t_enc, t_dec)}),
        Case("noise", args={"alignment": normal(rng, t_dec, t_enc).softmax(0)}),
    ]


@exercise.misconception(
    "You take each character's largest weight: the focus is of the decoder steps, so dim=0."
)
def focus_of_characters(alignment):
    return alignment.amax(1).mean()


@exercise.misconception("You average all weights: take the largest of each step before the mean.")
def mean_of_everything(alignment):
    return alignment.mean()


@exercise.misconception("You return the one largest weight: average the steps' largest weights.")
def largest_of_all(alignment):
    return alignment.max()


@exercise.misconception(
    "You add up the steps' largest weights: their mean does not grow with time."
)
def sum_over_steps(alignment):
    return alignment.amax(0).sum()


@exercise.also_correct
def focus_by_sorting(alignment):
    return alignment.sort(dim=0, descending=True).values[0].mean()


@exercise.also_correct
def focus_by_loop(alignment):
    return torch.stack([column.max() for column in alignment.unbind(1)]).sum() / alignment.shape[1]
