"""Upper codes as a condition of lower ones."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import vq_music

exercise = Exercise(
    id="vq_music.upsample_condition",
    title="Below an upper code",
    target="exercise_lib.vq_music:upsample_condition",
    solution=vq_music.upsample_condition,
    todo="14.16",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    d = 5 if hidden else 4

    def case(name: str, b: int, n: int, factor: int, d: int) -> Case:
        args = {"lower": normal(rng, b, n * factor, d), "upper": 2 * normal(rng, b, n, d)}
        return Case(name, args=args, grad=("lower", "upper"))

    return [
        case("three times as many, with gradients", 2, 4, 3, d),
        case("twice as many, as many sounds as upper codes, with gradients", 3, 3, 2, 3),
        case("as many codes as factor, with gradients", 2, 4, 4, 4),
        case("as many as before, with gradients", 2, 5, 1, d),
        case("one upper code, with gradients", 2, 1, 4, d),
    ]


def factor_of(lower, upper):
    return lower.shape[1] // upper.shape[1]


def interleaved(lower, upper):
    return upper.repeat_interleave(factor_of(lower, upper), 1)


@exercise.misconception(
    "The row of upper codes is repeated as a whole, so that place 1 hears upper code 1: each "
    "upper code is repeated r times in its place, .repeat_interleave."
)
def tiled(lower, upper):
    return lower + upper.repeat(1, factor_of(lower, upper), 1)


@exercise.misconception(
    "The upper codes are shifted by one place, as the lower ones are: the upper level is there as "
    "a whole, so place t hears the code of its own moment."
)
def shifted_by_a_place(lower, upper):
    return lower + F.pad(interleaved(lower, upper), (0, 0, 1, -1))


@exercise.neighbour(shifted_by_a_place)
def shifted_by_an_upper_code(lower, upper):
    return lower + interleaved(lower, F.pad(upper, (0, 0, 1, -1)))


@exercise.neighbour(shifted_by_a_place)
def shifted_and_repeated(lower, upper):
    every = interleaved(lower, upper)
    return lower + torch.cat([every[:, :1], every[:, :-1]], 1)


@exercise.misconception("The condition takes the place of what the lower level has heard: add it.")
def upper_alone(lower, upper):
    return interleaved(lower, upper) + 0 * lower


@exercise.misconception("The upper codes are not heard: add them to the lower level's places.")
def lower_alone(lower, upper):
    return lower + 0 * interleaved(lower, upper)


@exercise.misconception("They are multiplied: add the upper features to the lower ones.")
def multiplied(lower, upper):
    return lower * interleaved(lower, upper)


@exercise.misconception("Only the first place below an upper code hears it: all r of them do.")
def first_place_only(lower, upper):
    factor = factor_of(lower, upper)
    spread = torch.zeros_like(lower)
    spread[:, ::factor] = upper
    return lower + spread


@exercise.neighbour(first_place_only)
def last_place_only(lower, upper):
    factor = factor_of(lower, upper)
    spread = torch.zeros_like(lower)
    spread[:, factor - 1 :: factor] = upper
    return lower + spread


@exercise.misconception(
    "The features go over from one upper code to the next along a line: floor(t / r) is one code, "
    "until the next one begins."
)
def along_a_line(lower, upper):
    smooth = F.interpolate(upper.mT, lower.shape[1], mode="linear").mT
    return lower + smooth


@exercise.misconception(
    "Every place hears the mean of the upper codes: then it knows the piece, not the moment."
)
def mean_of_all(lower, upper):
    return lower + upper.mean(1, keepdim=True)


@exercise.neighbour(mean_of_all)
def sum_of_all(lower, upper):
    return lower + upper.sum(1, keepdim=True)


@exercise.misconception(
    "The condition is divided by r: an upper code's features are the same at all its places."
)
def divided(lower, upper):
    return lower + interleaved(lower, upper) / factor_of(lower, upper)


@exercise.misconception("The upper codes are in turned order: the first one stands first.")
def turned(lower, upper):
    return lower + interleaved(lower, upper.flip(1))


@exercise.misconception(
    "No gradient reaches the upper features, so that the conditioner never learns: no detach()."
)
def detached(lower, upper):
    return lower + interleaved(lower, upper).detach()


@exercise.also_correct
def by_index(lower, upper):
    places = torch.arange(lower.shape[1]) * upper.shape[1] // lower.shape[1]
    return lower + upper[:, places]


@exercise.also_correct
def by_broadcasting(lower, upper):
    groups = lower.unflatten(1, (upper.shape[1], -1))
    return (groups + upper[:, :, None]).flatten(1, 2)


@exercise.also_correct
def by_interpolation(lower, upper):
    return F.interpolate(upper.mT, size=lower.shape[1], mode="nearest").mT + lower
