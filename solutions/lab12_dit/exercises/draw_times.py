"""Times to learn at."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import flow

exercise = Exercise(
    id="flow.draw_times",
    title="Times to learn at",
    target="exercise_lib.flow:draw_times",
    solution=flow.draw_times,
    todo="12.9",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n = 9 if hidden else 7

    def args(mean: float, spread: float) -> dict:
        return {"draws": normal(rng, n), "mean": mean, "spread": spread}

    return [
        Case("the middle more often", args=args(0.0, 1.0)),
        Case("towards the noise", args=args(0.8, 0.6)),
        Case("towards the data, far spread", args=args(-0.5, 1.7)),
    ]


@exercise.misconception(
    "You cut a normal number off at 0 and 1: a sixth of the batch and more is then exactly data, "
    "or exactly noise. A sigmoid keeps all in between."
)
def clamped(draws, mean=0.0, spread=1.0):
    return (mean + spread * draws).clamp(0, 1)


@exercise.neighbour(clamped)
def clamped_around_the_middle(draws, mean=0.0, spread=1.0):
    return (0.5 + mean + spread * draws).clamp(0, 1)


@exercise.misconception(
    "That is the distribution function of the normal, which makes standard normal numbers uniform: "
    "take the logistic function, whose inverse is the logit."
)
def uniform(draws, mean=0.0, spread=1.0):
    return torch.special.ndtr(draws)


@exercise.neighbour(uniform)
def normal_function(draws, mean=0.0, spread=1.0):
    return torch.special.ndtr(mean + spread * draws)


@exercise.misconception(
    "A sigmoid of uniform numbers lies between 0.5 and 0.73: the network never sees pure noise, "
    "and a sample never starts. Use the normal numbers that are given."
)
def of_uniform_numbers(draws, mean=0.0, spread=1.0):
    return torch.sigmoid(mean + spread * torch.special.ndtr(draws))


@exercise.misconception(
    "You draw numbers of your own: use `draws`, so that whoever calls holds the seed."
)
def own_draws(draws, mean=0.0, spread=1.0):
    return torch.sigmoid(mean + spread * torch.randn_like(draws))


@exercise.neighbour(own_draws)
def own_uniform_draws(draws, mean=0.0, spread=1.0):
    return torch.rand_like(draws)


@exercise.misconception("Mean and spread are exchanged.")
def exchanged(draws, mean=0.0, spread=1.0):
    return torch.sigmoid(spread + mean * draws)


@exercise.misconception("softmax makes all times sum to 1: each time by itself, sigmoid.")
def softmax(draws, mean=0.0, spread=1.0):
    return (mean + spread * draws).softmax(0)


@exercise.misconception("tanh goes from -1 to 1, and brought to 0 to 1 it is too steep: sigmoid.")
def tanh(draws, mean=0.0, spread=1.0):
    return (mean + spread * draws).tanh()


@exercise.neighbour(tanh)
def tanh_moved(draws, mean=0.0, spread=1.0):
    return 0.5 + 0.5 * (mean + spread * draws).tanh()


@exercise.misconception(
    "The minus in the exponent is lost, or does not reach all of m + s u: with a larger u there is "
    "more noise, a later time."
)
def turned_round(draws, mean=0.0, spread=1.0):
    return torch.sigmoid(-(mean + spread * draws))


@exercise.neighbour(turned_round)
def minus_of_the_mean_alone(draws, mean=0.0, spread=1.0):
    return 1 / (1 + torch.exp(-mean + spread * draws))


@exercise.misconception("Mean and spread belong inside: they are those of the logit.")
def outside(draws, mean=0.0, spread=1.0):
    return mean + spread * torch.sigmoid(draws)


@exercise.misconception("s is the standard deviation, not the variance: it is s u.")
def root_of_the_spread(draws, mean=0.0, spread=1.0):
    return torch.sigmoid(mean + spread**0.5 * draws)


@exercise.neighbour(root_of_the_spread)
def squared_spread(draws, mean=0.0, spread=1.0):
    return torch.sigmoid(mean + spread**2 * draws)


@exercise.misconception("The mean, the spread, or both are left out.")
def plain(draws, mean=0.0, spread=1.0):
    return torch.sigmoid(draws)


@exercise.neighbour(plain)
def without_spread(draws, mean=0.0, spread=1.0):
    return torch.sigmoid(mean + draws)


@exercise.neighbour(plain)
def without_mean(draws, mean=0.0, spread=1.0):
    return torch.sigmoid(spread * draws)


@exercise.misconception("The mean is added before the spread multiplies: m + s u.")
def mean_spread_too(draws, mean=0.0, spread=1.0):
    return torch.sigmoid(spread * (mean + draws))


@exercise.misconception("The whole batch gets one time: one for each draw.")
def one_for_all(draws, mean=0.0, spread=1.0):
    return torch.sigmoid(mean + spread * draws[:1]).expand_as(draws)


@exercise.misconception(
    "You standardise: m + s u has mean m and deviation s, as u is standard normal already."
)
def standardised(draws, mean=0.0, spread=1.0):
    return torch.sigmoid((draws - mean) / spread)


@exercise.neighbour(standardised)
def batch_standardised(draws, mean=0.0, spread=1.0):
    return torch.sigmoid(mean + spread * (draws - draws.mean()) / draws.std())


@exercise.also_correct
def by_the_formula(draws, mean=0.0, spread=1.0):
    return 1 / (1 + torch.exp(-(mean + spread * draws)))


@exercise.also_correct
def by_tanh(draws, mean=0.0, spread=1.0):
    return 0.5 * (1 + torch.tanh((spread * draws + mean) / 2))
