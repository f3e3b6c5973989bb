"""Samples to frames."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograder.exercise import FORMULA_IS_RIGHT, Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import mel
from .shared import reject_counts

exercise = Exercise(
    id="mel.samples_to_frames",
    title="Samples to frames",
    target="exercise_lib.mel:samples_to_frames",
    solution=mel.samples_to_frames,
    todo="2.7a",
    points=1,
    difficulty=1,
    minutes=3,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    pairs = [(8192, 256), (8191, 256), (1430, 200), (0, 200)]
    if hidden:
        few, many, odd = map(int, rng.integers(10, 90, 3))
        pairs = [(256 * few, 256), (256 * many + 128, 256), (300 * odd - 1, 300), (0, 80)]
    exact: dict[str, Any] = {"rtol": 0, "atol": 0, "why": "whole numbers"}
    return [
        *(
            Case(
                f"{n} samples, hop {hop}",
                args={"n_samples": n, "hop_length": hop},
                weight=1.0 if n % hop else 0.5,
                **exact,
            )
            for n, hop in pairs
        ),
        Case(
            "rejects a negative number of samples",
            args={"n_samples": -512, "hop_length": 256},
            raises=("ValueError",),
        ),
        Case("rejects hop 0", args={"n_samples": 8192, "hop_length": 0}, raises=("ValueError",)),
    ]


@exercise.misconception(
    "You round up: a frame counts once all of its hop is there, so round down (//)."
)
def rounds_up(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    return math.ceil(n_samples / hop_length)


@exercise.misconception(
    "You add a frame, as center=True does (33 for 8192 samples): HiFi-GAN's padding gives samples "
    "// hop."
)
def one_frame_more(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    return n_samples // hop_length + 1


@exercise.neighbour(one_frame_more)
def rounds_up_and_one_more(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    return math.ceil(n_samples / hop_length) + 1


@exercise.misconception(
    "You count frames without padding (29 for 8192 samples, or 28): with HiFi-GAN's padding it is "
    "samples // hop, whatever the window."
)
def without_padding(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    return max(0, 1 + (n_samples - 4 * hop_length) // hop_length)


@exercise.neighbour(without_padding)
def without_padding_for_one_window(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    return 1 + (n_samples - 1024) // hop_length


@exercise.neighbour(without_padding)
def without_padding_or_last(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    return (n_samples - 1024) // hop_length


@exercise.misconception("The result has decimals: a number of frames is an int. Divide with //.")
def true_division(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    return n_samples / hop_length


@exercise.misconception(
    "Bad input passes or raises another error: ask for n_samples >= 0 and hop_length >= 1 first "
    "and raise a ValueError.",
    mild=FORMULA_IS_RIGHT,
)
def no_count_guard(n_samples, hop_length):
    return n_samples // hop_length


@exercise.neighbour(no_count_guard, mild=FORMULA_IS_RIGHT)
def no_guard_of_hop(n_samples, hop_length):
    if n_samples < 0:
        raise ValueError("negative")
    return n_samples // hop_length


@exercise.neighbour(no_count_guard, mild=FORMULA_IS_RIGHT)
def no_guard_of_samples(n_samples, hop_length):
    if hop_length < 1:
        raise ValueError("hop")
    return n_samples // hop_length


@exercise.neighbour(no_count_guard, mild=FORMULA_IS_RIGHT)
def nothing_for_bad_input(n_samples, hop_length):
    return n_samples // hop_length if n_samples >= 0 and hop_length >= 1 else 0


@exercise.misconception(
    "You round to the nearest: a frame counts once all of its hop is there (//)."
)
def rounds(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    return round(n_samples / hop_length)


@exercise.misconception("You always divide by 256: use hop_length.")
def fixed_hop(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    return n_samples // 256


@exercise.misconception("You leave one frame out: samples // hop are whole.")
def one_frame_less(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    return max(0, n_samples // hop_length - 1)


@exercise.neighbour(one_frame_less)
def last_sample_left_out(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    return max(0, (n_samples - 1) // hop_length)


@exercise.misconception("You multiply: from samples to frames it is a division.")
def multiplied(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    return n_samples * hop_length


@exercise.misconception("The fraction is upside down: samples // hop.")
def upside_down(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    return hop_length // n_samples if n_samples else 0


@exercise.misconception("This is what is left over (%): the number of frames is the quotient (//).")
def remainder(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    return n_samples % hop_length


@exercise.misconception(
    "You refuse 0 samples: they are possible and make 0 frames.",
    mild=FORMULA_IS_RIGHT,
)
def zero_refused(n_samples, hop_length):
    if n_samples <= 0 or hop_length <= 0:
        raise ValueError("not positive")
    return n_samples // hop_length


@exercise.also_correct
def with_divmod(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    whole, _ = divmod(n_samples, hop_length)
    return whole


@exercise.also_correct
def with_floor(n_samples, hop_length):
    reject_counts(n_samples, hop_length)
    return math.floor(n_samples / hop_length)
