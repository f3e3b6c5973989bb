"""Until when a sound is heard: an answer in the notebook."""

from __future__ import annotations

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="seconds.sounding_seconds",
    title="Until when it sounds",
    target="notebook",
    solution=answer(__package__, "sounding_seconds"),
    todo="14.9",
    points=1,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n = 30 if hidden else 24

    def case(name: str, *ends: int) -> Case:
        loudness = torch.tensor([8.0, 0.04, 1.0, 0.2])[: len(ends), None]
        levels = torch.from_numpy(rng.uniform(0.3, 0.9, (len(ends), n))).float()
        for row, end in zip(levels, ends, strict=True):
            row[1] = 1
            row[end // 2 : end // 2 + 2] = 0.004  # a rest
            row[end - 2 : end] = 0.1  # it dies away
            row[end:] = 0.006 * torch.rand(n - end, generator=torch.Generator().manual_seed(end))
        args = {"levels": loudness * levels, "quiet": 0.02, "frame": 0.01 if hidden else 0.02}
        return Case(name, args=args)

    return [
        case("some clips, with rests", 9, 16, 21, 7),
        case("to the very end", n, 12),
        case("one clip", 13),
    ]


def heard(levels, quiet):
    return levels > quiet * levels.amax(1, keepdim=True)


def last(is_heard):
    return (is_heard * torch.arange(1, is_heard.shape[1] + 1)).amax(1)


@exercise.misconception(
    "Frames that are heard are counted: a rest within the piece makes it seem shorter. It lasts "
    "until the last frame that is heard."
)
def counted(levels, quiet, frame):
    return heard(levels, quiet).sum(1) * frame


@exercise.misconception("You stop at the first quiet frame: that may be a rest.")
def until_the_first_rest(levels, quiet, frame):
    is_heard = heard(levels, quiet)
    return is_heard.long().cumprod(1).sum(1) * frame


@exercise.misconception(
    "Levels are compared with a fixed number: a soft clip would seem short. Each clip's loudest "
    "frame is the measure."
)
def fixed(levels, quiet, frame):
    return last(levels > quiet) * frame


@exercise.neighbour(fixed)
def of_the_mean(levels, quiet, frame):
    return last(levels > levels.mean(1, keepdim=True)) * frame


@exercise.misconception("The loudest frame of all clips is the measure: take each clip's own.")
def loudest_of_all(levels, quiet, frame):
    return last(levels > quiet * levels.max()) * frame


@exercise.neighbour(loudest_of_all)
def loudest_of_the_frame(levels, quiet, frame):
    return last(levels >= levels.amax(0)) * frame


@exercise.misconception(
    "It ends one frame too early: frame n lasts until (n + 1) times its length, counted from 0."
)
def one_too_early(levels, quiet, frame):
    return (last(heard(levels, quiet)) - 1) * frame


@exercise.misconception("These are frames: multiply by the seconds of one.")
def in_frames(levels, quiet, frame):
    return last(heard(levels, quiet))


@exercise.neighbour(in_frames)
def divided(levels, quiet, frame):
    return last(heard(levels, quiet)) / frame


@exercise.misconception("This is when the silence behind the end lasts, not the sound before it.")
def silence(levels, quiet, frame):
    return (levels.shape[1] - last(heard(levels, quiet))) * frame


@exercise.misconception("One number for all clips: each has its own.")
def longest(levels, quiet, frame):
    return last(heard(levels, quiet)).max() * frame


@exercise.neighbour(longest)
def mean_of_all(levels, quiet, frame):
    return last(heard(levels, quiet)).float().mean() * frame


@exercise.also_correct
def by_flipping(levels, quiet, frame):
    is_heard = levels / levels.max(dim=1, keepdim=True).values > quiet
    behind = is_heard.flip(1).long().argmax(1)
    return (levels.shape[1] - behind) * frame


@exercise.also_correct
def clip_by_clip(levels, quiet, frame):
    ends = [float((row > quiet * row.max()).nonzero().max() + 1) for row in levels]
    return torch.tensor(ends) * frame
