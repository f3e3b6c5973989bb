"""Features of seconds."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import latent_audio

exercise = Exercise(
    id="latent_audio.seconds_features",
    title="Features of seconds",
    target="exercise_lib.latent_audio:seconds_features",
    solution=latent_audio.seconds_features,
    todo="14.5",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    longest = 4.0 if hidden else 3.0

    def case(name: str, b: int, k: int, *more: float) -> Case:
        seconds = torch.from_numpy(rng.uniform(0.1, 0.95 * longest, b)).float()
        seconds[: len(more)] = torch.tensor(more)
        args = {"seconds": seconds, "frequencies": 2 * normal(rng, k), "longest": longest}
        return Case(name, args=args, grad=("frequencies",))

    return [
        case("some clips", 4, 3),
        case("as many clips as frequencies", 3, 3),
        case("longer than the longest, and below 0", 5, 4, longest + 1.3, -0.7, longest + 0.4),
        case("one clip", 1, 5),
    ]


def share_of(seconds: Tensor, longest: float) -> Tensor:
    return seconds.clamp(0, longest)[:, None] / longest


def waves(share, frequencies):
    angles = 2 * math.pi * share * frequencies
    return torch.cat([share, angles.sin(), angles.cos()], dim=1)


@exercise.misconception(
    "Seconds outside the range are not held at its ends: a network has never heard of them."
)
def not_held(seconds, frequencies, longest):
    return waves(seconds[:, None] / longest, frequencies)


@exercise.misconception("Seconds are not divided by the longest: u is a share, from 0 to 1.")
def not_divided(seconds, frequencies, longest):
    return waves(seconds.clamp(0, longest)[:, None], frequencies)


@exercise.neighbour(not_divided)
def divided_in_the_first_alone(seconds, frequencies, longest):
    made = waves(seconds.clamp(0, longest)[:, None], frequencies)
    return torch.cat([share_of(seconds, longest), made[:, 1:]], dim=1)


@exercise.neighbour(not_divided)
def held_at_1(seconds, frequencies, longest):
    return waves(seconds.clamp(0, 1)[:, None], frequencies)


@exercise.misconception("The factor 2 pi is missing: w counts waves, not radians.")
def in_radians(seconds, frequencies, longest):
    return waves(share_of(seconds, longest), frequencies / (2 * math.pi))


@exercise.neighbour(in_radians)
def half_waves(seconds, frequencies, longest):
    return waves(share_of(seconds, longest), frequencies / 2)


@exercise.misconception("The order is u, all sines, all cosines.")
def cosines_first(seconds, frequencies, longest):
    made = waves(share_of(seconds, longest), frequencies)
    u, sines, cosines = made.split([1, len(frequencies), len(frequencies)], dim=1)
    return torch.cat([u, cosines, sines], dim=1)


@exercise.neighbour(cosines_first)
def share_last(seconds, frequencies, longest):
    return waves(share_of(seconds, longest), frequencies).roll(-1, 1)


@exercise.neighbour(cosines_first)
def in_turns(seconds, frequencies, longest):
    share = share_of(seconds, longest)
    angles = 2 * math.pi * share * frequencies
    return torch.cat([share, torch.stack([angles.sin(), angles.cos()], 2).flatten(1)], dim=1)


@exercise.misconception("u itself is missing: it is the first feature.")
def no_share(seconds, frequencies, longest):
    return waves(share_of(seconds, longest), frequencies)[:, 1:]


@exercise.misconception(
    "Sines or cosines alone: one of them has the same value for two times of each wave."
)
def sines_alone(seconds, frequencies, longest):
    share = share_of(seconds, longest)
    angles = 2 * math.pi * share * frequencies
    return torch.cat([share, angles.sin(), angles.sin()], dim=1)


@exercise.neighbour(sines_alone)
def cosines_alone(seconds, frequencies, longest):
    share = share_of(seconds, longest)
    angles = 2 * math.pi * share * frequencies
    return torch.cat([share, angles.cos(), angles.cos()], dim=1)


@exercise.misconception("w stands outside the sine: it has to stretch the waves, not their height.")
def height(seconds, frequencies, longest):
    share = share_of(seconds, longest)
    angles = 2 * math.pi * share
    return torch.cat([share, angles.sin() * frequencies, angles.cos() * frequencies], dim=1)


@exercise.misconception(
    "Frequencies belong to clips here: every clip has all of them, (B, 1) times (K,)."
)
def frequency_of_a_clip(seconds, frequencies, longest):
    share = share_of(seconds, longest)
    own = frequencies[torch.arange(len(seconds)) % len(frequencies)][:, None]
    angles = 2 * math.pi * share * own.expand(-1, len(frequencies))
    return torch.cat([share, angles.sin(), angles.cos()], dim=1)


@exercise.misconception("Only the gradient is wrong: frequencies are learned, don't detach them.")
def detached(seconds, frequencies, longest):
    return waves(share_of(seconds, longest), frequencies.detach()) + 0 * frequencies.sum()


@exercise.also_correct
def by_outer(seconds, frequencies, longest):
    u = (seconds / longest).clamp(0, 1)
    angles = torch.outer(u, frequencies) * math.tau
    return torch.hstack([u[:, None], torch.sin(angles), torch.cos(angles)])


@exercise.also_correct
def by_einsum(seconds, frequencies, longest):
    u = torch.minimum(seconds.relu(), torch.tensor(longest)) / longest
    angles = torch.einsum("b,k->bk", 2 * torch.pi * u, frequencies)
    return torch.cat([u.unsqueeze(1), angles.sin(), angles.cos()], dim=-1)
