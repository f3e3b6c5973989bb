"""KL divergence from N(0, 1)."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import diffusion

exercise = Exercise(
    id="diffusion.kl",
    title="KL divergence",
    target="exercise_lib.diffusion:kl",
    solution=diffusion.kl,
    todo="11.2",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    c, h = (4, 3) if hidden else (2, 4)

    def case(name: str, *shape: int, **more: Any) -> Case:
        args = {"mean": normal(rng, *shape), "log_variance": normal(rng, *shape)}
        return Case(name, args=args, grad=("mean", "log_variance"), **more)

    return [
        case("with gradients", 3, c, h, h),
        case("a single picture, with gradients", 1, c, h, 2),
        case("a batch of five, not square", 5, 1, 2, h),
    ]


def each(mean, log_variance):
    return mean**2 + log_variance.exp() - 1 - log_variance


@exercise.misconception(
    "You take a mean over axes of a picture: the divergences of its numbers add up, so sum over "
    "all axes but the first. As a mean, they would weigh too little beside the error of pictures."
)
def mean_of_all(mean, log_variance):
    return 0.5 * each(mean, log_variance).mean()


@exercise.neighbour(mean_of_all)
def mean_over_places(mean, log_variance):
    return 0.5 * each(mean, log_variance).mean((2, 3)).sum(1).mean()


@exercise.neighbour(mean_of_all)
def mean_over_channels(mean, log_variance):
    return 0.5 * each(mean, log_variance).mean(1).sum((1, 2)).mean()


@exercise.misconception(
    "You sum over the batch as well: the loss would grow with it. Take the mean over pictures."
)
def sum_of_all(mean, log_variance):
    return 0.5 * each(mean, log_variance).sum()


@exercise.misconception("The factor 1/2 is missing.")
def without_half(mean, log_variance):
    return each(mean, log_variance).flatten(1).sum(1).mean()


@exercise.misconception(
    "The sign is wrong: a divergence is never negative, and training makes it smaller."
)
def negative(mean, log_variance):
    return -diffusion.kl(mean, log_variance)


@exercise.misconception(
    "You take `log_variance` for the variance: put `log_variance.exp()` for it, and `log_variance` "
    "for its logarithm."
)
def taken_for_variance(mean, log_variance):
    variance = log_variance.abs()
    terms = mean**2 + variance - 1 - variance.clamp(min=1e-6).log()
    return 0.5 * terms.flatten(1).sum(1).mean()


@exercise.misconception(
    "Variance and logarithm are one number here, and cancel: the variance is `log_variance.exp()`, "
    "a new tensor (no `exp_()`), and its logarithm stays `log_variance`."
)
def no_exponential(mean, log_variance):
    return 0.5 * (mean**2 - 1 + 0 * log_variance).flatten(1).sum(1).mean()


@exercise.misconception(
    "You take it for the logarithm of the standard deviation: that of the variance is twice as "
    "much."
)
def taken_for_log_deviation(mean, log_variance):
    terms = mean**2 + (2 * log_variance).exp() - 1 - 2 * log_variance
    return 0.5 * terms.flatten(1).sum(1).mean()


@exercise.neighbour(taken_for_log_deviation)
def exponential_of_twice(mean, log_variance):
    terms = mean**2 + (2 * log_variance).exp() - 1 - log_variance
    return 0.5 * terms.flatten(1).sum(1).mean()


@exercise.misconception(
    "The variance itself is missing, or its square root stands there: mean^2 + variance."
)
def deviation_in_place_of_variance(mean, log_variance):
    terms = mean**2 + (0.5 * log_variance).exp() - 1 - log_variance
    return 0.5 * terms.flatten(1).sum(1).mean()


@exercise.neighbour(deviation_in_place_of_variance)
def without_variance(mean, log_variance):
    return 0.5 * (mean**2 - 1 - log_variance).flatten(1).sum(1).mean()


@exercise.misconception("The -1 is missing: where the distribution is N(0, 1), it has to be 0.")
def without_one(mean, log_variance):
    return 0.5 * (each(mean, log_variance) + 1).flatten(1).sum(1).mean()


@exercise.misconception("The mean counts by its square: far to the left is as far as to the right.")
def mean_not_squared(mean, log_variance):
    terms = mean + log_variance.exp() - 1 - log_variance
    return 0.5 * terms.flatten(1).sum(1).mean()


@exercise.neighbour(mean_not_squared)
def mean_absolute(mean, log_variance):
    terms = mean.abs() + log_variance.exp() - 1 - log_variance
    return 0.5 * terms.flatten(1).sum(1).mean()


@exercise.neighbour(mean_not_squared)
def without_mean(mean, log_variance):
    terms = log_variance.exp() - 1 - log_variance + 0 * mean
    return 0.5 * terms.flatten(1).sum(1).mean()


@exercise.misconception("The logarithm is subtracted: a small variance costs, too.")
def logarithm_added(mean, log_variance):
    terms = mean**2 + log_variance.exp() - 1 + log_variance
    return 0.5 * terms.flatten(1).sum(1).mean()


@exercise.neighbour(logarithm_added)
def without_logarithm(mean, log_variance):
    return 0.5 * (mean**2 + log_variance.exp() - 1).flatten(1).sum(1).mean()


@exercise.also_correct
def over_named_axes(mean, log_variance):
    terms = 1 + log_variance - mean.pow(2) - log_variance.exp()
    return (-0.5 * terms.sum(dim=(1, 2, 3))).mean()


@exercise.also_correct
def one_sum_by_the_batch(mean, log_variance):
    total = mean.square().sum() + log_variance.exp().sum() - log_variance.sum() - mean.numel()
    return total / 2 / len(mean)
