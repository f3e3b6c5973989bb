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
        Case("a peak that is positive", args={"waveform": -2 * wave, "peak": 0.8}),
        Case("a faint recording", args={"waveform": 1e-4 * wave}),
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
    "You scale the caller's tensor in place (`/=`, `*=` or `mul_`): make a new tensor instead."
)
def in_place(waveform, peak=0.95):
    largest = waveform.abs().max()
    if largest > 0:
        waveform *= peak / largest
    return waveform


@exercise.misconception(
    "You divide by the smallest sample, or by the range between the two ends or half of it: divide "
    "by the largest |x|."
)
def signed_minimum(waveform, peak=0.95):
    if waveform.abs().max() == 0:
        return waveform.clone()
    return peak * waveform / waveform.min()


@exercise.neighbour(signed_minimum)
def half_the_range(waveform, peak=0.95):
    if waveform.abs().max() == 0:
        return waveform.clone()
    return peak * waveform / ((waveform.max() - waveform.min()) / 2)


@exercise.neighbour(signed_minimum)
def whole_range(waveform, peak=0.95):
    if waveform.abs().max() == 0:
        return waveform.clone()
    return peak * waveform / (waveform.max() - waveform.min())


@exercise.misconception(
    "You scale by a mean or a sum over all samples. That sets the loudness; the peak is the "
    "largest |x|."
)
def by_standard_deviation(waveform, peak=0.95):
    return peak * waveform / waveform.std() if waveform.any() else waveform.clone()


@exercise.neighbour(by_standard_deviation)
def by_mean_of_sizes(waveform, peak=0.95):
    return peak * waveform / waveform.abs().mean() if waveform.any() else waveform.clone()


@exercise.neighbour(by_standard_deviation)
def by_norm(waveform, peak=0.95):
    return peak * waveform / waveform.norm() if waveform.any() else waveform.clone()


@exercise.neighbour(by_standard_deviation)
def by_energy(waveform, peak=0.95):
    return peak * waveform / waveform.square().sum() if waveform.any() else waveform.clone()


@exercise.misconception("The peak 0.95 is written into your code: use the argument `peak`.")
def fixed_peak(waveform, peak=0.95):
    largest = waveform.abs().max()
    return 0.95 * waveform / largest if largest > 0 else waveform.clone()


@exercise.misconception("You divide by `peak`: divide by the largest |x|, multiply by `peak`.")
def divided_by_peak(waveform, peak=0.95):
    largest = waveform.abs().max()
    return waveform / largest / peak if largest > 0 else waveform.clone()


@exercise.neighbour(divided_by_peak)
def turned_factor(waveform, peak=0.95):
    return waveform * waveform.abs().max() / peak


@exercise.misconception(
    "You do not divide by the largest |x|: how loud the recording was still shows in the result."
)
def scaled_by_peak(waveform, peak=0.95):
    return peak * waveform


@exercise.neighbour(scaled_by_peak)
def multiplied_by_largest(waveform, peak=0.95):
    return peak * waveform * waveform.abs().max()


@exercise.misconception(
    "You stretch the range between the smallest and the largest sample: only scale, or silence is "
    "no longer 0."
)
def minimum_to_maximum(waveform, peak=0.95):
    low, high = waveform.min(), waveform.max()
    return peak * (waveform - low) / (high - low) if high > low else waveform.clone()


@exercise.neighbour(minimum_to_maximum)
def minimum_to_maximum_without_peak(waveform, peak=0.95):
    low, high = waveform.min(), waveform.max()
    return (waveform - low) / (high - low) if high > low else waveform.clone()


@exercise.neighbour(minimum_to_maximum)
def minimum_to_maximum_both_ways(waveform, peak=0.95):
    low, high = waveform.min(), waveform.max()
    return peak * (2 * (waveform - low) / (high - low) - 1) if high > low else waveform.clone()


@exercise.misconception("You subtract the mean: peak normalisation only scales.")
def centred_first(waveform, peak=0.95):
    centred = waveform - waveform.mean()
    return peak * centred / centred.abs().max() if waveform.any() else waveform.clone()


@exercise.neighbour(centred_first)
def standardised(waveform, peak=0.95):
    if not waveform.any():
        return waveform.clone()
    return peak * (waveform - waveform.mean()) / waveform.std()


@exercise.misconception("You cut off what is louder than `peak`: scale the whole waveform instead.")
def clipped(waveform, peak=0.95):
    return waveform.clamp(-peak, peak)


@exercise.misconception("All samples lose their sign: only the search for the peak takes |x|.")
def rectified(waveform, peak=0.95):
    sizes = waveform.abs()
    return peak * sizes / sizes.max() if waveform.any() else waveform.clone()


@exercise.misconception(
    "You only scale down what is too loud: a quiet waveform is to reach the peak as well."
)
def only_if_too_loud(waveform, peak=0.95):
    largest = waveform.abs().max()
    return peak * waveform / largest if largest > peak else waveform.clone()


@exercise.misconception(
    "You add a constant to the largest |x| that changes the result: ask for silence first instead."
)
def added_hundredth(waveform, peak=0.95):
    return peak * waveform / (waveform.abs().max() + 1e-2)


@exercise.neighbour(added_hundredth)
def added_thousandth(waveform, peak=0.95):
    return peak * waveform / (waveform.abs().max() + 1e-3)


@exercise.misconception(
    "You refuse silence: return it as it is, there are silent recordings.",
    mild=FORMULA_IS_RIGHT,
)
def silence_refused(waveform, peak=0.95):
    if not waveform.any():
        raise ValueError("silence")
    return peak * waveform / waveform.abs().max()


@exercise.misconception(
    "A faint recording stays faint: your floor or threshold for the largest |x| is above its "
    "samples. Ask for silence, exactly 0, instead."
)
def floor_of_a_hundredth(waveform, peak=0.95):
    return peak * waveform / waveform.abs().max().clamp(min=1e-2)


@exercise.neighbour(floor_of_a_hundredth)
def floor_of_a_thousandth(waveform, peak=0.95):
    return peak * waveform / waveform.abs().max().clamp(min=1e-3)


@exercise.neighbour(floor_of_a_hundredth)
def faint_taken_for_silence(waveform, peak=0.95):
    largest = waveform.abs().max()
    return peak * waveform / largest if largest > 1e-3 else waveform.clone()


@exercise.also_correct
def with_infinity_norm(waveform, peak=0.95):
    norm = torch.linalg.vector_norm(waveform, ord=float("inf"))
    return torch.where(norm > 0, waveform * (peak / norm.clamp_min(1e-12)), waveform)


@exercise.also_correct
def with_python_max(waveform, peak=0.95):
    largest = max(abs(x) for x in waveform.tolist())
    return waveform.clone() if largest == 0 else torch.stack([x * peak / largest for x in waveform])
