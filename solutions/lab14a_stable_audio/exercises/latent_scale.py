"""The scale of the latents."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import latent_audio

exercise = Exercise(
    id="latent_audio.latent_scale",
    title="The latents' scale",
    target="exercise_lib.latent_audio:latent_scale",
    solution=latent_audio.latent_scale,
    todo="14.3",
    points=1,
    difficulty=1,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n, c, t = (5, 4, 3) if hidden else (4, 3, 5)

    def case(name: str, *shape: int) -> Case:
        scales = torch.from_numpy(rng.uniform(0.3, 4, (shape[1], 1))).float()
        clips = 1.5 * normal(rng, shape[0], shape[1], 1)  # a level of its own for each clip
        latents = scales * (normal(rng, *shape) + clips) + 2 * normal(rng, shape[1], 1)
        return Case(name, args={"latents": latents})

    return [
        case("channels of different scales", n, c, t),
        case("as many clips as channels and frames", c, c, c),
        case("one clip", 1, c + 1, t),
    ]


def result(mean, spread):
    return mean[:, None], spread[:, None]


@exercise.misconception(
    "One scale for all channels: a channel that varies little would be drowned by noise first, so "
    "each has its own."
)
def one_scale(latents):
    ones = torch.ones(latents.shape[1], 1)
    return latents.mean() * ones, latents.std(correction=0) * ones


@exercise.neighbour(one_scale)
def one_spread(latents):
    spread = latents.std(correction=0).expand(latents.shape[1])
    return result(latents.mean((0, 2)), spread)


@exercise.misconception(
    "Every frame has a scale of its own: a note's beginning may be at any frame, so all frames "
    "are taken together."
)
def for_each_frame(latents):
    return latents.mean(0), latents.std(0, correction=0)


@exercise.misconception(
    "Deviations of single clips are averaged: what differs from clip to clip is then left out. "
    "All clips and frames go into one deviation."
)
def clip_by_clip(latents):
    return result(latents.mean((0, 2)), latents.std(2, correction=0).mean(0))


@exercise.neighbour(clip_by_clip)
def frame_by_frame(latents):
    return result(latents.mean((0, 2)), latents.std(0, correction=0).mean(1))


@exercise.misconception("Axes are exchanged: channels are axis 1, the mean is over 0 and 2.")
def over_channels(latents):
    return latents.mean((0, 1))[:, None], latents.std((0, 1), correction=0)[:, None]


@exercise.neighbour(over_channels)
def of_clips(latents):
    return result(latents.mean((1, 2)), latents.std((1, 2), correction=0))


@exercise.misconception("This is the variance: its root is the standard deviation.")
def variance(latents):
    return result(latents.mean((0, 2)), latents.var((0, 2), correction=0))


@exercise.misconception(
    "The mean is not taken off before squaring: this is the root mean square, not the deviation."
)
def root_mean_square(latents):
    return result(latents.mean((0, 2)), latents.square().mean((0, 2)).sqrt())


@exercise.misconception(
    "You divide by one less than the number of latents: (14.3) has a plain mean, correction=0."
)
def corrected(latents):
    return result(latents.mean((0, 2)), latents.std((0, 2)))


@exercise.misconception("The inverse of the deviation: latents are divided by what you return.")
def inverse(latents):
    return result(latents.mean((0, 2)), 1 / latents.std((0, 2), correction=0))


@exercise.misconception("Mean and deviation are exchanged: the mean comes first.")
def exchanged(latents):
    return result(latents.std((0, 2), correction=0), latents.mean((0, 2)))


@exercise.misconception(
    "The shape is (C, 1): no third axis, and not (C,), which torch would take for frames."
)
def flat(latents):
    return latents.mean((0, 2)), latents.std((0, 2), correction=0)


@exercise.neighbour(flat)
def with_three_axes(latents):
    return latents.mean((0, 2), keepdim=True), latents.std((0, 2), keepdim=True, correction=0)


@exercise.also_correct
def by_channel(latents):
    rows = latents.transpose(0, 1).flatten(1)  # (C, N T)
    mean = rows.mean(1, keepdim=True)
    return mean, (rows - mean).square().mean(1, keepdim=True).sqrt()


@exercise.also_correct
def by_moments(latents):
    n = latents.shape[0] * latents.shape[2]
    first = latents.double().sum((0, 2)) / n
    second = latents.double().square().sum((0, 2)) / n
    return result(first.float(), (second - first**2).sqrt().float())
