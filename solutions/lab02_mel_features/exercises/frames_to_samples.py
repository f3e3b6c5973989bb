"""Frames to samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from autograder.exercise import FORMULA_IS_RIGHT, Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import mel
from .shared import reject_counts

exercise = Exercise(
    id="mel.frames_to_samples",
    title="Frames to samples",
    target="exercise_lib.mel:frames_to_samples",
    solution=mel.frames_to_samples,
    todo="2.7b",
    points=1,
    difficulty=1,
    minutes=2,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    pairs = [(63, 256), (7, 320)] if hidden else [(32, 256), (5, 200)]
    exact: dict[str, Any] = {"rtol": 0, "atol": 0, "why": "whole numbers"}
    return [
        *(
            Case(f"{n} frames, hop {hop}", args={"n_frames": n, "hop_length": hop}, **exact)
            for n, hop in [*pairs, (0, 256)]
        ),
        Case(
            "rejects a negative number of frames",
            args={"n_frames": -2, "hop_length": 256},
            raises=("ValueError",),
        ),
        Case("rejects hop 0", args={"n_frames": 32, "hop_length": 0}, raises=("ValueError",)),
    ]


@exercise.misconception(
    "That is how far the last frame starts, (frames - 1) hop: the generator makes hop samples of "
    "every frame, the last included."
)
def last_frame_missing(n_frames, hop_length):
    reject_counts(n_frames, hop_length)
    return max(0, n_frames - 1) * hop_length


@exercise.misconception(
    "You count the window's length too, as overlap-add does: the generator's upsampling gives "
    "exactly hop x frames."
)
def overlap_add(n_frames, hop_length):
    reject_counts(n_frames, hop_length)
    return (n_frames - 1) * hop_length + 1024 if n_frames else 0


@exercise.misconception(
    "You always multiply by 256: use hop_length, it is not the same in every configuration."
)
def fixed_hop(n_frames, hop_length):
    reject_counts(n_frames, hop_length)
    return 256 * n_frames


@exercise.misconception(
    "Bad input passes: ask for n_frames >= 0 and hop_length >= 1 first and raise a ValueError.",
    mild=FORMULA_IS_RIGHT,
)
def no_frame_guard(n_frames, hop_length):
    return n_frames * hop_length


@exercise.also_correct
def by_adding(n_frames, hop_length):
    reject_counts(n_frames, hop_length)
    return sum(hop_length for _ in range(n_frames))


@exercise.also_correct
def length_of_a_grid(n_frames, hop_length):
    reject_counts(n_frames, hop_length)
    return torch.zeros(n_frames, hop_length).numel()
