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
    pairs = [(32, 256), (5, 200), (70, 1)]
    if hidden:
        counts = map(int, (rng.integers(33, 90), rng.integers(6, 20), rng.integers(71, 99)))
        pairs = [*zip(counts, (256, 320, 1), strict=True)]
    exact: dict[str, Any] = {"rtol": 0, "atol": 0, "why": "whole numbers"}
    return [
        *(
            Case(
                f"{n} frames, hop {hop}",
                args={"n_frames": n, "hop_length": hop},
                weight=0.5 if hop in (1, 256) else 1.0,
                **exact,
            )
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


@exercise.neighbour(overlap_add)
def overlap_add_of_four_hops(n_frames, hop_length):
    reject_counts(n_frames, hop_length)
    return (n_frames - 1) * hop_length + 4 * hop_length if n_frames else 0


@exercise.neighbour(overlap_add)
def window_added(n_frames, hop_length):
    reject_counts(n_frames, hop_length)
    return n_frames * hop_length + 1024


@exercise.neighbour(overlap_add)
def overlap_add_of_nothing(n_frames, hop_length):
    reject_counts(n_frames, hop_length)
    return (n_frames - 1) * hop_length + 1024


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


@exercise.neighbour(no_frame_guard, mild=FORMULA_IS_RIGHT)
def no_guard_of_hop(n_frames, hop_length):
    if n_frames < 0:
        raise ValueError("negative")
    return n_frames * hop_length


@exercise.neighbour(no_frame_guard, mild=FORMULA_IS_RIGHT)
def no_guard_of_frames(n_frames, hop_length):
    if hop_length < 1:
        raise ValueError("hop")
    return n_frames * hop_length


@exercise.misconception("You divide: from frames to samples it is a multiplication.")
def divided(n_frames, hop_length):
    reject_counts(n_frames, hop_length)
    return n_frames // hop_length


@exercise.neighbour(divided)
def divided_with_decimals(n_frames, hop_length):
    reject_counts(n_frames, hop_length)
    return n_frames / hop_length


@exercise.misconception("You add: every frame makes hop samples, so multiply.")
def added(n_frames, hop_length):
    reject_counts(n_frames, hop_length)
    return n_frames + hop_length


@exercise.misconception("You count one frame too many: the generator makes exactly hop x frames.")
def one_frame_more(n_frames, hop_length):
    reject_counts(n_frames, hop_length)
    return (n_frames + 1) * hop_length


@exercise.misconception("Each frame counts with its whole window: frames overlap, a hop each.")
def whole_windows(n_frames, hop_length):
    reject_counts(n_frames, hop_length)
    return n_frames * 1024


@exercise.neighbour(whole_windows)
def windows_of_four_hops(n_frames, hop_length):
    reject_counts(n_frames, hop_length)
    return n_frames * 4 * hop_length


@exercise.misconception(
    "You refuse 0 frames: they are possible and make 0 samples.",
    mild=FORMULA_IS_RIGHT,
)
def zero_refused(n_frames, hop_length):
    if n_frames <= 0 or hop_length <= 0:
        raise ValueError("not positive")
    return n_frames * hop_length


@exercise.misconception(
    "You refuse a hop of 1: a hop is at least 1, and only what is below is refused."
)
def hop_of_one_refused(n_frames, hop_length):
    if hop_length == 1:
        raise ValueError("hop of 1")
    reject_counts(n_frames, hop_length)
    return n_frames * hop_length


@exercise.also_correct
def by_adding(n_frames, hop_length):
    reject_counts(n_frames, hop_length)
    return sum(hop_length for _ in range(n_frames))


@exercise.also_correct
def length_of_a_grid(n_frames, hop_length):
    reject_counts(n_frames, hop_length)
    return torch.zeros(n_frames, hop_length).numel()
