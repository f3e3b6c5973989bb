"""Draw latents."""

from __future__ import annotations

import math

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import melle
from .shared import log_variances

exercise = Exercise(
    id="melle.latent_sample",
    title="Draw latents",
    target="exercise_lib.melle:latent_sample",
    solution=melle.latent_sample,
    todo="16.1",
    points=2,
    difficulty=1,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    d = 4 if hidden else 3

    def case(name: str, shape: tuple[int, int, int], temperature: float, **more) -> Case:
        args = {
            "mu": normal(rng, *shape),
            "log_variance": log_variances(rng, *shape),
            "noise": normal(rng, *shape),
            "temperature": temperature,
        }
        return Case(name, args=args, **more)

    return [
        case("temperature 1", (2, 5, 6), 1.0, grad=("mu", "log_variance")),
        case("cooler", (3, 4, 5), 0.4 if hidden else 0.5, grad=("mu", "log_variance")),
        case("hotter, all axes alike", (d, d, d), 1.7),
        case("the mean alone", (1, 4, 5), 0.0, weight=0.5),
    ]


def sigma_of(log_variance):
    return (0.5 * log_variance).exp()


@exercise.misconception(
    "This is the variance in the place of sigma: exp(log sigma^2) is sigma^2, and its root, "
    "exp(log sigma^2 / 2), is missing."
)
def variance_for_sigma(mu, log_variance, noise, temperature):
    return mu + temperature * log_variance.exp() * noise


@exercise.neighbour(variance_for_sigma)
def twice_the_exponent(mu, log_variance, noise, temperature):
    return mu + temperature * (2 * log_variance).exp() * noise


@exercise.misconception(
    "log sigma^2 is used as if it were sigma: it is a logarithm, often below 0. Take exp(. / 2)."
)
def no_exponential(mu, log_variance, noise, temperature):
    return mu + temperature * log_variance * noise


@exercise.neighbour(no_exponential)
def half_of_it(mu, log_variance, noise, temperature):
    return mu + temperature * 0.5 * log_variance * noise


@exercise.neighbour(no_exponential)
def root_of_its_size(mu, log_variance, noise, temperature):
    return mu + temperature * log_variance.abs().sqrt() * noise


@exercise.neighbour(no_exponential)
def root_of_it(mu, log_variance, noise, temperature):
    return mu + temperature * log_variance.sqrt() * noise


@exercise.misconception(
    "The exponent has the wrong sign: where log sigma^2 is small, sigma is small, exp(. / 2)."
)
def one_by_sigma(mu, log_variance, noise, temperature):
    return mu + temperature * (-0.5 * log_variance).exp() * noise


@exercise.misconception("The logarithm is a natural one: exp, and no power of 2 or 10.")
def other_base(mu, log_variance, noise, temperature):
    return mu + temperature * 2 ** (0.5 * log_variance) * noise


@exercise.neighbour(other_base)
def base_ten(mu, log_variance, noise, temperature):
    return mu + temperature * 10 ** (0.5 * log_variance) * noise


@exercise.misconception(
    "The temperature is inside the exponential: at temperature 0 sigma becomes 1, and speech "
    "drowns in noise where there should be none. It multiplies sigma."
)
def temperature_inside(mu, log_variance, noise, temperature):
    return mu + (0.5 * temperature * log_variance).exp() * noise


@exercise.neighbour(temperature_inside)
def temperature_added_inside(mu, log_variance, noise, temperature):
    return mu + (0.5 * log_variance + temperature).exp() * noise


@exercise.misconception(
    "You divide by the temperature: it multiplies sigma, so that 0 draws nothing."
)
def divided_by_temperature(mu, log_variance, noise, temperature):
    return mu + sigma_of(log_variance) * noise / temperature


@exercise.misconception("The temperature is not used: it multiplies sigma.")
def no_temperature(mu, log_variance, noise, temperature):
    return mu + sigma_of(log_variance) * noise


@exercise.misconception(
    "The temperature multiplies the variance, or its square does: it multiplies sigma itself."
)
def temperature_of_the_variance(mu, log_variance, noise, temperature):
    return mu + math.sqrt(temperature) * sigma_of(log_variance) * noise


@exercise.neighbour(temperature_of_the_variance)
def temperature_squared(mu, log_variance, noise, temperature):
    return mu + temperature**2 * sigma_of(log_variance) * noise


@exercise.misconception("The temperature also multiplies the mean: only the noise is cooled.")
def everything_cooled(mu, log_variance, noise, temperature):
    return temperature * (mu + sigma_of(log_variance) * noise)


@exercise.misconception(
    "The noise is the same for the whole batch: then all its readings go astray together. Each "
    "number has noise of its own."
)
def noise_of_the_first_row(mu, log_variance, noise, temperature):
    return mu + temperature * sigma_of(log_variance) * noise[:1]


@exercise.misconception(
    "The noise is the same for all frames of a sentence, or for all bands of a frame: each number "
    "has noise of its own."
)
def noise_of_the_first_frame(mu, log_variance, noise, temperature):
    return mu + temperature * sigma_of(log_variance) * noise[:, :, :1]


@exercise.neighbour(noise_of_the_first_frame)
def noise_of_the_first_band(mu, log_variance, noise, temperature):
    return mu + temperature * sigma_of(log_variance) * noise[:, :1]


@exercise.misconception("Sigma is left out: every number gets noise of the same size.")
def no_sigma(mu, log_variance, noise, temperature):
    return mu + temperature * noise


@exercise.misconception("The mean is left out: this is noise around 0, not around mu.")
def no_mean(mu, log_variance, noise, temperature):
    return temperature * sigma_of(log_variance) * noise


@exercise.misconception(
    "The noise is taken off: as often right as wrong, but equation (16.1) adds it."
)
def taken_off(mu, log_variance, noise, temperature):
    return mu - temperature * sigma_of(log_variance) * noise


@exercise.misconception("Nothing is drawn: this is the mean alone.")
def never_drawn(mu, log_variance, noise, temperature):
    return mu.clone()


@exercise.misconception(
    "Both are multiplied with the noise: mu says where the middle is, and gets none of it."
)
def mean_times_noise(mu, log_variance, noise, temperature):
    return (mu + temperature * sigma_of(log_variance)) * noise


@exercise.also_correct
def by_root(mu, log_variance, noise, temperature):
    return noise * log_variance.exp().sqrt() * temperature + mu


@exercise.also_correct
def by_addcmul(mu, log_variance, noise, temperature):
    return torch.addcmul(mu, torch.exp(log_variance / 2), noise, value=temperature)
