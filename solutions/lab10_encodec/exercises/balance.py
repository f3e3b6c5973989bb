"""Loss balancer."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import FORMULA_IS_RIGHT, Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import encodec

exercise = Exercise(
    id="encodec.balance",
    title="Loss balancer",
    target="exercise_lib.encodec:balance",
    solution=encodec.balance,
    todo="10.9",
    points=3,
    difficulty=3,
    minutes=20,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n = 9 if hidden else 7

    def args(losses: int, batch: int, decay: float) -> dict:
        sizes = torch.from_numpy(10 ** rng.uniform(-2, 2, (losses, 1, 1))).float()
        loud = torch.from_numpy(rng.uniform(0.3, 3, (1, batch, 1))).float()
        return {
            "gradients": sizes * loud * normal(rng, losses, batch, n),
            "weights": torch.from_numpy(rng.uniform(0.1, 3, losses)).float(),
            "averages": torch.from_numpy(10 ** rng.uniform(-1, 1, losses)).float(),
            "decay": decay,
        }

    silent = args(3, 2, 0.9)
    silent["gradients"][1] = 0
    silent["averages"][1] = 0
    return [
        Case("three losses", args=args(3, 4, 0.9)),
        Case("four losses, a short memory", args=args(4, 2, 0.25)),
        Case("two losses", args=args(2, 5, 0.6)),
        Case("one loss", args=args(1, 3, 0.5), weight=0.5),
        Case("a loss without any gradient so far", args=silent, weight=0.5),
    ]


EPSILON = encodec.EPSILON


def norms_of(gradients):
    return gradients.norm(dim=2).mean(1)


def moved(gradients, averages, decay):
    return decay * averages + (1 - decay) * norms_of(gradients)


def mixed(gradients, factors):
    return (factors[:, None, None] * gradients).sum(0)


@exercise.misconception(
    "The gradients keep their sizes: divide each by its average norm, or the largest loss "
    "decides alone."
)
def not_divided(gradients, weights, averages, decay):
    averages = moved(gradients, averages, decay)
    return mixed(gradients, weights / weights.sum()), averages


@exercise.misconception(
    "The weights don't add up to 1: divide them by their sum, so that a further loss takes its "
    "share from the others."
)
def weights_as_they_are(gradients, weights, averages, decay):
    averages = moved(gradients, averages, decay)
    return mixed(gradients, weights / (averages + EPSILON)), averages


@exercise.misconception("You divide by the averages from before: move them first.")
def old_averages(gradients, weights, averages, decay):
    return mixed(gradients, weights / weights.sum() / (averages + EPSILON)), moved(
        gradients, averages, decay
    )


@exercise.misconception(
    "You divide by this batch's norms: the moving averages are there to smooth them."
)
def own_norms(gradients, weights, averages, decay):
    factors = weights / weights.sum() / (norms_of(gradients) + EPSILON)
    return mixed(gradients, factors), moved(gradients, averages, decay)


@exercise.misconception("decay weighs the past, 1 - decay the new norm: they are exchanged.")
def decay_exchanged(gradients, weights, averages, decay):
    averages = moved(gradients, averages, 1 - decay)
    return mixed(gradients, weights / weights.sum() / (averages + EPSILON)), averages


@exercise.misconception("The factor 1 - decay is missing: then the averages grow without end.")
def without_one_minus(gradients, weights, averages, decay):
    averages = decay * averages + norms_of(gradients)
    return mixed(gradients, weights / weights.sum() / (averages + EPSILON)), averages


@exercise.misconception(
    "The norm is taken over the whole batch at once: take each example's, over its samples, "
    "then the mean."
)
def norm_of_the_batch(gradients, weights, averages, decay):
    averages = decay * averages + (1 - decay) * gradients.flatten(1).norm(dim=1)
    return mixed(gradients, weights / weights.sum() / (averages + EPSILON)), averages


@exercise.neighbour(norm_of_the_batch)
def norm_of_the_mean(gradients, weights, averages, decay):
    averages = decay * averages + (1 - decay) * gradients.mean(1).norm(dim=1)
    return mixed(gradients, weights / weights.sum() / (averages + EPSILON)), averages


@exercise.misconception(
    "These are means of absolute values: take norms, the root of the sum of squares."
)
def mean_of_absolute(gradients, weights, averages, decay):
    averages = decay * averages + (1 - decay) * gradients.abs().mean((1, 2))
    return mixed(gradients, weights / weights.sum() / (averages + EPSILON)), averages


@exercise.misconception(
    "This is the root of a mean of squares: the norm is the root of their sum, over the samples."
)
def root_mean_square(gradients, weights, averages, decay):
    averages = decay * averages + (1 - decay) * gradients.square().mean(2).sqrt().mean(1)
    return mixed(gradients, weights / weights.sum() / (averages + EPSILON)), averages


@exercise.misconception("The root is missing: the norm is the root of the sum of squares.")
def squared_norm(gradients, weights, averages, decay):
    averages = decay * averages + (1 - decay) * gradients.square().sum(2).mean(1)
    return mixed(gradients, weights / weights.sum() / (averages + EPSILON)), averages


@exercise.misconception(
    "The norms of the batch are summed: take their mean, or a larger batch learns more slowly."
)
def norms_summed(gradients, weights, averages, decay):
    averages = decay * averages + (1 - decay) * gradients.norm(dim=2).sum(1)
    return mixed(gradients, weights / weights.sum() / (averages + EPSILON)), averages


@exercise.misconception("You multiply by the averages: divide, so that all count alike.")
def multiplied(gradients, weights, averages, decay):
    averages = moved(gradients, averages, decay)
    return mixed(gradients, weights / weights.sum() * averages), averages


@exercise.misconception("You take the mean over the losses: the shares add up to 1 already.")
def mean_over_losses(gradients, weights, averages, decay):
    averages = moved(gradients, averages, decay)
    factors = weights / weights.sum() / (averages + EPSILON) / len(weights)
    return mixed(gradients, factors), averages


@exercise.misconception("All losses share one average: each has its own.")
def one_average(gradients, weights, averages, decay):
    averages = moved(gradients, averages, decay)
    return mixed(gradients, weights / weights.sum() / averages.mean()), averages


@exercise.neighbour(one_average)
def sum_of_averages(gradients, weights, averages, decay):
    averages = moved(gradients, averages, decay)
    return mixed(gradients, weights / weights.sum() / averages.sum()), averages


@exercise.misconception("The averages come back unmoved: return the new ones for the next step.")
def averages_not_moved(gradients, weights, averages, decay):
    new = moved(gradients, averages, decay)
    return mixed(gradients, weights / weights.sum() / (new + EPSILON)), averages.clone()


@exercise.neighbour(averages_not_moved)
def norms_returned(gradients, weights, averages, decay):
    new = moved(gradients, averages, decay)
    return mixed(gradients, weights / weights.sum() / (new + EPSILON)), norms_of(gradients)


@exercise.misconception("The weights are left out: loss i gets the share lambda_i of their sum.")
def all_alike(gradients, weights, averages, decay):
    averages = moved(gradients, averages, decay)
    return mixed(gradients, 1 / (averages + EPSILON) / len(weights)), averages


@exercise.neighbour(all_alike)
def all_of_weight_one(gradients, weights, averages, decay):
    averages = moved(gradients, averages, decay)
    return mixed(gradients, 1 / (averages + EPSILON)), averages


@exercise.misconception(
    "The norm runs over the batch: take each example's, over its samples, then the mean over the "
    "batch."
)
def norm_along_the_batch(gradients, weights, averages, decay):
    averages = decay * averages + (1 - decay) * gradients.norm(dim=1).mean(1)
    return mixed(gradients, weights / weights.sum() / (averages + EPSILON)), averages


@exercise.misconception("The shares are lambda_i of the sum of all, not a softmax.")
def softmax_of_weights(gradients, weights, averages, decay):
    averages = moved(gradients, averages, decay)
    return mixed(gradients, weights.softmax(0) / (averages + EPSILON)), averages


@exercise.misconception(
    "A loss without any gradient so far makes 0 / 0: add EPSILON to the averages that you "
    "divide by.",
    mild=FORMULA_IS_RIGHT,
)
def no_epsilon(gradients, weights, averages, decay):
    averages = moved(gradients, averages, decay)
    return mixed(gradients, weights / weights.sum() / averages), averages


@exercise.also_correct
def loss_by_loss(gradients, weights, averages, decay):
    total, new = torch.zeros_like(gradients[0]), []
    for gradient, weight, average in zip(gradients, weights, averages, strict=True):
        norm = gradient.square().sum(-1).sqrt().mean()
        new.append(average * decay + norm * (1 - decay))
        total = total + weight / weights.sum() * gradient / (new[-1] + 1e-12)
    return total, torch.stack(new)


@exercise.also_correct
def with_einsum(gradients, weights, averages, decay):
    norms = torch.linalg.vector_norm(gradients, dim=-1).mean(-1)
    averages = torch.lerp(norms, averages, decay)
    shares = weights / weights.sum()
    return torch.einsum("l,lbt->bt", shares / (averages + 1e-12), gradients), averages
