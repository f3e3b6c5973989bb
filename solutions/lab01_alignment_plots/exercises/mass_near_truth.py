"""Mass near the truth."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import FORMULA_IS_RIGHT, Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import attention
from .shared import _alignment, _truth

exercise = Exercise(
    id="attention.mass_near_truth",
    title="Mass near the truth",
    target="exercise_lib.attention:mass_near_truth",
    solution=attention.mass_near_truth,
    todo="1.7",
    points=1,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    t_enc, t_dec = (7, 12) if not hidden else (9, 8)
    soft = _alignment(rng, t_enc, t_dec)
    noise = normal(rng, t_dec, t_enc).softmax(0)
    from_end_to_end = _truth(noise)
    from_end_to_end[0], from_end_to_end[-1] = 0, t_enc - 1  # the ends have neighbours on one side
    square = _alignment(rng, 6, 6)
    one_later = (_truth(square) + 1).clamp(max=5)  # a peak that is near, and not the truth
    return [
        Case("a soft path", args={"alignment": soft, "truth": _truth(soft)}),
        Case("a wider radius", args={"alignment": noise, "truth": from_end_to_end, "radius": 2}),
        Case("the very character", args={"alignment": soft, "truth": _truth(soft), "radius": 0}),
        Case("square", args={"alignment": square, "truth": one_later}),
        Case(
            "rejects a truth of another length",
            args={"alignment": soft, "truth": torch.zeros(1, dtype=torch.long)},
            raises=("ValueError",),
        ),
    ]


def _near(alignment, truth, radius):
    if truth.shape != (alignment.shape[1],):
        raise ValueError("truth")
    return (torch.arange(alignment.shape[0])[:, None] - truth).abs() <= radius


@exercise.misconception(
    "A distance of exactly `radius` is near, before the true character and after it: compare with "
    "<=."
)
def open_radius(alignment, truth, radius=1):
    return (alignment * (_near(alignment, truth, radius - 1))).sum(0).mean()


@exercise.neighbour(open_radius)
def open_above(alignment, truth, radius=1):
    character = torch.arange(alignment.shape[0])[:, None]
    near = _near(alignment, truth, radius) & (character - truth < radius)
    return (alignment * near).sum(0).mean()


@exercise.neighbour(open_radius)
def open_below(alignment, truth, radius=1):
    character = torch.arange(alignment.shape[0])[:, None]
    near = _near(alignment, truth, radius) & (truth - character < radius)
    return (alignment * near).sum(0).mean()


@exercise.misconception(
    "You average over the characters as well: sum the near weights of a step, then average steps."
)
def mean_of_both(alignment, truth, radius=1):
    return (alignment * _near(alignment, truth, radius)).mean()


@exercise.neighbour(mean_of_both)
def mean_of_near_weights(alignment, truth, radius=1):
    near = _near(alignment, truth, radius)
    return (alignment * near).sum() / near.sum()


@exercise.neighbour(mean_of_both)
def divided_by_window(alignment, truth, radius=1):
    return (alignment * _near(alignment, truth, radius)).sum(0).mean() / (2 * radius + 1)


@exercise.misconception(
    "Only one side of the true character counts: take the absolute distance, before and after."
)
def one_sided(alignment, truth, radius=1):
    near = _near(alignment, truth, radius)
    after = torch.arange(alignment.shape[0])[:, None] >= truth
    return (alignment * (near & after)).sum(0).mean()


@exercise.neighbour(one_sided)
def before_only(alignment, truth, radius=1):
    near = _near(alignment, truth, radius)
    before = torch.arange(alignment.shape[0])[:, None] <= truth
    return (alignment * (near & before)).sum(0).mean()


@exercise.misconception(
    "You ask whether the peak is near: that is an accuracy; sum the weight that is near instead."
)
def accuracy_of_peak(alignment, truth, radius=1):
    _near(alignment, truth, radius)
    return ((alignment.argmax(0) - truth).abs() <= radius).float().mean()


@exercise.neighbour(accuracy_of_peak)
def accuracy_of_exact_peak(alignment, truth, radius=1):
    _near(alignment, truth, radius)
    return (alignment.argmax(0) == truth).float().mean()


@exercise.misconception("The steps are not averaged: return the mean over time.")
def total_mass(alignment, truth, radius=1):
    return (alignment * _near(alignment, truth, radius)).sum()


@exercise.neighbour(total_mass)
def mass_of_each_step(alignment, truth, radius=1):
    return (alignment * _near(alignment, truth, radius)).sum(0)


@exercise.misconception(
    "A truth of another length is let through: broadcasting then compares the wrong steps. Raise "
    "a ValueError.",
    mild=FORMULA_IS_RIGHT,
)
def no_truth_guard(alignment, truth, radius=1):
    near = (torch.arange(alignment.shape[0])[:, None] - truth).abs() <= radius
    return (alignment * near).sum(0).mean()


@exercise.misconception("You divide by the number of characters: the mean is over the steps.")
def divided_by_characters(alignment, truth, radius=1):
    return (alignment * _near(alignment, truth, radius)).sum() / alignment.shape[0]


@exercise.misconception("You count what is near: sum the attention weight that is near.")
def share_of_near_cells(alignment, truth, radius=1):
    return _near(alignment, truth, radius).float().mean()


@exercise.misconception("The radius is written into your code: use the argument.")
def fixed_radius(alignment, truth, radius=1):
    return (alignment * _near(alignment, truth, 1)).sum(0).mean()


@exercise.neighbour(fixed_radius)
def radius_ignored(alignment, truth, radius=1):
    return (alignment * _near(alignment, truth, 0)).sum(0).mean()


@exercise.misconception(
    "You count one character too many on each side: a distance of `radius` is the last that is "
    "near."
)
def radius_too_wide(alignment, truth, radius=1):
    return (alignment * _near(alignment, truth, radius + 1)).sum(0).mean()


@exercise.misconception(
    "A slice that starts below zero counts from the end: start at max(0, truth - radius)."
)
def negative_start(alignment, truth, radius=1):
    _near(alignment, truth, radius)
    sums = [alignment[j - radius : j + radius + 1, t].sum() for t, j in enumerate(truth.tolist())]
    return torch.stack(sums).mean()


@exercise.misconception(
    "The absolute value is missing: everything on one side of the true character counts as near."
)
def all_before(alignment, truth, radius=1):
    _near(alignment, truth, radius)
    near = torch.arange(alignment.shape[0])[:, None] - truth <= radius
    return (alignment * near).sum(0).mean()


@exercise.neighbour(all_before)
def all_after(alignment, truth, radius=1):
    _near(alignment, truth, radius)
    near = truth - torch.arange(alignment.shape[0])[:, None] <= radius
    return (alignment * near).sum(0).mean()


@exercise.misconception("You count characters from 1: the first one is 0, as in `truth`.")
def characters_from_one(alignment, truth, radius=1):
    near = _near(alignment, truth - 1, radius)
    return (alignment * near).sum(0).mean()


@exercise.misconception(
    "The truth runs along the characters in your function: it has one entry for each step, the "
    "last axis."
)
def truth_of_characters(alignment, truth, radius=1):
    _near(alignment, truth, radius)
    near = (torch.arange(alignment.shape[0])[:, None] - truth[:, None]).abs() <= radius
    return (alignment * near).sum(0).mean()


@exercise.neighbour(truth_of_characters)
def positions_of_steps(alignment, truth, radius=1):
    _near(alignment, truth, radius)
    near = (torch.arange(alignment.shape[1]) - truth[:, None]).abs() <= radius
    return (alignment * near).sum(0).mean()


@exercise.neighbour(truth_of_characters)
def distance_to_steps(alignment, truth, radius=1):
    _near(alignment, truth, radius)
    near = (torch.arange(alignment.shape[1]) - truth).abs() <= radius
    return (alignment * near).sum(0).mean()


@exercise.misconception("You return the weight that is far from the truth: that near it is asked.")
def far_mass(alignment, truth, radius=1):
    return (alignment * ~_near(alignment, truth, radius)).sum(0).mean()


@exercise.misconception("You take the largest weight that is near: sum them.")
def largest_near(alignment, truth, radius=1):
    return (alignment * _near(alignment, truth, radius)).amax(0).mean()


@exercise.misconception(
    "At the ends a neighbour that is not there is replaced by the end itself, which then counts "
    "twice: count each character once."
)
def clamped_at_the_ends(alignment, truth, radius=1):
    _near(alignment, truth, radius)
    steps = torch.arange(len(truth))
    places = [(truth + s).clamp(0, len(alignment) - 1) for s in range(-radius, radius + 1)]
    return sum(alignment[place, steps] for place in places).mean()


@exercise.misconception(
    "You count round the ends: the first character has no neighbour in the last one, which is what "
    "the index -1 means."
)
def round_the_ends(alignment, truth, radius=1):
    _near(alignment, truth, radius)
    steps = torch.arange(len(truth))
    places = [(truth + s) % len(alignment) for s in range(-radius, radius + 1)]
    return sum(alignment[place, steps] for place in places).mean()


@exercise.misconception(
    "A radius of 0 counts as none given: `radius or 1` is 1 where the radius is 0."
)
def zero_radius_replaced(alignment, truth, radius=1):
    return attention.mass_near_truth(alignment, truth, radius or 1)


@exercise.also_correct
def mass_by_loop(alignment, truth, radius=1):
    if len(truth) != alignment.shape[1]:
        raise ValueError("truth")
    total = 0.0
    for t, j in enumerate(truth.tolist()):
        total = total + alignment[max(0, j - radius) : j + radius + 1, t].sum()
    return total / len(truth)


@exercise.also_correct
def mass_by_where(alignment, truth, radius=1):
    if len(truth) != alignment.shape[1]:
        raise ValueError("truth")
    distance = torch.arange(alignment.shape[0]).unsqueeze(1) - truth.unsqueeze(0)
    kept = torch.where((distance >= -radius) & (distance <= radius), alignment, 0.0)
    return kept.sum() / alignment.shape[1]
