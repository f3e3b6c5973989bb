"""Hann window."""

from __future__ import annotations

import math

import numpy as np
import torch

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import mel

exercise = Exercise(
    id="mel.hann_window",
    title="Hann window",
    target="exercise_lib.mel:hann_window",
    solution=mel.hann_window,
    todo="2.1",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    why = "a float32 cosine; the nearest wrong window is 0.01 away"
    return [
        Case(f"{n} samples", args={"n": n}, rtol=0, atol=1e-5, why=why)
        for n in ((12, 21) if hidden else (8, 15))
    ]


@exercise.misconception(
    "You divide by n - 1: that is the symmetric window of filter design. Frames that overlap need "
    "the periodic one, which divides by n."
)
def symmetric(n):
    return torch.hann_window(n, periodic=False)


@exercise.misconception(
    "This is the Hamming window (0.54 and 0.46): the Hann window has 1/2 twice and reaches 0."
)
def hamming(n):
    return torch.hamming_window(n)


@exercise.misconception(
    "Your window is upside down, 1 at its edge: the cosine is subtracted from 1/2."
)
def plus_cosine(n):
    return 1 - torch.hann_window(n)


@exercise.misconception(
    "This is the square root of the window, a sine: the Hann window is its square."
)
def sine(n):
    return torch.hann_window(n).sqrt()


@exercise.misconception(
    "The cosine runs through half a period only, so the window never comes down: the phase is "
    "2 pi k / n, not pi k / n."
)
def half_period(n):
    return 0.5 - 0.5 * torch.cos(math.pi * torch.arange(n) / n)


@exercise.misconception("You count k from 1 to n: the first sample is k = 0, where w is 0.")
def counts_from_one(n):
    return torch.hann_window(n).roll(-1)


@exercise.also_correct
def squared_sine(n):
    return torch.sin(torch.linspace(0, math.pi, n + 1)[:-1]) ** 2


@exercise.also_correct
def one_sample_at_a_time(n):
    return torch.tensor([(1 - math.cos(2 * math.pi * k / n)) / 2 for k in range(n)])
