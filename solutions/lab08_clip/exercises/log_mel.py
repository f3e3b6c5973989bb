"""What CLAP hears."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import clap

FAINTEST, REACH = clap.FAINTEST, clap.RANGE

exercise = Exercise(
    id="clap.log_mel",
    title="What CLAP hears",
    target="exercise_lib.clap:log_mel",
    solution=clap.log_mel,
    todo="8.8",
    points=2,
    difficulty=2,
    minutes=15,
)


def power_of(rng: np.random.Generator, *shape: int, octaves: float) -> Tensor:
    """Draw the power of sounds, each of another level; it spreads over so many powers of ten."""
    levels = 10.0 ** torch.from_numpy(rng.uniform(-3, 2, (shape[0], 1, 1)))
    return (levels * 10.0 ** torch.from_numpy(rng.uniform(-octaves, 0, shape))).float()


def filters_of(rng: np.random.Generator, n_mels: int, n_bins: int) -> Tensor:
    """Draw bands of two neighbouring bins each."""
    rows = torch.zeros(n_mels, n_bins)
    for number, row in enumerate(rows):
        row[2 * number : 2 * number + 2] = torch.from_numpy(rng.uniform(0.1, 0.9, 2)).float()
    return rows


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    b, n_mels, frames = (3, 5, 6) if hidden else (2, 4, 5)

    def args(octaves: float) -> dict:
        power = power_of(rng, b, 2 * n_mels, frames, octaves=octaves)
        power[0, :, 0] = 1e-3 * power[0].amax()
        return {"power": power, "filters": filters_of(rng, n_mels, 2 * n_mels)}

    near, far, quiet = args(4), args(14), args(12)
    far["power"] *= 10 / far["power"].amax((1, 2), keepdim=True)  # so that zeros lie far below
    far["power"][-1, :, 1:3] = 0.0
    quiet["power"] = torch.cat([1e-4 * quiet["power"], torch.zeros(1, 2 * n_mels, frames)])
    return [
        Case("each sound of another level", args=near),
        Case("with places that can't be heard", args=far),
        Case("faint sounds, down to 1e-10, and silence", args=quiet),
    ]


def level(mel: Tensor) -> Tensor:
    return 10 * mel.clamp(min=FAINTEST).log10()


def scaled(decibels: Tensor, loudest: Tensor, reach: float = REACH) -> Tensor:
    return 1 + (decibels - loudest).clamp(min=-reach) / reach


def top(decibels: Tensor) -> Tensor:
    return decibels.amax((1, 2), keepdim=True)


@exercise.misconception(
    "20 log10 belongs to magnitudes: `power` is squared already, so it takes 10 log10."
)
def twenty(power, filters):
    decibels = 2 * level(filters @ power)
    return scaled(decibels, top(decibels))


@exercise.misconception("That is the natural logarithm: decibels are 10 times the one of base 10.")
def natural(power, filters):
    decibels = 10 * (filters @ power).clamp(min=FAINTEST).log()
    return scaled(decibels, top(decibels))


@exercise.neighbour(natural)
def bare_natural(power, filters):
    decibels = (filters @ power).clamp(min=FAINTEST).log()
    return scaled(decibels, top(decibels))


@exercise.misconception("The factor 10 is missing: a power of ten is one bel, ten decibels.")
def bels(power, filters):
    decibels = level(filters @ power) / 10
    return scaled(decibels, top(decibels))


@exercise.misconception(
    "You take the logarithm before the bands are summed: filter the power, then take it."
)
def log_before_the_filters(power, filters):
    decibels = filters @ level(power)
    return scaled(decibels, top(decibels))


@exercise.misconception(
    "All sounds are measured by the loudest of the batch: each has a maximum of its own."
)
def loudest_of_the_batch(power, filters):
    decibels = level(filters @ power)
    return scaled(decibels, decibels.max())


@exercise.misconception(
    "Each frame, or each band, is measured by its own maximum: then nothing tells loud from faint. "
    "One maximum belongs to a whole sound."
)
def loudest_of_a_frame(power, filters):
    decibels = level(filters @ power)
    return scaled(decibels, decibels.amax(1, keepdim=True))


@exercise.neighbour(loudest_of_a_frame)
def loudest_of_a_band(power, filters):
    decibels = level(filters @ power)
    return scaled(decibels, decibels.amax(2, keepdim=True))


@exercise.misconception(
    "What is more than 80 dB fainter than the loudest place is to become 0: limit the difference."
)
def no_limit(power, filters):
    decibels = level(filters @ power)
    return 1 + (decibels - top(decibels)) / REACH


@exercise.misconception(
    "-80 dB is counted from the loudest place of the sound: subtract that before you limit."
)
def limit_before_the_difference(power, filters):
    decibels = level(filters @ power).clamp(min=-REACH)
    return 1 + (decibels - top(decibels)) / REACH


@exercise.misconception(
    "These are decibels, from -80 to 0: divide by 80 and add 1, so that they run from 0 to 1."
)
def in_decibels(power, filters):
    decibels = level(filters @ power)
    return (decibels - top(decibels)).clamp(min=-REACH)


@exercise.neighbour(in_decibels)
def without_the_one(power, filters):
    return in_decibels(power, filters) / REACH


@exercise.misconception(
    "Each sound is measured by its mean: the loudest place is to become 1, so take the maximum."
)
def by_the_mean(power, filters):
    decibels = level(filters @ power)
    return scaled(decibels, decibels.mean((1, 2), keepdim=True))


@exercise.misconception(
    "You take the root of the power first: bands are sums of power, not of magnitudes."
)
def of_magnitudes(power, filters):
    decibels = 2 * level(filters @ power.sqrt())
    return scaled(decibels, top(decibels))


@exercise.misconception(
    "The loudest place is sought among the bins: seek it among the mel bands, in decibels."
)
def loudest_bin(power, filters):
    return scaled(level(filters @ power), top(level(power)))


@exercise.misconception(
    "You stretch each sound from its faintest to its loudest place: the scale is 80 dB for all."
)
def least_to_greatest(power, filters):
    decibels = (level(filters @ power) - top(level(filters @ power))).clamp(min=-REACH)
    least = decibels.amin((1, 2), keepdim=True)
    return (decibels - least) / (top(decibels) - least)


@exercise.also_correct
def as_a_ratio(power, filters):
    mel = torch.einsum("mk,bkt->bmt", filters, power).clamp(min=FAINTEST)
    ratio = mel / mel.flatten(1).max(1).values[:, None, None]
    return torch.maximum(1 + 10 * ratio.log10() / 80, torch.zeros(()))


@exercise.also_correct
def sound_by_sound(power, filters):
    made = []
    for each in power:
        decibels = 10 / math.log(10) * torch.log(torch.clamp(filters @ each, min=1e-10))
        made.append(torch.clamp((decibels - decibels.max() + 80) / 80, min=0))
    return torch.stack(made)
