"""Loss on codes."""

from __future__ import annotations

import numpy as np
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import quantization

exercise = Exercise(
    id="quantization.vq_loss",
    title="Loss on codes",
    target="exercise_lib.quantization:vq_loss",
    solution=quantization.vq_loss,
    todo="9.3",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n, d = (6, 5) if hidden else (4, 3)

    def case(name: str, *shape: int, **more: float) -> Case:
        args = {"vectors": normal(rng, *shape), "quantized": normal(rng, *shape), **more}
        return Case(name, args=args, grad=("vectors", "quantized"))

    return [
        case("with gradients", n, d),
        case("vectors of pictures", 2, d, n, 2),
        case("a commitment of 0.6", n + 1, d, beta=0.6),
        case("a commitment of 2", n, d + 2, beta=2.0),
    ]


@exercise.misconception(
    "The value is right and the gradients are not: without detach() each term pulls both. The "
    "first moves codes alone, the second vectors alone."
)
def nothing_detached(vectors, quantized, beta=0.25):
    return (1 + beta) * F.mse_loss(vectors, quantized)


@exercise.neighbour(nothing_detached)
def first_term_pulls_both(vectors, quantized, beta=0.25):
    return F.mse_loss(vectors, quantized) + beta * F.mse_loss(vectors, quantized.detach())


@exercise.neighbour(nothing_detached)
def second_term_pulls_both(vectors, quantized, beta=0.25):
    return F.mse_loss(vectors.detach(), quantized) + beta * F.mse_loss(vectors, quantized)


@exercise.misconception(
    "beta weighs the wrong term: it belongs to the commitment, whose gradient the vectors get."
)
def beta_on_the_codes(vectors, quantized, beta=0.25):
    codes = F.mse_loss(vectors.detach(), quantized)
    return beta * codes + F.mse_loss(vectors, quantized.detach())


@exercise.misconception(
    "Both terms pull the vectors, and the codes never move: detach the vectors in the first term."
)
def codes_never_move(vectors, quantized, beta=0.25):
    return (1 + beta) * F.mse_loss(vectors, quantized.detach())


@exercise.misconception(
    "Both terms move the codes, and the encoder never commits itself: detach the codes in the "
    "second term."
)
def no_commitment_gradient(vectors, quantized, beta=0.25):
    return (1 + beta) * F.mse_loss(vectors.detach(), quantized)


@exercise.misconception("beta is missing: it weighs the commitment, the second term.")
def without_beta(vectors, quantized, beta=0.25):
    return F.mse_loss(vectors.detach(), quantized) + F.mse_loss(vectors, quantized.detach())


@exercise.misconception("beta is an argument: 0.25 is only what it is if nothing is said.")
def always_a_quarter(vectors, quantized, beta=0.25):
    codes = F.mse_loss(vectors.detach(), quantized)
    return codes + 0.25 * F.mse_loss(vectors, quantized.detach())


@exercise.misconception(
    "You sum over numbers or vectors: take the mean of all, or the loss grows with the batch and "
    "the size of a code."
)
def summed(vectors, quantized, beta=0.25):
    codes = F.mse_loss(vectors.detach(), quantized, reduction="sum")
    return codes + beta * F.mse_loss(vectors, quantized.detach(), reduction="sum")


@exercise.neighbour(summed)
def squared_lengths(vectors, quantized, beta=0.25):
    codes = (vectors.detach() - quantized).square().sum(1).mean()
    return codes + beta * (vectors - quantized.detach()).square().sum(1).mean()


@exercise.neighbour(summed)
def summed_over_the_last(vectors, quantized, beta=0.25):
    codes = (vectors.detach() - quantized).square().sum(-1).mean()
    return codes + beta * (vectors - quantized.detach()).square().sum(-1).mean()


@exercise.misconception("The commitment is missing: add beta times the second term.")
def codes_alone(vectors, quantized, beta=0.25):
    return F.mse_loss(vectors.detach(), quantized)


@exercise.misconception("The first term is missing: then nothing moves the codes.")
def commitment_alone(vectors, quantized, beta=0.25):
    return beta * F.mse_loss(vectors, quantized.detach())


@exercise.misconception("You take a root or absolute differences: both terms are squares.")
def absolute(vectors, quantized, beta=0.25):
    return F.l1_loss(vectors.detach(), quantized) + beta * F.l1_loss(vectors, quantized.detach())


@exercise.neighbour(absolute)
def roots(vectors, quantized, beta=0.25):
    codes = F.mse_loss(vectors.detach(), quantized).sqrt()
    return codes + beta * F.mse_loss(vectors, quantized.detach()).sqrt()


@exercise.also_correct
def with_squares(vectors, quantized, beta=0.25):
    commitment = (vectors - quantized.detach()).pow(2).mean()
    return (quantized - vectors.detach()).pow(2).mean() + beta * commitment


@exercise.also_correct
def in_one_sum(vectors, quantized, beta=0.25):
    a, b = vectors - quantized.detach(), quantized - vectors.detach()
    return (b * b + beta * a * a).sum() / vectors.numel()
