"""Scale of the latents."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import diffusion

exercise = Exercise(
    id="diffusion.latent_scale",
    title="Scale of the latents",
    target="exercise_lib.diffusion:latent_scale",
    solution=diffusion.latent_scale,
    todo="11.4",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    c, h = (3, 6) if hidden else (4, 5)

    def latents(n: int, spread: float, middle: float) -> torch.Tensor:
        of_channels = torch.linspace(0.4, 2, c)[None, :, None, None]
        of_pictures = torch.linspace(0.5, 1.5, n)[:, None, None, None]
        return middle + spread * of_channels * of_pictures * normal(rng, n, c, h, h)

    # With or without Bessel's correction: relative difference 1 / (2 n), below 0.002 here.
    tolerance: dict[str, Any] = {"rtol": 4e-3, "why": "divided by n or by n - 1, both will do"}
    return [
        Case("wide latents", args={"latents": latents(4, 5, 0)}, **tolerance),
        Case("narrow latents, away from 0", args={"latents": latents(3, 0.2, 1)}, **tolerance),
        Case("one picture", args={"latents": latents(2, 2, -1)}, **tolerance),
    ]


@exercise.misconception(
    "That is the standard deviation: latents are divided by it, so return 1 / std."
)
def deviation(latents):
    return latents.std()


@exercise.misconception("You divide by the variance: multiplied by 1 / std, it becomes 1.")
def by_the_variance(latents):
    return 1 / latents.var()


@exercise.neighbour(by_the_variance)
def by_the_mean_square(latents):
    return 1 / latents.square().mean()


@exercise.misconception(
    "That is a scale for each picture: it would take away what tells pictures apart, and none could"
    " be decoded without knowing its own. Take one number for all."
)
def of_each_picture(latents):
    return 1 / latents.flatten(1).std(1)


@exercise.misconception(
    "That is a scale for each channel: Stable Diffusion has one number for all of them, 0.18215."
)
def of_each_channel(latents):
    return 1 / latents.std((0, 2, 3))


@exercise.misconception(
    "Pictures or channels are measured one by one, and the mean is taken of what comes out: that "
    "is not the deviation of all numbers, `latents.std()`."
)
def of_mean_deviation_of_pictures(latents):
    return 1 / latents.flatten(1).std(1).mean()


@exercise.neighbour(of_mean_deviation_of_pictures)
def mean_of_scales_of_pictures(latents):
    return (1 / latents.flatten(1).std(1)).mean()


@exercise.neighbour(of_mean_deviation_of_pictures)
def of_mean_deviation_of_channels(latents):
    return 1 / latents.std((0, 2, 3)).mean()


@exercise.neighbour(of_mean_deviation_of_pictures)
def mean_of_scales_of_channels(latents):
    return (1 / latents.std((0, 2, 3))).mean()


@exercise.misconception(
    "Numbers are averaged first, and what is left spreads less: take the deviation of all of them."
)
def of_the_mean_picture(latents):
    return 1 / latents.mean(0).std()


@exercise.neighbour(of_the_mean_picture)
def of_means_of_pictures(latents):
    return 1 / latents.mean((1, 2, 3)).std()


@exercise.neighbour(of_the_mean_picture)
def of_means_of_places(latents):
    return 1 / latents.mean(1).std()


@exercise.misconception(
    "You measure from 0: the standard deviation is around the mean, which is not 0 here."
)
def from_zero(latents):
    return 1 / latents.square().mean().sqrt()


@exercise.misconception("You measure the spread by absolute values: take the standard deviation.")
def absolute(latents):
    return 1 / (latents - latents.mean()).abs().mean()


@exercise.neighbour(absolute)
def by_the_largest(latents):
    return 1 / latents.abs().max()


@exercise.also_correct
def by_the_root_of_the_variance(latents):
    return latents.flatten().var(unbiased=False).rsqrt()


@exercise.also_correct
def around_the_mean(latents):
    return ((latents - latents.mean()) ** 2).mean().sqrt() ** -1
