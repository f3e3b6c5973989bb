"""Generator's adversarial loss."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.exercise import FORMULA_IS_RIGHT, Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import losses
from .shared import REJECTED, logits_of

exercise = Exercise(
    id="losses.generator_loss",
    title="Generator's adversarial loss",
    target="exercise_lib.losses:generator_loss",
    solution=losses.generator_loss,
    todo="3.2",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    batch, sizes = (3, (6, 2)) if hidden else (2, (4, 7, 3))
    return [
        Case(
            "several sub-discriminators, with gradient",
            args={"fake_logits": logits_of(rng, batch, sizes)},
            grad=("fake_logits",),
        ),
        Case("a fooled discriminator", args={"fake_logits": [torch.ones(batch, 4)]}),
        Case("rejects an empty list", args={"fake_logits": []}, **REJECTED),
    ]


def add_terms(term, fake_logits: list[Tensor]) -> Tensor:
    """Sum a term over the sub-discriminators."""
    if len(fake_logits) == 0:
        raise ValueError("fake_logits is empty")
    return torch.stack([term(fake) for fake in fake_logits]).sum()


@exercise.misconception(
    "The generator's target is 0: it wants its audio called real, so pull the logits to 1."
)
def target_zero(fake_logits):
    return add_terms(lambda fake: (fake**2).mean(), fake_logits)


@exercise.misconception(
    "You sum over the logits: take the mean of each sub-discriminator, then add these means."
)
def sums_fake_logits(fake_logits):
    return add_terms(lambda fake: ((fake - 1) ** 2).sum(), fake_logits)


@exercise.misconception(
    "You average over the sub-discriminators: add their losses (the final loss of Kong et al.)."
)
def averages_fake_judges(fake_logits):
    return losses.generator_loss(fake_logits) / len(fake_logits)


@exercise.misconception(
    "You pool all logits into one mean: take the mean of each sub-discriminator, then add."
)
def pooled_fake_mean(fake_logits):
    if not fake_logits:
        raise ValueError("empty")
    return ((torch.cat(fake_logits, 1) - 1) ** 2).mean()


@exercise.misconception(
    "This is binary cross-entropy, the first GAN's loss: HiFi-GAN uses least squares."
)
def fake_cross_entropy(fake_logits):
    return add_terms(lambda fake: F.softplus(-fake).mean(), fake_logits)


@exercise.neighbour(fake_cross_entropy)
def fake_cross_entropy_of_zero(fake_logits):
    return add_terms(lambda fake: F.softplus(fake).mean(), fake_logits)


@exercise.neighbour(fake_cross_entropy)
def saturating(fake_logits):
    return add_terms(lambda fake: -F.softplus(fake).mean(), fake_logits)


@exercise.misconception(
    "This is the hinge GAN's generator loss, -mean(D): HiFi-GAN's is mean((D - 1)^2)."
)
def fake_hinge(fake_logits):
    return add_terms(lambda fake: -fake.mean(), fake_logits)


@exercise.misconception(
    "You negate the discriminator's term, -mean(D^2): that only pushes logits away from 0, up or "
    "down. Pull them to 1."
)
def negated(fake_logits):
    return add_terms(lambda fake: -(fake**2).mean(), fake_logits)


@exercise.misconception("You take absolute values: least squares squares the distance from 1.")
def fake_absolute(fake_logits):
    return add_terms(lambda fake: (fake - 1).abs().mean(), fake_logits)


@exercise.misconception(
    "Every value is halved: the LSGAN paper's 1/2 is not in the lecture's formula, nor in HiFi-GAN."
)
def fake_halved(fake_logits):
    return 0.5 * losses.generator_loss(fake_logits)


@exercise.misconception(
    "Only the last sub-discriminator counts: `loss = ...` in the loop overwrites; add to it."
)
def last_fake_only(fake_logits):
    return losses.generator_loss(fake_logits[-1:])


@exercise.misconception(
    "No gradient reaches the logits (detach, .item() or a new tensor): the generator's step must "
    "not cut the generator off from what teaches it."
)
def detached_in_generator_step(fake_logits):
    return losses.generator_loss([fake.detach() for fake in fake_logits])


@exercise.misconception(
    "An empty list gives 0, a perfect loss: raise a ValueError, for no discriminator has judged.",
    mild=FORMULA_IS_RIGHT,
)
def no_empty_guard(fake_logits):
    return sum((((fake - 1) ** 2).mean() for fake in fake_logits), torch.zeros(()))


@exercise.misconception(
    "The target is -1 in your function: the generator wants its logits to be 1, fake - 1."
)
def target_of_minus_one(fake_logits):
    return add_terms(lambda fake: ((fake + 1) ** 2).mean(), fake_logits)


@exercise.misconception("This is the hinge loss of real speech: HiFi-GAN's is mean((D - 1)^2).")
def fake_hinge_of_one(fake_logits):
    return add_terms(lambda fake: F.relu(1 - fake).mean(), fake_logits)


@exercise.misconception(
    "You take the root of each mean: least squares has the mean of the squares as it is."
)
def fake_root_of_mean_square(fake_logits):
    return add_terms(lambda fake: ((fake - 1) ** 2).mean().sqrt(), fake_logits)


@exercise.misconception(
    "Only the first sub-discriminator counts: `return` stands in the loop, take it out."
)
def first_fake_only(fake_logits):
    return losses.generator_loss(fake_logits[:1])


@exercise.misconception(
    "You square the mean: the mean of the squares also counts how far the logits lie apart."
)
def fake_square_of_mean(fake_logits):
    return add_terms(lambda fake: (fake - 1).mean() ** 2, fake_logits)


@exercise.misconception("The square is missing: least squares squares the distance from 1.")
def fake_square_missing(fake_logits):
    return add_terms(lambda fake: (fake - 1).mean(), fake_logits)


@exercise.neighbour(fake_square_missing)
def fake_difference_turned(fake_logits):
    return add_terms(lambda fake: (1 - fake).mean(), fake_logits)


@exercise.misconception(
    "The sign is turned round: the loss is minimised, and it is never negative."
)
def fake_negative_loss(fake_logits):
    return -losses.generator_loss(fake_logits)


@exercise.misconception("You squash the logits with a sigmoid: least squares takes them raw.")
def fake_squashed(fake_logits):
    return losses.generator_loss([fake.sigmoid() for fake in fake_logits])


@exercise.misconception(
    "You return a list or one number for each sub-discriminator: add them up to one scalar."
)
def list_of_fake_losses(fake_logits):
    if not fake_logits:
        raise ValueError("empty")
    return [losses.generator_loss([fake]) for fake in fake_logits]


@exercise.neighbour(list_of_fake_losses)
def stacked_fake_losses(fake_logits):
    return torch.stack(list_of_fake_losses(fake_logits))


@exercise.misconception(
    "You sum over one axis of the logits: take the mean over both, the batch and its logits."
)
def sums_fake_utterances(fake_logits):
    return add_terms(lambda fake: ((fake - 1) ** 2).sum(1).mean(), fake_logits)


@exercise.neighbour(sums_fake_utterances)
def sums_fake_batch(fake_logits):
    return add_terms(lambda fake: ((fake - 1) ** 2).mean(1).sum(), fake_logits)


@exercise.misconception("Brackets are missing: the difference is squared, (fake - 1) ** 2.")
def fake_brackets_forgotten(fake_logits):
    return add_terms(lambda fake: (fake**2 - 1).mean(), fake_logits)


@exercise.misconception(
    "You sum over the logits and divide by the number of sub-discriminators: mean of each, then "
    "add."
)
def divided_by_all_fake_logits(fake_logits):
    return sums_fake_logits(fake_logits) / len(fake_logits)


@exercise.also_correct
def generator_with_mse_loss(fake_logits):
    return add_terms(lambda fake: F.mse_loss(fake, torch.ones_like(fake)), fake_logits)


@exercise.also_correct
def expanded_square(fake_logits):
    return add_terms(lambda fake: (fake * fake - 2 * fake).mean() + 1, fake_logits)
