"""Stretching: a debugging task."""

from __future__ import annotations

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="mend.stretch",
    title="Find the mistake",
    target="notebook",
    solution=answer(__package__, "stretch"),
    todo="5.8",
    points=1,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    batch, channels, frames, rate = (1, 3, 6, 4) if hidden else (2, 2, 5, 3)

    def case(name: str, length: int, width: int, weight: float = 1.0) -> Case:
        kernel = normal(rng, 3, channels, width)
        args = {"x": normal(rng, batch, channels, length), "kernel": kernel, "rate": rate}
        return Case(name, args=args, weight=weight)

    return [
        case("a kernel of three", frames, 3),
        case("a kernel of one", frames + 2, 1),
        case("a wide kernel", 2 * frames, 5),
        case("a single frame", 1, 3, weight=0.5),
    ]


@exercise.misconception(
    "You write zeros between the samples: each one should be held until the next begins."
)
def zeros_between(x, kernel, rate):
    longer = torch.nn.functional.pad(x[..., None], (0, rate - 1)).flatten(-2)
    reach = kernel.shape[-1] // 2
    padded = torch.nn.functional.pad(longer, (reach, reach), mode="replicate")
    return torch.nn.functional.conv1d(padded, kernel)


@exercise.misconception("You draw lines from sample to sample: each one should be held as it is.")
def straight_lines(x, kernel, rate):
    longer = torch.nn.functional.interpolate(x, scale_factor=rate, mode="linear")
    reach = kernel.shape[-1] // 2
    padded = torch.nn.functional.pad(longer, (reach, reach), mode="replicate")
    return torch.nn.functional.conv1d(padded, kernel)


@exercise.misconception(
    "You smooth first and stretch afterwards: the convolution is to round off the steps."
)
def smoothed_first(x, kernel, rate):
    reach = kernel.shape[-1] // 2
    padded = torch.nn.functional.pad(x, (reach, reach), mode="replicate")
    return torch.nn.functional.conv1d(padded, kernel).repeat_interleave(rate, dim=-1)


@exercise.misconception(
    "Channels and time are mixed: repeat along the last axis, which is time, with no reshape."
)
def channels_mixed(x, kernel, rate):
    longer = x.transpose(1, 2).repeat_interleave(rate, dim=1).reshape(*x.shape[:2], -1)
    reach = kernel.shape[-1] // 2
    padded = torch.nn.functional.pad(longer, (reach, reach), mode="replicate")
    return torch.nn.functional.conv1d(padded, kernel)


@exercise.misconception(
    "Zeros stand at the ends: hold the first and the last sample, mode='replicate'."
)
def zeros_at_the_ends(x, kernel, rate):
    longer = x.repeat_interleave(rate, dim=2)
    return torch.nn.functional.conv1d(longer, kernel, padding=kernel.shape[-1] // 2)


@exercise.also_correct
def by_nearest(x, kernel, rate):
    longer = torch.nn.functional.interpolate(x, scale_factor=rate, mode="nearest")
    reach = kernel.shape[-1] // 2
    padded = torch.nn.functional.pad(longer, (reach, reach), mode="replicate")
    return torch.nn.functional.conv1d(padded, kernel)


@exercise.also_correct
def by_expanding(x, kernel, rate):
    longer = x[..., None].expand(*x.shape, rate).reshape(*x.shape[:2], -1)
    reach = kernel.shape[-1] // 2
    edges = longer[..., :1].expand(-1, -1, reach), longer[..., -1:].expand(-1, -1, reach)
    return torch.nn.functional.conv1d(torch.cat([edges[0], longer, edges[1]], dim=-1), kernel)
