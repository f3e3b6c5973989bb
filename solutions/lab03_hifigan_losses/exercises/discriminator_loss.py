"""Discriminator loss."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import losses
from .shared import REJECTED, fail_unless_paired, logits_of

exercise = Exercise(
    id="losses.discriminator_loss",
    title="Discriminator loss",
    target="exercise_lib.losses:discriminator_loss",
    solution=losses.discriminator_loss,
    todo="3.1",
    points=2,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    batch, sizes = (3, (4, 9)) if hidden else (2, (5, 3, 8))
    real, fake = logits_of(rng, batch, sizes), logits_of(rng, batch, sizes)
    return [
        Case(
            "several sub-discriminators, with gradients",
            args={"real_logits": real, "fake_logits": fake},
            grad=("real_logits", "fake_logits"),
        ),
        Case(
            "a perfect discriminator: real 1, fake 0",
            args={"real_logits": [torch.ones(batch, 4)], "fake_logits": [torch.zeros(batch, 4)]},
        ),
        Case(
            "rejects lists of different lengths",
            args={"real_logits": real, "fake_logits": fake[:-1]},
            **REJECTED,
        ),
        Case("rejects empty lists", args={"real_logits": [], "fake_logits": []}, **REJECTED),
    ]


def sum_over_judges(term, real_logits: list[Tensor], fake_logits: list[Tensor]) -> Tensor:
    """Sum a term of (real, fake) over the sub-discriminators."""
    fail_unless_paired(real_logits, fake_logits)
    pairs = zip(real_logits, fake_logits, strict=True)
    return torch.stack([term(real, fake) for real, fake in pairs]).sum()


@exercise.misconception(
    "The targets are swapped: the discriminator pulls real logits to 1 and generated ones to 0."
)
def swapped_targets(real_logits, fake_logits):
    return losses.discriminator_loss(fake_logits, real_logits)


@exercise.misconception(
    "You sum over the logits: the expectation is a mean, or a sub-discriminator with more outputs "
    "outweighs the others. Sum over the sub-discriminators only."
)
def sums_logits(real_logits, fake_logits):
    def term(real, fake):
        return ((real - 1) ** 2).sum() + (fake**2).sum()

    return sum_over_judges(term, real_logits, fake_logits)


@exercise.misconception(
    "You average over the sub-discriminators: add their losses (the final loss of Kong et al.)."
)
def averages_judges(real_logits, fake_logits):
    return losses.discriminator_loss(real_logits, fake_logits) / len(real_logits)


@exercise.neighbour(averages_judges)
def averages_judges_and_halves(real_logits, fake_logits):
    return losses.discriminator_loss(real_logits, fake_logits) / (2 * len(real_logits))


@exercise.misconception(
    "You pool all logits into one mean: take the mean of each sub-discriminator, then add."
)
def one_mean_for_all(real_logits, fake_logits):
    fail_unless_paired(real_logits, fake_logits)
    return ((torch.cat(real_logits, 1) - 1) ** 2).mean() + (torch.cat(fake_logits, 1) ** 2).mean()


@exercise.neighbour(one_mean_for_all)
def one_mean_times_judges(real_logits, fake_logits):
    return one_mean_for_all(real_logits, fake_logits) * len(real_logits)


@exercise.misconception(
    "This is binary cross-entropy, the first GAN's loss: HiFi-GAN uses least squares on the raw "
    "logits."
)
def cross_entropy(real_logits, fake_logits):
    def term(real, fake):
        return F.softplus(-real).mean() + F.softplus(fake).mean()

    return sum_over_judges(term, real_logits, fake_logits)


@exercise.neighbour(cross_entropy)
def cross_entropy_of_swapped_targets(real_logits, fake_logits):
    return cross_entropy(fake_logits, real_logits)


@exercise.misconception(
    "This is the hinge loss (EnCodec's, SNGAN's): HiFi-GAN's is least squares, (D(x) - 1)^2 and "
    "D(G(s))^2."
)
def hinge(real_logits, fake_logits):
    def term(real, fake):
        return F.relu(1 - real).mean() + F.relu(1 + fake).mean()

    return sum_over_judges(term, real_logits, fake_logits)


@exercise.misconception(
    "You take absolute values: least squares squares the distance from the target."
)
def absolute_distance(real_logits, fake_logits):
    def term(real, fake):
        return (real - 1).abs().mean() + fake.abs().mean()

    return sum_over_judges(term, real_logits, fake_logits)


@exercise.misconception(
    "The generated audio's term is missing: add mean(fake^2), or calling everything real costs "
    "the discriminator nothing."
)
def real_only(real_logits, fake_logits):
    return sum_over_judges(lambda real, _: ((real - 1) ** 2).mean(), real_logits, fake_logits)


@exercise.misconception(
    "The real audio's term is missing: add mean((real - 1)^2), or calling everything fake costs "
    "the discriminator nothing."
)
def fake_only(real_logits, fake_logits):
    return sum_over_judges(lambda _, fake: (fake**2).mean(), real_logits, fake_logits)


@exercise.misconception(
    "Every value is halved: the 1/2 of the LSGAN paper is not in the lecture's formula, nor in "
    "HiFi-GAN."
)
def halved(real_logits, fake_logits):
    return 0.5 * losses.discriminator_loss(real_logits, fake_logits)


@exercise.misconception(
    "Only the last sub-discriminator counts: `loss = ...` in the loop overwrites; add to it."
)
def last_judge_only(real_logits, fake_logits):
    fail_unless_paired(real_logits, fake_logits)
    return losses.discriminator_loss(real_logits[-1:], fake_logits[-1:])


@exercise.misconception(
    "You squash the logits with a sigmoid: least squares takes them raw, 1 and 0 are ordinary "
    "targets."
)
def squashed(real_logits, fake_logits):
    def term(real, fake):
        return ((real.sigmoid() - 1) ** 2).mean() + (fake.sigmoid() ** 2).mean()

    return sum_over_judges(term, real_logits, fake_logits)


@exercise.misconception(
    "You detach the fake logits, so the discriminator never learns from generated audio: what is "
    "detached is y_hat, before the discriminator sees it, and by the caller."
)
def detached_fake_logits(real_logits, fake_logits):
    return losses.discriminator_loss(real_logits, [fake.detach() for fake in fake_logits])


@exercise.misconception(
    "The value is right but carries no gradient: return the tensor, without .item(), float() or "
    "no_grad."
)
def plain_number(real_logits, fake_logits):
    return losses.discriminator_loss(real_logits, fake_logits).detach()


@exercise.misconception(
    "This is a critic's loss (Wasserstein), without squares: HiFi-GAN's is least squares."
)
def critic(real_logits, fake_logits):
    return sum_over_judges(lambda real, fake: fake.mean() - real.mean(), real_logits, fake_logits)


@exercise.misconception(
    "You take the root of each mean: least squares has the mean of the squares as it is."
)
def root_of_the_mean_square(real_logits, fake_logits):
    def term(real, fake):
        return ((real - 1) ** 2).mean().sqrt() + (fake**2).mean().sqrt()

    return sum_over_judges(term, real_logits, fake_logits)


@exercise.misconception(
    "The targets are 1 for real and 0 for generated logits: yours are others, such as -1."
)
def targets_of_one_and_minus_one(real_logits, fake_logits):
    def term(real, fake):
        return ((real - 1) ** 2).mean() + ((fake + 1) ** 2).mean()

    return sum_over_judges(term, real_logits, fake_logits)


@exercise.neighbour(targets_of_one_and_minus_one)
def both_targets_one(real_logits, fake_logits):
    def term(real, fake):
        return ((real - 1) ** 2).mean() + ((fake - 1) ** 2).mean()

    return sum_over_judges(term, real_logits, fake_logits)


@exercise.neighbour(targets_of_one_and_minus_one)
def both_targets_zero(real_logits, fake_logits):
    return sum_over_judges(
        lambda real, fake: (real**2).mean() + (fake**2).mean(), real_logits, fake_logits
    )


@exercise.neighbour(targets_of_one_and_minus_one)
def target_of_plus_one_added(real_logits, fake_logits):
    def term(real, fake):
        return ((real + 1) ** 2).mean() + (fake**2).mean()

    return sum_over_judges(term, real_logits, fake_logits)


@exercise.neighbour(targets_of_one_and_minus_one)
def smoothed_target(real_logits, fake_logits):
    def term(real, fake):
        return ((real - 0.9) ** 2).mean() + (fake**2).mean()

    return sum_over_judges(term, real_logits, fake_logits)


@exercise.misconception(
    "One of the two terms is subtracted: the discriminator minimises both, so add them."
)
def subtracted_fake_term(real_logits, fake_logits):
    def term(real, fake):
        return ((real - 1) ** 2).mean() - (fake**2).mean()

    return sum_over_judges(term, real_logits, fake_logits)


@exercise.neighbour(subtracted_fake_term)
def subtracted_real_term(real_logits, fake_logits):
    return -subtracted_fake_term(real_logits, fake_logits)


@exercise.misconception(
    "The sign is turned round: the loss is minimised, and it is never negative."
)
def negative_loss(real_logits, fake_logits):
    return -losses.discriminator_loss(real_logits, fake_logits)


@exercise.misconception(
    "You square the mean: the mean of the squares also counts how far the logits lie apart."
)
def square_of_the_mean(real_logits, fake_logits):
    def term(real, fake):
        return (real - 1).mean() ** 2 + fake.mean() ** 2

    return sum_over_judges(term, real_logits, fake_logits)


@exercise.misconception(
    "The squares are missing: least squares squares the distance from the target."
)
def square_missing(real_logits, fake_logits):
    return sum_over_judges(
        lambda real, fake: (real - 1).mean() + fake.mean(), real_logits, fake_logits
    )


@exercise.misconception(
    "You compare real with generated logits: each has a target of its own, 1 and 0."
)
def real_against_fake(real_logits, fake_logits):
    return sum_over_judges(lambda real, fake: ((real - fake) ** 2).mean(), real_logits, fake_logits)


@exercise.neighbour(real_against_fake)
def relative_targets(real_logits, fake_logits):
    def term(real, fake):
        return ((real - fake.mean() - 1) ** 2).mean() + ((fake - real.mean()) ** 2).mean()

    return sum_over_judges(term, real_logits, fake_logits)


@exercise.misconception(
    "Only the first sub-discriminator counts: `return` stands in the loop, take it out."
)
def first_judge_only(real_logits, fake_logits):
    fail_unless_paired(real_logits, fake_logits)
    return losses.discriminator_loss(real_logits[:1], fake_logits[:1])


@exercise.misconception(
    "You return several losses, one for each sub-discriminator or each kind of speech: add all up "
    "to one scalar."
)
def list_of_losses(real_logits, fake_logits):
    fail_unless_paired(real_logits, fake_logits)
    pairs = zip(real_logits, fake_logits, strict=True)
    return [losses.discriminator_loss([real], [fake]) for real, fake in pairs]


@exercise.neighbour(list_of_losses)
def stacked_losses(real_logits, fake_logits):
    return torch.stack(list_of_losses(real_logits, fake_logits))


@exercise.neighbour(list_of_losses)
def two_losses(real_logits, fake_logits):
    return real_only(real_logits, fake_logits), fake_only(real_logits, fake_logits)


@exercise.misconception(
    "You sum over one axis of the logits: take the mean over both, the batch and its logits."
)
def sums_within_an_utterance(real_logits, fake_logits):
    def term(real, fake):
        return ((real - 1) ** 2).sum(1).mean() + (fake**2).sum(1).mean()

    return sum_over_judges(term, real_logits, fake_logits)


@exercise.neighbour(sums_within_an_utterance)
def sums_over_the_batch(real_logits, fake_logits):
    def term(real, fake):
        return ((real - 1) ** 2).mean(1).sum() + (fake**2).mean(1).sum()

    return sum_over_judges(term, real_logits, fake_logits)


@exercise.misconception(
    "You detach the real logits: the discriminator learns from real speech through them."
)
def detached_real_logits(real_logits, fake_logits):
    return losses.discriminator_loss([real.detach() for real in real_logits], fake_logits)


@exercise.misconception(
    "You take the product of the two terms: they are added.",
)
def product_of_terms(real_logits, fake_logits):
    def term(real, fake):
        return ((real - 1) ** 2).mean() * (fake**2).mean()

    return sum_over_judges(term, real_logits, fake_logits)


@exercise.misconception(
    "Both terms use the same logits: judge the real by theirs and the generated by theirs."
)
def real_logits_twice(real_logits, fake_logits):
    return losses.discriminator_loss(real_logits, real_logits) + 0 * sum(
        fake.sum() for fake in fake_logits
    )


@exercise.neighbour(real_logits_twice)
def fake_logits_twice(real_logits, fake_logits):
    fail_unless_paired(real_logits, fake_logits)
    return losses.discriminator_loss(fake_logits, fake_logits)


@exercise.misconception(
    "The square covers the 1 only: put the difference in brackets, (real - 1) ** 2."
)
def brackets_forgotten(real_logits, fake_logits):
    def term(real, fake):
        return (real - 1**2).mean() + (fake**2).mean()

    return sum_over_judges(term, real_logits, fake_logits)


@exercise.misconception("All logits together are divided by their number: mean first, then add.")
def divided_by_all_logits(real_logits, fake_logits):
    total = sums_logits(real_logits, fake_logits)
    return total / sum(it.numel() for it in [*real_logits, *fake_logits])


@exercise.also_correct
def with_mse_loss(real_logits, fake_logits):
    def term(real, fake):
        ones, zeros = torch.ones_like(real), torch.zeros_like(fake)
        return F.mse_loss(real, ones) + F.mse_loss(fake, zeros)

    return sum_over_judges(term, real_logits, fake_logits)


@exercise.also_correct
def real_terms_first_in_float64(real_logits, fake_logits):
    fail_unless_paired(real_logits, fake_logits)
    real_terms = [(1 - real.double()).square().sum() / real.numel() for real in real_logits]
    fake_terms = [
        torch.linalg.vector_norm(fake.double()) ** 2 / fake.numel() for fake in fake_logits
    ]
    return (sum(real_terms) + sum(fake_terms)).float()
