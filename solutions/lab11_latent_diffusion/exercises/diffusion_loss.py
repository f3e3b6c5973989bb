"""Loss of the predicted noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import diffusion

exercise = Exercise(
    id="diffusion.diffusion_loss",
    title="Loss",
    target="exercise_lib.diffusion:diffusion_loss",
    solution=diffusion.diffusion_loss,
    todo="11.7",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n = 5 if hidden else 4

    def case(name: str, *shape: int, ones: bool = False, **more: Any) -> Case:
        weights = torch.from_numpy(rng.uniform(0.2, 3, shape[0])).float()
        args = {
            "noise": normal(rng, *shape),
            "predicted": normal(rng, *shape),
            "weights": torch.ones_like(weights) if ones else weights,
        }
        return Case(name, args=args, grad=("predicted",), **more)

    return [
        case("weights of all sizes, with gradients", 3, 2, 4, n),
        case("as many pictures as columns", n, 2, 3, n, weight=1.5),
        case("as many pictures as channels", n, n, 2, 3),
        case("weights of 1, with gradients", 3, 2, n, 2, ones=True, weight=0.5),
    ]


def errors(noise, predicted):
    return (noise - predicted).square().flatten(1)


@exercise.misconception(
    "The weights are laid along another axis than that of the batch, which raises nothing where "
    "both are of one length: take the mean of each example first, `flatten(1).mean(1)`."
)
def along_the_width(noise, predicted, weights):
    if noise.shape[-1] != len(weights):
        return diffusion.diffusion_loss(noise, predicted, weights)
    return (weights * (noise - predicted).square()).mean()


@exercise.neighbour(along_the_width)
def plain_broadcasting(noise, predicted, weights):
    return (weights * (noise - predicted).square()).mean()


@exercise.neighbour(along_the_width)
def along_the_channels(noise, predicted, weights):
    return (weights[:, None, None] * (noise - predicted).square()).mean()


@exercise.misconception(
    "The weights are left out, or their mean is taken for all: an example's weight counts for its "
    "own error."
)
def without_weights(noise, predicted, weights):
    return F.mse_loss(predicted, noise)


@exercise.neighbour(without_weights)
def mean_weight(noise, predicted, weights):
    return weights.mean() * F.mse_loss(predicted, noise)


@exercise.misconception(
    "Your weights sum to 1, by division or softmax: divide by the number of examples, so that "
    "large weights make a large loss."
)
def normalised(noise, predicted, weights):
    return (weights * errors(noise, predicted).mean(1)).sum() / weights.sum()


@exercise.neighbour(normalised)
def softmax_of_weights(noise, predicted, weights):
    return (weights.softmax(0) * errors(noise, predicted).mean(1)).sum()


@exercise.misconception(
    "You sum over the numbers of an example or over the batch: take means, or the loss grows with "
    "the size of the latents."
)
def summed(noise, predicted, weights):
    return (weights * errors(noise, predicted).sum(1)).mean()


@exercise.neighbour(summed)
def summed_over_the_batch(noise, predicted, weights):
    return (weights * errors(noise, predicted).mean(1)).sum()


@exercise.neighbour(summed)
def summed_over_all(noise, predicted, weights):
    return (weights * errors(noise, predicted).sum(1)).sum()


@exercise.misconception("Errors are squared: you take absolute values, or roots of the means.")
def absolute(noise, predicted, weights):
    return (weights * (noise - predicted).abs().flatten(1).mean(1)).mean()


@exercise.neighbour(absolute)
def roots(noise, predicted, weights):
    return (weights * errors(noise, predicted).mean(1).sqrt()).mean()


@exercise.misconception(
    "The weight is squared, or its root is taken: it multiplies the squared error once."
)
def weight_inside_the_square(noise, predicted, weights):
    return (weights[:, None] * (noise - predicted).flatten(1)).square().mean()


@exercise.neighbour(weight_inside_the_square)
def root_of_the_weight(noise, predicted, weights):
    return (weights.sqrt() * errors(noise, predicted).mean(1)).mean()


@exercise.misconception("You divide by the weights: multiply.")
def divided(noise, predicted, weights):
    return (errors(noise, predicted).mean(1) / weights).mean()


@exercise.misconception("Each example keeps a loss of its own: take the mean over the batch, too.")
def of_each(noise, predicted, weights):
    return weights * errors(noise, predicted).mean(1)


@exercise.also_correct
def in_one_mean(noise, predicted, weights):
    return (weights[:, None, None, None] * (predicted - noise) ** 2).mean()


@exercise.also_correct
def by_a_dot_product(noise, predicted, weights):
    each = F.mse_loss(predicted, noise, reduction="none").mean(dim=(1, 2, 3))
    return weights @ each / len(weights)
