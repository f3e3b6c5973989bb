"""Peaks of the columns: a debugging task."""

from __future__ import annotations

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="mend.column_peaks",
    title="Find the mistake",
    target="notebook",
    solution=answer(__package__, "column_peaks"),
    todo="4.8",
    points=1,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    batch = 3 if hidden else 2
    lengths = (29, 31, 36) if hidden else (22, 17, 24)

    def case(name: str, samples: int, period: int, weight: float = 1.0) -> Case:
        louder = torch.logspace(-1, 1, samples)  # so the last row has peaks, whatever is drawn
        args = {"waveform": louder * normal(rng, batch, samples), "period": period}
        return Case(name, args=args, weight=weight)

    return [
        case("period 5", lengths[0], 5),
        case("period 7", lengths[1], 7),
        case("a period that divides the length", lengths[2], 3, weight=0.5),
    ]


@exercise.misconception("You drop the samples behind the last full row: fill that row up instead.")
def cut_off(waveform, period):
    whole = waveform[:, : waveform.shape[-1] // period * period]
    return whole.unflatten(-1, (-1, period)).abs().amax(dim=1)


@exercise.misconception("You make each column of neighbouring samples: the fold goes row by row.")
def rows_for_columns(waveform, period):
    missing = -waveform.shape[-1] % period
    padded = torch.nn.functional.pad(waveform, (0, missing))
    return padded.unflatten(-1, (period, -1)).abs().amax(dim=2)


@exercise.misconception("You take the largest value: a sample of -2 is a larger one than 1.")
def signed_peaks(waveform, period):
    missing = -waveform.shape[-1] % period
    padded = torch.nn.functional.pad(waveform, (0, missing))
    return padded.unflatten(-1, (-1, period)).amax(dim=1)


@exercise.misconception("The missing samples are still put in front: they belong behind the last.")
def rolled_back(waveform, period):
    missing = -waveform.shape[-1] % period
    padded = torch.nn.functional.pad(waveform, (missing, 0))
    return padded.unflatten(-1, (-1, period)).abs().amax(dim=1).roll(-1 if missing else 0, dims=-1)


@exercise.misconception(
    "The end is filled with samples from another place, which then count in other columns: fill "
    "it with zeros."
)
def last_sample_repeated(waveform, period):
    missing = -waveform.shape[-1] % period
    padded = torch.nn.functional.pad(waveform, (0, missing), mode="replicate")
    return padded.unflatten(-1, (-1, period)).abs().amax(dim=1)


@exercise.neighbour(last_sample_repeated)
def end_mirrored(waveform, period):
    missing = -waveform.shape[-1] % period
    padded = torch.nn.functional.pad(waveform, (0, missing), mode="reflect")
    return padded.unflatten(-1, (-1, period)).abs().amax(dim=1)


@exercise.also_correct
def by_strides(waveform, period):
    return torch.stack([waveform[:, c::period].abs().max(dim=1).values for c in range(period)], 1)


@exercise.also_correct
def with_zeros(waveform, period):
    batch, samples = waveform.shape
    rows = -(-samples // period)
    full = torch.cat([waveform, waveform.new_zeros(batch, rows * period - samples)], dim=1)
    return full.reshape(batch, rows, period).abs().amax(dim=1)
