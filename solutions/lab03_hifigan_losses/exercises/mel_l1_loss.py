"""Mel L1 loss."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.draws import normal
from autograder.exercise import FORMULA_IS_RIGHT, Exercise
from exercise_lib.check.case import Case
from exercise_lib.check.toys.features import log_magnitudes

from ...exercise_lib import losses
from .shared import REJECTED

exercise = Exercise(
    id="losses.mel_l1_loss",
    title="Mel L1 loss",
    target="exercise_lib.losses:mel_l1_loss",
    solution=losses.mel_l1_loss,
    todo="3.4",
    points=2,
    difficulty=1,
    minutes=5,
)


@exercise.cases
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
        Case(
            "the generated too loud",
            args={"y": y, "y_hat": (3 if hidden else 2) * y, **phi},
            grad=("y_hat",),
            weight=0.5,
        ),
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


@exercise.misconception(
    "You square the differences (mean squared error): the mel loss takes absolute values, L1."
)
def mel_squared(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).square().mean()


@exercise.neighbour(mel_squared)
def mel_root_of_squares(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).square().mean().sqrt()


@exercise.neighbour(mel_squared)
def mel_norm(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).norm()


@exercise.neighbour(mel_squared)
def mel_sum_of_squares(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).square().sum()


@exercise.misconception(
    "You compare the waveforms themselves: pass both through log_mel first, or the loss punishes "
    "a phase nobody hears."
)
def of_the_waveforms(y, y_hat, log_mel):
    fail_unless_same_segment(y, y_hat)
    return (y - y_hat).abs().mean()


@exercise.neighbour(of_the_waveforms)
def waveforms_squared(y, y_hat, log_mel):
    fail_unless_same_segment(y, y_hat)
    return (y - y_hat).square().mean()


@exercise.misconception(
    "You compare linear spectra: phi ends with the logarithm, so do not undo it with exp, or only "
    "the loud bands count."
)
def linear_spectra(y, y_hat, log_mel):
    fail_unless_same_segment(y, y_hat)
    return (log_mel(y).exp() - log_mel(y_hat).exp()).abs().mean()


@exercise.misconception(
    "No gradient reaches y_hat: log_mel(y_hat) must not stand under no_grad or be detached, or the "
    "mel loss teaches nothing. Only the real side may."
)
def generated_without_gradient(y, y_hat, log_mel):
    return mel_difference(y, y_hat.detach(), log_mel).abs().mean()


@exercise.misconception(
    "You compare every generated utterance with every real one: utterance b of y_hat belongs to "
    "utterance b of y."
)
def every_pair(y, y_hat, log_mel):
    fail_unless_same_segment(y, y_hat)
    return (log_mel(y)[:, None] - log_mel(y_hat)[None]).abs().mean()


@exercise.misconception(
    "You sum where the code takes the mean: the sum grows with the segment, and lambda_mel = 45 is "
    "made for the mean."
)
def sums_everything(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).abs().sum()


@exercise.misconception(
    "This is the slide's norm as it stands, a sum over bands and frames and a mean over the batch: "
    "the code, and lambda_mel = 45, take the mean over all three."
)
def norm_of_the_slide(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).abs().sum(dim=(1, 2)).mean()


@exercise.misconception("The weight 45 is already inside: `generator_total` applies it.")
def mel_weight_inside(y, y_hat, log_mel):
    return 45 * losses.mel_l1_loss(y, y_hat, log_mel)


@exercise.misconception(
    "You transform the difference of the waveforms: phi is not linear. Transform both, then "
    "subtract."
)
def mel_of_the_difference(y, y_hat, log_mel):
    fail_unless_same_segment(y, y_hat)
    return log_mel(y - y_hat).abs().mean()


@exercise.misconception(
    "The absolute value is missing: too loud and too quiet bands cancel. Take |.| before the mean."
)
def mel_signed(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).mean()


@exercise.misconception(
    "You take the absolute value of the mean: take |.| of each element first, then the mean."
)
def absolute_of_the_mean(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).mean().abs()


@exercise.misconception(
    "Waveforms of different shapes pass or fail elsewhere: compare y.shape with y_hat.shape first "
    "and raise a ValueError; torch broadcasts a batch of 1 without a word.",
    mild=FORMULA_IS_RIGHT,
)
def no_shape_guard(y, y_hat, log_mel):
    return (log_mel(y) - log_mel(y_hat)).abs().mean()


@exercise.neighbour(no_shape_guard, mild=FORMULA_IS_RIGHT)
def only_length_guarded(y, y_hat, log_mel):
    if y.shape[-1] != y_hat.shape[-1]:
        raise ValueError("another length")
    return no_shape_guard(y, y_hat, log_mel)


@exercise.neighbour(no_shape_guard, mild=FORMULA_IS_RIGHT)
def only_batch_guarded(y, y_hat, log_mel):
    if len(y) != len(y_hat):
        raise ValueError("another batch")
    return no_shape_guard(y, y_hat, log_mel)


@exercise.misconception(
    "You cut the longer waveform to fit: two lengths mean that y and y_hat are not the same "
    "segment. Raise a ValueError.",
    mild=FORMULA_IS_RIGHT,
)
def cut_to_fit(y, y_hat, log_mel):
    if len(y) != len(y_hat):
        raise ValueError("another batch size")
    shorter = min(y.shape[1], y_hat.shape[1])
    return (log_mel(y[:, :shorter]) - log_mel(y_hat[:, :shorter])).abs().mean()


@exercise.misconception(
    "You sum over one axis and average over the rest: take the mean over batch, bands and frames."
)
def mel_sums_bands(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).abs().sum(1).mean()


@exercise.neighbour(mel_sums_bands)
def mel_sums_frames(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).abs().sum(2).mean()


@exercise.neighbour(mel_sums_bands)
def mel_sums_batch(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).abs().mean((1, 2)).sum()


@exercise.misconception("You divide by another number than that of the elements: take the mean.")
def divided_by_samples(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).abs().sum() / y.numel()


@exercise.neighbour(divided_by_samples)
def divided_by_length(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).abs().sum() / y.shape[-1]


@exercise.neighbour(divided_by_samples)
def divided_by_bands(y, y_hat, log_mel):
    difference = mel_difference(y, y_hat, log_mel)
    return difference.abs().sum() / difference.shape[1]


@exercise.misconception("The result is not one number: take the mean over all axes, the batch too.")
def mel_of_each_utterance(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).abs().mean((1, 2))


@exercise.neighbour(mel_of_each_utterance)
def mel_not_reduced(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).abs()


@exercise.misconception("The logarithm is taken again: phi ends with one already.")
def logarithm_twice(y, y_hat, log_mel):
    fail_unless_same_segment(y, y_hat)
    real, fake = (log_mel(it).clamp(min=1e-5).log() for it in (y, y_hat))
    return (real - fake).abs().mean()


@exercise.neighbour(logarithm_twice)
def logarithm_of_sizes(y, y_hat, log_mel):
    fail_unless_same_segment(y, y_hat)
    real, fake = (log_mel(it).abs().clamp(min=1e-5).log() for it in (y, y_hat))
    return (real - fake).abs().mean()


@exercise.misconception(
    "You compare averages or sizes: take the difference bin by bin, then its absolute value and "
    "the mean."
)
def mel_of_mean_spectra(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).mean(-1).abs().mean()


@exercise.neighbour(mel_of_mean_spectra)
def mel_of_mean_utterances(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).mean(0).abs().mean()


@exercise.neighbour(mel_of_mean_spectra)
def mel_difference_of_sizes(y, y_hat, log_mel):
    fail_unless_same_segment(y, y_hat)
    return (log_mel(y).abs() - log_mel(y_hat).abs()).abs().mean()


@exercise.misconception("Only one side goes through phi, or both the same: transform y and y_hat.")
def real_side_twice(y, y_hat, log_mel):
    fail_unless_same_segment(y, y_hat)
    return (log_mel(y) - log_mel(y)).abs().mean()


@exercise.neighbour(real_side_twice)
def generated_alone(y, y_hat, log_mel):
    fail_unless_same_segment(y, y_hat)
    return log_mel(y_hat).abs().mean()


@exercise.misconception("You take the largest difference: take the mean of all.")
def mel_largest(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).abs().max()


@exercise.misconception("The sign is turned round: a distance is positive, and minimised.")
def mel_negative(y, y_hat, log_mel):
    return -losses.mel_l1_loss(y, y_hat, log_mel)


@exercise.misconception("You divide by the real spectrogram: differences count as they are.")
def mel_relative(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).abs().sum() / log_mel(y).abs().sum()


@exercise.misconception(
    "You take the median, or a smooth L1 loss: take the mean of the differences."
)
def mel_median(y, y_hat, log_mel):
    return mel_difference(y, y_hat, log_mel).abs().median()


@exercise.neighbour(mel_median)
def mel_smooth(y, y_hat, log_mel):
    return F.smooth_l1_loss(mel_difference(y, y_hat, log_mel), torch.zeros(()))


@exercise.also_correct
def with_l1_loss(y, y_hat, log_mel):
    fail_unless_same_segment(y, y_hat)
    with torch.no_grad():
        target = log_mel(y)
    return F.l1_loss(log_mel(y_hat), target)


@exercise.also_correct
def one_batch_for_both(y, y_hat, log_mel):
    fail_unless_same_segment(y, y_hat)
    real, fake = log_mel(torch.cat([y, y_hat])).chunk(2)
    return torch.stack([(f - r).abs().mean() for r, f in zip(real, fake, strict=True)]).mean()
