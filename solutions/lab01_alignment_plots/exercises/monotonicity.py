"""Monotonicity."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import attention
from .shared import _alignment

exercise = Exercise(
    id="attention.monotonicity",
    title="Monotonicity",
    target="exercise_lib.attention:monotonicity",
    solution=attention.monotonicity,
    todo="1.6a",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    t_enc, t_dec = (6, 9) if not hidden else (9, 14)
    staircase = torch.eye(t_enc).repeat_interleave(2, dim=1)
    n = 140 if hidden else 130  # characters
    far = torch.eye(n)[:, [0, n - 1, n - 2, n - 1]]
    return [
        Case("a staircase that never goes back", args={"alignment": staircase}, weight=0.5),
        Case("noise", args={"alignment": normal(rng, t_enc, t_dec).softmax(0)}),
        Case("a soft path", args={"alignment": _alignment(rng, t_dec, t_enc)}, weight=0.5),
        Case("reads backwards", args={"alignment": staircase.flip(1)}),
        Case("a long sentence", args={"alignment": far}),
        Case("mass that swings beside the peaks", args={"alignment": _swinging(rng, t_enc, t_dec)}),
    ]


def _swinging(rng: np.random.Generator, t_enc: int, t_dec: int) -> torch.Tensor:
    """Peaks that mostly move on, while the centroid goes back at every second step."""
    steps = torch.arange(t_dec)
    alignment = 0.1 * normal(rng, t_enc, t_dec).softmax(0)
    alignment[1 + steps % (t_enc - 2), steps] += 0.5
    alignment[(t_enc - 1) * (steps % 2), steps] += 0.4
    return alignment


@exercise.misconception(
    "You demand that the peak moves on at every step: staying on a character is fine, so >= 0."
)
def strictly_forward(alignment):
    return (alignment.argmax(0).diff() > 0).float().mean()


@exercise.neighbour(strictly_forward)
def strictly_forward_by_one(alignment):
    return (alignment.argmax(0).diff() == 1).float().mean()


@exercise.misconception(
    "You take the argmax over time: the peak of a decoder step is along the characters, dim=0."
)
def argmax_over_time(alignment):
    return (alignment.argmax(1).diff() >= 0).float().mean()


@exercise.neighbour(argmax_over_time)
def strictly_later_peaks(alignment):
    return (alignment.argmax(1).diff() > 0).float().mean()


@exercise.misconception("You count the steps: divide by their number (T_dec - 1) to get a share.")
def count_not_share(alignment):
    return (alignment.argmax(0).diff() >= 0).float().sum()


@exercise.misconception("You divide by T_dec: there are T_dec - 1 moves between T_dec steps.")
def divided_by_steps(alignment):
    return (alignment.argmax(0).diff() >= 0).float().sum() / alignment.shape[1]


@exercise.neighbour(divided_by_steps)
def first_step_counted(alignment):
    peaks = alignment.argmax(0)
    return (peaks.diff(prepend=peaks[:1]) >= 0).float().mean()


@exercise.misconception(
    "All or nothing: you return 1 only if no step moves back. Return the share of steps."
)
def all_or_nothing(alignment):
    return (alignment.argmax(0).diff() >= 0).all().float()


@exercise.misconception(
    "You forbid jumps: a peak that moves on by several characters does not go back."
)
def forward_by_one_at_most(alignment):
    moves = alignment.argmax(0).diff()
    return ((moves >= 0) & (moves <= 1)).float().mean()


@exercise.misconception("You divide by T_enc: a share of the T_dec - 1 moves is asked for.")
def divided_by_characters(alignment):
    return (alignment.argmax(0).diff() >= 0).float().sum() / alignment.shape[0]


@exercise.misconception(
    "The direction is turned round: a step is good if its peak is not before the one before."
)
def not_forward(alignment):
    return (alignment.argmax(0).diff() <= 0).float().mean()


@exercise.neighbour(not_forward)
def share_that_moves_back(alignment):
    return (alignment.argmax(0).diff() < 0).float().mean()


@exercise.misconception(
    "You compare how large the peaks are: compare where they are, argmax and not max."
)
def sizes_of_peaks(alignment):
    return (alignment.amax(0).diff() >= 0).float().mean()


@exercise.misconception(
    "You compare with the furthest peak so far: compare each step with the one before it."
)
def against_the_furthest(alignment):
    peaks = alignment.argmax(0)
    return (peaks[1:] >= peaks.cummax(0).values[:-1]).float().mean()


@exercise.misconception(
    "One argmax over the whole alignment is a single number: take it along the characters, dim=0."
)
def argmax_of_all(alignment):
    return (alignment.argmax().diff() >= 0).float().mean()


@exercise.misconception("The mean of truth values fails: turn them into numbers first, `.float()`.")
def mean_of_booleans(alignment):
    return (alignment.argmax(0).diff() >= 0).mean()


@exercise.misconception("You average the moves or their signs: count the moves that are >= 0.")
def mean_move(alignment):
    return alignment.argmax(0).diff().float().mean()


@exercise.neighbour(mean_move)
def mean_sign_of_moves(alignment):
    return alignment.argmax(0).diff().sign().float().mean()


@exercise.misconception("You follow the centroid: the peak's position is the argmax of a step.")
def moves_of_centroid(alignment):
    centroid = torch.arange(alignment.shape[0], dtype=alignment.dtype) @ alignment
    return (centroid.diff() >= 0).float().mean()


@exercise.misconception("You compare every weight with the next one: only the peaks count.")
def moves_of_weights(alignment):
    return (alignment.diff(dim=1) >= 0).float().mean()


@exercise.misconception(
    "The peaks' numbers wrap round in so small a type (int8, uint8): leave them as argmax gives "
    "them, int64."
)
def peaks_in_signed_bytes(alignment):
    return (alignment.argmax(0).to(torch.int8).diff() >= 0).float().mean()


@exercise.neighbour(peaks_in_signed_bytes)
def peaks_in_bytes(alignment):
    return (alignment.argmax(0).to(torch.uint8).diff() >= 0).float().mean()


@exercise.also_correct
def monotonicity_by_slices(alignment):
    peaks = alignment.max(dim=0).indices
    return torch.ge(peaks[1:], peaks[:-1]).to(torch.float32).mean()


@exercise.also_correct
def monotonicity_by_loop(alignment):
    peaks = [int(column.argmax()) for column in alignment.T]
    forward = [b >= a for a, b in pairwise(peaks)]
    return torch.tensor(sum(forward) / len(forward))
