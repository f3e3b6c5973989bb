"""Reward movement."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import melle
from .shared import around, mask, mean_inside

exercise = Exercise(
    id="melle.flux_loss",
    title="Reward movement",
    target="exercise_lib.melle:flux_loss",
    solution=melle.flux_loss,
    todo="16.4",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    d = 6 if hidden else 5

    def case(name: str, lengths: list[int], n_mels: int, most: int, **more) -> Case:
        mel = normal(rng, len(lengths), n_mels, most)
        args = {"mu": around(rng, mel), "mel": mel, "inside": mask(lengths, most)}
        return Case(name, args=args, **more)

    return [
        case("no padding, with gradients", [6, 6], 3, 6, grad=("mu",)),
        case("padding, with gradients", [3, 8, 5], 4, 8, grad=("mu",)),
        case("all axes alike", [*range(2, d + 1), d], d, d),
        case("a sentence of one frame", [1, 6, 4], 2, 6, weight=0.5),
    ]


def moves(mu, mel):
    return (mu[:, :, 1:] - mel[:, :, :-1]).abs()


@exercise.misconception(
    "The sign: this loss punishes movement, so the spectrum freezes. MELLE rewards it, with a "
    "minus."
)
def punished(mu, mel, inside):
    return mean_inside(moves(mu, mel), inside[:, 1:])


@exercise.misconception(
    "You compare with the same frame: then being far from the truth is rewarded. It is the frame "
    "before."
)
def same_frame(mu, mel, inside):
    return -mean_inside((mu - mel).abs(), inside)


@exercise.neighbour(same_frame)
def same_frame_from_the_second(mu, mel, inside):
    return -mean_inside((mu - mel).abs()[:, :, 1:], inside[:, 1:])


@exercise.misconception("You compare with the frame behind: y_(t-1) is the one before mu_t.")
def frame_behind(mu, mel, inside):
    return -mean_inside((mu[:, :, :-1] - mel[:, :, 1:]).abs(), inside[:, 1:])


@exercise.misconception(
    "You compare with the mean of the frame before: what is fed back, and heard, is the true frame "
    "y_(t-1)."
)
def with_own_means(mu, mel, inside):
    return -mean_inside((mu[:, :, 1:] - mu[:, :, :-1]).abs(), inside[:, 1:])


@exercise.misconception(
    "This is how much the recording moves: the network's means are not in it, and nothing is "
    "learned from it."
)
def movement_of_the_truth(mu, mel, inside):
    return -mean_inside((mel[:, :, 1:] - mel[:, :, :-1]).abs(), inside[:, 1:]) + 0 * mu.sum()


@exercise.misconception("Distances are squared: (16.4) takes them without their sign.")
def squared(mu, mel, inside):
    return -mean_inside((mu[:, :, 1:] - mel[:, :, :-1]).square(), inside[:, 1:])


@exercise.neighbour(squared)
def lengths_of_moves(mu, mel, inside):
    moved = (mu[:, :, 1:] - mel[:, :, :-1]).norm(dim=1)
    return -(moved * inside[:, 1:]).sum() / inside[:, 1:].sum()


@exercise.misconception(
    "Movement up and movement down cancel each other: take each difference without its sign, then "
    "the mean."
)
def with_their_sign(mu, mel, inside):
    return -mean_inside(mu[:, :, 1:] - mel[:, :, :-1], inside[:, 1:])


@exercise.misconception(
    "The first frame is compared with zeros, or with the last one: it has none before it, and does "
    "not count."
)
def before_the_first_zeros(mu, mel, inside):
    return -mean_inside((mu - F.pad(mel, (1, 0))[:, :, :-1]).abs(), inside)


@exercise.neighbour(before_the_first_zeros)
def rolled(mu, mel, inside):
    return -mean_inside((mu - mel.roll(1, dims=2)).abs(), inside)


@exercise.misconception(
    "You divide by all frames inside: the first of each sentence has none before it, and does not "
    "count in the mean."
)
def counted_as_still(mu, mel, inside):
    return -(moves(mu, mel).mean(1) * inside[:, 1:]).sum() / inside.sum()


@exercise.misconception(
    "The frame behind each end is counted: a step counts where its frame t is inside, not where "
    "t - 1 is."
)
def one_too_many(mu, mel, inside):
    return -mean_inside(moves(mu, mel), inside[:, :-1])


@exercise.misconception("Padding is counted: frames that are not inside do not move.")
def padding_counted(mu, mel, inside):
    return -moves(mu, mel).mean()


@exercise.misconception(
    "Padding is set to 0, but counted in the mean: divide by the number of frames that count."
)
def divided_by_all(mu, mel, inside):
    return -(moves(mu, mel) * inside[:, None, 1:]).mean()


@exercise.misconception(
    "The sentences are put one behind the other, so that the last frame of one comes before the "
    "first of the next: as in a copy of MELLE that is often used. Shift within each sentence."
)
def across_sentences(mu, mel, inside):
    flat_mu, flat_mel = mu.mT[inside], mel.mT[inside]  # (all frames, n_mels)
    return -(flat_mu[1:] - flat_mel[:-1]).abs().mean()


@exercise.misconception("Bands, or frames, are summed up: take the mean over both.")
def summed_bands(mu, mel, inside):
    return -mean_inside(moves(mu, mel), inside[:, 1:]) * mu.shape[1]


@exercise.neighbour(summed_bands)
def summed_all(mu, mel, inside):
    return -(moves(mu, mel) * inside[:, None, 1:]).sum()


@exercise.misconception(
    "The step is along the bands: time is the last axis of `(B, n_mels, frames)`."
)
def along_bands(mu, mel, inside):
    return -mean_inside((mu[:, 1:] - mel[:, :-1]).abs(), inside)


@exercise.misconception(
    "Each sentence has the same weight, however short: (16.4) takes the mean over all frames of "
    "the batch."
)
def by_sentence(mu, mel, inside):
    counted = inside[:, 1:]
    its = (moves(mu, mel).mean(1) * counted).sum(1) / counted.sum(1).clamp(min=1)
    return -its.mean()


@exercise.also_correct
def by_l1(mu, mel, inside):
    moved = F.l1_loss(mu[..., 1:], mel[..., :-1], reduction="none")
    return moved.mT[inside[:, 1:]].mean().neg()


@exercise.also_correct
def sentence_by_sentence(mu, mel, inside):
    moved = []
    for m, y, its in zip(mu, mel, inside.sum(1).tolist(), strict=True):
        moved.append((m[:, 1:its] - y[:, : its - 1]).abs().flatten())
    return -torch.cat(moved).mean()
