"""The exercises of losses.py: the four losses of HiFi-GAN and their sum."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.exercise import Exercise
from autograder.exercises.draws import normal
from exercise_lib.check.case import Case
from exercise_lib.check.toys.features import log_magnitudes
from solutions.exercise_lib import losses

TARGET = "exercise_lib.losses:"
NOTEBOOK = "03_hifigan_losses"
REJECTED: dict[str, Any] = {"raises": ("ValueError",)}


def logits_of(rng: np.random.Generator, batch: int, sizes: tuple[int, ...]) -> list[Tensor]:
    """Return one `(batch, size)` tensor per sub-discriminator."""
    return [normal(rng, batch, size) for size in sizes]


def maps_of(rng: np.random.Generator, shapes: list[list[tuple[int, ...]]]) -> list[list[Tensor]]:
    """Return one list of feature maps per sub-discriminator."""
    return [[normal(rng, *shape) for shape in layers] for layers in shapes]


def fail_unless_paired(real: list[Tensor], fake: list[Tensor]) -> None:
    if [x.shape for x in real] != [x.shape for x in fake] or not real:
        raise ValueError("real and fake do not pair")


# ---------------------------------------------------------------------- discriminator's loss

discriminator_loss = Exercise(
    id="losses.discriminator_loss",
    title="Discriminator loss",
    target=TARGET + "discriminator_loss",
    solution=losses.discriminator_loss,
    notebook=NOTEBOOK,
    todo="3.1",
    points=2,
)


@discriminator_loss.cases
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


@discriminator_loss.misconception(
    "The targets are swapped: the discriminator pulls real logits to 1 and generated ones to 0."
)
def swapped_targets(real_logits, fake_logits):
    return losses.discriminator_loss(fake_logits, real_logits)


@discriminator_loss.misconception(
    "You sum over the logits: the expectation is a mean, or a sub-discriminator with more outputs "
    "outweighs the others. Sum over the sub-discriminators only."
)
def sums_logits(real_logits, fake_logits):
    def term(real, fake):
        return ((real - 1) ** 2).sum() + (fake**2).sum()

    return sum_over_judges(term, real_logits, fake_logits)


@discriminator_loss.misconception(
    "You average over the sub-discriminators: add their losses (the final loss of Kong et al.)."
)
def averages_judges(real_logits, fake_logits):
    return losses.discriminator_loss(real_logits, fake_logits) / len(real_logits)


@discriminator_loss.misconception(
    "You pool all logits into one mean: take the mean of each sub-discriminator, then add."
)
def one_mean_for_all(real_logits, fake_logits):
    fail_unless_paired(real_logits, fake_logits)
    return ((torch.cat(real_logits, 1) - 1) ** 2).mean() + (torch.cat(fake_logits, 1) ** 2).mean()


@discriminator_loss.misconception(
    "This is binary cross-entropy, the first GAN's loss: HiFi-GAN uses least squares on the raw "
    "logits."
)
def cross_entropy(real_logits, fake_logits):
    def term(real, fake):
        return F.softplus(-real).mean() + F.softplus(fake).mean()

    return sum_over_judges(term, real_logits, fake_logits)


@discriminator_loss.misconception(
    "This is the hinge loss (EnCodec's, SNGAN's): HiFi-GAN's is least squares, (D(x) - 1)^2 and "
    "D(G(s))^2."
)
def hinge(real_logits, fake_logits):
    def term(real, fake):
        return F.relu(1 - real).mean() + F.relu(1 + fake).mean()

    return sum_over_judges(term, real_logits, fake_logits)


@discriminator_loss.misconception(
    "You take absolute values: least squares squares the distance from the target."
)
def absolute_distance(real_logits, fake_logits):
    def term(real, fake):
        return (real - 1).abs().mean() + fake.abs().mean()

    return sum_over_judges(term, real_logits, fake_logits)


@discriminator_loss.misconception(
    "The generated audio's term is missing: add mean(fake^2), or calling everything real costs "
    "the discriminator nothing."
)
def real_only(real_logits, fake_logits):
    return sum_over_judges(lambda real, _: ((real - 1) ** 2).mean(), real_logits, fake_logits)


@discriminator_loss.misconception(
    "The real audio's term is missing: add mean((real - 1)^2), or calling everything fake costs "
    "the discriminator nothing."
)
def fake_only(real_logits, fake_logits):
    return sum_over_judges(lambda _, fake: (fake**2).mean(), real_logits, fake_logits)


@discriminator_loss.misconception(
    "Every value is halved: the 1/2 of the LSGAN paper is not in the lecture's formula, nor in "
    "HiFi-GAN."
)
def halved(real_logits, fake_logits):
    return 0.5 * losses.discriminator_loss(real_logits, fake_logits)


@discriminator_loss.misconception(
    "Only the last sub-discriminator counts: `loss = ...` in the loop overwrites; add to it."
)
def last_judge_only(real_logits, fake_logits):
    fail_unless_paired(real_logits, fake_logits)
    return losses.discriminator_loss(real_logits[-1:], fake_logits[-1:])


@discriminator_loss.misconception(
    "You squash the logits with a sigmoid: least squares takes them raw, 1 and 0 are ordinary "
    "targets."
)
def squashed(real_logits, fake_logits):
    def term(real, fake):
        return ((real.sigmoid() - 1) ** 2).mean() + (fake.sigmoid() ** 2).mean()

    return sum_over_judges(term, real_logits, fake_logits)


@discriminator_loss.misconception(
    "You detach the fake logits, so the discriminator never learns from generated audio: what is "
    "detached is y_hat, before the discriminator sees it, and by the caller."
)
def detached_fake_logits(real_logits, fake_logits):
    return losses.discriminator_loss(real_logits, [fake.detach() for fake in fake_logits])


@discriminator_loss.misconception(
    "The value is right but carries no gradient: return the tensor, without .item(), float() or "
    "no_grad."
)
def plain_number(real_logits, fake_logits):
    return losses.discriminator_loss(real_logits, fake_logits).detach()


@discriminator_loss.also_correct
def with_mse_loss(real_logits, fake_logits):
    def term(real, fake):
        ones, zeros = torch.ones_like(real), torch.zeros_like(fake)
        return F.mse_loss(real, ones) + F.mse_loss(fake, zeros)

    return sum_over_judges(term, real_logits, fake_logits)


@discriminator_loss.also_correct
def real_terms_first_in_float64(real_logits, fake_logits):
    fail_unless_paired(real_logits, fake_logits)
    real_terms = [(1 - real.double()).square().sum() / real.numel() for real in real_logits]
    fake_terms = [
        torch.linalg.vector_norm(fake.double()) ** 2 / fake.numel() for fake in fake_logits
    ]
    return (sum(real_terms) + sum(fake_terms)).float()


# -------------------------------------------------------------------------- generator's loss

generator_loss = Exercise(
    id="losses.generator_loss",
    title="Generator's adversarial loss",
    target=TARGET + "generator_loss",
    solution=losses.generator_loss,
    notebook=NOTEBOOK,
    todo="3.2",
    points=1,
)


@generator_loss.cases
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


@generator_loss.misconception(
    "The generator's target is 0: it wants its audio called real, so pull the logits to 1."
)
def target_zero(fake_logits):
    return add_terms(lambda fake: (fake**2).mean(), fake_logits)


@generator_loss.misconception(
    "You sum over the logits: take the mean of each sub-discriminator, then add these means."
)
def sums_fake_logits(fake_logits):
    return add_terms(lambda fake: ((fake - 1) ** 2).sum(), fake_logits)


@generator_loss.misconception(
    "You average over the sub-discriminators: add their losses (the final loss of Kong et al.)."
)
def averages_fake_judges(fake_logits):
    return losses.generator_loss(fake_logits) / len(fake_logits)


@generator_loss.misconception(
    "You pool all logits into one mean: take the mean of each sub-discriminator, then add."
)
def pooled_fake_mean(fake_logits):
    if not fake_logits:
        raise ValueError("empty")
    return ((torch.cat(fake_logits, 1) - 1) ** 2).mean()


@generator_loss.misconception(
    "This is binary cross-entropy, the first GAN's loss: HiFi-GAN uses least squares."
)
def fake_cross_entropy(fake_logits):
    return add_terms(lambda fake: F.softplus(-fake).mean(), fake_logits)


@generator_loss.misconception(
    "This is the hinge GAN's generator loss, -mean(D): HiFi-GAN's is mean((D - 1)^2)."
)
def fake_hinge(fake_logits):
    return add_terms(lambda fake: -fake.mean(), fake_logits)


@generator_loss.misconception(
    "You negate the discriminator's term, -mean(D^2): that only pushes logits away from 0, up or "
    "down. Pull them to 1."
)
def negated(fake_logits):
    return add_terms(lambda fake: -(fake**2).mean(), fake_logits)


@generator_loss.misconception(
    "You take absolute values: least squares squares the distance from 1."
)
def fake_absolute(fake_logits):
    return add_terms(lambda fake: (fake - 1).abs().mean(), fake_logits)


@generator_loss.misconception(
    "Every value is halved: the LSGAN paper's 1/2 is not in the lecture's formula, nor in HiFi-GAN."
)
def fake_halved(fake_logits):
    return 0.5 * losses.generator_loss(fake_logits)


@generator_loss.misconception(
    "Only the last sub-discriminator counts: `loss = ...` in the loop overwrites; add to it."
)
def last_fake_only(fake_logits):
    return losses.generator_loss(fake_logits[-1:])


@generator_loss.misconception(
    "No gradient reaches the logits: detach belongs to the discriminator's step. In the "
    "generator's step it cuts the generator off from all teaching."
)
def detached_in_generator_step(fake_logits):
    return losses.generator_loss([fake.detach() for fake in fake_logits])


@generator_loss.misconception(
    "An empty list gives 0, a perfect loss: raise a ValueError, for no discriminator has judged."
)
def no_empty_guard(fake_logits):
    return sum((((fake - 1) ** 2).mean() for fake in fake_logits), torch.zeros(()))


@generator_loss.also_correct
def generator_with_mse_loss(fake_logits):
    return add_terms(lambda fake: F.mse_loss(fake, torch.ones_like(fake)), fake_logits)


@generator_loss.also_correct
def expanded_square(fake_logits):
    return add_terms(lambda fake: (fake * fake - 2 * fake).mean() + 1, fake_logits)


# -------------------------------------------------------------------------- feature matching

feature_matching_loss = Exercise(
    id="losses.feature_matching_loss",
    title="Feature matching loss",
    target=TARGET + "feature_matching_loss",
    solution=losses.feature_matching_loss,
    notebook=NOTEBOOK,
    todo="3.3",
    points=3,
)


@feature_matching_loss.cases
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


@feature_matching_loss.misconception(
    "No gradient reaches the generated feature maps: you detach the wrong side. Detach the real "
    "ones, if any; the generated ones carry what the generator learns."
)
def detached_fakes(fmaps_real, fmaps_fake):
    detached = [[layer.detach() for layer in layers] for layers in fmaps_fake]
    return losses.feature_matching_loss(fmaps_real, detached)


@feature_matching_loss.misconception(
    "The 1/N_i is missing: you sum over a layer's elements, so large early layers drown the small "
    "deep ones. Take the mean of each layer."
)
def sums_elements(fmaps_real, fmaps_fake):
    return total(layer_terms(lambda r, f: (r - f).abs().sum(), fmaps_real, fmaps_fake))


@feature_matching_loss.misconception(
    "You take one mean over all layers together: N_i belongs to layer i. Take the mean of each "
    "layer, then add."
)
def one_global_mean(fmaps_real, fmaps_fake):
    terms = layer_terms(lambda r, f: (r - f).abs().flatten(), fmaps_real, fmaps_fake)
    return torch.cat(list(itertools.chain.from_iterable(terms))).mean()


@feature_matching_loss.misconception(
    "You average over the layers: the formula adds them, sum over i = 1 ... T."
)
def averages_layers(fmaps_real, fmaps_fake):
    terms = layer_terms(mean_distance, fmaps_real, fmaps_fake)
    return sum(torch.stack(layers).mean() for layers in terms)


@feature_matching_loss.misconception(
    "You average over the sub-discriminators: add them (the final loss of Kong et al.)."
)
def averages_discriminators(fmaps_real, fmaps_fake):
    return losses.feature_matching_loss(fmaps_real, fmaps_fake) / len(fmaps_real)


@feature_matching_loss.misconception(
    "You average over layers and sub-discriminators: each layer's mean is 1/N_i, beyond that the "
    "formula only adds."
)
def averages_everything(fmaps_real, fmaps_fake):
    terms = layer_terms(mean_distance, fmaps_real, fmaps_fake)
    return torch.stack(list(itertools.chain.from_iterable(terms))).mean()


@feature_matching_loss.misconception(
    "You square the differences (L2): feature matching takes absolute values, |.|_1."
)
def squared_differences(fmaps_real, fmaps_fake):
    return total(layer_terms(F.mse_loss, fmaps_real, fmaps_fake))


@feature_matching_loss.misconception(
    "The last map of each sub-discriminator, its logits, is left out: the slide says hidden "
    "activations, but the official code, and this exercise, match the logits too."
)
def without_logits(fmaps_real, fmaps_fake):
    fail_unless_matched(fmaps_real, fmaps_fake)
    return losses.feature_matching_loss(
        [layers[:-1] for layers in fmaps_real], [layers[:-1] for layers in fmaps_fake]
    )


@feature_matching_loss.misconception(
    "Every value is doubled: the official code's factor 2 is the weight lambda_FM, which "
    "`generator_total` applies."
)
def weight_inside(fmaps_real, fmaps_fake):
    return 2 * losses.feature_matching_loss(fmaps_real, fmaps_fake)


@feature_matching_loss.misconception(
    "Only the last sub-discriminator counts: add to the loss within both loops."
)
def last_discriminator_only(fmaps_real, fmaps_fake):
    fail_unless_matched(fmaps_real, fmaps_fake)
    return losses.feature_matching_loss(fmaps_real[-1:], fmaps_fake[-1:])


@feature_matching_loss.misconception(
    "You divide by the elements of one utterance and sum over the batch: N_i counts the batch too "
    "(the expectation is a mean), so take the mean over all axes."
)
def sums_the_batch(fmaps_real, fmaps_fake):
    def term(real, fake):
        return (real - fake).abs().flatten(1).mean(1).sum()

    return total(layer_terms(term, fmaps_real, fmaps_fake))


@feature_matching_loss.misconception(
    "The absolute value is missing: differences of both signs cancel. Take |real - fake| before "
    "the mean."
)
def signed_differences(fmaps_real, fmaps_fake):
    return total(layer_terms(lambda r, f: (r - f).mean(), fmaps_real, fmaps_fake))


@feature_matching_loss.misconception(
    "You compare the layers' means: take the absolute difference element by element first, then "
    "its mean."
)
def compares_means(fmaps_real, fmaps_fake):
    return total(layer_terms(lambda r, f: (r.mean() - f.mean()).abs(), fmaps_real, fmaps_fake))


@feature_matching_loss.misconception(
    "Lists or layers that do not pair pass, because zip stops at the shorter list and torch "
    "broadcasts: call `check_paired` for the layers of every sub-discriminator."
)
def unpaired_layers(fmaps_real, fmaps_fake):
    if len(fmaps_real) != len(fmaps_fake):
        raise ValueError("another number of discriminators")
    loss = torch.zeros(())
    for reals, fakes in zip(fmaps_real, fmaps_fake, strict=True):
        for real, fake in zip(reals, fakes, strict=False):
            loss = loss + (real - fake).abs().mean()
    return loss


@feature_matching_loss.also_correct
def real_side_detached(fmaps_real, fmaps_fake):
    return total(layer_terms(lambda r, f: F.l1_loss(f, r.detach()), fmaps_real, fmaps_fake))


@feature_matching_loss.also_correct
def flattened_in_float64(fmaps_real, fmaps_fake):
    def term(real, fake):
        return torch.linalg.vector_norm((fake - real).double(), ord=1) / real.numel()

    return total(layer_terms(term, fmaps_real, fmaps_fake)[::-1]).float()


# ------------------------------------------------------------------------------------ mel L1

mel_l1_loss = Exercise(
    id="losses.mel_l1_loss",
    title="Mel L1 loss",
    target=TARGET + "mel_l1_loss",
    solution=losses.mel_l1_loss,
    notebook=NOTEBOOK,
    todo="3.4",
    points=2,
)


@mel_l1_loss.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    shape = (2, 80) if hidden else (3, 64)
    y, y_hat = normal(rng, *shape), normal(rng, *shape)
    phi = {"log_mel": log_magnitudes}
    return [
        Case(
            "real and generated waveforms, with the generator's gradient",
            args={"y": y, "y_hat": y_hat, **phi},
            grad=("y_hat",),
        ),
        Case("the same waveform twice", args={"y": y, "y_hat": y.clone(), **phi}),
        Case("the generated too loud", args={"y": y, "y_hat": (3 if hidden else 2) * y, **phi}),
        Case(
            "rejects segments of different length",
            args={"y": y, "y_hat": y_hat[:, :-8], **phi},
            **REJECTED,
        ),
        Case(
            "rejects another batch size, even if it broadcasts",
            args={"y": y, "y_hat": y_hat[:1], **phi},
            **REJECTED,
        ),
    ]


def fail_unless_same_segment(y: Tensor, y_hat: Tensor) -> None:
    if y.shape != y_hat.shape:
        raise ValueError("not the same segment")


def mel_difference(y, y_hat, log_mel) -> Tensor:
    fail_unless_same_segment(y, y_hat)
    return log_mel(y) - log_mel(y_hat)


@mel_l1_loss.misconception(
    "You square the differences (mean squared error): the mel loss takes absolute values, L1."
)
def mel_squared(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).square().mean()


@mel_l1_loss.misconception(
    "You compare the waveforms themselves: pass both through log_mel first, or the loss punishes "
    "a phase nobody hears."
)
def of_the_waveforms(y, y_hat, log_mel):
    fail_unless_same_segment(y, y_hat)
    return (y - y_hat).abs().mean()


@mel_l1_loss.misconception(
    "You compare linear spectra: phi ends with the logarithm, so do not undo it with exp, or only "
    "the loud bands count."
)
def linear_spectra(y, y_hat, log_mel):
    fail_unless_same_segment(y, y_hat)
    return (log_mel(y).exp() - log_mel(y_hat).exp()).abs().mean()


@mel_l1_loss.misconception(
    "No gradient reaches y_hat: log_mel(y_hat) must not stand under no_grad or be detached, or the "
    "mel loss teaches nothing. Only the real side may."
)
def generated_without_gradient(y, y_hat, log_mel):
    return mel_difference(y, y_hat.detach(), log_mel).abs().mean()


@mel_l1_loss.misconception(
    "You compare every generated utterance with every real one: utterance b of y_hat belongs to "
    "utterance b of y."
)
def every_pair(y, y_hat, log_mel):
    fail_unless_same_segment(y, y_hat)
    return (log_mel(y)[:, None] - log_mel(y_hat)[None]).abs().mean()


@mel_l1_loss.misconception(
    "You sum where the code takes the mean: the sum grows with the segment, and lambda_mel = 45 is "
    "made for the mean."
)
def sums_everything(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).abs().sum()


@mel_l1_loss.misconception(
    "This is the slide's norm as it stands, a sum over bands and frames and a mean over the batch: "
    "the code, and lambda_mel = 45, take the mean over all three."
)
def norm_of_the_slide(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).abs().sum(dim=(1, 2)).mean()


@mel_l1_loss.misconception("The weight 45 is already inside: `generator_total` applies it.")
def mel_weight_inside(y, y_hat, log_mel):
    return 45 * losses.mel_l1_loss(y, y_hat, log_mel)


@mel_l1_loss.misconception(
    "You transform the difference of the waveforms: phi is not linear. Transform both, then "
    "subtract."
)
def mel_of_the_difference(y, y_hat, log_mel):
    fail_unless_same_segment(y, y_hat)
    return log_mel(y - y_hat).abs().mean()


@mel_l1_loss.misconception(
    "The absolute value is missing: too loud and too quiet bands cancel. Take |.| before the mean."
)
def mel_signed(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).mean()


@mel_l1_loss.misconception(
    "You take the absolute value of the mean: take |.| of each element first, then the mean."
)
def absolute_of_the_mean(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).mean().abs()


@mel_l1_loss.misconception(
    "Waveforms of different shapes pass or fail elsewhere: compare y.shape with y_hat.shape first "
    "and raise a ValueError; torch broadcasts a batch of 1 without a word."
)
def no_shape_guard(y, y_hat, log_mel):
    return (log_mel(y) - log_mel(y_hat)).abs().mean()


@mel_l1_loss.misconception(
    "You cut the longer waveform to fit: two lengths mean that y and y_hat are not the same "
    "segment. Raise a ValueError."
)
def cut_to_fit(y, y_hat, log_mel):
    if len(y) != len(y_hat):
        raise ValueError("another batch size")
    shorter = min(y.shape[1], y_hat.shape[1])
    return (log_mel(y[:, :shorter]) - log_mel(y_hat[:, :shorter])).abs().mean()


@mel_l1_loss.also_correct
def with_l1_loss(y, y_hat, log_mel):
    fail_unless_same_segment(y, y_hat)
    with torch.no_grad():
        target = log_mel(y)
    return F.l1_loss(log_mel(y_hat), target)


@mel_l1_loss.also_correct
def one_batch_for_both(y, y_hat, log_mel):
    fail_unless_same_segment(y, y_hat)
    real, fake = log_mel(torch.cat([y, y_hat])).chunk(2)
    return torch.stack([(f - r).abs().mean() for r, f in zip(real, fake, strict=True)]).mean()


# ---------------------------------------------------------------------------- weighted total

generator_total = Exercise(
    id="losses.generator_total",
    title="Generator's total loss",
    target=TARGET + "generator_total",
    solution=losses.generator_total,
    notebook=NOTEBOOK,
    todo="3.5",
    points=1,
)


@generator_total.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    names = ("adversarial", "feature_matching", "mel")
    terms = {name: torch.tensor(float(rng.uniform(0.2, 2))) for name in names}
    weights = (
        {"lambda_fm": 0.25, "lambda_mel": 15.0}
        if hidden
        else {"lambda_fm": 3.0, "lambda_mel": 10.0}
    )
    vector = {**terms, "mel": torch.ones(2)}
    return [
        Case("the official weights, with gradients", args=dict(terms), grad=names),
        Case("other weights", args={**terms, **weights}),
        Case("rejects a negative weight", args={**terms, "lambda_mel": -45.0}, **REJECTED),
        Case("rejects a term that is not a scalar", args=vector, **REJECTED),
    ]


def weighted(adversarial, feature_matching, mel, weights: tuple[float, float, float]) -> Tensor:
    """Refuse what must be refused and return the sum of the terms times these weights."""
    if min(weights) < 0:
        raise ValueError("negative weight")
    if adversarial.ndim or feature_matching.ndim or mel.ndim:
        raise ValueError("not a scalar")
    return sum(w * t for w, t in zip(weights, (adversarial, feature_matching, mel), strict=True))


@generator_total.misconception(
    "The two weights are swapped: lambda_fm = 2 belongs to feature matching, lambda_mel = 45 to "
    "the mel loss."
)
def swapped_weights(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    return weighted(adversarial, feature_matching, mel, (1, lambda_mel, lambda_fm))


@generator_total.misconception(
    "No term is weighted: multiply feature matching by lambda_fm and the mel loss by lambda_mel."
)
def unweighted(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    weighted(adversarial, feature_matching, mel, (1, lambda_fm, lambda_mel))
    return adversarial + feature_matching + mel


@generator_total.misconception(
    "2 and 45 are written into the sum: use the arguments lambda_fm and lambda_mel."
)
def fixed_weights(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    weighted(adversarial, feature_matching, mel, (1, lambda_fm, lambda_mel))
    return adversarial + 2 * feature_matching + 45 * mel


@generator_total.misconception(
    "Feature matching has no weight: the slide leaves lambda_FM = 2 out, the paper and the code "
    "have it."
)
def no_lambda_fm(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    return weighted(adversarial, feature_matching, mel, (1, 1, lambda_mel))


@generator_total.misconception(
    "The mel loss has no weight: lambda_mel = 45 makes it the strongest term."
)
def no_lambda_mel(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    if lambda_mel < 0:
        raise ValueError("negative weight")
    return weighted(adversarial, feature_matching, mel, (1, lambda_fm, 1))


@generator_total.misconception("The adversarial term is missing: it is added with the weight 1.")
def no_adversarial(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    return weighted(adversarial, feature_matching, mel, (0, lambda_fm, lambda_mel))


@generator_total.misconception(
    "You subtract the adversarial term: the generator minimises all three, so add them."
)
def minus_adversarial(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    rest = weighted(adversarial, feature_matching, mel, (0, lambda_fm, lambda_mel))
    return rest - adversarial


@generator_total.misconception("You average the terms: the total is their weighted sum.")
def mean_of_terms(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    return weighted(adversarial, feature_matching, mel, (1, lambda_fm, lambda_mel)) / 3


@generator_total.misconception(
    "The value is right but carries no gradient: add the tensors, without .item(), float() or "
    "detach."
)
def total_without_gradient(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    return weighted(adversarial, feature_matching, mel, (1, lambda_fm, lambda_mel)).detach()


@generator_total.misconception(
    "A negative weight passes: it would reward a bad spectrogram. Raise a ValueError."
)
def no_weight_guard(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    if adversarial.ndim or feature_matching.ndim or mel.ndim:
        raise ValueError("not a scalar")
    return adversarial + lambda_fm * feature_matching + lambda_mel * mel


@generator_total.misconception(
    "A term that is not a scalar passes and broadcasts: ask term.ndim == 0 and raise a ValueError."
)
def no_scalar_guard(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    if lambda_fm < 0 or lambda_mel < 0:
        raise ValueError("negative weight")
    return adversarial + lambda_fm * feature_matching + lambda_mel * mel


@generator_total.misconception(
    "Negative weights and terms that are not scalars pass: raise a ValueError for both before you "
    "add."
)
def no_guards(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    return adversarial + lambda_fm * feature_matching + lambda_mel * mel


@generator_total.also_correct
def as_dot_product(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    if not (lambda_fm >= 0 and lambda_mel >= 0):
        raise ValueError("negative weight")
    if any(term.shape != () for term in (adversarial, feature_matching, mel)):
        raise ValueError("not a scalar")
    terms = torch.stack([adversarial, feature_matching, mel])
    return torch.dot(torch.tensor([1.0, lambda_fm, lambda_mel]), terms)


@generator_total.also_correct
def largest_first(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    weighted(adversarial, feature_matching, mel, (1, lambda_fm, lambda_mel))
    return sum([lambda_mel * mel, lambda_fm * feature_matching, adversarial])
