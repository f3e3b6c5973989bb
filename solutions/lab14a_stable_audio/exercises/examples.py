"""What a network is told of its windows: a debugging task."""

from __future__ import annotations

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import latent_audio

exercise = Exercise(
    id="mend.examples",
    title="Find the mistake",
    target="notebook",
    solution=answer(__package__, "examples"),
    todo="14.10",
    points=1,
    difficulty=2,
    minutes=15,
)

RATE = 10


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    longer = 0.3 if hidden else 0.1

    def case(name: str, times: list[tuple[float, float]], length: int) -> Case:
        pieces = normal(rng, len(times), 60)
        pieces[:, ::7] = 0  # rests
        starts, totals = torch.tensor(times).T
        args = {"pieces": pieces, "starts": starts, "totals": totals}
        return Case(name, args=args | {"length": length, "rate": RATE})

    return [
        case("from later on", [(0.5, 1.9), (1.2, 2.6 + longer), (0.3, 2.8)], 30),
        case("they go on behind the window", [(0.0, 4.1), (0.9, 5.2 + longer), (2.0, 5.5)], 30),
        case("as many clips as numbers", [(0.4, 1.1 + longer), (1.0, 4.9)], 20),
    ]


def windows_of(pieces, starts, totals, length, rate):
    trios = zip(pieces, starts.tolist(), totals.tolist(), strict=True)
    return torch.stack([latent_audio.window(*its, length, rate) for its in trios])


@exercise.misconception(
    "What sounds within the window is told: so a piece of 2 s has another total when it is heard "
    "from 1 s on. The total is the piece's, and does not depend on the window."
)
def what_sounds(pieces, starts, totals, length, rate):
    windows = windows_of(pieces, starts, totals, length, rate)
    sounding = (totals - starts).clamp(max=length / rate)
    return windows, torch.stack([starts, sounding], dim=1)


@exercise.neighbour(what_sounds)
def what_is_left(pieces, starts, totals, length, rate):
    windows = windows_of(pieces, starts, totals, length, rate)
    return windows, torch.stack([starts, totals - starts], dim=1)


@exercise.misconception(
    "The length of the window is told: it is always the same, so the network learns to ignore it. "
    "That is the bug which users of the original report."
)
def length_of_the_window(pieces, starts, totals, length, rate):
    windows = windows_of(pieces, starts, totals, length, rate)
    return windows, torch.stack([starts, torch.full_like(starts, length / rate)], dim=1)


@exercise.neighbour(length_of_the_window)
def end_of_the_window(pieces, starts, totals, length, rate):
    windows = windows_of(pieces, starts, totals, length, rate)
    return windows, torch.stack([starts, starts + length / rate], dim=1)


@exercise.misconception(
    "The total is cut where the window ends: a piece may go on behind it, and the network is told."
)
def cut_at_the_window(pieces, starts, totals, length, rate):
    windows = windows_of(pieces, starts, totals, length, rate)
    return windows, torch.stack([starts, totals.minimum(starts + length / rate)], dim=1)


@exercise.neighbour(cut_at_the_window)
def sounding_added(pieces, starts, totals, length, rate):
    windows = windows_of(pieces, starts, totals, length, rate)
    sounding = (windows != 0).sum(dim=1) / rate
    return windows, torch.stack([starts, starts + sounding], dim=1)


@exercise.misconception("Start and total are exchanged: the start comes first.")
def exchanged(pieces, starts, totals, length, rate):
    windows = windows_of(pieces, starts, totals, length, rate)
    return windows, torch.stack([totals, starts], dim=1)


@exercise.misconception("A row for each clip, (B, 2): you have a column for each.")
def in_columns(pieces, starts, totals, length, rate):
    return windows_of(pieces, starts, totals, length, rate), torch.stack([starts, totals])


@exercise.misconception("Seconds are told, not samples or shares of the window.")
def in_samples(pieces, starts, totals, length, rate):
    windows = windows_of(pieces, starts, totals, length, rate)
    return windows, rate * torch.stack([starts, totals], dim=1)


@exercise.neighbour(in_samples)
def in_windows(pieces, starts, totals, length, rate):
    windows = windows_of(pieces, starts, totals, length, rate)
    return windows, torch.stack([starts, totals], dim=1) / (length / rate)


@exercise.misconception(
    "What is told is right now, but windows were right before: they begin at `start`."
)
def from_the_beginning(pieces, starts, totals, length, rate):
    windows = windows_of(pieces, 0 * starts, totals - starts, length, rate)
    return windows, torch.stack([starts, totals], dim=1)


@exercise.also_correct
def columns_joined(pieces, starts, totals, length, rate):
    made = [
        latent_audio.window(x, float(s), float(t), length, rate)
        for x, s, t in zip(pieces, starts, totals, strict=True)
    ]
    return torch.stack(made), torch.cat([starts[:, None], totals[:, None]], dim=1)


@exercise.also_correct
def transposed(pieces, starts, totals, length, rate):
    windows = windows_of(pieces, starts, totals, length, rate)
    return windows, torch.vstack((starts, totals)).mT
