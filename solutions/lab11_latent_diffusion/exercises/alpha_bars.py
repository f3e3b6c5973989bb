"""What is left of the signal at each time."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import diffusion

exercise = Exercise(
    id="diffusion.alpha_bars",
    title="Schedule of the noise",
    target="exercise_lib.diffusion:alpha_bars",
    solution=diffusion.alpha_bars,
    todo="11.5",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def case(name: str, n_times: int, **more: Any) -> Case:
        why = "float32 products of a thousand factors"
        return Case(name, args={"n_times": n_times, **more}, rtol=1e-3, atol=1e-5, why=why)

    few, first, last, low = 5, 0.02, 0.3, 0.08
    if hidden:
        few, low = int(rng.integers(6, 10)), float(rng.uniform(0.09, 0.12))
        first, last = float(rng.uniform(0.02, 0.04)), float(rng.uniform(0.33, 0.45))
    return [
        case("a thousand times, as Stable Diffusion", 1000),
        case("few times, much noise", few, first=first, last=last),
        case("thirty times", 30, first=0.001, last=low),
    ]


def squared_line(n_times, first, last):
    return torch.linspace(first**0.5, last**0.5, n_times) ** 2


@exercise.misconception(
    "You take a line of beta itself, as DDPM does: here their square roots lie on a line, which "
    "adds less noise at early times."
)
def straight_line(n_times, first=0.00085, last=0.012):
    return (1 - torch.linspace(first, last, n_times)).cumprod(0)


@exercise.misconception(
    "The line of roots is not squared: without that, beta is ten times too large."
)
def not_squared(n_times, first=0.00085, last=0.012):
    return (1 - torch.linspace(first**0.5, last**0.5, n_times)).cumprod(0)


@exercise.misconception(
    "The line goes from first to last and is squared: it goes from root to root."
)
def squared_without_roots(n_times, first=0.00085, last=0.012):
    return (1 - torch.linspace(first, last, n_times) ** 2).cumprod(0)


@exercise.misconception(
    "You multiply up beta: what is left of the signal's variance after a time is 1 - beta of what "
    "was there, so multiply up 1 - beta."
)
def product_of_betas(n_times, first=0.00085, last=0.012):
    return squared_line(n_times, first, last).cumprod(0)


@exercise.neighbour(product_of_betas)
def one_minus_the_product_of_betas(n_times, first=0.00085, last=0.012):
    return 1 - squared_line(n_times, first, last).cumprod(0)


@exercise.misconception(
    "That is 1 - alpha_bar, the share of the noise: return what is left of the signal."
)
def what_is_gone(n_times, first=0.00085, last=0.012):
    return 1 - diffusion.alpha_bars(n_times, first, last)


@exercise.misconception(
    "That is 1 - beta of each time alone: multiply up all up to this one, `cumprod`."
)
def of_each_time(n_times, first=0.00085, last=0.012):
    return 1 - squared_line(n_times, first, last)


@exercise.misconception(
    "You subtract the sum of beta: shares that are left multiply; a sum goes below 0."
)
def sum_of_betas(n_times, first=0.00085, last=0.012):
    return 1 - squared_line(n_times, first, last).cumsum(0)


@exercise.misconception(
    "You return its root: alpha_bar is a share of the variance, the root is taken when noise is "
    "added."
)
def root(n_times, first=0.00085, last=0.012):
    return diffusion.alpha_bars(n_times, first, last).sqrt()


@exercise.misconception(
    "The first value is 1: time 0 has noise already, by beta_0. Multiply from the first beta on, "
    "and up to the last."
)
def begins_at_one(n_times, first=0.00085, last=0.012):
    after = diffusion.alpha_bars(n_times, first, last)
    return torch.cat([torch.ones(1), after[:-1]])


@exercise.misconception(
    "It runs backwards: beta grows with time, from first to last, and alpha_bar falls from 1."
)
def backwards(n_times, first=0.00085, last=0.012):
    return diffusion.alpha_bars(n_times, first, last).flip(0)


@exercise.neighbour(backwards)
def line_turned_round(n_times, first=0.00085, last=0.012):
    return diffusion.alpha_bars(n_times, last, first)


@exercise.misconception("first and last are arguments: use them, not what they are by default.")
def always_the_same(n_times, first=0.00085, last=0.012):
    return diffusion.alpha_bars(n_times)


@exercise.misconception(
    "The line ends before `last`: T points have T - 1 steps between them, as torch.linspace knows."
)
def ends_before_the_last(n_times, first=0.00085, last=0.012):
    share = torch.arange(n_times) / n_times
    return (1 - (first**0.5 + share * (last**0.5 - first**0.5)) ** 2).cumprod(0)


@exercise.misconception(
    "Your line always has 1000 points: it is to go from first to last within `n_times`."
)
def always_a_thousand(n_times, first=0.00085, last=0.012):
    return diffusion.alpha_bars(1000, first, last)[:n_times]


@exercise.also_correct
def in_a_loop(n_times, first=0.00085, last=0.012):
    left, found = 1.0, []
    for i in range(n_times):
        share = i / (n_times - 1)
        left *= 1 - ((1 - share) * first**0.5 + share * last**0.5) ** 2
        found.append(left)
    return torch.tensor(found)


@exercise.also_correct
def by_logarithms(n_times, first=0.00085, last=0.012):
    betas = np.linspace(np.sqrt(first), np.sqrt(last), n_times) ** 2
    return torch.from_numpy(np.exp(np.cumsum(np.log1p(-betas)))).float()
