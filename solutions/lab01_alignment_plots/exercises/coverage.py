"""Coverage."""

from __future__ import annotations

import numpy as np
import torch

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import attention
from .shared import _alignment

exercise = Exercise(
    id="attention.coverage",
    title="Coverage",
    target="exercise_lib.attention:coverage",
    solution=attention.coverage,
    todo="1.6c",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    t_enc, t_dec = (6, 11) if not hidden else (8, 13)
    skipping = torch.cat([torch.eye(t_enc)[:, :2], torch.eye(t_enc)[:, 4:]], dim=1)
    slow = _alignment(rng, t_enc, t_dec)
    between_the_two_longest = float(slow.sum(dim=1).sort().values[-2:].mean())
    # Every character adds up to half, and none ever has it in a single step.
    half = torch.full((4, 8), 0.0625)
    return [
        Case("skips two characters", args={"alignment": skipping}, weight=0.5),
        Case("a soft path", args={"alignment": slow}, weight=0.5),
        Case(
            "a high threshold",
            args={"alignment": slow, "threshold": between_the_two_longest},
        ),
        Case("exactly the threshold", args={"alignment": half}),
    ]


@exercise.misconception("You sum over the characters: a character's total is its row, so dim=1.")
def coverage_of_steps(alignment, threshold=0.5):
    return (alignment.sum(0) >= threshold).float().mean()


@exercise.misconception(
    "You ask for one step above the threshold: a character counts by its weight summed over time."
)
def largest_step(alignment, threshold=0.5):
    return (alignment.amax(1) >= threshold).float().mean()


@exercise.misconception("The threshold is written into your code: use the argument.")
def fixed_threshold(alignment, threshold=0.5):
    return (alignment.sum(1) >= 0.5).float().mean()


@exercise.misconception("A total of exactly the threshold counts as read: compare with >=.")
def strictly_above(alignment, threshold=0.5):
    return (alignment.sum(1) > threshold).float().mean()


@exercise.misconception("You count the characters: divide by T_enc to get a share.")
def count_of_characters(alignment, threshold=0.5):
    return (alignment.sum(1) >= threshold).float().sum()


@exercise.also_correct
def coverage_by_loop(alignment, threshold=0.5):
    return torch.tensor([float(row.sum() >= threshold) for row in alignment]).mean()


@exercise.also_correct
def coverage_by_matmul(alignment, threshold=0.5):
    totals = alignment @ torch.ones(alignment.shape[1])
    return torch.count_nonzero(totals.ge(threshold)) / alignment.shape[0]
