"""How much readings differ: an answer in the notebook."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from autograder.builder.answers import answer
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="readings.spread_over_draws",
    title="How much readings differ",
    target="notebook",
    solution=answer(__package__, "spread_over_draws"),
    todo="16.7",
    points=2,
    difficulty=2,
    minutes=15,
)


def contours(rng: np.random.Generator, draws: int, frames: int, voiced: float) -> dict[str, Tensor]:
    """Draw pitch, Hz, NaN where there is no voice; each reading has a height of its own."""
    shared = 110 * np.exp(np.cumsum(rng.normal(0, 0.15, frames)))
    heights = np.exp(rng.normal(0, 0.1, (draws, 1)))
    f0 = shared * heights * np.exp(rng.normal(0, 0.08, (draws, frames)))
    shares = voiced * rng.uniform(0.6, 1.2, (draws, 1))
    silent = rng.random((draws, frames)) > shares
    silent[:, 0] = False  # so that each has a voiced frame
    f0[silent] = np.nan
    return {name: torch.from_numpy(it).float() for name, it in (("f0", f0), ("shared", shared))}


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    d = 7 if hidden else 6
    return [
        Case("four readings", args=contours(rng, 4, 11, 0.8)),
        Case("ten readings, half of each unvoiced", args=contours(rng, 10, 24, 0.5)),
        Case("as many readings as frames", args=contours(rng, d, d, 0.7)),
        Case("two readings", args=contours(rng, 2, 9, 0.7)),
    ]


def heights(f0, shared):
    return (f0 / shared).log().nanmean(dim=1)


@exercise.misconception(
    "The contour is not taken off frame by frame: then a reading is high because it has a voice "
    "where all are high. Divide each frame by the contour first."
)
def without_the_contour(f0, shared):
    return f0.log().nanmean(dim=1).std()


@exercise.neighbour(without_the_contour)
def hertz_without_the_contour(f0, shared):
    return f0.nanmean(dim=1).std()


@exercise.misconception(
    "The mean of the contour is used, not the contour: frames differ in where it stands."
)
def by_the_mean(f0, shared):
    return (f0.nanmean(dim=1) / shared.mean()).log().std()


@exercise.neighbour(by_the_mean)
def ratio_of_means(f0, shared):
    return (f0.nanmean(dim=1) / shared.mean()).std()


@exercise.misconception(
    "Frames without a voice are NaN, and every sum with one is NaN: leave them out, as `nanmean` "
    "does."
)
def not_left_out(f0, shared):
    return (f0 / shared).log().mean(dim=1).std()


@exercise.misconception(
    "Frames without a voice count as some number: then a reading with less voice is nearer to it. "
    "Leave them out."
)
def as_zero(f0, shared):
    return (f0 / shared).log().nan_to_num(0.0).mean(dim=1).std()


@exercise.neighbour(as_zero)
def as_a_low_voice(f0, shared):
    return (f0.nan_to_num(50.0) / shared).log().mean(dim=1).std()


@exercise.misconception(
    "The difference is taken in hertz: the same step of pitch is more hertz for a high voice. Take "
    "the logarithm of the ratio."
)
def in_hertz(f0, shared):
    return (f0 - shared).nanmean(dim=1).std()


@exercise.misconception("The logarithm is missing: (16.7) takes it of each ratio.")
def of_ratios(f0, shared):
    return (f0 / shared).nanmean(dim=1).std()


@exercise.misconception(
    "The logarithm is taken of each mean: take it of every ratio, then the mean."
)
def log_of_mean(f0, shared):
    return (f0 / shared).nanmean(dim=1).log().std()


@exercise.misconception(
    "This is how much pitch moves within a reading: take one mean for each reading first, and the "
    "spread of these."
)
def within(f0, shared):
    its = (f0 / shared).log()
    return torch.stack([row[~row.isnan()].std(correction=0) for row in its]).mean()


@exercise.neighbour(within)
def of_all_frames(f0, shared):
    its = (f0 / shared).log()
    return its[~its.isnan()].std()


@exercise.misconception(
    "Means are taken over readings, and the spread over time: it is the other way round."
)
def of_the_mean_contour(f0, shared):
    its = (f0 / shared).log().nanmean(dim=0)
    return its[~its.isnan()].std()


@exercise.neighbour(of_the_mean_contour)
def frame_by_frame(f0, shared):
    columns = [it[~it.isnan()] for it in (f0 / shared).log().unbind(1)]
    return torch.stack([it.std(correction=0) for it in columns if len(it)]).mean()


@exercise.misconception(
    "You divide by the number of readings: of a few draws the spread is estimated with D - 1, as "
    "`std` does."
)
def biased(f0, shared):
    return heights(f0, shared).std(correction=0)


@exercise.misconception("This is the variance: its root is missing.")
def variance(f0, shared):
    return heights(f0, shared).var()


@exercise.misconception(
    "This is the distance of the extremes, which grows with the number of readings: take the "
    "standard deviation."
)
def extremes(f0, shared):
    return heights(f0, shared).max() - heights(f0, shared).min()


@exercise.neighbour(extremes)
def mean_distance(f0, shared):
    its = heights(f0, shared)
    return (its - its.mean()).abs().mean()


@exercise.misconception(
    "Heights are measured from 0, not from their mean: if all readings are as high, they do not "
    "differ."
)
def from_zero(f0, shared):
    return heights(f0, shared).square().mean().sqrt()


@exercise.misconception("The logarithm is a natural one, so that .01 is about one per cent.")
def octaves(f0, shared):
    return (f0 / shared).log2().nanmean(dim=1).std()


@exercise.neighbour(octaves)
def semitones(f0, shared):
    return 12 * (f0 / shared).log2().nanmean(dim=1).std()


@exercise.neighbour(octaves)
def tens(f0, shared):
    return (f0 / shared).log10().nanmean(dim=1).std()


@exercise.misconception("The median of each reading is taken: (16.7) says the mean.")
def medians(f0, shared):
    return (f0 / shared).log().nanmedian(dim=1).values.std()


@exercise.misconception("This is the mean height, not how much heights differ.")
def mean_height(f0, shared):
    return heights(f0, shared).mean()


@exercise.also_correct
def by_selection(f0, shared):
    its = f0.log() - shared.log()
    return torch.stack([row[~row.isnan()].mean() for row in its]).std()


@exercise.also_correct
def by_numpy(f0, shared):
    means = np.nanmean(np.log(f0.numpy().astype(np.float64) / shared.numpy()), axis=1)
    return torch.tensor(np.sqrt(((means - means.mean()) ** 2).sum() / (len(means) - 1))).float()
