"""Feature matching loss."""

from __future__ import annotations

import itertools

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.draws import normal
from autograder.exercise import FORMULA_IS_RIGHT, Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import losses
from .shared import REJECTED, fail_unless_paired


def maps_of(rng: np.random.Generator, shapes: list[list[tuple[int, ...]]]) -> list[list[Tensor]]:
    """Return one list of feature maps per sub-discriminator."""
    return [[normal(rng, *shape) for shape in layers] for layers in shapes]


exercise = Exercise(
    id="losses.feature_matching_loss",
    title="Feature matching loss",
    target="exercise_lib.losses:feature_matching_loss",
    solution=losses.feature_matching_loss,
    todo="3.3",
    points=3,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    shapes: list[list[tuple[int, ...]]] = [
        [(3, 3, 4, 2), (3, 5, 2, 2), (3, 1, 2, 2)],
        [(3, 4, 6), (3, 1, 3)],
    ]
    if hidden:
        shapes = [[(4, 2, 5), (4, 1, 4)], [(4, 3, 2, 3), (4, 4, 2, 3), (4, 2, 1, 3), (4, 1, 1, 3)]]
    real, fake = maps_of(rng, shapes), maps_of(rng, shapes)
    fewer_layers = [fake[0][:-1], fake[1]]
    broadcastable = [[layer[..., :1] for layer in layers] for layers in fake]
    return [
        Case(
            "two sub-discriminators, with the generator's gradient",
            args={"fmaps_real": real, "fmaps_fake": fake},
            grad=("fmaps_fake",),
        ),
        Case("equal feature maps", args={"fmaps_real": real, "fmaps_fake": real}),
        Case(
            "rejects a missing sub-discriminator",
            args={"fmaps_real": real, "fmaps_fake": fake[:-1]},
            **REJECTED,
        ),
        Case(
            "rejects a missing layer",
            args={"fmaps_real": real, "fmaps_fake": fewer_layers},
            **REJECTED,
        ),
        Case(
            "rejects layers of other shapes, even if they broadcast",
            args={"fmaps_real": real, "fmaps_fake": broadcastable},
            **REJECTED,
        ),
    ]


def fail_unless_matched(fmaps_real, fmaps_fake) -> None:
    if len(fmaps_real) != len(fmaps_fake):
        raise ValueError("another number of discriminators")
    for real, fake in zip(fmaps_real, fmaps_fake, strict=True):
        fail_unless_paired(real, fake)


def layer_terms(term, fmaps_real, fmaps_fake) -> list[list[Tensor]]:
    """Return term(real, fake) of every layer, a list for each sub-discriminator."""
    fail_unless_matched(fmaps_real, fmaps_fake)
    return [
        [term(real, fake) for real, fake in zip(reals, fakes, strict=True)]
        for reals, fakes in zip(fmaps_real, fmaps_fake, strict=True)
    ]


def total(terms: list[list[Tensor]]) -> Tensor:
    return torch.stack(list(itertools.chain.from_iterable(terms))).sum()


def mean_distance(real: Tensor, fake: Tensor) -> Tensor:
    return (real - fake).abs().mean()


@exercise.misconception(
    "No gradient reaches the generated feature maps: you detach the wrong side. Detach the real "
    "ones, if any; the generated ones carry what the generator learns."
)
def detached_fakes(fmaps_real, fmaps_fake):
    detached = [[layer.detach() for layer in layers] for layers in fmaps_fake]
    return losses.feature_matching_loss(fmaps_real, detached)


@exercise.misconception(
    "The 1/N_i is missing: you sum over a layer's elements, so large early layers drown the small "
    "deep ones. Take the mean of each layer."
)
def sums_elements(fmaps_real, fmaps_fake):
    return total(layer_terms(lambda r, f: (r - f).abs().sum(), fmaps_real, fmaps_fake))


@exercise.misconception(
    "You take one mean over all layers together: N_i belongs to layer i. Take the mean of each "
    "layer, then add."
)
def one_global_mean(fmaps_real, fmaps_fake):
    terms = layer_terms(lambda r, f: (r - f).abs().flatten(), fmaps_real, fmaps_fake)
    return torch.cat(list(itertools.chain.from_iterable(terms))).mean()


@exercise.misconception("You average over the layers: the formula adds them, sum over i = 1 ... T.")
def averages_layers(fmaps_real, fmaps_fake):
    terms = layer_terms(mean_distance, fmaps_real, fmaps_fake)
    return sum(torch.stack(layers).mean() for layers in terms)


@exercise.misconception(
    "You average over the sub-discriminators: add them (the final loss of Kong et al.)."
)
def averages_discriminators(fmaps_real, fmaps_fake):
    return losses.feature_matching_loss(fmaps_real, fmaps_fake) / len(fmaps_real)


@exercise.misconception(
    "You average over layers and sub-discriminators: each layer's mean is 1/N_i, beyond that the "
    "formula only adds."
)
def averages_everything(fmaps_real, fmaps_fake):
    terms = layer_terms(mean_distance, fmaps_real, fmaps_fake)
    return torch.stack(list(itertools.chain.from_iterable(terms))).mean()


@exercise.misconception(
    "You square the differences (L2): feature matching takes absolute values, |.|_1."
)
def squared_differences(fmaps_real, fmaps_fake):
    return total(layer_terms(F.mse_loss, fmaps_real, fmaps_fake))


@exercise.neighbour(squared_differences)
def root_of_squares(fmaps_real, fmaps_fake):
    return total(layer_terms(lambda r, f: F.mse_loss(r, f).sqrt(), fmaps_real, fmaps_fake))


@exercise.neighbour(squared_differences)
def norm_of_differences(fmaps_real, fmaps_fake):
    return total(layer_terms(lambda r, f: (r - f).norm(), fmaps_real, fmaps_fake))


@exercise.neighbour(squared_differences)
def sum_of_squares(fmaps_real, fmaps_fake):
    return total(layer_terms(lambda r, f: ((r - f) ** 2).sum(), fmaps_real, fmaps_fake))


@exercise.misconception(
    "The last map of each sub-discriminator, its logits, is left out: the slide says hidden "
    "activations, but the official code, and this exercise, match the logits too."
)
def without_logits(fmaps_real, fmaps_fake):
    fail_unless_matched(fmaps_real, fmaps_fake)
    return losses.feature_matching_loss(
        [layers[:-1] for layers in fmaps_real], [layers[:-1] for layers in fmaps_fake]
    )


@exercise.misconception(
    "Every value is doubled: the official code's factor 2 is the weight lambda_FM, which "
    "`generator_total` applies."
)
def weight_inside(fmaps_real, fmaps_fake):
    return 2 * losses.feature_matching_loss(fmaps_real, fmaps_fake)


@exercise.misconception(
    "Only the last sub-discriminator counts: add to the loss within both loops."
)
def last_discriminator_only(fmaps_real, fmaps_fake):
    fail_unless_matched(fmaps_real, fmaps_fake)
    return losses.feature_matching_loss(fmaps_real[-1:], fmaps_fake[-1:])


@exercise.misconception(
    "You divide by the elements of one utterance and sum over the batch: N_i counts the batch too "
    "(the expectation is a mean), so take the mean over all axes."
)
def sums_the_batch(fmaps_real, fmaps_fake):
    def term(real, fake):
        return (real - fake).abs().flatten(1).mean(1).sum()

    return total(layer_terms(term, fmaps_real, fmaps_fake))


@exercise.misconception(
    "The absolute value is missing: differences of both signs cancel. Take |real - fake| before "
    "the mean."
)
def signed_differences(fmaps_real, fmaps_fake):
    return total(layer_terms(lambda r, f: (r - f).mean(), fmaps_real, fmaps_fake))


@exercise.misconception(
    "You compare the layers' means: take the absolute difference element by element first, then "
    "its mean."
)
def compares_means(fmaps_real, fmaps_fake):
    return total(layer_terms(lambda r, f: (r.mean() - f.mean()).abs(), fmaps_real, fmaps_fake))


@exercise.misconception(
    "Lists or layers that do not pair pass, because zip stops at the shorter list and torch "
    "broadcasts: call `check_paired` for the layers of every sub-discriminator.",
    mild=FORMULA_IS_RIGHT,
)
def unpaired_layers(fmaps_real, fmaps_fake):
    if len(fmaps_real) != len(fmaps_fake):
        raise ValueError("another number of discriminators")
    loss = torch.zeros(())
    for reals, fakes in zip(fmaps_real, fmaps_fake, strict=True):
        for real, fake in zip(reals, fakes, strict=False):
            loss = loss + (real - fake).abs().mean()
    return loss


@exercise.neighbour(unpaired_layers, mild=FORMULA_IS_RIGHT)
def unpaired_shapes(fmaps_real, fmaps_fake):
    if len(fmaps_real) != len(fmaps_fake):
        raise ValueError("another number of discriminators")
    for real, fake in zip(fmaps_real, fmaps_fake, strict=True):
        if len(real) != len(fake):
            raise ValueError("another number of layers")
    return unpaired_layers(fmaps_real, fmaps_fake)


@exercise.neighbour(unpaired_layers, mild=FORMULA_IS_RIGHT)
def unpaired_lists(fmaps_real, fmaps_fake):
    loss = torch.zeros(())
    for reals, fakes in zip(fmaps_real, fmaps_fake, strict=False):
        for real, fake in zip(reals, fakes, strict=False):
            if real.shape != fake.shape:
                raise ValueError("another shape")
            loss = loss + (real - fake).abs().mean()
    return loss


@exercise.misconception(
    "You sum over the channels: 1/N_i counts all elements of a layer, so take the mean over all "
    "axes."
)
def sums_channels(fmaps_real, fmaps_fake):
    def term(real, fake):
        return (real - fake).abs().sum(1).mean()

    return total(layer_terms(term, fmaps_real, fmaps_fake))


@exercise.misconception(
    "Only the first sub-discriminator counts: `return` stands in the outer loop, take it out."
)
def first_discriminator_only(fmaps_real, fmaps_fake):
    fail_unless_matched(fmaps_real, fmaps_fake)
    return losses.feature_matching_loss(fmaps_real[:1], fmaps_fake[:1])


@exercise.misconception(
    "Only one layer counts: add every layer's mean to the loss, and return after the loops."
)
def first_layer_only(fmaps_real, fmaps_fake):
    terms = layer_terms(mean_distance, fmaps_real, fmaps_fake)
    return terms[0][0]


@exercise.neighbour(first_layer_only)
def first_layer_of_each(fmaps_real, fmaps_fake):
    return sum(it[0] for it in layer_terms(mean_distance, fmaps_real, fmaps_fake))


@exercise.neighbour(first_layer_only)
def last_layer_of_each(fmaps_real, fmaps_fake):
    return sum(it[-1] for it in layer_terms(mean_distance, fmaps_real, fmaps_fake))


@exercise.neighbour(first_layer_only)
def very_last_layer(fmaps_real, fmaps_fake):
    return layer_terms(mean_distance, fmaps_real, fmaps_fake)[-1][-1]


@exercise.misconception(
    "The first map of each sub-discriminator is left out: all layers count, from the first on."
)
def without_first_maps(fmaps_real, fmaps_fake):
    fail_unless_matched(fmaps_real, fmaps_fake)
    return losses.feature_matching_loss(
        [layers[1:] for layers in fmaps_real], [layers[1:] for layers in fmaps_fake]
    )


@exercise.misconception(
    "You divide by another number: 1/N_i counts all elements of a layer, so take its mean."
)
def divided_by_batch(fmaps_real, fmaps_fake):
    def term(real, fake):
        return (real - fake).abs().sum() / len(real)

    return total(layer_terms(term, fmaps_real, fmaps_fake))


@exercise.neighbour(divided_by_batch)
def divided_by_last_axis(fmaps_real, fmaps_fake):
    def term(real, fake):
        return (real - fake).abs().sum() / real.shape[-1]

    return total(layer_terms(term, fmaps_real, fmaps_fake))


@exercise.neighbour(divided_by_batch)
def divided_by_channels(fmaps_real, fmaps_fake):
    def term(real, fake):
        return (real - fake).abs().sum() / real.shape[1]

    return total(layer_terms(term, fmaps_real, fmaps_fake))


@exercise.neighbour(divided_by_batch)
def divided_by_elements_of_all(fmaps_real, fmaps_fake):
    terms = layer_terms(mean_distance, fmaps_real, fmaps_fake)
    layers = list(itertools.chain.from_iterable(fmaps_real))
    return total(terms) / len(layers[0])


@exercise.misconception(
    "You return the terms unsummed: add those of all layers and sub-discriminators to one scalar."
)
def terms_of_discriminators(fmaps_real, fmaps_fake):
    terms = layer_terms(mean_distance, fmaps_real, fmaps_fake)
    return torch.stack([torch.stack(it).sum() for it in terms])


@exercise.neighbour(terms_of_discriminators)
def list_of_terms(fmaps_real, fmaps_fake):
    terms = layer_terms(mean_distance, fmaps_real, fmaps_fake)
    return [torch.stack(it).sum() for it in terms]


@exercise.misconception("The sign is turned round: distances are positive, and minimised.")
def negative_distance(fmaps_real, fmaps_fake):
    return -losses.feature_matching_loss(fmaps_real, fmaps_fake)


@exercise.misconception("You compare sizes, |real| and |fake|: take the difference first.")
def difference_of_sizes(fmaps_real, fmaps_fake):
    return total(layer_terms(lambda r, f: (r.abs() - f.abs()).abs().mean(), fmaps_real, fmaps_fake))


@exercise.neighbour(difference_of_sizes)
def difference_of_mean_sizes(fmaps_real, fmaps_fake):
    return total(
        layer_terms(lambda r, f: (r.abs().mean() - f.abs().mean()).abs(), fmaps_real, fmaps_fake)
    )


@exercise.misconception("You take the largest difference of a layer: take the mean of all.")
def largest_difference(fmaps_real, fmaps_fake):
    return total(layer_terms(lambda r, f: (r - f).abs().max(), fmaps_real, fmaps_fake))


@exercise.misconception("You divide by the real map: differences count as they are.")
def relative_difference(fmaps_real, fmaps_fake):
    def term(real, fake):
        return (real - fake).abs().sum() / real.abs().sum()

    return total(layer_terms(term, fmaps_real, fmaps_fake))


@exercise.neighbour(relative_difference)
def relative_mean_difference(fmaps_real, fmaps_fake):
    return total(layer_terms(lambda r, f: ((r - f) / r).abs().mean(), fmaps_real, fmaps_fake))


@exercise.also_correct
def real_side_detached(fmaps_real, fmaps_fake):
    return total(layer_terms(lambda r, f: F.l1_loss(f, r.detach()), fmaps_real, fmaps_fake))


@exercise.also_correct
def flattened_in_float64(fmaps_real, fmaps_fake):
    def term(real, fake):
        return torch.linalg.vector_norm((fake - real).double(), ord=1) / real.numel()

    return total(layer_terms(term, fmaps_real, fmaps_fake)[::-1]).float()
