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
    square = _alignment(rng, 6, 6)
    return [
        Case("a soft path", args={"alignment": soft, "truth": _truth(soft)}),
        Case("a wider radius", args={"alignment": noise, "truth": _truth(noise), "radius": 2}),
        Case("the very character", args={"alignment": soft, "truth": _truth(soft), "radius": 0}),
        Case("square", args={"alignment": square, "truth": _truth(square)}),
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
    "You count only the characters closer than the radius: a distance of exactly `radius` is near."
)
def open_radius(alignment, truth, radius=1):
    return (alignment * (_near(alignment, truth, radius - 1))).sum(0).mean()


@exercise.neighbour(open_radius)
def open_above(alignment, truth, radius=1):
    character = torch.arange(alignment.shape[0])[:, None]
    near = _near(alignment, truth, radius) & (character - truth < radius)
    return (alignment * near).sum(0).mean()


@exercise.misconception(
    "You average over the characters as well: sum the near weights of a step, then average steps."
)
def mean_of_both(alignment, truth, radius=1):
    return (alignment * _near(alignment, truth, radius)).mean()


@exercise.misconception(
    "Only characters after the true one count: take the absolute distance, before and after."
)
def one_sided(alignment, truth, radius=1):
    near = _near(alignment, truth, radius)
    after = torch.arange(alignment.shape[0])[:, None] >= truth
    return (alignment * (near & after)).sum(0).mean()


@exercise.misconception(
    "You ask whether the peak is near: that is an accuracy; sum the weight that is near instead."
)
def accuracy_of_peak(alignment, truth, radius=1):
    _near(alignment, truth, radius)
    return ((alignment.argmax(0) - truth).abs() <= radius).float().mean()


@exercise.misconception(
    "The sum over the steps is not divided by their number: return the mean over time."
)
def total_mass(alignment, truth, radius=1):
    return (alignment * _near(alignment, truth, radius)).sum()


@exercise.misconception(
    "A truth of another length is let through: broadcasting then compares the wrong steps. Raise "
    "a ValueError.",
    mild=FORMULA_IS_RIGHT,
)
def no_truth_guard(alignment, truth, radius=1):
    near = (torch.arange(alignment.shape[0])[:, None] - truth).abs() <= radius
    return (alignment * near).sum(0).mean()


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
