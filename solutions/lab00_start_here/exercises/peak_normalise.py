"""Peak normalisation."""

from __future__ import annotations

import numpy as np
import torch

from autograder.exercise import FORMULA_IS_RIGHT, Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import warmup

exercise = Exercise(
    id="warmup.peak_normalise",
    title="Peak normalisation",
    target="exercise_lib.warmup:peak_normalise",
    solution=warmup.peak_normalise,
    todo="0.1",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n = 33 if hidden else 20
    wave = torch.from_numpy(0.3 * rng.standard_normal(n)).float()
    wave[5] = -1.25 if not hidden else -2.5  # the largest sample is negative
    wave[8] = 0.0  # and one is zero, which is no silence
    return [
        Case("a noise whose peak is negative", args={"waveform": wave}),
        Case("another peak", args={"waveform": 0.1 * wave, "peak": 0.5}),
        Case("a peak that is positive", args={"waveform": -2 * wave}),
        Case("silence", args={"waveform": torch.zeros(n)}),
    ]


@exercise.misconception(
    "You divide by the largest sample, not by the largest absolute one: a waveform swings both "
    "ways, and the peak may be negative."
)
def signed_maximum(waveform, peak=0.95):
    if waveform.abs().max() == 0:
        return waveform.clone()
    return peak * waveform / waveform.max()


@exercise.misconception(
    "Silence is divided by zero and becomes NaN: ask whether the largest sample is 0 first.",
    mild=FORMULA_IS_RIGHT,
)
def no_silence_guard(waveform, peak=0.95):
    return peak * waveform / waveform.abs().max()


@exercise.misconception(
    "The result has a peak of 1: multiply by `peak`, which leaves some headroom."
)
def forgot_peak(waveform, peak=0.95):
    largest = waveform.abs().max()
    return waveform / largest if largest > 0 else waveform.clone()


@exercise.misconception(
    "You scale by the root mean square. That sets the loudness; the peak is the largest |x|."
)
def by_rms(waveform, peak=0.95):
    rms = waveform.square().mean().sqrt()
    return peak * waveform / rms if rms > 0 else waveform.clone()


@exercise.misconception(
    "You scale the caller's tensor in place (`/=` or `*=`): make a new tensor instead."
)
def in_place(waveform, peak=0.95):
    largest = waveform.abs().max()
    if largest > 0:
        waveform *= peak / largest
    return waveform


@exercise.also_correct
def with_infinity_norm(waveform, peak=0.95):
    norm = torch.linalg.vector_norm(waveform, ord=float("inf"))
    return torch.where(norm > 0, waveform * (peak / norm.clamp_min(1e-12)), waveform)


@exercise.also_correct
def with_python_max(waveform, peak=0.95):
    largest = max(abs(x) for x in waveform.tolist())
    return waveform.clone() if largest == 0 else torch.stack([x * peak / largest for x in waveform])
