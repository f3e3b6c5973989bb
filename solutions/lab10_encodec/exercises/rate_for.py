"""Which rate has this quality: an answer in the notebook."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="rates.rate_for",
    title="Rate at equal quality",
    target="notebook",
    solution=answer(__package__, "rate_for"),
    todo="10.6",
    points=1,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def args(n: int, at: float, falling: bool = False) -> dict:
        rates = np.cumsum(rng.uniform(0.5, 4, n))
        qualities = 1 + np.cumsum(rng.uniform(0.1, 0.8, n))
        place = int(at)
        quality = qualities[place] + (at - place) * (qualities[place + 1] - qualities[place])
        if falling:
            rates, qualities = rates[::-1].copy(), qualities[::-1].copy()
        return {
            "quality": float(quality),
            "rates": torch.from_numpy(rates).float(),
            "qualities": torch.from_numpy(qualities).float(),
        }

    first, second, third = (1.7, 6.4, 2.3) if hidden else (2.7, 5.3, 1.4)  # places on the curve
    return [
        Case("between two points", args=args(6, first)),
        Case("between two others", args=args(9, second)),
        Case("points in falling order", args=args(5, third, falling=True)),
    ]


def sorted_by_quality(rates, qualities):
    order = qualities.argsort()
    return rates[order], qualities[order]


def between(quality, rates, qualities):
    rates, qualities = sorted_by_quality(rates, qualities)
    above = int((qualities < quality).sum())
    q0, q1 = qualities[above - 1], qualities[above]
    return rates[above - 1], rates[above], (quality - q0) / (q1 - q0)


@exercise.misconception(
    "You take the next point that is good enough: interpolate along the line to it."
)
def next_point(quality, rates, qualities):
    return float(between(quality, rates, qualities)[1])


@exercise.misconception("You take the point before: interpolate along the line from it.")
def point_before(quality, rates, qualities):
    return float(between(quality, rates, qualities)[0])


@exercise.misconception("You take the nearest point: interpolate between its neighbours.")
def nearest_point(quality, rates, qualities):
    return float(rates[(qualities - quality).abs().argmin()])


@exercise.misconception(
    "The share of the way runs backwards: at the lower quality's end it is 0, at the higher "
    "one's 1."
)
def backwards(quality, rates, qualities):
    low, high, share = between(quality, rates, qualities)
    return float(high + share * (low - high))


@exercise.misconception("You take the middle between two points: go as far as the quality does.")
def middle(quality, rates, qualities):
    low, high, _ = between(quality, rates, qualities)
    return float((low + high) / 2)


@exercise.misconception(
    "You draw one line from the first to the last point: use the two points next to the quality."
)
def one_line(quality, rates, qualities):
    rates, qualities = sorted_by_quality(rates, qualities)
    share = (quality - qualities[0]) / (qualities[-1] - qualities[0])
    return float(rates[0] + share * (rates[-1] - rates[0]))


@exercise.misconception(
    "Rates and qualities are exchanged: np.interp(x, xp, fp) looks x up among xp, here the "
    "qualities."
)
def arguments_exchanged(quality, rates, qualities):
    rates, qualities = sorted_by_quality(rates, qualities)
    return float(np.interp(quality, rates.numpy(), qualities.numpy()))


@exercise.misconception(
    "The points must be in rising order of quality before you interpolate: sort them."
)
def not_sorted(quality, rates, qualities):
    return float(np.interp(quality, qualities.numpy(), rates.numpy()))


@exercise.neighbour(not_sorted)
def each_sorted_alone(quality, rates, qualities):
    return float(np.interp(quality, np.sort(qualities.numpy()), rates.numpy()))


@exercise.misconception("This is a quotient of means: the curve is not a line through 0.")
def proportional(quality, rates, qualities):
    return float(quality * rates.mean() / qualities.mean())


@exercise.also_correct
def by_hand(quality, rates, qualities):
    low, high, share = between(quality, rates, qualities)
    return float(low + share * (high - low))


@exercise.also_correct
def segment_by_segment(quality, rates, qualities):
    points = sorted(zip(qualities.tolist(), rates.tolist(), strict=True))
    for (q0, r0), (q1, r1) in pairwise(points):
        if q0 <= quality <= q1:
            return r0 + (r1 - r0) * (quality - q0) / (q1 - q0)
    return None
