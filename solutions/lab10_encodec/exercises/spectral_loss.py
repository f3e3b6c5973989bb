"""Spectral loss."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import FORMULA_IS_RIGHT, Exercise
from exercise_lib.check.case import Case
from exercise_lib.check.toys.features import log_magnitudes
from exercise_lib.codec.toys import long_spectra, short_spectra

from ...exercise_lib import encodec

exercise = Exercise(
    id="encodec.spectral_loss",
    title="Spectral loss",
    target="exercise_lib.encodec:spectral_loss",
    solution=encodec.spectral_loss,
    todo="10.5",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    shape = (2, 96) if hidden else (3, 64)
    x, x_hat = normal(rng, *shape), normal(rng, *shape)
    one, three = [log_magnitudes], [log_magnitudes, short_spectra, long_spectra]
    if hidden:
        three = [long_spectra, log_magnitudes, short_spectra]
    return [
        Case(
            "three scales, with the copy's gradient",
            args={"x": x, "x_hat": x_hat, "transforms": three},
            grad=("x_hat",),
        ),
        Case("one scale", args={"x": x, "x_hat": 0.7 * x, "transforms": one}, grad=("x_hat",)),
        Case(
            "a perfect copy, with its gradient",
            args={"x": x, "x_hat": x.clone(), "transforms": three},
            grad=("x_hat",),
            weight=0.5,
        ),
        Case(
            "two scales, one recording",
            args={"x": x[:1], "x_hat": x_hat[1:2], "transforms": three[:2]},
        ),
    ]


def differences(x, x_hat, transforms):
    return [it(x) - it(x_hat) for it in transforms]


def rms(d):
    return (d.square().mean() + 1e-12).sqrt()


@exercise.misconception("The second half is missing: add the root of the mean square.")
def absolute_alone(x, x_hat, transforms):
    return sum(d.abs().mean() for d in differences(x, x_hat, transforms)) / len(transforms)


@exercise.misconception("The first half is missing: add the mean of the absolute differences.")
def root_alone(x, x_hat, transforms):
    return sum(map(rms, differences(x, x_hat, transforms))) / len(transforms)


@exercise.misconception(
    "The root is missing: a mean square of small differences teaches next to nothing."
)
def mean_square(x, x_hat, transforms):
    its = differences(x, x_hat, transforms)
    return sum(d.abs().mean() + d.square().mean() for d in its) / len(transforms)


@exercise.misconception("You add the scales up: take their mean, or more scales weigh more.")
def sum_of_scales(x, x_hat, transforms):
    return sum(d.abs().mean() + rms(d) for d in differences(x, x_hat, transforms))


@exercise.misconception("Only one scale counts: `return` in the loop, or `=` in place of `+`.")
def first_scale(x, x_hat, transforms):
    (d, *_) = differences(x, x_hat, transforms)
    return d.abs().mean() + rms(d)


@exercise.neighbour(first_scale)
def last_scale(x, x_hat, transforms):
    d = differences(x, x_hat, transforms)[-1]
    return d.abs().mean() + rms(d)


@exercise.neighbour(first_scale)
def first_scale_divided(x, x_hat, transforms):
    return first_scale(x, x_hat, transforms) / len(transforms)


@exercise.neighbour(first_scale)
def last_scale_divided(x, x_hat, transforms):
    return last_scale(x, x_hat, transforms) / len(transforms)


@exercise.misconception("You sum over bands and frames: take means, or long recordings weigh more.")
def summed(x, x_hat, transforms):
    its = differences(x, x_hat, transforms)
    return sum(d.abs().sum() + (d.square().sum() + 1e-12).sqrt() for d in its) / len(transforms)


@exercise.neighbour(summed)
def norms(x, x_hat, transforms):
    its = differences(x, x_hat, transforms)
    return sum(d.abs().mean() + d.norm() for d in its) / len(transforms)


@exercise.misconception(
    "You compare waveforms: a shift by half a sample costs much and nobody hears it. Compare "
    "what the transforms make of them."
)
def of_waveforms(x, x_hat, transforms):
    return (x - x_hat).abs().mean() + rms(x - x_hat)


@exercise.misconception(
    "The spectrum of the difference is not the difference of the spectra: transform each by itself."
)
def of_the_difference(x, x_hat, transforms):
    its = [it(x - x_hat) for it in transforms]
    return sum(d.abs().mean() + rms(d) for d in its) / len(transforms)


@exercise.misconception("The differences are averaged before their sign is taken off.")
def mean_before_abs(x, x_hat, transforms):
    its = differences(x, x_hat, transforms)
    return sum(d.mean().abs() + rms(d) for d in its) / len(transforms)


@exercise.misconception("You compare logarithms again: the transforms return log spectra already.")
def logarithm_twice(x, x_hat, transforms):
    its = [
        it(x).abs().clamp(min=1e-5).log() - it(x_hat).abs().clamp(min=1e-5).log()
        for it in transforms
    ]
    return sum(d.abs().mean() + rms(d) for d in its) / len(transforms)


@exercise.misconception("The squares of all scales share one root: each scale has its own.")
def one_root(x, x_hat, transforms):
    its = differences(x, x_hat, transforms)
    absolute = sum(d.abs().mean() for d in its) / len(its)
    return absolute + (sum(d.square().mean() for d in its) / len(its) + 1e-12).sqrt()


@exercise.misconception(
    "A perfect copy has a gradient that is not a number: the root of 0 is infinitely steep. Add "
    "EPSILON below the root.",
    mild=FORMULA_IS_RIGHT,
)
def no_epsilon(x, x_hat, transforms):
    its = differences(x, x_hat, transforms)
    return sum(d.abs().mean() + d.square().mean().sqrt() for d in its) / len(transforms)


@exercise.misconception(
    "Both halves are means over the scales: divide the second by their number too."
)
def first_half_divided(x, x_hat, transforms):
    its = differences(x, x_hat, transforms)
    return sum(d.abs().mean() for d in its) / len(its) + sum(map(rms, its))


@exercise.neighbour(first_half_divided)
def second_half_divided(x, x_hat, transforms):
    its = differences(x, x_hat, transforms)
    return sum(d.abs().mean() for d in its) + sum(map(rms, its)) / len(its)


@exercise.misconception(
    "The root is taken of each square: that is the absolute difference once more. Mean first, then "
    "the root."
)
def root_of_each(x, x_hat, transforms):
    its = differences(x, x_hat, transforms)
    return sum(d.abs().mean() + (d.square() + 1e-12).sqrt().mean() for d in its) / len(its)


@exercise.misconception(
    "Differences up and down cancel in the first half: take their absolute values before the mean."
)
def signs_cancel(x, x_hat, transforms):
    its = differences(x, x_hat, transforms)
    return sum(d.mean() + rms(d) for d in its) / len(its)


@exercise.also_correct
def with_torchs_losses(x, x_hat, transforms):
    values = []
    for transform in transforms:
        s, s_hat = transform(x), transform(x_hat)
        values.append(F.l1_loss(s_hat, s) + torch.sqrt(F.mse_loss(s_hat, s) + 1e-12))
    return torch.stack(values).mean()


@exercise.also_correct
def in_two_sums(x, x_hat, transforms):
    its = differences(x, x_hat, transforms)
    first = torch.stack([d.abs().mean() for d in its])
    second = torch.stack([d.pow(2).mean().add(1e-12).pow(0.5) for d in its])
    return (first + second).sum() / len(its)
