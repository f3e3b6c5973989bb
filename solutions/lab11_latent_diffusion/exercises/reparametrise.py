"""Reparametrisation."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import diffusion

exercise = Exercise(
    id="diffusion.reparametrise",
    title="Reparametrisation",
    target="exercise_lib.diffusion:reparametrise",
    solution=diffusion.reparametrise,
    todo="11.3",
    points=2,
    difficulty=1,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    c, h = (3, 2) if hidden else (2, 3)

    def case(name: str, *shape: int) -> Case:
        names = "mean", "log_variance", "noise"
        args = {name: normal(rng, *shape) for name in names}
        return Case(name, args=args, grad=("mean", "log_variance"))

    return [
        case("with gradients", 2, c, h, h),
        case("vectors, with gradients", 4, c),
        case("a single picture, with gradients", 1, c, h, 4),
    ]


@exercise.misconception(
    "You multiply by the variance: noise is multiplied by the standard deviation, its root, "
    "`(0.5 * log_variance).exp()`."
)
def by_the_variance(mean, log_variance, noise):
    return mean + log_variance.exp() * noise


@exercise.misconception(
    "You multiply by the logarithm itself: the standard deviation is `(0.5 * log_variance).exp()`."
)
def by_the_logarithm(mean, log_variance, noise):
    return mean + log_variance * noise


@exercise.neighbour(by_the_logarithm)
def by_half_the_logarithm(mean, log_variance, noise):
    return mean + 0.5 * log_variance * noise


@exercise.misconception(
    "You take log_variance for the variance: it is its logarithm, so take `.exp()` before a root."
)
def root_of_the_logarithm(mean, log_variance, noise):
    return mean + log_variance.abs().sqrt() * noise


@exercise.neighbour(root_of_the_logarithm)
def root_of_the_logarithm_with_its_sign(mean, log_variance, noise):
    return mean + log_variance.sqrt() * noise


@exercise.misconception("Only the mean comes out: nothing is drawn.")
def mean_alone(mean, log_variance, noise):
    return mean + 0 * log_variance


@exercise.misconception("The mean is missing: noise is spread around it.")
def without_mean(mean, log_variance, noise):
    return (0.5 * log_variance).exp() * noise + 0 * mean


@exercise.misconception("Noise is added as it is: multiply it by the standard deviation.")
def noise_as_it_is(mean, log_variance, noise):
    return mean + noise + 0 * log_variance


@exercise.misconception(
    "You draw noise of your own: use `noise`, so that the same arguments give the same result."
)
def noise_of_its_own(mean, log_variance, noise):
    return mean + (0.5 * log_variance).exp() * torch.randn_like(noise)


@exercise.neighbour(noise_of_its_own)
def drawn_by_torch(mean, log_variance, noise):
    return torch.normal(mean, (0.5 * log_variance).exp())


@exercise.misconception(
    "The value is right, but the mean, the variance or both get no gradient: the encoder would not "
    "learn them. Leave out detach() and no_grad()."
)
def detached(mean, log_variance, noise):
    return diffusion.reparametrise(mean.detach(), log_variance.detach(), noise)


@exercise.neighbour(detached)
def deviation_detached(mean, log_variance, noise):
    return mean + (0.5 * log_variance).exp().detach() * noise


@exercise.neighbour(detached)
def drawn_from_a_distribution(mean, log_variance, noise):
    return mean.detach() + (0.5 * log_variance).exp() * noise


@exercise.misconception("The sign of the exponent is wrong: a larger log_variance spreads more.")
def precision(mean, log_variance, noise):
    return mean + (-0.5 * log_variance).exp() * noise


@exercise.misconception("The mean is multiplied: the standard deviation multiplies noise alone.")
def both_multiplied(mean, log_variance, noise):
    return (mean + noise) * (0.5 * log_variance).exp()


@exercise.neighbour(both_multiplied)
def noise_times_mean(mean, log_variance, noise):
    return noise * mean + (0.5 * log_variance).exp()


@exercise.misconception(
    "The half is at the wrong place: it halves the logarithm, `(0.5 * log_variance).exp()`, which "
    "makes the root of the variance."
)
def half_the_variance(mean, log_variance, noise):
    return mean + 0.5 * log_variance.exp() * noise


@exercise.also_correct
def by_the_root(mean, log_variance, noise):
    return noise * log_variance.exp().sqrt() + mean


@exercise.also_correct
def by_torch(mean, log_variance, noise):
    return torch.addcmul(mean, torch.exp(log_variance / 2), noise)
