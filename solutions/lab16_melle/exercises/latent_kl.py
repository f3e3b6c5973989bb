"""KL divergence from the true frames."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch.distributions import Normal, kl_divergence

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import melle
from .shared import around, log_variances, mask, mean_by_sentence, mean_inside

exercise = Exercise(
    id="melle.latent_kl",
    title="Stay near the true frames",
    target="exercise_lib.melle:latent_kl",
    solution=melle.latent_kl,
    todo="16.3",
    points=3,
    difficulty=2,
    minutes=20,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    d = 5 if hidden else 4

    def case(name: str, lengths: list[int], n_mels: int, most: int, width: float, **more) -> Case:
        mel = normal(rng, len(lengths), n_mels, most)
        args = {
            "mu": around(rng, mel),
            "log_variance": log_variances(rng, *mel.shape),
            "mel": mel,
            "width": width,
            "inside": mask(lengths, most),
        }
        return Case(name, args=args, **more)

    both = ("mu", "log_variance")
    return [
        case("no padding, with gradients", [6, 6], 3, 6, 0.5 if hidden else 0.4, grad=both),
        case("padding, with gradients", [2, 7, 4], 4, 7, 0.3, grad=both),
        case("all axes alike", [*range(1, d), d], d, d, 0.6),
        case("a wide prior", [5, 3], 2, 5, 2.0),
    ]


def parts(mu, log_variance, mel, width):
    """The three terms that depend on the data."""
    log_ratio = log_variance - 2 * math.log(width)
    return log_ratio.exp(), (mu - mel).square() / width**2, log_ratio


def divergence(mu, log_variance, mel, width):
    ratio, squares, log_ratio = parts(mu, log_variance, mel, width)
    return 0.5 * (ratio + squares - 1 - log_ratio)


@exercise.misconception(
    "This prior lies around 0, as in a VAE: it pulls every frame to the mean of all frames. "
    "MELLE's lies around the true frame, so (mu - y)^2."
)
def around_zero(mu, log_variance, mel, width, inside):
    ratio, _, log_ratio = parts(mu, log_variance, mel, width)
    return mean_inside(0.5 * (ratio + mu.square() / width**2 - 1 - log_ratio), inside)


@exercise.neighbour(around_zero)
def standard_normal(mu, log_variance, mel, width, inside):
    its = 0.5 * (log_variance.exp() + mu.square() - 1 - log_variance)
    return mean_inside(its, inside)


@exercise.misconception("The width is not used: this is the paper's formula, for s = 1.")
def paper_width(mu, log_variance, mel, width, inside):
    return mean_inside(divergence(mu, log_variance, mel, 1.0), inside)


@exercise.misconception(
    "You divide by s: it is the prior's variance, s^2, that both are measured by."
)
def width_not_squared(mu, log_variance, mel, width, inside):
    return mean_inside(divergence(mu, log_variance, mel, math.sqrt(width)), inside)


@exercise.neighbour(width_not_squared)
def squares_by_width(mu, log_variance, mel, width, inside):
    ratio, _, log_ratio = parts(mu, log_variance, mel, width)
    squares = (mu - mel).square() / width
    return mean_inside(0.5 * (ratio + squares - 1 - log_ratio), inside)


@exercise.neighbour(width_not_squared)
def variances_by_width(mu, log_variance, mel, width, inside):
    _, squares, _ = parts(mu, log_variance, mel, width)
    log_ratio = log_variance - math.log(width)
    return mean_inside(0.5 * (log_ratio.exp() + squares - 1 - log_ratio), inside)


@exercise.misconception(
    "One of the three terms lacks the width: sigma^2 is divided by s^2 in the first and in the "
    "logarithm, and so is (mu - y)^2."
)
def log_without_width(mu, log_variance, mel, width, inside):
    ratio, squares, _ = parts(mu, log_variance, mel, width)
    return mean_inside(0.5 * (ratio + squares - 1 - log_variance), inside)


@exercise.neighbour(log_without_width)
def variance_without_width(mu, log_variance, mel, width, inside):
    _, squares, log_ratio = parts(mu, log_variance, mel, width)
    return mean_inside(0.5 * (log_variance.exp() + squares - 1 - log_ratio), inside)


@exercise.neighbour(log_without_width)
def squares_without_width(mu, log_variance, mel, width, inside):
    ratio, _, log_ratio = parts(mu, log_variance, mel, width)
    return mean_inside(0.5 * (ratio + (mu - mel).square() - 1 - log_ratio), inside)


@exercise.misconception(
    "The variance is exp(log sigma^2): you took it twice into account, or its root."
)
def sigma_for_variance(mu, log_variance, mel, width, inside):
    _, squares, log_ratio = parts(mu, log_variance, mel, width)
    ratio = (0.5 * log_variance).exp() / width**2
    return mean_inside(0.5 * (ratio + squares - 1 - log_ratio), inside)


@exercise.neighbour(sigma_for_variance)
def all_of_sigma(mu, log_variance, mel, width, inside):
    return mean_inside(divergence(mu, 0.5 * log_variance, mel, width), inside)


@exercise.neighbour(sigma_for_variance)
def variance_squared(mu, log_variance, mel, width, inside):
    return mean_inside(divergence(mu, 2 * log_variance, mel, width), inside)


@exercise.misconception(
    "This is the divergence the other way round: sigma^2 stands above s^2, for the latents are "
    "what is compared with the prior."
)
def other_way(mu, log_variance, mel, width, inside):
    ratio, _, log_ratio = parts(mu, log_variance, mel, width)
    squares = (mu - mel).square() / log_variance.exp()
    return mean_inside(0.5 * (1 / ratio + squares - 1 + log_ratio), inside)


@exercise.misconception("The factor 1/2 is missing.")
def not_halved(mu, log_variance, mel, width, inside):
    return 2 * mean_inside(divergence(mu, log_variance, mel, width), inside)


@exercise.misconception("The - 1 is missing: two equal distributions have divergence 0.")
def without_one(mu, log_variance, mel, width, inside):
    return mean_inside(divergence(mu, log_variance, mel, width), inside) + 0.5


@exercise.neighbour(without_one)
def one_added(mu, log_variance, mel, width, inside):
    return mean_inside(divergence(mu, log_variance, mel, width), inside) + 1


@exercise.misconception(
    "The logarithm has the wrong sign: nothing keeps sigma from 0, and all readings become alike."
)
def log_added(mu, log_variance, mel, width, inside):
    ratio, squares, log_ratio = parts(mu, log_variance, mel, width)
    return mean_inside(0.5 * (ratio + squares - 1 + log_ratio), inside)


@exercise.neighbour(log_added)
def log_left_out(mu, log_variance, mel, width, inside):
    ratio, squares, _ = parts(mu, log_variance, mel, width)
    return mean_inside(0.5 * (ratio + squares - 1), inside)


@exercise.misconception(
    "Only means are compared: without the terms of sigma nothing says how wide to draw."
)
def means_alone(mu, log_variance, mel, width, inside):
    return mean_inside(0.5 * (mu - mel).square() / width**2, inside)


@exercise.misconception("Padding is counted: frames that are not inside have no truth.")
def padding_counted(mu, log_variance, mel, width, inside):
    return divergence(mu, log_variance, mel, width).mean()


@exercise.misconception(
    "Padding is set to 0, but counted in the mean: divide by the number of frames inside."
)
def divided_by_all(mu, log_variance, mel, width, inside):
    return (divergence(mu, log_variance, mel, width) * inside[:, None]).mean()


@exercise.misconception(
    "Each sentence has the same weight, however short: (16.3) takes the mean over all frames of "
    "the batch."
)
def by_sentence(mu, log_variance, mel, width, inside):
    return mean_by_sentence(divergence(mu, log_variance, mel, width), inside)


@exercise.misconception("Bands, or frames, are summed up: take the mean over both.")
def summed_bands(mu, log_variance, mel, width, inside):
    return mean_inside(divergence(mu, log_variance, mel, width), inside) * mu.shape[1]


@exercise.neighbour(summed_bands)
def summed_all(mu, log_variance, mel, width, inside):
    return mean_inside(divergence(mu, log_variance, mel, width), inside) * inside.sum()


@exercise.neighbour(summed_bands)
def summed_both(mu, log_variance, mel, width, inside):
    return (divergence(mu, log_variance, mel, width) * inside[:, None]).sum()


@exercise.misconception("The distance of the means is squared, not only taken without its sign.")
def absolute(mu, log_variance, mel, width, inside):
    ratio, _, log_ratio = parts(mu, log_variance, mel, width)
    return mean_inside(0.5 * (ratio + (mu - mel).abs() / width**2 - 1 - log_ratio), inside)


@exercise.neighbour(absolute)
def absolute_by_width(mu, log_variance, mel, width, inside):
    ratio, _, log_ratio = parts(mu, log_variance, mel, width)
    return mean_inside(0.5 * (ratio + (mu - mel).abs() / width - 1 - log_ratio), inside)


@exercise.misconception("`inside` is turned round: it is true where a frame is no padding.")
def padding_alone(mu, log_variance, mel, width, inside):
    return mean_inside(divergence(mu, log_variance, mel, width), ~inside)


@exercise.also_correct
def by_torch(mu, log_variance, mel, width, inside):
    drawn = Normal(mu, (0.5 * log_variance).exp())
    prior = Normal(mel, torch.full_like(mel, width))
    return kl_divergence(drawn, prior).mT[inside].mean()


@exercise.also_correct
def by_sigma(mu, log_variance, mel, width, inside):
    sigma = torch.exp(log_variance / 2)
    apart = math.log(width) - sigma.log() + (sigma**2 + (mu - mel) ** 2) / (2 * width**2) - 0.5
    weights = inside[:, None].float().expand_as(apart)
    return (apart * weights).sum() / weights.sum()


@exercise.also_correct
def row_by_row(mu, log_variance, mel, width, inside):
    columns = [
        divergence(m[:, keep], v[:, keep], y[:, keep], width)
        for m, v, y, keep in zip(mu, log_variance, mel, inside, strict=True)
    ]
    return torch.cat(columns, dim=1).mean()
