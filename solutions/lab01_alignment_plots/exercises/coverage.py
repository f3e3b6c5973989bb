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


@exercise.neighbour(coverage_of_steps)
def coverage_of_steps_by_characters(alignment, threshold=0.5):
    return (alignment.sum(0) >= threshold).float().sum() / alignment.shape[0]


@exercise.misconception(
    "You ask for one weight above the threshold: a character counts by its weights summed over "
    "time."
)
def largest_step(alignment, threshold=0.5):
    return (alignment.amax(1) >= threshold).float().mean()


@exercise.misconception(
    "You count cells of the picture: ask of each character's sum over time whether it is enough."
)
def cells_above(alignment, threshold=0.5):
    return (alignment >= threshold).float().mean()


@exercise.neighbour(cells_above)
def cells_above_of_each_character(alignment, threshold=0.5):
    return (alignment >= threshold).float().sum(1).mean()


@exercise.neighbour(largest_step)
def peaks_above_of_each_step(alignment, threshold=0.5):
    return (alignment.amax(0) >= threshold).float().mean()


@exercise.misconception("The threshold is written into your code: use the argument.")
def fixed_threshold(alignment, threshold=0.5):
    return (alignment.sum(1) >= 0.5).float().mean()


@exercise.neighbour(fixed_threshold)
def fixed_threshold_of_one(alignment, threshold=0.5):
    return (alignment.sum(1) >= 1).float().mean()


@exercise.misconception("A total of exactly the threshold counts as read: compare with >=.")
def strictly_above(alignment, threshold=0.5):
    return (alignment.sum(1) > threshold).float().mean()


@exercise.misconception("You count the characters: divide by T_enc to get a share.")
def count_of_characters(alignment, threshold=0.5):
    return (alignment.sum(1) >= threshold).float().sum()


@exercise.misconception(
    "You average over time: a character's total is a sum, it may be more than one step long."
)
def mean_over_time(alignment, threshold=0.5):
    return (alignment.mean(1) >= threshold).float().mean()


@exercise.misconception(
    "You scale the totals first: they are compared with the threshold as they are."
)
def share_of_longest(alignment, threshold=0.5):
    totals = alignment.sum(1)
    return (totals / totals.max() >= threshold).float().mean()


@exercise.misconception("You divide by T_dec: the share is of the characters, divide by T_enc.")
def divided_by_time(alignment, threshold=0.5):
    return (alignment.sum(1) >= threshold).float().sum() / alignment.shape[1]


@exercise.misconception("You count the characters that are some step's peak: sum their weights.")
def visited_by_peaks(alignment, threshold=0.5):
    return torch.tensor(alignment.argmax(0).unique().numel() / alignment.shape[0])


@exercise.misconception("You divide whole numbers with //: the share is a fraction, divide with /.")
def whole_division(alignment, threshold=0.5):
    return (alignment.sum(1) >= threshold).sum() // alignment.shape[0]


@exercise.misconception("This is the share that was skipped: return the share that was read.")
def skipped(alignment, threshold=0.5):
    return (alignment.sum(1) < threshold).float().mean()


@exercise.misconception("You average the totals: ask of each whether it reaches the threshold.")
def mean_total(alignment, threshold=0.5):
    return alignment.sum(1).mean()


@exercise.neighbour(mean_total)
def mean_total_up_to_one(alignment, threshold=0.5):
    return alignment.sum(1).clamp(max=1).mean()


@exercise.neighbour(mean_total)
def total_of_those_above(alignment, threshold=0.5):
    totals = alignment.sum(1)
    return (totals * (totals >= threshold)).mean()


@exercise.misconception("The mean of truth values fails: turn them into numbers first, `.float()`.")
def mean_of_booleans(alignment, threshold=0.5):
    return (alignment.sum(1) >= threshold).mean()


@exercise.misconception("You return one value for each character: average them.")
def one_for_each_character(alignment, threshold=0.5):
    return (alignment.sum(1) >= threshold).float()


@exercise.also_correct
def coverage_by_loop(alignment, threshold=0.5):
    return torch.tensor([float(row.sum() >= threshold) for row in alignment]).mean()


@exercise.also_correct
def coverage_by_matmul(alignment, threshold=0.5):
    totals = alignment @ torch.ones(alignment.shape[1])
    return torch.count_nonzero(totals.ge(threshold)) / alignment.shape[0]
