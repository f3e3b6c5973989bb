"""The prior's loss."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import unclip
from .shared import on_sphere, times

exercise = Exercise(
    id="unclip.prior_loss",
    title="The prior's loss",
    target="exercise_lib.unclip:prior_loss",
    solution=unclip.prior_loss,
    todo="13.6",
    points=2,
    difficulty=1,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    d = 7 if hidden else 5

    def case(name: str, b: int) -> Case:
        args = {"images": on_sphere(rng, b, d), "noise": normal(rng, b, d), "times": times(rng, b)}
        return Case(name, args=args, probe="field")

    return [case("some embeddings", 3), case("more", 6), case("as many as numbers", d)]


def error(found, target):
    return (found - target).square().mean()


def at(images, noise, times):
    return unclip.noised(images, noise, times)


@exercise.misconception(
    "The target is the noise: DALL-E 2's prior predicts the clean embedding, which works better "
    "(section 2.2)."
)
def target_noise(predict, images, noise, times):
    return error(predict(at(images, noise, times), times), noise)


@exercise.misconception(
    "The prior is shown the clean embedding: it learns to copy within 50 steps, and samples are "
    "garbage. Noise it first."
)
def clean_input(predict, images, noise, times):
    return error(predict(images, times), images)


@exercise.misconception(
    "The target is the noisy embedding, which the prior is shown: it learns to copy. The target is "
    "x."
)
def target_noisy(predict, images, noise, times):
    z = at(images, noise, times)
    return error(predict(z, times), z)


@exercise.misconception("Embedding and noise are exchanged as you noise: noised(x, eps, t).")
def exchanged(predict, images, noise, times):
    return error(predict(at(noise, images, times), times), images)


@exercise.misconception("The prior is shown noise alone: it learns the mean, whatever the time.")
def noise_alone(predict, images, noise, times):
    return error(predict(noise, times), images)


@exercise.misconception(
    "The target is a velocity, as a flow's: this prior predicts the clean embedding x."
)
def target_velocity(predict, images, noise, times):
    return error(predict(at(images, noise, times), times), noise - images)


@exercise.misconception("A sum in place of the mean: the loss then grows with batch and d.")
def summed(predict, images, noise, times):
    return (predict(at(images, noise, times), times) - images).square().sum()


@exercise.neighbour(summed)
def summed_over_numbers(predict, images, noise, times):
    return (predict(at(images, noise, times), times) - images).square().sum(1).mean()


@exercise.misconception("These are absolute errors: the loss has their squares.")
def absolute(predict, images, noise, times):
    return (predict(at(images, noise, times), times) - images).abs().mean()


@exercise.misconception("There is no root over the loss: the mean of the squares.")
def rooted(predict, images, noise, times):
    return error(predict(at(images, noise, times), times), images).sqrt()


@exercise.neighbour(rooted)
def mean_length(predict, images, noise, times):
    return (predict(at(images, noise, times), times) - images).norm(dim=1).mean()


@exercise.misconception(
    "This compares directions: the prior has to learn the length too, so take squared errors."
)
def by_cosine(predict, images, noise, times):
    found = predict(at(images, noise, times), times)
    return 1 - F.cosine_similarity(found, images).mean()


@exercise.neighbour(by_cosine)
def of_scaled_predictions(predict, images, noise, times):
    return error(unclip.scaled(predict(at(images, noise, times), times)), images)


@exercise.misconception("The prior is not told the time, or another one: f(z_t, t).")
def without_time(predict, images, noise, times):
    return error(predict(at(images, noise, times), torch.zeros_like(times)), images)


@exercise.neighbour(without_time)
def time_reversed(predict, images, noise, times):
    return error(predict(at(images, noise, times), 1 - times), images)


@exercise.misconception("Each embedding has a loss of its own still: take the mean over all.")
def of_each(predict, images, noise, times):
    return (predict(at(images, noise, times), times) - images).square().mean(1)


@exercise.also_correct
def by_mse_loss(predict, images, noise, times):
    noisy = unclip.noised(images, noise, times)
    return F.mse_loss(predict(noisy, times), images)


@exercise.also_correct
def by_lengths(predict, images, noise, times):
    a, s = unclip.levels(times.unsqueeze(1))
    wrong = images - predict(images * a + noise * s, times)
    return wrong.norm().pow(2) / images.numel()
