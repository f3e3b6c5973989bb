"""The loss of what was already passed through: a debugging task."""

from __future__ import annotations

import numpy as np
import torch.nn.functional as F

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="mend.quantize_and_score",
    title="Find the mistake",
    target="notebook",
    solution=answer(__package__, "quantize_and_score"),
    todo="9.12",
    points=1,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n, d = (6, 5) if hidden else (4, 3)

    def case(name: str, *shape: int) -> Case:
        args = {"z": normal(rng, *shape), "e": normal(rng, *shape)}
        return Case(name, args=args, grad=("z", "e"))

    return [
        case("with gradients", n, d),
        case("other vectors", n + 2, d),
        case("vectors of pictures", 2, d, 3, n),
    ]


def passed(z, e):
    return z + (e - z).detach()


def losses(z, q):
    return F.mse_loss(q, z.detach()), F.mse_loss(z, q.detach())


@exercise.misconception(
    "Now the loss is right, but the decoder's gradient no longer reaches the encoder: return the "
    "straight-through copy, and take the loss of e."
)
def no_copy(z, e):
    codebook, commitment = losses(z, e)
    return e.clone(), codebook + 0.25 * commitment


@exercise.misconception(
    "The detach() of the loss were right: without them each term pulls both. Wrong is which q the "
    "loss is taken of."
)
def loss_without_detach(z, e):
    return passed(z, e), 1.25 * F.mse_loss(e, z)


@exercise.neighbour(loss_without_detach)
def copy_without_detach_in_the_loss(z, e):
    q = passed(z, e)
    return q, 1.25 * F.mse_loss(q, z)


@exercise.misconception(
    "The codes still get no gradient: in the first term has to stand e itself, not detached."
)
def codes_detached(z, e):
    return passed(z, e), 1.25 * F.mse_loss(z, e.detach())


@exercise.misconception(
    "Only one of the two terms is left: codes come to z, and z a little to codes."
)
def codebook_alone(z, e):
    return passed(z, e), losses(z, e)[0]


@exercise.neighbour(codebook_alone)
def commitment_alone(z, e):
    return passed(z, e), 0.25 * losses(z, e)[1]


@exercise.misconception(
    "0.25 weighs the commitment, the term whose gradient z gets: leave it there."
)
def weights_exchanged(z, e):
    codebook, commitment = losses(z, e)
    return passed(z, e), 0.25 * codebook + commitment


@exercise.misconception(
    "The commitment of the copy has no gradient, for z cancels in it: take both terms of e."
)
def commitment_of_the_copy(z, e):
    q = passed(z, e)
    return q, F.mse_loss(e, z.detach()) + 0.25 * F.mse_loss(z, q)


@exercise.also_correct
def with_squares(z, e):
    loss = (e - z.detach()).square().mean() + 0.25 * (z - e.detach()).square().mean()
    return e.detach() + z - z.detach(), loss


@exercise.also_correct
def loss_first(z, e):
    loss = sum(weight * it for weight, it in zip((1, 0.25), losses(z, e), strict=True))
    return z + e.detach() - z.detach(), loss
