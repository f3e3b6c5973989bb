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


@exercise.misconception("You take the median of the steps' largest weights: the mean is asked for.")
def median_of_largest(alignment):
    return alignment.amax(0).median()


@exercise.misconception("You return one step's largest weight: average those of all steps.")
def smallest_of_largest(alignment):
    return alignment.amax(0).min()


@exercise.neighbour(smallest_of_largest)
def focus_of_first_step(alignment):
    return alignment[:, 0].max()


@exercise.misconception("You divide by T_enc: the mean is over the T_dec steps.")
def sum_by_characters(alignment):
    return alignment.amax(0).sum() / alignment.shape[0]


@exercise.misconception("You average where the peaks are: how large they are is the focus.")
def mean_of_positions(alignment):
    return alignment.argmax(0).float().mean()


@exercise.misconception(
    "torch's max along an axis returns two things: `.values` are the largest weights, or use amax."
)
def values_forgotten(alignment):
    return alignment.max(0).mean()


@exercise.misconception(
    "This is the entropy or another measure of focus: the mean of the largest weights is asked for."
)
def entropy(alignment):
    return -(alignment * alignment.clamp(min=1e-12).log()).sum(0).mean()


@exercise.neighbour(entropy)
def normalised_entropy(alignment):
    return 1 - entropy(alignment) / torch.tensor(float(alignment.shape[0])).log()


@exercise.neighbour(entropy)
def entropy_in_bits(alignment):
    return entropy(alignment) / torch.tensor(2.0).log()


@exercise.neighbour(entropy)
def sum_of_squares(alignment):
    return alignment.square().sum(0).mean()


@exercise.misconception("You return one number for each step: average them over time.")
def focus_of_each_step(alignment):
    return alignment.amax(0)


@exercise.misconception("You take the smallest weight of each step: the largest is its focus.")
def smallest_weights(alignment):
    return alignment.amin(0).mean()


@exercise.misconception("You take the spread of a step's weights: its largest weight is asked for.")
def spread_of_steps(alignment):
    return alignment.std(0).mean()


@exercise.neighbour(spread_of_steps)
def range_of_steps(alignment):
    return (alignment.amax(0) - alignment.amin(0)).mean()


@exercise.misconception("You scale the weights first: take them as they are.")
def scaled_first(alignment):
    return (alignment.amax(0) / alignment.max()).mean()


@exercise.neighbour(scaled_first)
def softmax_first(alignment):
    return alignment.softmax(0).amax(0).mean()


@exercise.misconception(
    "You average over time first: take each step's largest weight, then the mean of these."
)
def largest_of_means(alignment):
    return alignment.mean(1).max()


@exercise.misconception(
    "You measure from the evenly spread weight 1 / T_enc on: the focus is the largest weight as it "
    "is."
)
def above_the_even_spread(alignment):
    even = 1 / alignment.shape[0]
    return ((alignment.amax(0) - even) / (1 - even)).mean()


@exercise.misconception(
    "You measure how far the largest weight is ahead of the second: the focus is the largest as it "
    "is."
)
def ahead_of_the_second(alignment):
    first, second = alignment.topk(2, dim=0).values
    return (first - second).mean()


@exercise.also_correct
def focus_by_sorting(alignment):
    return alignment.sort(dim=0, descending=True).values[0].mean()


@exercise.also_correct
def focus_by_loop(alignment):
    return torch.stack([column.max() for column in alignment.unbind(1)]).sum() / alignment.shape[1]
