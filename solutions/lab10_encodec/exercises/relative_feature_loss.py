"""Relative feature matching."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from autograder.draws import normal
from autograder.exercise import FORMULA_IS_RIGHT, Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import encodec

exercise = Exercise(
    id="encodec.relative_feature_loss",
    title="Relative feature matching",
    target="exercise_lib.encodec:relative_feature_loss",
    solution=encodec.relative_feature_loss,
    todo="10.8",
    points=2,
    difficulty=2,
    minutes=10,
)


EPSILON = encodec.EPSILON


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n = 7 if hidden else 5

    def maps(*counts: int) -> list[list[Tensor]]:
        """Layers whose size and spread differ."""
        return [
            [(1 + 3 * layer) * normal(rng, 2, 1 + layer, n + k) for layer in range(count)]
            for k, count in enumerate(counts)
        ]

    def args(*counts: int) -> dict:
        return {"fmaps_real": maps(*counts), "fmaps_fake": maps(*counts)}

    silent = args(3, 3)
    for its in silent.values():
        its[0][1] = torch.zeros_like(its[0][1])
    return [
        Case("two discriminators", args=args(3, 3), grad=("fmaps_real", "fmaps_fake")),
        Case("one with four layers", args=args(4), grad=("fmaps_fake",)),
        Case("three with two layers", args=args(2, 2, 2)),
        Case("one layer is all zeros", args=silent, grad=("fmaps_fake",), weight=0.5),
    ]


def raw_pairs(fmaps_real, fmaps_fake):
    return [
        pair
        for reals, fakes in zip(fmaps_real, fmaps_fake, strict=True)
        for pair in zip(reals, fakes, strict=True)
    ]


def pairs(fmaps_real, fmaps_fake):
    return [(real.detach(), fake) for real, fake in raw_pairs(fmaps_real, fmaps_fake)]


def mean_of(values):
    return torch.stack(values).mean()


def size(features):
    return features.abs().mean() + EPSILON


@exercise.misconception(
    "This is HiFi-GAN's feature matching: divide each layer's distance by the mean size of its "
    "real features."
)
def not_relative(fmaps_real, fmaps_fake):
    return mean_of([(r - f).abs().mean() for r, f in pairs(fmaps_real, fmaps_fake)])


@exercise.neighbour(not_relative)
def not_relative_summed(fmaps_real, fmaps_fake):
    return sum((r - f).abs().mean() for r, f in pairs(fmaps_real, fmaps_fake))


@exercise.misconception("You sum over layers and discriminators: take the mean over all K L.")
def summed(fmaps_real, fmaps_fake):
    return sum((r - f).abs().mean() / size(r) for r, f in pairs(fmaps_real, fmaps_fake))


@exercise.misconception("You divide by K or by L alone: there are K L layers.")
def over_discriminators(fmaps_real, fmaps_fake):
    return summed(fmaps_real, fmaps_fake) / len(fmaps_real)


@exercise.neighbour(over_discriminators)
def over_layers(fmaps_real, fmaps_fake):
    return summed(fmaps_real, fmaps_fake) / len(fmaps_real[0])


@exercise.misconception("You divide by the generated features: the real ones are the measure.")
def by_the_fake(fmaps_real, fmaps_fake):
    its = pairs(fmaps_real, fmaps_fake)
    return mean_of([(r - f).abs().mean() / size(f.detach()) for r, f in its])


@exercise.neighbour(by_the_fake)
def by_the_fake_with_its_gradient(fmaps_real, fmaps_fake):
    its = pairs(fmaps_real, fmaps_fake)
    return mean_of([(r - f).abs().mean() / size(f) for r, f in its])


@exercise.misconception(
    "You divide element by element, where a feature near 0 makes a loss without bound: divide "
    "the means."
)
def element_by_element(fmaps_real, fmaps_fake):
    its = pairs(fmaps_real, fmaps_fake)
    return mean_of([((r - f).abs() / (r.abs() + 1e-8)).mean() for r, f in its])


@exercise.misconception("The mean is taken before the sign: features of both signs cancel.")
def by_the_mean(fmaps_real, fmaps_fake):
    its = pairs(fmaps_real, fmaps_fake)
    return mean_of([(r - f).abs().mean() / (r.mean().abs() + EPSILON) for r, f in its])


@exercise.neighbour(by_the_mean)
def by_the_signed_mean(fmaps_real, fmaps_fake):
    its = pairs(fmaps_real, fmaps_fake)
    return mean_of([(r - f).abs().mean() / (r.mean() + EPSILON) for r, f in its])


@exercise.misconception("The distances are squared: take absolute differences.")
def squared(fmaps_real, fmaps_fake):
    its = pairs(fmaps_real, fmaps_fake)
    return mean_of([(r - f).square().mean() / (r.square().mean() + EPSILON) for r, f in its])


@exercise.neighbour(squared)
def squared_above(fmaps_real, fmaps_fake):
    its = pairs(fmaps_real, fmaps_fake)
    return mean_of([(r - f).square().mean() / size(r) for r, f in its])


@exercise.misconception(
    "You divide the sum of all distances by the sum of all sizes: then large layers drown small "
    "ones."
)
def one_ratio(fmaps_real, fmaps_fake):
    its = pairs(fmaps_real, fmaps_fake)
    return sum((r - f).abs().mean() for r, f in its) / sum(size(r) for r, _ in its)


@exercise.misconception("Only one layer of each discriminator counts, or one discriminator.")
def last_layers(fmaps_real, fmaps_fake):
    its = [(r[-1].detach(), f[-1]) for r, f in zip(fmaps_real, fmaps_fake, strict=True)]
    return mean_of([(r - f).abs().mean() / size(r) for r, f in its])


@exercise.neighbour(last_layers)
def first_discriminator(fmaps_real, fmaps_fake):
    return summed(fmaps_real[:1], fmaps_fake[:1]) / len(fmaps_real[0])


@exercise.misconception(
    "The real features get a gradient, through which the loss could be lowered by larger "
    "features: detach them."
)
def real_not_detached(fmaps_real, fmaps_fake):
    its = [
        (r, f)
        for reals, fakes in zip(fmaps_real, fmaps_fake, strict=True)
        for r, f in zip(reals, fakes, strict=True)
    ]
    return mean_of([(r - f).abs().mean() / size(r) for r, f in its])


@exercise.misconception("The generated features are detached, so the codec learns nothing from it.")
def fake_detached(fmaps_real, fmaps_fake):
    its = pairs(fmaps_real, fmaps_fake)
    return mean_of([(r - f.detach()).abs().mean() / size(r) + 0 * f.sum() for r, f in its])


@exercise.neighbour(fake_detached)
def fake_in_place_of_real(fmaps_real, fmaps_fake):
    its = raw_pairs(fmaps_real, fmaps_fake)
    return mean_of([(r - f.detach()).abs().mean() / size(r.detach()) for r, f in its])


@exercise.neighbour(fake_detached)
def fake_in_place_of_real_everywhere(fmaps_real, fmaps_fake):
    its = raw_pairs(fmaps_real, fmaps_fake)
    return mean_of([(r - f.detach()).abs().mean() / size(r) for r, f in its])


@exercise.misconception(
    "The real features are detached above the line only: below it they still get a gradient."
)
def detached_above(fmaps_real, fmaps_fake):
    its = raw_pairs(fmaps_real, fmaps_fake)
    return mean_of([(r.detach() - f).abs().mean() / size(r) for r, f in its])


@exercise.misconception("The last layer of each discriminator is left out: these are all features.")
def without_the_last(fmaps_real, fmaps_fake):
    shorter = [[its[:-1] for its in maps] for maps in (fmaps_real, fmaps_fake)]
    return mean_of([(r - f).abs().mean() / size(r) for r, f in pairs(*shorter)])


@exercise.misconception(
    "A layer of zeros makes 0 / 0, and the loss is not a number: add EPSILON to the sizes that you "
    "divide by.",
    mild=FORMULA_IS_RIGHT,
)
def no_epsilon(fmaps_real, fmaps_fake):
    its = pairs(fmaps_real, fmaps_fake)
    return mean_of([(r - f).abs().mean() / r.abs().mean() for r, f in its])


@exercise.also_correct
def by_norms(fmaps_real, fmaps_fake):
    values = []
    for reals, fakes in zip(fmaps_real, fmaps_fake, strict=True):
        for real, fake in zip(reals, fakes, strict=True):
            real = real.detach()
            values.append(torch.norm(fake - real, p=1) / (torch.norm(real, p=1) + 1e-12))
    return torch.stack(values).mean()


@exercise.also_correct
def discriminator_by_discriminator(fmaps_real, fmaps_fake):
    total = torch.zeros(())
    for reals, fakes in zip(fmaps_real, fmaps_fake, strict=True):
        for real, fake in zip(reals, fakes, strict=True):
            target = real.detach()
            total = total + torch.nn.functional.l1_loss(fake, target) / size(target)
    return total / sum(map(len, fmaps_real))
