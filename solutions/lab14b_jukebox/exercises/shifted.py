"""Codes that are heard before each code."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import vq_music
from .shared import whole

exercise = Exercise(
    id="vq_music.shifted",
    title="One code later",
    target="exercise_lib.vq_music:shifted",
    solution=vq_music.shifted,
    todo="14.13",
    points=1,
    difficulty=1,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    t, k = (6, 40) if hidden else (5, 30)

    def case(name: str, b: int, t: int, start: int) -> Case:
        return Case(name, args={"codes": whole(rng, k, b, t), "start": start})

    return [
        case("two pieces", 2, t, k),
        case("as many pieces as codes", t, t, k + 3),
        case("one code", 3, 1, k),
    ]


@exercise.misconception(
    "Nothing is shifted: the model hears the code that it shall say. Its loss falls to 0, and "
    "left alone it repeats one code."
)
def not_shifted(codes, start):
    return codes.clone()


@exercise.misconception(
    "The codes move the wrong way: each place hears the one behind it, which does not exist yet "
    "when the model plays. Put `start` first and leave the last code out."
)
def wrong_way(codes, start):
    return torch.cat([codes[:, 1:], torch.full_like(codes[:, :1], start)], 1)


@exercise.neighbour(wrong_way)
def rolled_back(codes, start):
    return codes.roll(-1, 1)


@exercise.misconception(
    "The last code comes round to the front: the first place may hear nothing of the piece, only "
    "`start`."
)
def rolled(codes, start):
    return codes.roll(1, 1)


@exercise.misconception(
    "The first code is overwritten, and the others have not moved: each place still hears the "
    "code that it shall say."
)
def first_replaced(codes, start):
    heard = codes.clone()
    heard[:, 0] = start
    return heard


@exercise.misconception(
    "There is one place too many: with `start` in front the last code has to go, nobody hears it."
)
def one_too_many(codes, start):
    return F.pad(codes, (1, 0), value=start)


@exercise.misconception(
    "A place too few: `start` is missing, so nothing stands for the time before the first code."
)
def without_start(codes, start):
    return codes[:, :-1].clone()


@exercise.misconception('0 is a code: what stands for "nothing yet" is `start`, which no code has.')
def zero_first(codes, start):
    return F.pad(codes[:, :-1], (1, 0))


@exercise.neighbour(zero_first)
def minus_one_first(codes, start):
    return F.pad(codes[:, :-1], (1, 0), value=-1)


@exercise.neighbour(zero_first)
def largest_first(codes, start):
    return F.pad(codes[:, :-1], (1, 0), value=int(codes.max()))


@exercise.misconception("The pieces move, not the codes: place t is the second axis, dim=1.")
def along_the_batch(codes, start):
    return torch.cat([torch.full_like(codes[:1], start), codes[:-1]], 0)


@exercise.misconception("The codes have moved by two places: by one, u_t = k_{t-1}.")
def by_two(codes, start):
    return F.pad(codes, (2, 0), value=start)[:, : codes.shape[1]]


@exercise.misconception(
    "They are in turned order: only the place changes, the order of the codes stays."
)
def turned(codes, start):
    return F.pad(codes.flip(1)[:, :-1], (1, 0), value=start)


@exercise.also_correct
def padded(codes, start):
    return F.pad(codes, (1, -1), value=start)


@exercise.also_correct
def rolled_and_set(codes, start):
    heard = torch.roll(codes, shifts=1, dims=1)
    heard[:, 0] = start
    return heard


@exercise.also_correct
def filled(codes, start):
    heard = codes.new_full(codes.shape, start)
    heard[:, 1:] = codes[:, :-1]
    return heard
