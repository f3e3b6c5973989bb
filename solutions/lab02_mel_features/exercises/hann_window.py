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
    even, odd = 2 * rng.integers(5, 15), 2 * rng.integers(8, 15) + 1
    sizes = (even, odd) if hidden else (8, 15)
    return [Case(f"{n} samples", args={"n": int(n)}, rtol=0, atol=1e-5, why=why) for n in sizes]


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


@exercise.neighbour(hamming)
def symmetric_hamming(n):
    return torch.hamming_window(n, periodic=False)


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


@exercise.neighbour(sine)
def quarter_of_a_sine(n):
    return torch.sin(math.pi * torch.arange(n) / (n - 1))


@exercise.misconception(
    "The cosine runs through half a period only, so the window never comes down: the phase is "
    "2 pi k / n, not pi k / n."
)
def half_period(n):
    return 0.5 - 0.5 * torch.cos(math.pi * torch.arange(n) / n)


@exercise.misconception("You count k from 1 to n: the first sample is k = 0, where w is 0.")
def counts_from_one(n):
    return torch.hann_window(n).roll(-1)


@exercise.neighbour(counts_from_one)
def counts_from_one_over_n_minus_one(n):
    return 0.5 - 0.5 * torch.cos(2 * math.pi * torch.arange(1, n + 1) / (n - 1))


@exercise.misconception(
    "The phase is not 2 pi k / n, in radians: the cosine runs through one period over the window."
)
def four_pi(n):
    return 0.5 - 0.5 * torch.cos(4 * math.pi * torch.arange(n) / n)


@exercise.neighbour(four_pi)
def pi_forgotten(n):
    return 0.5 - 0.5 * torch.cos(2 * torch.arange(n) / n)


@exercise.neighbour(four_pi)
def degrees(n):
    return 0.5 - 0.5 * torch.cos(360 * torch.arange(n) / n)


@exercise.misconception(
    "You use the sine where the equation has the cosine: the window is largest in its middle."
)
def half_minus_sine(n):
    return 0.5 - 0.5 * torch.sin(2 * math.pi * torch.arange(n) / n)


@exercise.misconception(
    "A 1/2 is missing: w is 1/2 less half a cosine, so that it runs from 0 to 1."
)
def cosine_not_halved(n):
    return 0.5 - torch.cos(2 * math.pi * torch.arange(n) / n)


@exercise.neighbour(cosine_not_halved)
def nothing_halved(n):
    return 1 - torch.cos(2 * math.pi * torch.arange(n) / n)


@exercise.neighbour(cosine_not_halved)
def only_cosine_halved(n):
    return 1 - 0.5 * torch.cos(2 * math.pi * torch.arange(n) / n)


@exercise.neighbour(cosine_not_halved)
def half_of_nothing(n):
    return -0.5 * torch.cos(2 * math.pi * torch.arange(n) / n)


@exercise.misconception("The window has another length: k = 0 ... n - 1 are n samples.")
def one_sample_too_many(n):
    return 0.5 - 0.5 * torch.cos(2 * math.pi * torch.arange(n + 1) / n)


@exercise.neighbour(one_sample_too_many)
def one_sample_too_few(n):
    return 0.5 - 0.5 * torch.cos(2 * math.pi * torch.arange(n - 1) / n)


@exercise.neighbour(one_sample_too_many)
def first_sample_left_out(n):
    return torch.hann_window(n)[1:]


@exercise.misconception(
    "You divide whole numbers with //, so the phase stands still: divide with /."
)
def whole_phase(n):
    return 0.5 - 0.5 * torch.cos(2 * math.pi * (torch.arange(n) // n))


@exercise.neighbour(whole_phase)
def integer_phase(n):
    return 0.5 - 0.5 * torch.cos((2 * math.pi * torch.arange(n) / n).long())


@exercise.misconception("This is another window: the Hann window is one cosine and no more.")
def blackman(n):
    return torch.blackman_window(n)


@exercise.neighbour(blackman)
def triangular(n):
    return torch.bartlett_window(n)


@exercise.neighbour(blackman)
def squared_hann(n):
    return torch.hann_window(n).square()


@exercise.neighbour(blackman)
def rectangular(n):
    return torch.ones(n)


@exercise.misconception("The window starts in its middle: at k = 0 it is 0.")
def centre_first(n):
    return torch.hann_window(n).roll(n // 2)


@exercise.misconception("You scale the window: it reaches 1 in its middle.")
def window_of_sum_one(n):
    return torch.hann_window(n) / torch.hann_window(n).sum()


@exercise.neighbour(window_of_sum_one)
def window_of_norm_one(n):
    return torch.hann_window(n) / torch.hann_window(n).norm()


@exercise.also_correct
def squared_sine(n):
    return torch.sin(torch.linspace(0, math.pi, n + 1)[:-1]) ** 2


@exercise.also_correct
def one_sample_at_a_time(n):
    return torch.tensor([(1 - math.cos(2 * math.pi * k / n)) / 2 for k in range(n)])
