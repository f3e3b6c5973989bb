"""Level in dB: a debugging task."""

from __future__ import annotations

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="mend.level_db",
    title="Find the mistake",
    target="notebook",
    solution=answer(__package__, "level_db"),
    todo="0.3",
    points=1,
    difficulty=2,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n = 90 if hidden else 60
    noise = 0.3 * normal(rng, n)
    return [
        Case("a noise", args={"waveform": noise}),
        Case("a quieter one", args={"waveform": 0.02 * noise.flip(0)}),
        Case("a batch", args={"waveform": normal(rng, 3, n) * torch.tensor([[0.1], [1.0], [2.0]])}),
        Case("silence", args={"waveform": torch.zeros(n)}),
    ]


@exercise.misconception("You take the natural logarithm: decibels count in powers of ten.")
def natural_logarithm(waveform):
    return 20 * waveform.square().mean(dim=-1).sqrt().clamp(min=1e-5).log()


@exercise.misconception("You measure the largest sample: the level goes by the root mean square.")
def of_the_peak(waveform):
    return 20 * torch.log10(waveform.abs().amax(dim=-1).clamp(min=1e-5))


@exercise.misconception("You take 20 times the logarithm of a power: 20 belongs to amplitudes.")
def twenty_of_power(waveform):
    return 20 * torch.log10(waveform.square().mean(dim=-1).clamp(min=1e-5))


@exercise.misconception(
    "The floor of 1e-5 belongs to amplitudes: for powers it is 1e-10, its square, or quiet "
    "recordings are lifted."
)
def floor_of_amplitudes(waveform):
    return 10 * torch.log10(waveform.square().mean(dim=-1).clamp(min=1e-5))


@exercise.misconception("The mean of |x| is no root mean square: square, take the mean, the root.")
def mean_of_sizes(waveform):
    return 20 * torch.log10(waveform.abs().mean(dim=-1).clamp(min=1e-5))


@exercise.misconception("The mean runs over the batch too: each recording has a level of its own.")
def one_level_for_all(waveform):
    return 20 * torch.log10(waveform.square().mean().sqrt().clamp(min=1e-5))


@exercise.misconception("You add the squares up: take their mean, or long recordings are louder.")
def sum_of_squares(waveform):
    return 20 * torch.log10(waveform.square().sum(dim=-1).sqrt().clamp(min=1e-5))


@exercise.misconception(
    "An offset is no mend: it makes one level right and leaves the others wrong."
)
def offset_for_one_level(waveform):
    rms = waveform.square().mean(dim=-1).sqrt().clamp(min=1e-5)
    level = 10 * torch.log10(rms)
    return torch.where(rms < 1, level - 10 * np.log10(2), level)


@exercise.misconception("The floor went lost: silence is now -inf dB. Keep the clamp.")
def without_floor(waveform):
    return 20 * torch.log10(waveform.square().mean(dim=-1).sqrt())


@exercise.also_correct
def ten_of_power(waveform):
    return 10 * torch.log10(waveform.square().mean(dim=-1).clamp(min=1e-10))


@exercise.also_correct
def by_the_norm(waveform):
    rms = torch.linalg.vector_norm(waveform, dim=-1) / waveform.shape[-1] ** 0.5
    return 20 * rms.clamp(min=1e-5).log() / torch.log(torch.tensor(10.0))
