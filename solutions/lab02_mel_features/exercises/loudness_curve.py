"""A loudness curve: a debugging task."""

from __future__ import annotations

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="mend.loudness_curve",
    title="Find the mistake",
    target="notebook",
    solution=answer(__package__, "loudness_curve"),
    todo="2.10",
    points=1,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    batch, bands, frames = (3, 5, 7) if hidden else (2, 4, 6)

    def case(name: str, log_mel: torch.Tensor, weight: float = 1.0) -> Case:
        return Case(name, args={"log_mel": log_mel}, weight=weight)

    return [
        case("a few bands", 2 * normal(rng, batch, bands, frames) - 3),
        case("as many bands in each frame, one by one", normal(rng, 1, 2 * bands, frames) - 6),
        case(
            "one sentence louder",
            normal(rng, 2, bands, 5) + torch.tensor([0.0, 3.0])[:, None, None],
        ),
        case("a quiet sentence", normal(rng, 1, bands, frames) - 9),
        case("a single band", normal(rng, batch, 1, frames), weight=0.5),
    ]


@exercise.misconception("You add logarithms, which multiplies the bands: undo the logarithm first.")
def sum_of_logs(log_mel):
    level = 20 * log_mel.sum(dim=1) / np.log(10)
    return level - level.amax(dim=1, keepdim=True)


@exercise.misconception("Powers are added, but the root is missing: use 10 for them, or take it.")
def twenty_of_power(log_mel):
    level = 20 * torch.log10(log_mel.exp().square().sum(dim=1).clamp(min=1e-5))
    return level - level.amax(dim=1, keepdim=True)


@exercise.misconception("10 belongs to powers: of a sum of magnitudes it makes no power.")
def ten_of_magnitudes(log_mel):
    level = 10 * torch.log10(log_mel.exp().sum(dim=1).clamp(min=1e-5))
    return level - level.amax(dim=1, keepdim=True)


@exercise.misconception(
    "The floor of 1e-5 belongs to magnitudes: for powers it is 1e-10, its square, or quiet "
    "sentences come out flat."
)
def floor_of_magnitudes(log_mel):
    level = 10 * torch.log10(log_mel.exp().square().sum(dim=1).clamp(min=1e-5))
    return level - level.amax(dim=1, keepdim=True)


@exercise.misconception(
    "You compare with the loudest frame of the whole batch: each sentence has its own."
)
def loudest_of_the_batch(log_mel):
    level = 10 * torch.log10((2 * log_mel).exp().sum(dim=1).clamp(min=1e-10))
    return level - level.amax()


@exercise.misconception(
    "You square the logarithms: undo the logarithm first, then square the magnitudes."
)
def squared_logarithms(log_mel):
    level = 20 * torch.log10(log_mel.square().sum(dim=1).sqrt().clamp(min=1e-5))
    return level - level.amax(dim=1, keepdim=True)


@exercise.misconception(
    "The comparison with the loudest frame went lost: it was right, 0 dB is the loudest."
)
def not_compared(log_mel):
    return 10 * torch.log10((2 * log_mel).exp().sum(dim=1).clamp(min=1e-10))


@exercise.misconception("You take the strongest band alone: a frame's power is that of all bands.")
def strongest_band(log_mel):
    level = 20 * torch.log10(log_mel.exp().amax(dim=1).clamp(min=1e-5))
    return level - level.amax(dim=1, keepdim=True)


@exercise.also_correct
def ten_of_power(log_mel):
    level = 10 * torch.log10((2 * log_mel).exp().sum(dim=1).clamp(min=1e-10))
    return level - level.amax(dim=1, keepdim=True)


@exercise.also_correct
def by_log_sum_exp(log_mel):
    level = 10 / np.log(10) * torch.logsumexp(2 * log_mel, dim=1)
    return level - level.max(dim=1, keepdim=True).values
