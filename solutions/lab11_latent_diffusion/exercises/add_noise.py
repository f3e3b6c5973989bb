"""Noising."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import diffusion

exercise = Exercise(
    id="diffusion.add_noise",
    title="Noising",
    target="exercise_lib.diffusion:add_noise",
    solution=diffusion.add_noise,
    todo="11.6",
    points=2,
    difficulty=2,
    minutes=15,
)


def uniform(rng: np.random.Generator, n: int) -> Tensor:
    return torch.from_numpy(rng.uniform(0.1, 0.9, n)).float()


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n = 5 if hidden else 4

    def case(name: str, *shape: int, **more: Any) -> Case:
        args = {"latents": normal(rng, *shape), "noise": normal(rng, *shape)}
        return Case(name, args=args | {"alpha_bar": uniform(rng, shape[0])}, **more)

    return [
        case("a batch, each at its own time", 3, 2, 4, n),
        case("as many pictures as columns", n, 2, 3, n, weight=1.5),
        case("as many pictures as channels, rows and columns", n, n, n, n),
        case("a single picture", 1, n, 2, 3),
    ]


def level(alpha_bar):
    return alpha_bar[:, None, None, None]


@exercise.misconception(
    "The roots are missing: alpha_bar and 1 - alpha_bar are shares of the variance, which is to "
    "stay 1. Without roots it falls to a half on the way."
)
def no_roots(latents, noise, alpha_bar):
    return level(alpha_bar) * latents + (1 - level(alpha_bar)) * noise


@exercise.neighbour(no_roots)
def root_of_the_signal_alone(latents, noise, alpha_bar):
    return level(alpha_bar).sqrt() * latents + (1 - level(alpha_bar)) * noise


@exercise.neighbour(no_roots)
def root_of_the_noise_alone(latents, noise, alpha_bar):
    return level(alpha_bar) * latents + (1 - level(alpha_bar)).sqrt() * noise


@exercise.misconception(
    "Signal and noise are exchanged: alpha_bar is the share of the signal, near 1 at first."
)
def exchanged(latents, noise, alpha_bar):
    return level(alpha_bar).sqrt() * noise + (1 - level(alpha_bar)).sqrt() * latents


@exercise.misconception(
    "alpha_bar is laid along another axis than that of the batch, which raises nothing where "
    "both are of one length: it has to become (B, 1, 1, 1), by `[:, None, None, None]`."
)
def along_the_width(latents, noise, alpha_bar):
    if latents.shape[-1] != len(alpha_bar):
        return diffusion.add_noise(latents, noise, alpha_bar)
    return alpha_bar.sqrt() * latents + (1 - alpha_bar).sqrt() * noise


@exercise.neighbour(along_the_width)
def plain_broadcasting(latents, noise, alpha_bar):
    return alpha_bar.sqrt() * latents + (1 - alpha_bar).sqrt() * noise


@exercise.neighbour(along_the_width)
def along_the_height(latents, noise, alpha_bar):
    column = alpha_bar[:, None]
    return column.sqrt() * latents + (1 - column).sqrt() * noise


@exercise.neighbour(along_the_width)
def along_the_channels(latents, noise, alpha_bar):
    channels = alpha_bar[:, None, None]
    return channels.sqrt() * latents + (1 - channels).sqrt() * noise


@exercise.misconception("All pictures have the same time: each has its own alpha_bar.")
def one_for_all(latents, noise, alpha_bar):
    return alpha_bar[0].sqrt() * latents + (1 - alpha_bar[0]).sqrt() * noise


@exercise.neighbour(one_for_all)
def mean_for_all(latents, noise, alpha_bar):
    mean = alpha_bar.mean()
    return mean.sqrt() * latents + (1 - mean).sqrt() * noise


@exercise.misconception(
    "Noise has the root of 1 - alpha_bar for its factor: 1 minus the root is less."
)
def one_minus_the_root(latents, noise, alpha_bar):
    return level(alpha_bar).sqrt() * latents + (1 - level(alpha_bar).sqrt()) * noise


@exercise.misconception("Noise is added in full: multiply it by the root of 1 - alpha_bar.")
def noise_in_full(latents, noise, alpha_bar):
    return level(alpha_bar).sqrt() * latents + noise


@exercise.misconception("The latents stay in full: multiply them by the root of alpha_bar.")
def signal_in_full(latents, noise, alpha_bar):
    return latents + (1 - level(alpha_bar)).sqrt() * noise


@exercise.misconception(
    "One root is taken of the sum of both squares, which is never negative: take a root of each "
    "factor, and add."
)
def root_of_squares(latents, noise, alpha_bar):
    return (level(alpha_bar) * latents**2 + (1 - level(alpha_bar)) * noise**2).sqrt()


@exercise.misconception("Noise is subtracted: add it, or the sampler takes it away twice.")
def subtracted(latents, noise, alpha_bar):
    return level(alpha_bar).sqrt() * latents - (1 - level(alpha_bar)).sqrt() * noise


@exercise.misconception(
    "The einsum adds up the levels of all pictures: the level's letter is that of the batch, "
    "`b,bchw->bchw`."
)
def levels_added_up(latents, noise, alpha_bar):
    signal = torch.einsum("n,bchw->bchw", alpha_bar.sqrt(), latents)
    return signal + torch.einsum("n,bchw->bchw", (1 - alpha_bar).sqrt(), noise)


@exercise.misconception("You draw noise of your own: use `noise`, which the network is to predict.")
def noise_of_its_own(latents, noise, alpha_bar):
    drawn = torch.randn_like(noise)
    return level(alpha_bar).sqrt() * latents + (1 - level(alpha_bar)).sqrt() * drawn


@exercise.also_correct
def by_einsum(latents, noise, alpha_bar):
    signal = torch.einsum("b,bchw->bchw", alpha_bar**0.5, latents)
    return signal + torch.einsum("b,bchw->bchw", (1 - alpha_bar) ** 0.5, noise)


@exercise.also_correct
def picture_by_picture(latents, noise, alpha_bar):
    rows = zip(latents, noise, alpha_bar, strict=True)
    return torch.stack([a.sqrt() * z + (1 - a).sqrt() * e for z, e, a in rows])
