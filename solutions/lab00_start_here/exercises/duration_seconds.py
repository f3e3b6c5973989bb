"""Duration."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="start.duration_seconds",
    title="Duration",
    target="notebook",
    solution=answer(__package__, "duration_seconds"),
    todo="0.2",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n, batch = (3700, 5) if hidden else (2000, 3)

    def case(name: str, sample_rate: int, *shape: int) -> Case:
        args = {"waveform": normal(rng, *shape), "sample_rate": sample_rate}
        return Case(name, args=args, weight=float(len(shape)))

    return [
        case("an eighth of a second", 16_000, n),
        case("another sample rate", 1100, n // 10 + 1),
        case("a batch", 6400, batch, n // 10),
    ]


@exercise.misconception("You return samples times rate: seconds = samples / (samples per second).")
def duration_product(waveform, sample_rate):
    return float(waveform.shape[-1] * sample_rate)


@exercise.misconception(
    "You count the first axis, which is the batch where there is one: time is the last axis."
)
def duration_first_axis(waveform, sample_rate):
    return len(waveform) / sample_rate


@exercise.misconception(
    "You divide with //, which drops everything after the full second: divide with /."
)
def duration_whole_seconds(waveform, sample_rate):
    return float(waveform.shape[-1] // sample_rate)


@exercise.misconception("The result is in milliseconds; seconds are asked for.")
def duration_milliseconds(waveform, sample_rate):
    return 1000 * waveform.shape[-1] / sample_rate


@exercise.neighbour(duration_milliseconds)
def duration_whole_milliseconds(waveform, sample_rate):
    return float(1000 * waveform.shape[-1] // sample_rate)


@exercise.misconception(
    "You count all samples of the batch together: its utterances are as long as one of them."
)
def duration_all_samples(waveform, sample_rate):
    return waveform.numel() / sample_rate


@exercise.misconception(
    "The sample rate is fixed in your function: use the argument, recordings differ."
)
def duration_fixed_rate(waveform, sample_rate):
    return waveform.shape[-1] / 16_000


@exercise.neighbour(duration_fixed_rate)
def duration_fixed_cd_rate(waveform, sample_rate):
    return waveform.shape[-1] / 44_100


@exercise.neighbour(duration_fixed_rate)
def duration_fixed_corpus_rate(waveform, sample_rate):
    return waveform.shape[-1] / 22_050


@exercise.misconception("The fraction is upside down: seconds = samples / (samples per second).")
def duration_upside_down(waveform, sample_rate):
    return sample_rate / waveform.shape[-1]


@exercise.misconception(
    "You ask for the second axis, which a single waveform does not have: time is the last, -1."
)
def duration_second_axis(waveform, sample_rate):
    return waveform.shape[1] / sample_rate


@exercise.neighbour(duration_second_axis)
def duration_size_of_second_axis(waveform, sample_rate):
    return waveform.size(1) / sample_rate


@exercise.neighbour(duration_second_axis)
def duration_unpacks_a_batch(waveform, sample_rate):
    _, samples = waveform.shape
    return samples / sample_rate


@exercise.misconception("You round the duration: return it with all its digits.")
def duration_rounded(waveform, sample_rate):
    return round(waveform.shape[-1] / sample_rate, 2)


@exercise.neighbour(duration_rounded)
def duration_rounded_to_three_digits(waveform, sample_rate):
    return round(waveform.shape[-1] / sample_rate, 3)


@exercise.neighbour(duration_rounded)
def duration_rounded_to_one_digit(waveform, sample_rate):
    return round(waveform.shape[-1] / sample_rate, 1)


@exercise.misconception(
    "You leave one sample out: n samples last n / rate seconds, each of them 1 / rate."
)
def duration_between_samples(waveform, sample_rate):
    return (waveform.shape[-1] - 1) / sample_rate


@exercise.misconception("The result is in minutes; seconds are asked for.")
def duration_minutes(waveform, sample_rate):
    return waveform.shape[-1] / sample_rate / 60


@exercise.misconception(
    "This is the time of the loudest sample or a sum of samples: only how many there are counts."
)
def duration_of_loudest(waveform, sample_rate):
    return int(waveform.argmax()) / sample_rate


@exercise.neighbour(duration_of_loudest)
def duration_summed_samples(waveform, sample_rate):
    return float(waveform.sum()) / sample_rate


@exercise.also_correct
def duration_by_size(waveform, sample_rate):
    return waveform.size(-1) * (1.0 / sample_rate)


@exercise.also_correct
def duration_by_transpose(waveform, sample_rate):
    *_, n_samples = waveform.shape
    return float(torch.tensor(n_samples, dtype=torch.float64) / sample_rate)


@exercise.also_correct
def duration_as_a_fraction(waveform, sample_rate):
    return Fraction(waveform.shape[-1], sample_rate)
