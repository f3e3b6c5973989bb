"""Features of the time."""

from __future__ import annotations

import math

import numpy as np
import torch

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import dit

exercise = Exercise(
    id="dit.time_features",
    title="Features of the time",
    target="exercise_lib.dit:time_features",
    solution=dit.time_features,
    todo="12.3",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n = 5 if hidden else 4

    def case(name: str, size: int, *times: float) -> Case:
        drawn = torch.from_numpy(rng.uniform(0, 1, n)).float()
        args = {"times": torch.cat([drawn, torch.tensor(times)]), "size": size}
        why = "cosines of angles up to 1000, in float32"
        return Case(name, args=args, atol=1e-3, rtol=1e-3, why=why)

    return [
        case("eight features", 8),
        case("sixteen features", 16),
        case("as many times as frequencies", 2 * n),
        case("the ends", 12, 0.0, 1.0),
    ]


def made(angles):
    return torch.cat([angles.cos(), angles.sin()], dim=1)


def falling(size, base=10_000.0):
    return base ** (-torch.arange(size // 2) / (size // 2))


@exercise.misconception(
    "The factor 1000 is missing: times from 0 to 1 are then nearly alike for all frequencies but "
    "the first."
)
def not_times_1000(times, size):
    return made(times[:, None] * falling(size))


@exercise.misconception("Frequencies fall, from 1 to nearly 1/10000: the exponent is negative.")
def rising(times, size):
    return made(1000 * times[:, None] / falling(size))


@exercise.neighbour(rising)
def rising_by_powers(times, size):
    return made(1000 * times[:, None] * 10_000.0 ** (torch.arange(size // 2) / (size // 2)))


@exercise.neighbour(rising)
def rising_by_exponentials(times, size):
    exponents = math.log(10_000) * torch.arange(size // 2) / (size // 2)
    return made(1000 * times[:, None] * exponents.exp())


@exercise.misconception(
    "The logarithm of 10000 is missing: exp(-k / (d/2)) falls to about 1/e only. 10000^x is "
    "exp(x ln 10000)."
)
def base_of_e(times, size):
    return made(1000 * times[:, None] * falling(size, math.e))


@exercise.misconception(
    "Sines alone, or cosines alone: cos of half of the frequencies hides the sign of a step. "
    "Each frequency gives both."
)
def sines_only(times, size):
    frequencies = 10_000.0 ** (-torch.arange(size) / size)
    return (1000 * times[:, None] * frequencies).sin()


@exercise.neighbour(sines_only)
def cosines_only(times, size):
    frequencies = 10_000.0 ** (-torch.arange(size) / size)
    return (1000 * times[:, None] * frequencies).cos()


@exercise.neighbour(sines_only)
def sines_twice(times, size):
    angles = 1000 * times[:, None] * falling(size)
    return torch.cat([angles.sin(), angles.sin()], dim=1)


@exercise.neighbour(sines_only)
def cosines_twice(times, size):
    angles = 1000 * times[:, None] * falling(size)
    return torch.cat([angles.cos(), angles.cos()], dim=1)


@exercise.misconception("Sines stand before cosines: DiT has all cosines first.")
def sines_first(times, size):
    angles = 1000 * times[:, None] * falling(size)
    return torch.cat([angles.sin(), angles.cos()], dim=1)


@exercise.misconception(
    "The exponent is k / d: with d/2 frequencies it is k / (d/2), so that they reach 1/10000."
)
def exponent_over_d(times, size):
    return made(1000 * times[:, None] * 10_000.0 ** (-torch.arange(size // 2) / size))


@exercise.misconception(
    "The exponent is k / (d/2 - 1), as in the first transformer code: here the last frequency "
    "stays above 1/10000, k / (d/2)."
)
def to_the_end(times, size):
    exponents = torch.arange(size // 2) / (size // 2 - 1)
    return made(1000 * times[:, None] * 10_000.0**-exponents)


@exercise.misconception(
    "Each sine stands beside its cosine: all cosines come first, then all sines."
)
def interleaved(times, size):
    angles = 1000 * times[:, None] * falling(size)
    return torch.stack([angles.cos(), angles.sin()], dim=2).flatten(1)


@exercise.misconception(
    "Times are rounded to whole numbers: neither t nor 1000 t is one, and times that differ become "
    "alike."
)
def rounded(times, size):
    return made(1000 * times.round()[:, None] * falling(size))


@exercise.neighbour(rounded)
def rounded_down(times, size):
    return made(1000 * times.long()[:, None] * falling(size))


@exercise.neighbour(rounded)
def whole_thousandths(times, size):
    return made((1000 * times).long()[:, None] * falling(size))


@exercise.misconception("There is no 2 pi in it: the angles are 1000 t w_k.")
def with_two_pi(times, size):
    return made(2 * math.pi * 1000 * times[:, None] * falling(size))


@exercise.misconception("k counts from 0: the first frequency is 1.")
def from_one(times, size):
    half = size // 2
    return made(1000 * times[:, None] * 10_000.0 ** (-torch.arange(1, half + 1) / half))


@exercise.misconception(
    "The sines stand below the cosines, as further rows: join them along the features, `dim=1`."
)
def joined_along_the_batch(times, size):
    angles = 1000 * times[:, None] * falling(size)
    return torch.cat([angles.cos(), angles.sin()])


@exercise.also_correct
def by_exponentials(times, size):
    half = size // 2
    frequencies = torch.exp(-math.log(10_000) * torch.arange(half) / half)
    angles = torch.outer(1000 * times, frequencies)
    return torch.cat((torch.cos(angles), torch.sin(angles)), dim=-1)


@exercise.also_correct
def frequency_by_frequency(times, size):
    half = size // 2
    angles = [1000 * times * 10_000.0 ** (-k / half) for k in range(half)]
    return torch.stack([it.cos() for it in angles] + [it.sin() for it in angles], dim=1)
