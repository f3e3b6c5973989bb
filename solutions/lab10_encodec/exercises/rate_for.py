"""Which rate has this quality: an answer in the notebook."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.exercise import FORMULA_IS_RIGHT, Exercise
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
    known = args(6, 3.0)
    known["quality"] = float(known["qualities"][3])
    lowest, highest = args(5, second - 4.0), args(8, first)
    lowest["quality"] = float(lowest["qualities"][0])
    highest["quality"] = float(highest["qualities"][-1])
    errors = args(7, second - 1.0)  # such as word errors: more bits, fewer of them
    errors["rates"] = errors["rates"].flip(0)
    return [
        Case("between two points", args=args(6, first)),
        Case("between two others", args=args(9, second)),
        Case("points in falling order", args=args(5, third, falling=True)),
        Case("less is better: the quality falls as the rate rises", args=errors),
        Case("a known point", args=known, weight=0.5),
        Case("the lowest quality of the curve", args=lowest, weight=0.25),
        Case("the highest quality of the curve", args=highest, weight=0.25),
    ]


def first_segment_with(inside, quality, rates, qualities):
    points = sorted(zip(qualities.tolist(), rates.tolist(), strict=True))
    for (q0, r0), (q1, r1) in pairwise(points):
        if inside(q0, quality, q1):
            return r0 + (r1 - r0) * (quality - q0) / (q1 - q0)
    return None


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


@exercise.neighbour(arguments_exchanged)
def arguments_exchanged_unsorted(quality, rates, qualities):
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


@exercise.misconception(
    "Each rate belongs to its quality: sort the pairs by their quality, not both lists by "
    "themselves."
)
def torn_pairs(quality, rates, qualities):
    return float(np.interp(quality, np.sort(qualities.numpy()), np.sort(rates.numpy())))


@exercise.misconception(
    "The pairs are sorted by their rates: where the quality falls as the rate rises, qualities "
    "are then in falling order. Sort by quality."
)
def sorted_by_rate(quality, rates, qualities):
    order = rates.argsort()
    return float(np.interp(quality, qualities[order].numpy(), rates[order].numpy()))


@exercise.misconception(
    "A quality that is a known point lies between no others: let one of the comparisons be <=.",
    mild=FORMULA_IS_RIGHT,
)
def points_left_out(quality, rates, qualities):
    return first_segment_with(lambda q0, q, q1: q0 < q < q1, quality, rates, qualities)


@exercise.misconception(
    "The curve's highest quality is in its range: the upper end of the last piece belongs to it.",
    mild=FORMULA_IS_RIGHT,
)
def open_at_the_top(quality, rates, qualities):
    return first_segment_with(lambda q0, q, q1: q0 <= q < q1, quality, rates, qualities)


@exercise.misconception(
    "The curve's lowest quality is in its range: the lower end of the first piece belongs to it.",
    mild=FORMULA_IS_RIGHT,
)
def open_at_the_bottom(quality, rates, qualities):
    return first_segment_with(lambda q0, q, q1: q0 < q <= q1, quality, rates, qualities)


@exercise.misconception("The rate itself is interpolated here, along a line: no logarithm of it.")
def logarithms(quality, rates, qualities):
    rates, qualities = sorted_by_quality(rates, qualities)
    return float(np.exp(np.interp(quality, qualities.numpy(), rates.log().numpy())))


@exercise.misconception(
    "One straight line is laid through all points: go from point to point, along the line between "
    "two neighbours."
)
def fitted_line(quality, rates, qualities):
    slope, start = np.polyfit(qualities.numpy(), rates.numpy(), 1)
    return float(slope * quality + start)


@exercise.also_correct
def by_hand(quality, rates, qualities):
    low, high, share = between(quality, rates, qualities)
    return float(low + share * (high - low))


@exercise.also_correct
def segment_by_segment(quality, rates, qualities):
    return first_segment_with(lambda q0, q, q1: q0 <= q <= q1, quality, rates, qualities)
