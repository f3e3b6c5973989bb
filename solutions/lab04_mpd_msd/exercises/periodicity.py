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
        Case("a quiet voice", args={"waveform": 0.01 * noisy, "period": period}),
        Case("half a period", args={"waveform": wave, "period": period // 2}),
        Case("silence", args={"waveform": torch.zeros(n), "period": period}),
    ]


@exercise.misconception(
    "You leave out the denominator: without it a louder recording looks more periodic."
)
def periodicity_unnormalised(waveform, period):
    return (waveform[:-period] * waveform[period:]).sum()


@exercise.neighbour(periodicity_unnormalised)
def periodicity_mean_product(waveform, period):
    return (waveform[:-period] * waveform[period:]).mean()


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


@exercise.neighbour(periodicity_centred)
def periodicity_centred_as_a_whole(waveform, period):
    centred = waveform - waveform.mean()
    return F.cosine_similarity(centred[:-period], centred[period:], dim=0)


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


@exercise.misconception(
    "You divide by the energy of one part, or by a sum: (4.4) has the root of the product of both "
    "energies."
)
def periodicity_energy_of_one_part(waveform, period):
    now = waveform[:-period]
    return periodicity_unnormalised(waveform, period) / now.square().sum().clamp(min=1e-12)


@exercise.neighbour(periodicity_energy_of_one_part)
def periodicity_energy_of_the_later_part(waveform, period):
    later = waveform[period:]
    return periodicity_unnormalised(waveform, period) / later.square().sum().clamp(min=1e-12)


@exercise.neighbour(periodicity_energy_of_one_part)
def periodicity_energy_of_both(waveform, period):
    now, later = waveform[:-period], waveform[period:]
    energy = now.square().sum() + later.square().sum()
    return (now * later).sum() / energy.clamp(min=1e-12)


@exercise.neighbour(periodicity_energy_of_one_part)
def periodicity_mean_energy(waveform, period):
    return 2 * periodicity_energy_of_both(waveform, period)


@exercise.misconception("The distance is p + 1 samples in your function: x[p:] is p later.")
def periodicity_one_later(waveform, period):
    later = period + 1
    return F.cosine_similarity(waveform[:-later], waveform[later:], dim=0)


@exercise.misconception(
    "You compare the first p samples with others: take all but the last p with all but the first p."
)
def periodicity_of_first_two(waveform, period):
    return F.cosine_similarity(waveform[:period], waveform[period : 2 * period], dim=0)


@exercise.neighbour(periodicity_of_first_two)
def periodicity_of_both_ends(waveform, period):
    return F.cosine_similarity(waveform[:period], waveform[-period:], dim=0)


@exercise.misconception("You compare every p-th sample with the next: shift the waveform by p.")
def periodicity_of_columns(waveform, period):
    columns = waveform[::period]
    return F.cosine_similarity(columns[:-1], columns[1:], dim=0)


@exercise.misconception("You compare halves of the waveform: the two parts lie p samples apart.")
def periodicity_of_halves(waveform, period):
    half = len(waveform) // 2
    return F.cosine_similarity(waveform[:half], waveform[half : 2 * half], dim=0)


@exercise.misconception("You take sizes, |.|: r may be negative, as at half a period.")
def periodicity_of_sizes(waveform, period):
    return F.cosine_similarity(waveform[:-period], waveform[period:], dim=0).abs()


@exercise.neighbour(periodicity_of_sizes)
def periodicity_of_absolute_samples(waveform, period):
    size = waveform.abs()
    return F.cosine_similarity(size[:-period], size[period:], dim=0)


@exercise.misconception("You return a distance: a similarity is asked for, 1 where both agree.")
def periodicity_as_distance(waveform, period):
    return (waveform[:-period] - waveform[period:]).abs().mean()


@exercise.neighbour(periodicity_as_distance)
def periodicity_as_squared_distance(waveform, period):
    return (waveform[:-period] - waveform[period:]).square().mean()


@exercise.neighbour(periodicity_as_distance)
def periodicity_subtracted_from_one(waveform, period):
    return 1 - F.cosine_similarity(waveform[:-period], waveform[period:], dim=0)


@exercise.misconception("The product is not summed: r is one number, not one for each sample.")
def periodicity_not_summed(waveform, period):
    now, later = waveform[:-period], waveform[period:]
    return now * later / (now.norm() * later.norm()).clamp(min=1e-12)


@exercise.misconception("You divide by another number than the root of the two energies in (4.4).")
def periodicity_by_variance(waveform, period):
    product = (waveform[:-period] * waveform[period:]).mean()
    return product / waveform.square().mean().clamp(min=1e-12)


@exercise.neighbour(periodicity_by_variance)
def periodicity_by_peak(waveform, period):
    product = (waveform[:-period] * waveform[period:]).mean()
    return product / waveform.square().max().clamp(min=1e-12)


@exercise.misconception("You shift by half a period or by two: shift by p.")
def periodicity_of_two_periods(waveform, period):
    later = 2 * period
    return F.cosine_similarity(waveform[:-later], waveform[later:], dim=0)


@exercise.misconception("You take the largest product: r sums the products.")
def periodicity_of_largest(waveform, period):
    now, later = waveform[:-period], waveform[period:]
    return (now * later).max() / (now.norm() * later.norm()).clamp(min=1e-12)


@exercise.misconception("Mean above and sums below, or the other way: sums in both places.")
def periodicity_of_mean_and_norms(waveform, period):
    now, later = waveform[:-period], waveform[period:]
    return (now * later).mean() / (now.norm() * later.norm()).clamp(min=1e-12)


@exercise.misconception("A constant in the denominator changes the result: keep it tiny, 1e-12.")
def periodicity_with_one_added(waveform, period):
    now, later = waveform[:-period], waveform[period:]
    return (now * later).sum() / (now.norm() * later.norm() + 1)


@exercise.neighbour(periodicity_with_one_added)
def periodicity_with_a_hundredth_added(waveform, period):
    now, later = waveform[:-period], waveform[period:]
    return (now * later).sum() / (now.norm() * later.norm() + 1e-2)


@exercise.misconception("A sample is left out at an end: x[:-p] and x[p:] have all that overlap.")
def periodicity_without_the_last(waveform, period):
    now, later = waveform[: -period - 1], waveform[period:-1]
    return F.cosine_similarity(now, later, dim=0)


@exercise.neighbour(periodicity_without_the_last)
def periodicity_without_the_first(waveform, period):
    return periodicity_without_the_last(waveform[1:].contiguous(), period)


@exercise.misconception(
    "The floor in the denominator is too high: a quiet voice seems without a period. It is there "
    "for silence alone, 1e-12."
)
def periodicity_with_high_floor(waveform, period):
    now, later = waveform[:-period], waveform[period:]
    return (now @ later) / (now.norm() * later.norm()).clamp(min=0.1)


@exercise.neighbour(periodicity_with_high_floor)
def periodicity_with_high_floor_for_each(waveform, period):
    now, later = waveform[:-period], waveform[period:]
    return (now @ later) / (now.norm().clamp(min=0.3) * later.norm().clamp(min=0.3))


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
