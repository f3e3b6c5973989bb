"""Periodicity."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import FORMULA_IS_RIGHT, Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="period.periodicity",
    title="Periodicity",
    target="notebook",
    solution=answer(__package__, "periodicity"),
    todo="4.7",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n, period = (60, 7) if hidden else (50, 6)
    louder = torch.linspace(0.2, 2.0, n)  # so that the two stretches differ in energy
    wave = torch.sin(2 * torch.pi * torch.arange(n) / period) * louder
    noisy = wave + 0.5 * normal(rng, n)
    return [
        Case("a voice of this period", args={"waveform": noisy, "period": period}),
        Case("another period", args={"waveform": noisy + 0.3, "period": period + 2}),
        Case("half a period", args={"waveform": wave, "period": period // 2}),
        Case("silence", args={"waveform": torch.zeros(n), "period": period}),
    ]


@exercise.misconception(
    "You leave out the denominator: without it a louder recording looks more periodic."
)
def periodicity_unnormalised(waveform, period):
    return (waveform[:-period] * waveform[period:]).sum()


@exercise.misconception(
    "You divide by the energy of the whole waveform: (4.4) has the energies of the two parts that "
    "overlap."
)
def periodicity_whole_energy(waveform, period):
    return periodicity_unnormalised(waveform, period) / waveform.square().sum().clamp(min=1e-12)


@exercise.misconception(
    "The end is compared with the beginning (torch.roll goes round): leave out the last p samples "
    "of one and the first p of the other."
)
def periodicity_circular(waveform, period):
    rolled = torch.roll(waveform, -period)
    return (waveform * rolled).sum() / waveform.square().sum().clamp(min=1e-12)


@exercise.misconception("The distance is p - 1 samples in your function: x[p:] is p later.")
def periodicity_off_by_one(waveform, period):
    return F.cosine_similarity(waveform[: 1 - period], waveform[period - 1 :], dim=0)


@exercise.misconception(
    "You subtract the means first (a correlation): (4.4) takes the samples as they are."
)
def periodicity_centred(waveform, period):
    now, later = waveform[:-period], waveform[period:]
    return F.cosine_similarity(now - now.mean(), later - later.mean(), dim=0)


@exercise.misconception("The square root in the denominator is missing, so r depends on the level.")
def periodicity_without_root(waveform, period):
    now, later = waveform[:-period], waveform[period:]
    energy = now.square().sum() * later.square().sum()
    return (now * later).sum() / energy.clamp(min=1e-12)


@exercise.misconception(
    "Silence gives 0 / 0 = NaN: keep the denominator above 0, say with clamp(min=1e-12).",
    mild=FORMULA_IS_RIGHT,
)
def periodicity_of_silence(waveform, period):
    now, later = waveform[:-period], waveform[period:]
    return (now * later).sum() / (now.norm() * later.norm())


@exercise.also_correct
def periodicity_by_cosine(waveform, period):
    return F.cosine_similarity(waveform[:-period], waveform[period:], dim=0)


@exercise.also_correct
def periodicity_by_loop(waveform, period):
    pairs = list(zip(waveform.tolist(), waveform.tolist()[period:], strict=False))
    energy = sum(a * a for a, _ in pairs) * sum(b * b for _, b in pairs)
    return torch.tensor(sum(a * b for a, b in pairs) / energy**0.5 if energy > 0 else 0.0)


@exercise.also_correct
def as_cosine_similarity(waveform, period):
    return F.cosine_similarity(waveform[:-period], waveform[period:], dim=0).double()
